"""CreateBucket: names, regions, repeats."""

from __future__ import annotations

import uuid
from typing import Any

import pytest

from s3trail.testing.server import Server
from tests.api.expect import recorded, refused


def _name() -> str:
    return f"new-{uuid.uuid4().hex[:12]}"


def test_creates_a_bucket(server: Server, s3: Any) -> None:
    name = _name()
    answer = s3.create_bucket(Bucket=name)
    assert answer["Location"] == f"/{name}"
    assert name in [bucket["Name"] for bucket in s3.list_buckets()["Buckets"]]
    record = recorded(server, answer, "CreateBucket")
    assert record["requestParameters"] == {"bucketName": name, "Host": f"127.0.0.1:{server.port}"}
    assert record["responseElements"] is None
    assert record["eventCategory"] == "Management"
    assert record["readOnly"] is False
    assert record["awsRegion"] == "us-east-1"
    assert "resources" not in record


def test_creates_a_bucket_in_the_named_region(server: Server) -> None:
    name = _name()
    answer = server.client("s3", region="eu-west-1").create_bucket(
        Bucket=name, CreateBucketConfiguration={"LocationConstraint": "eu-west-1"}
    )
    record = recorded(server, answer, "CreateBucket")
    assert record["awsRegion"] == "eu-west-1"
    assert record["requestParameters"]["CreateBucketConfiguration"]["LocationConstraint"] == "eu-west-1"


def test_accepts_the_owners_repeat_in_us_east_1(server: Server, s3: Any, bucket: str) -> None:
    recorded(server, s3.create_bucket(Bucket=bucket), "CreateBucket")


def test_refuses_the_owners_repeat_elsewhere(server: Server) -> None:
    s3 = server.client("s3", region="eu-west-1")
    name, place = _name(), {"LocationConstraint": "eu-west-1"}
    s3.create_bucket(Bucket=name, CreateBucketConfiguration=place)
    error = refused(
        s3.create_bucket, "BucketAlreadyOwnedByYou", 409, Bucket=name, CreateBucketConfiguration=place
    )
    recorded(server, error, "CreateBucket")


def test_refuses_a_constraint_that_contradicts_the_endpoint(server: Server) -> None:
    error = refused(
        server.client("s3", region="eu-west-1").create_bucket,
        "IllegalLocationConstraintException",
        400,
        Bucket=_name(),
        CreateBucketConfiguration={"LocationConstraint": "eu-central-1"},
    )
    record = recorded(server, error, "CreateBucket")
    assert record["requestParameters"]["CreateBucketConfiguration"]["LocationConstraint"] == "eu-central-1"


def test_the_endpoint_of_us_east_1_makes_buckets_anywhere(server: Server, s3: Any) -> None:
    name = _name()
    answer = s3.create_bucket(Bucket=name, CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
    assert server.client("s3", region="eu-west-1").head_bucket(Bucket=name)["BucketRegion"] == "eu-west-1"
    recorded(server, answer, "CreateBucket")


@pytest.mark.parametrize(
    "name",
    ["ab", "Upper-case", "under_score", "-dash", "dash-", "two..dots", "192.168.5.4", "xn--bucket", "a" * 64],
)
def test_refuses_a_name_outside_s3s_rules(server: Server, s3: Any, name: str) -> None:
    record = recorded(
        server, refused(s3.create_bucket, "InvalidBucketName", 400, Bucket=name), "CreateBucket"
    )
    assert record["requestParameters"]["bucketName"] == name


def test_refuses_a_user_without_the_right(server: Server) -> None:
    reader = server.add_user(f"reader-{uuid.uuid4().hex[:8]}", "read-only")
    name = _name()
    client = server.client("s3", credentials=reader)
    error = refused(client.create_bucket, "AccessDenied", 403, Bucket=name)
    recorded(server, error, "CreateBucket", caller=reader)
    assert name not in [bucket["Name"] for bucket in server.client("s3").list_buckets()["Buckets"]]


def test_takes_ownership_acl_and_tags(server: Server, s3: Any) -> None:
    name = f"with-acl-{uuid.uuid4().hex[:12]}"
    answer = s3.create_bucket(
        Bucket=name,
        ObjectOwnership="ObjectWriter",
        ACL="log-delivery-write",
        CreateBucketConfiguration={"Tags": [{"Key": "a", "Value": "b"}]},
    )
    record = recorded(server, answer, "CreateBucket")
    assert record["requestParameters"]["x-amz-object-ownership"] == "ObjectWriter"
    assert len(s3.get_bucket_acl(Bucket=name)["Grants"]) == 3
    assert s3.get_bucket_tagging(Bucket=name)["TagSet"] == [{"Key": "a", "Value": "b"}]


def test_refuses_an_acl_that_the_buckets_settings_forbid(server: Server, s3: Any) -> None:
    name = f"refused-{uuid.uuid4().hex[:12]}"
    for asked, code in (
        ({"ACL": "public-read"}, "InvalidBucketAclWithObjectOwnership"),
        (
            {"ACL": "public-read", "ObjectOwnership": "ObjectWriter"},
            "InvalidBucketAclWithBlockPublicAccessError",
        ),
        ({"ObjectOwnership": "Nobody"}, "InvalidArgument"),
    ):
        recorded(server, refused(s3.create_bucket, code, 400, Bucket=name, **asked), "CreateBucket")
    refused(s3.head_bucket, "404", 404, Bucket=name)
