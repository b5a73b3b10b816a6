"""GetBucketAcl: the owner's full control, or what was put."""

from __future__ import annotations

from typing import Any

from s3trail.testing.server import Server
from tests.api.expect import recorded, refused


def test_a_new_bucket_is_its_owners_alone(server: Server, s3: Any, bucket: str) -> None:
    answer = s3.get_bucket_acl(Bucket=bucket)
    owner = answer["Owner"]["ID"]
    assert owner == s3.list_buckets()["Owner"]["ID"]
    assert answer["Grants"] == [
        {"Grantee": {"ID": owner, "Type": "CanonicalUser"}, "Permission": "FULL_CONTROL"}
    ]
    record = recorded(server, answer, "GetBucketAcl")
    assert record["requestParameters"]["acl"] == ""
    assert record["readOnly"] is True


def test_refuses_an_unknown_bucket(server: Server, s3: Any) -> None:
    error = refused(s3.get_bucket_acl, "NoSuchBucket", 404, Bucket="nobody-made-this")
    recorded(server, error, "GetBucketAcl")
