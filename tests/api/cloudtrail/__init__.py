"""CloudTrail operations, one file each."""
