"""The tests of s3trail."""
