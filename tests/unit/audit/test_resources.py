"""resources name the buckets and objects that a call concerned."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from s3trail.kernel.errors import AwsError

Record = Callable[..., dict[str, Any]]
BUCKET = {"accountId": "123456789012", "type": "AWS::S3::Bucket", "ARN": "arn:aws:s3:::b"}
OBJECT = {"type": "AWS::S3::Object", "ARN": "arn:aws:s3:::b/k"}


def prefix(text: str) -> dict[str, str]:
    return {"type": "AWS::S3::Object", "ARNPrefix": f"arn:aws:s3:::b/{text}"}


def test_object_calls_name_the_bucket_and_then_the_object(record: Record) -> None:
    written = record("GetObject")["resources"]
    assert [list(entry.items()) for entry in written] == [list(BUCKET.items()), list(OBJECT.items())]


def test_bucket_calls_name_the_bucket(record: Record) -> None:
    assert record("GetBucketAcl", params={"Bucket": "b"})["resources"] == [BUCKET]


@pytest.mark.parametrize(
    "operation", ["ListObjects", "ListObjectsV2", "ListObjectVersions", "ListMultipartUploads"]
)
def test_lists_name_the_prefix(record: Record, operation: str) -> None:
    assert record(operation, params={"Bucket": "b", "Prefix": "logs/"})["resources"] == [
        BUCKET,
        prefix("logs/"),
    ]


@pytest.mark.parametrize("operation", ["HeadBucket", "DeleteObjects", "ListObjectsV2"])
def test_calls_on_the_whole_bucket_name_the_empty_prefix(record: Record, operation: str) -> None:
    assert record(operation, params={"Bucket": "b"})["resources"] == [BUCKET, prefix("")]


@pytest.mark.parametrize(
    ("source", "arn"),
    [
        ("/src/a%20b/c?versionId=v1", "arn:aws:s3:::src/a b/c"),
        ("src/a%2Fb", "arn:aws:s3:::src/a/b"),
        ("src/k%3FversionId=x", "arn:aws:s3:::src/k?versionId=x"),
    ],
)
@pytest.mark.parametrize("operation", ["CopyObject", "UploadPartCopy"])
def test_copies_name_their_source_too(record: Record, operation: str, source: str, arn: str) -> None:
    written = record(operation, headers={"x-amz-copy-source": source})["resources"]
    assert written == [BUCKET, OBJECT, {"type": "AWS::S3::Object", "ARN": arn}]


@pytest.mark.parametrize("source", ["", "/", "bucket-only", "/b/"])
def test_a_source_that_names_no_object_is_left_out(record: Record, source: str) -> None:
    assert record("CopyObject", headers={"x-amz-copy-source": source})["resources"] == [BUCKET, OBJECT]


def test_a_copy_source_means_nothing_to_other_operations(record: Record) -> None:
    assert record("GetObject", headers={"x-amz-copy-source": "/src/k"})["resources"] == [BUCKET, OBJECT]


@pytest.mark.parametrize("operation", ["CreateBucket", "ListBuckets", "", "NoSuchOperation"])
def test_some_calls_have_none(record: Record, operation: str) -> None:
    assert "resources" not in record(operation)


def test_a_bucket_that_does_not_exist_is_not_named(record: Record) -> None:
    missing = AwsError(code="NoSuchBucket", status=404)
    assert "resources" not in record("GetObject", bucket_account="", result=None, error=missing, status=404)


def test_a_key_that_does_not_exist_is_named(record: Record) -> None:
    missing = AwsError(code="NoSuchKey", status=404)
    assert record("GetObject", result=None, error=missing)["resources"] == [BUCKET, OBJECT]


def test_an_assumed_role_is_named(record: Record) -> None:
    arn = "arn:aws:iam::210987654321:role/path/r"
    written = record("AssumeRole", call={"service": "sts"}, params={"RoleArn": arn})["resources"]
    assert written == [{"accountId": "210987654321", "type": "AWS::IAM::Role", "ARN": arn}]


@pytest.mark.parametrize("arn", ["", "not an arn", 7])
def test_a_malformed_role_is_not_named(record: Record, arn: Any) -> None:
    assert "resources" not in record("AssumeRole", call={"service": "sts"}, params={"RoleArn": arn})
