"""PutBucketAcl: canned, by headers and by document; refused where ACLs are disabled."""

from __future__ import annotations

from typing import Any

from s3trail.testing.server import Server
from tests.api.expect import recorded, refused

_LOG_DELIVERY = "http://acs.amazonaws.com/groups/s3/LogDelivery"


def _with_acls(s3: Any, bucket: str) -> None:
    s3.put_bucket_ownership_controls(
        Bucket=bucket, OwnershipControls={"Rules": [{"ObjectOwnership": "BucketOwnerPreferred"}]}
    )


def _grants(s3: Any, bucket: str) -> list[tuple[str, str]]:
    grants = s3.get_bucket_acl(Bucket=bucket)["Grants"]
    return [(grant["Grantee"].get("URI", "owner"), grant["Permission"]) for grant in grants]


def test_refuses_where_acls_are_disabled(server: Server, s3: Any, bucket: str) -> None:
    error = refused(s3.put_bucket_acl, "AccessControlListNotSupported", 400, Bucket=bucket, ACL="public-read")
    record = recorded(server, error, "PutBucketAcl")
    assert record["errorMessage"] == "The bucket does not allow ACLs"
    assert record["requestParameters"]["x-amz-acl"] == "public-read"


def test_the_log_delivery_group_may_write(server: Server, s3: Any, bucket: str) -> None:
    _with_acls(s3, bucket)
    answer = s3.put_bucket_acl(Bucket=bucket, ACL="log-delivery-write")
    record = recorded(server, answer, "PutBucketAcl")
    assert record["requestParameters"]["acl"] == ""
    assert _grants(s3, bucket) == [
        ("owner", "FULL_CONTROL"),
        (_LOG_DELIVERY, "WRITE"),
        (_LOG_DELIVERY, "READ_ACP"),
    ]


def test_takes_grants_from_headers(server: Server, s3: Any, bucket: str) -> None:
    _with_acls(s3, bucket)
    owner = s3.get_bucket_acl(Bucket=bucket)["Owner"]["ID"]
    answer = s3.put_bucket_acl(
        Bucket=bucket, GrantFullControl=f'id="{owner}"', GrantWrite=f'uri="{_LOG_DELIVERY}"'
    )
    record = recorded(server, answer, "PutBucketAcl")
    assert record["requestParameters"]["x-amz-grant-full-control"] == f'id="{owner}"'
    assert _grants(s3, bucket) == [("owner", "FULL_CONTROL"), (_LOG_DELIVERY, "WRITE")]


def test_takes_a_document(server: Server, s3: Any, bucket: str) -> None:
    _with_acls(s3, bucket)
    owner = s3.get_bucket_acl(Bucket=bucket)["Owner"]
    document = {
        "Owner": owner,
        "Grants": [{"Grantee": {"Type": "Group", "URI": _LOG_DELIVERY}, "Permission": "WRITE"}],
    }
    answer = s3.put_bucket_acl(Bucket=bucket, AccessControlPolicy=document)
    record = recorded(server, answer, "PutBucketAcl")
    sent = record["requestParameters"]["AccessControlPolicy"]["AccessControlList"]["Grant"]
    assert sent["Permission"] == "WRITE"
    assert _grants(s3, bucket) == [(_LOG_DELIVERY, "WRITE")]


def test_refuses_a_public_acl_while_public_access_is_blocked(server: Server, s3: Any, bucket: str) -> None:
    _with_acls(s3, bucket)
    error = refused(s3.put_bucket_acl, "AccessDenied", 403, Bucket=bucket, ACL="public-read")
    assert "BlockPublicAcls" in recorded(server, error, "PutBucketAcl")["errorMessage"]
    s3.delete_public_access_block(Bucket=bucket)
    s3.put_bucket_acl(Bucket=bucket, ACL="public-read")
    assert ("http://acs.amazonaws.com/groups/global/AllUsers", "READ") in _grants(s3, bucket)


def test_refuses_what_is_no_acl(server: Server, s3: Any, bucket: str) -> None:
    _with_acls(s3, bucket)
    for wrong, code in (
        ({"GrantRead": 'id="0123"'}, "InvalidArgument"),
        ({"GrantRead": "nobody"}, "InvalidArgument"),
        ({"GrantRead": 'emailAddress="a@example.com"'}, "UnresolvableGrantByEmailAddress"),
        ({"GrantRead": f'uri="{_LOG_DELIVERY}"', "ACL": "private"}, "InvalidRequest"),
        ({"ACL": "bucket-owner-read"}, "InvalidArgument"),
        ({}, "MissingSecurityHeader"),
    ):
        recorded(server, refused(s3.put_bucket_acl, code, 400, Bucket=bucket, **wrong), "PutBucketAcl")
    assert _grants(s3, bucket) == [("owner", "FULL_CONTROL")]
