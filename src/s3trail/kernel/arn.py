"""Amazon Resource Names, built in one place."""

from __future__ import annotations

__all__ = ["bucket_arn", "object_arn", "root_arn", "trail_arn", "user_arn"]


def bucket_arn(bucket: str) -> str:
    """`arn:aws:s3:::bucket`."""
    return f"arn:aws:s3:::{bucket}"


def object_arn(bucket: str, key: str) -> str:
    """`arn:aws:s3:::bucket/key`, the key as it is (not encoded)."""
    return f"arn:aws:s3:::{bucket}/{key}"


def root_arn(account_id: str) -> str:
    """`arn:aws:iam::123456789012:root`."""
    return f"arn:aws:iam::{account_id}:root"


def user_arn(account_id: str, user_name: str, path: str = "/") -> str:
    """`arn:aws:iam::123456789012:user/path/Name`."""
    return f"arn:aws:iam::{account_id}:user{path}{user_name}"


def trail_arn(region: str, account_id: str, name: str) -> str:
    """`arn:aws:cloudtrail:us-east-1:123456789012:trail/name`."""
    return f"arn:aws:cloudtrail:{region}:{account_id}:trail/{name}"
