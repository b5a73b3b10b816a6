"""S3 operations, one file each."""
