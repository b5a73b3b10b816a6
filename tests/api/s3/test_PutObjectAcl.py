"""PutObjectAcl: another ACL for an object that is there."""

from __future__ import annotations

from typing import Any

from s3trail.testing.server import Server
from tests.api.expect import recorded, refused

_AUTHENTICATED = "http://acs.amazonaws.com/groups/global/AuthenticatedUsers"


def test_sets_a_canned_acl(server: Server, s3: Any, bucket: str) -> None:
    s3.put_object(Bucket=bucket, Key="k", Body=b"x")
    s3.delete_public_access_block(Bucket=bucket)
    s3.delete_bucket_ownership_controls(Bucket=bucket)
    before = s3.head_object(Bucket=bucket, Key="k")["LastModified"]
    answer = s3.put_object_acl(Bucket=bucket, Key="k", ACL="authenticated-read")
    record = recorded(server, answer, "PutObjectAcl")
    assert record["requestParameters"]["key"] == "k"
    assert record["requestParameters"]["acl"] == ""
    assert record["requestParameters"]["x-amz-acl"] == "authenticated-read"
    assert record["eventCategory"] == "Data"
    grants = s3.get_object_acl(Bucket=bucket, Key="k")["Grants"]
    assert [(grant["Grantee"].get("URI"), grant["Permission"]) for grant in grants] == [
        (None, "FULL_CONTROL"),
        (_AUTHENTICATED, "READ"),
    ]
    assert s3.head_object(Bucket=bucket, Key="k")["LastModified"] == before


def test_refuses_where_acls_are_disabled(server: Server, s3: Any, bucket: str) -> None:
    s3.put_object(Bucket=bucket, Key="k", Body=b"x")
    error = refused(
        s3.put_object_acl, "AccessControlListNotSupported", 400, Bucket=bucket, Key="k", ACL="public-read"
    )
    recorded(server, error, "PutObjectAcl")


def test_refuses_a_public_acl_while_public_access_is_blocked(server: Server, s3: Any, bucket: str) -> None:
    s3.put_object(Bucket=bucket, Key="k", Body=b"x")
    s3.delete_bucket_ownership_controls(Bucket=bucket)
    error = refused(s3.put_object_acl, "AccessDenied", 403, Bucket=bucket, Key="k", ACL="public-read")
    assert "BlockPublicAcls" in recorded(server, error, "PutObjectAcl")["errorMessage"]


def test_refuses_an_unknown_key(server: Server, s3: Any, bucket: str) -> None:
    error = refused(s3.put_object_acl, "NoSuchKey", 404, Bucket=bucket, Key="none", ACL="private")
    recorded(server, error, "PutObjectAcl")
