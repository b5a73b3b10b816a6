"""Who owns an object and what its ACL grants, by the bucket's Object Ownership and Block Public Access."""

from __future__ import annotations

from typing import Any

import pytest

from s3trail.kernel.errors import AwsError
from s3trail.kernel.ids import RandomIds
from s3trail.policy.request import Grant
from s3trail.services.s3.addressing import canonical_id
from s3trail.state.config import identities
from s3trail.state.config.secrets import Secrets
from s3trail.state.objects import buckets, objects

from .conftest import ACCOUNT, OTHER_ACCOUNT, S3


@pytest.fixture
def shared(s3: S3) -> S3:
    """ACLs count in the bucket, nothing public is blocked, and both accounts are known."""
    s3.call("DeletePublicAccessBlock", Bucket="bucket")
    _ownership(s3, "ObjectWriter")
    return s3


def _ownership(s3: S3, ownership: str) -> None:
    s3.call(
        "PutBucketOwnershipControls",
        Bucket="bucket",
        OwnershipControls={"Rules": [{"ObjectOwnership": ownership}]},
    )


def _stored(s3: S3) -> objects.StoredObject:
    with s3.environment.read() as tx:
        bucket = buckets.get(tx, "bucket")
        assert bucket is not None
        stored = objects.get(tx, bucket.id, b"key")
    assert stored is not None
    return stored


def _refusal(s3: S3, name: str, /, **params: Any) -> AwsError:
    with pytest.raises(AwsError) as error:
        s3.call(name, Bucket="bucket", **params)
    return error.value


@pytest.mark.parametrize(
    ("acl", "grants"),
    [
        ("private", ()),
        ("bucket-owner-full-control", ()),
        ("public-read", (("AllUsers", "READ"),)),
        ("public-read-write", (("AllUsers", "READ"), ("AllUsers", "WRITE"))),
        ("authenticated-read", (("AuthenticatedUsers", "READ"),)),
    ],
)
def test_a_canned_acl_becomes_grants(shared: S3, acl: str, grants: tuple[tuple[str, Any], ...]) -> None:
    shared.put("key", b"x", ACL=acl)
    further = tuple(Grant(grantee, permission) for grantee, permission in grants)
    assert _stored(shared).acl == ((Grant(ACCOUNT, "FULL_CONTROL"), *further) if further else ())


@pytest.mark.parametrize(
    ("ownership", "acl", "owner"),
    [
        ("ObjectWriter", {}, OTHER_ACCOUNT),
        ("ObjectWriter", {"ACL": "bucket-owner-full-control"}, OTHER_ACCOUNT),
        ("BucketOwnerPreferred", {}, OTHER_ACCOUNT),
        ("BucketOwnerPreferred", {"ACL": "bucket-owner-full-control"}, ACCOUNT),
        ("BucketOwnerEnforced", {}, ACCOUNT),
        ("BucketOwnerEnforced", {"ACL": "bucket-owner-full-control"}, ACCOUNT),
    ],
)
def test_object_ownership_says_who_owns_what_another_account_writes(
    shared: S3, ownership: str, acl: dict[str, str], owner: str
) -> None:
    _ownership(shared, ownership)
    call = shared.as_account(OTHER_ACCOUNT)
    shared.call_as(call, "PutObject", Bucket="bucket", Key="key", Body=b"x", **acl)
    stored = _stored(shared)
    assert stored.owner == owner
    if ownership == "ObjectWriter" and acl:
        assert stored.acl == (Grant(OTHER_ACCOUNT, "FULL_CONTROL"), Grant(ACCOUNT, "FULL_CONTROL"))
    shown = shared.call("GetObjectAcl", Bucket="bucket", Key="key")
    assert shown["Owner"] == {"ID": canonical_id(owner)}


def test_grants_to_an_account_by_its_canonical_id(shared: S3) -> None:
    header = f'id="{canonical_id(OTHER_ACCOUNT)}"'
    assert _refusal(shared, "PutObject", Key="key", GrantRead=header).code == "InvalidArgument"
    with shared.environment.write() as tx:
        secrets = Secrets(bytes(32))
        identities.create_account(tx, secrets, RandomIds(), shared.clock, "other", OTHER_ACCOUNT)
    shared.put("key", b"x", GrantRead=header, GrantReadACP=f"ID={canonical_id(OTHER_ACCOUNT)}")
    assert _stored(shared).acl == (Grant(OTHER_ACCOUNT, "READ"), Grant(OTHER_ACCOUNT, "READ_ACP"))
    shown = shared.call("GetObjectAcl", Bucket="bucket", Key="key")["Grants"]
    grantee = {"Type": "CanonicalUser", "ID": canonical_id(OTHER_ACCOUNT)}
    assert shown[0] == {"Grantee": grantee, "Permission": "READ"}


def test_an_upload_keeps_owner_acl_and_tags_until_it_is_complete(shared: S3) -> None:
    call = shared.as_account(OTHER_ACCOUNT)
    named: dict[str, Any] = {"Bucket": "bucket", "Key": "key"}
    named["UploadId"] = shared.call_as(
        call, "CreateMultipartUpload", ACL="public-read", Tagging="a=b", **named
    )["UploadId"]
    etag = shared.call_as(call, "UploadPart", PartNumber=1, Body=b"x", **named)["ETag"]
    parts = {"Parts": [{"PartNumber": 1, "ETag": etag}]}
    shared.call_as(call, "CompleteMultipartUpload", MultipartUpload=parts, **named)
    stored = _stored(shared)
    assert stored.owner == OTHER_ACCOUNT
    assert stored.acl == (Grant(OTHER_ACCOUNT, "FULL_CONTROL"), Grant("AllUsers", "READ"))
    assert stored.tags == {"a": "b"}


def test_disabled_acls_hide_what_was_granted_before(shared: S3) -> None:
    shared.call_as(
        shared.as_account(OTHER_ACCOUNT),
        "PutObject",
        Bucket="bucket",
        Key="key",
        Body=b"x",
        ACL="public-read",
    )
    _ownership(shared, "BucketOwnerEnforced")
    shown = shared.call("GetObjectAcl", Bucket="bucket", Key="key")
    assert shown["Owner"] == {"ID": canonical_id(ACCOUNT)}
    assert [grant["Permission"] for grant in shown["Grants"]] == ["FULL_CONTROL"]


def test_disabled_acls_take_only_what_changes_nothing(s3: S3) -> None:
    s3.put("key", b"x", ACL="private")
    assert _stored(s3).acl == ()
    assert _refusal(s3, "PutObject", Key="key", ACL="public-read").code == "AccessControlListNotSupported"
    refused = _refusal(s3, "CreateMultipartUpload", Key="key", ACL="authenticated-read")
    assert refused.code == "AccessControlListNotSupported"


def test_blocked_public_acls_are_refused_with_the_setting(s3: S3) -> None:
    _ownership(s3, "ObjectWriter")
    refused = _refusal(s3, "PutObject", Key="key", ACL="public-read")
    assert refused.code == "AccessDenied"
    assert refused.message == (
        f"User: arn:aws:iam::{ACCOUNT}:user/alice is not authorized to perform: s3:PutObject on resource: "
        '"arn:aws:s3:::bucket/key" because public ACLs are prevented by the BlockPublicAcls setting in S3 '
        "Block Public Access."
    )


def test_enforcing_ownership_needs_an_acl_that_grants_nothing(shared: S3) -> None:
    shared.call("PutBucketAcl", Bucket="bucket", ACL="log-delivery-write")
    controls = {"Rules": [{"ObjectOwnership": "BucketOwnerEnforced"}]}
    refused = _refusal(shared, "PutBucketOwnershipControls", OwnershipControls=controls)
    assert refused.code == "InvalidBucketAclWithObjectOwnership"
    shared.call("PutBucketAcl", Bucket="bucket", ACL="private")
    shared.call("PutBucketOwnershipControls", Bucket="bucket", OwnershipControls=controls)


def _document(**grantee: str) -> dict[str, Any]:
    return {
        "Owner": {"ID": canonical_id(ACCOUNT)},
        "Grants": [{"Grantee": grantee, "Permission": "READ"}],
    }


@pytest.mark.parametrize(
    ("document", "code"),
    [
        ({"Grants": []}, "MalformedACLError"),
        ({"Owner": {"ID": "0" * 64}, "Grants": []}, "InvalidArgument"),
        (_document(Type="Group", URI="http://acs.amazonaws.com/groups/none"), "InvalidArgument"),
        (_document(Type="Group"), "MalformedACLError"),
        (_document(Type="AmazonCustomerByEmail"), "UnresolvableGrantByEmailAddress"),
        (_document(Type="CanonicalUser", ID="0" * 64), "InvalidArgument"),
    ],
)
def test_refuses_documents_that_are_no_acl(shared: S3, document: dict[str, Any], code: str) -> None:
    assert _refusal(shared, "PutBucketAcl", AccessControlPolicy=document).code == code


def test_refuses_a_document_beside_a_header(shared: S3) -> None:
    refused = _refusal(shared, "PutBucketAcl", ACL="private", AccessControlPolicy=_document(Type="Group"))
    assert refused.code == "UnexpectedContent"
