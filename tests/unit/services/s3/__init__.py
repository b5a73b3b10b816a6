"""S3 operations as functions, over a real environment."""
