"""DeleteObject: gone, and said so, whether or not it was there."""

from __future__ import annotations

from typing import Any

from s3trail.testing.server import Server
from tests.api.expect import recorded, refused


def test_deletes(server: Server, s3: Any, bucket: str) -> None:
    s3.put_object(Bucket=bucket, Key="k", Body=b"x")
    answer = s3.delete_object(Bucket=bucket, Key="k")
    assert answer["ResponseMetadata"]["HTTPStatusCode"] == 204
    refused(s3.get_object, "NoSuchKey", 404, Bucket=bucket, Key="k")
    record = recorded(server, answer, "DeleteObject")
    assert record["requestParameters"]["key"] == "k"
    assert record["responseElements"] is None
    assert record["readOnly"] is False
    assert record["eventCategory"] == "Data"


def test_accepts_a_key_that_is_not_there(server: Server, s3: Any, bucket: str) -> None:
    recorded(server, s3.delete_object(Bucket=bucket, Key="absent"), "DeleteObject")


def test_refuses_an_unknown_bucket(server: Server, s3: Any) -> None:
    error = refused(s3.delete_object, "NoSuchBucket", 404, Bucket="nobody-made-this", Key="k")
    recorded(server, error, "DeleteObject")


def test_refuses_a_reader(server: Server, s3: Any, bucket: str) -> None:
    s3.put_object(Bucket=bucket, Key="k", Body=b"x")
    reader = server.add_user(f"reader-{bucket[-8:]}", "read-only")
    client = server.client("s3", credentials=reader)
    error = refused(client.delete_object, "AccessDenied", 403, Bucket=bucket, Key="k")
    recorded(server, error, "DeleteObject", caller=reader)
    assert s3.get_object(Bucket=bucket, Key="k")["Body"].read() == b"x"


def test_leaves_a_delete_marker_in_a_versioned_bucket(server: Server, s3: Any, bucket: str) -> None:
    s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
    version = s3.put_object(Bucket=bucket, Key="k", Body=b"x")["VersionId"]
    answer = s3.delete_object(Bucket=bucket, Key="k")
    assert answer["DeleteMarker"] is True
    recorded(server, answer, "DeleteObject")
    removed = s3.delete_object(Bucket=bucket, Key="k", VersionId=version)
    assert removed["VersionId"] == version
    assert "DeleteMarker" not in removed
    assert recorded(server, removed, "DeleteObject")["requestParameters"]["versionId"] == version
    undone = s3.delete_object(Bucket=bucket, Key="k", VersionId=answer["VersionId"])
    assert undone["DeleteMarker"] is True
    s3.delete_bucket(Bucket=bucket)
