"""s3trail: an audit trail for object storage that its owner runs."""

__version__ = "0.1.0"
