"""CopyObject: bytes and metadata, one record that names both objects."""

from __future__ import annotations

from typing import Any

import pytest

from s3trail.testing.server import Server
from tests.api.expect import recorded, refused


@pytest.fixture
def source(s3: Any, bucket: str) -> str:
    s3.put_object(Bucket=bucket, Key="source", Body=b"bytes", ContentType="text/plain", Metadata={"a": "1"})
    return f"{bucket}/source"


def test_copies_bytes_and_metadata(server: Server, s3: Any, bucket: str, source: str) -> None:
    answer = s3.copy_object(Bucket=bucket, Key="copy", CopySource=source)
    found = s3.get_object(Bucket=bucket, Key="copy")
    assert found["Body"].read() == b"bytes"
    assert (found["ContentType"], found["Metadata"]) == ("text/plain", {"a": "1"})
    assert answer["CopyObjectResult"]["ETag"] == found["ETag"]
    record = recorded(server, answer, "CopyObject")
    assert record["requestParameters"]["key"] == "copy"
    assert record["requestParameters"]["x-amz-copy-source"] == source
    arns = {resource.get("ARN") for resource in record["resources"]}
    assert {f"arn:aws:s3:::{bucket}/copy", f"arn:aws:s3:::{bucket}/source"} <= arns
    assert record["eventCategory"] == "Data"
    assert record["readOnly"] is False


def test_replaces_metadata_when_told(server: Server, s3: Any, bucket: str, source: str) -> None:
    answer = s3.copy_object(
        Bucket=bucket, Key="copy", CopySource=source, MetadataDirective="REPLACE", Metadata={"b": "2"}
    )
    assert s3.head_object(Bucket=bucket, Key="copy")["Metadata"] == {"b": "2"}
    recorded(server, answer, "CopyObject")


def test_refuses_a_copy_onto_itself_that_changes_nothing(
    server: Server, s3: Any, bucket: str, source: str
) -> None:
    error = refused(s3.copy_object, "InvalidRequest", 400, Bucket=bucket, Key="source", CopySource=source)
    recorded(server, error, "CopyObject")


def test_refuses_an_unknown_source(server: Server, s3: Any, bucket: str) -> None:
    error = refused(
        s3.copy_object, "NoSuchKey", 404, Bucket=bucket, Key="copy", CopySource=f"{bucket}/absent"
    )
    record = recorded(server, error, "CopyObject")
    assert record["requestParameters"]["x-amz-copy-source"] == f"{bucket}/absent"


def test_refuses_a_source_that_has_changed(server: Server, s3: Any, bucket: str, source: str) -> None:
    error = refused(
        s3.copy_object,
        "PreconditionFailed",
        412,
        Bucket=bucket,
        Key="copy",
        CopySource=source,
        CopySourceIfMatch='"other"',
    )
    recorded(server, error, "CopyObject")


def test_refuses_an_unknown_destination(server: Server, s3: Any, source: str) -> None:
    error = refused(
        s3.copy_object, "NoSuchBucket", 404, Bucket="nobody-made-this", Key="k", CopySource=source
    )
    recorded(server, error, "CopyObject")


def test_copies_a_version_by_its_id(server: Server, s3: Any, bucket: str) -> None:
    s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
    first = s3.put_object(Bucket=bucket, Key="k", Body=b"one")["VersionId"]
    s3.put_object(Bucket=bucket, Key="k", Body=b"two")
    answer = s3.copy_object(
        Bucket=bucket, Key="copy", CopySource={"Bucket": bucket, "Key": "k", "VersionId": first}
    )
    assert answer["CopySourceVersionId"] == first
    record = recorded(server, answer, "CopyObject")
    assert record["responseElements"]["x-amz-version-id"] == answer["VersionId"]
    assert s3.get_object(Bucket=bucket, Key="copy")["Body"].read() == b"one"
