"""Audit records: a finished call becomes what AWS CloudTrail would have written about it."""
