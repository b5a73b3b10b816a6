"""ListMultipartUploads: what is open in a bucket."""

from __future__ import annotations

from typing import Any

from s3trail.testing.server import Server
from tests.api.expect import recorded, refused


def test_lists_open_uploads(server: Server, s3: Any, bucket: str) -> None:
    opened = {
        (key, s3.create_multipart_upload(Bucket=bucket, Key=key)["UploadId"]) for key in ("a", "a", "b")
    }
    answer = s3.list_multipart_uploads(Bucket=bucket)
    assert {(upload["Key"], upload["UploadId"]) for upload in answer["Uploads"]} == opened
    assert [upload["Key"] for upload in answer["Uploads"]] == ["a", "a", "b"]
    record = recorded(server, answer, "ListMultipartUploads")
    assert record["requestParameters"]["uploads"] == ""
    assert record["readOnly"] is True


def test_pages_by_key_and_upload(server: Server, s3: Any, bucket: str) -> None:
    for key in ("a", "b", "c"):
        s3.create_multipart_upload(Bucket=bucket, Key=key)
    first = s3.list_multipart_uploads(Bucket=bucket, MaxUploads=2)
    rest = s3.list_multipart_uploads(
        Bucket=bucket, KeyMarker=first["NextKeyMarker"], UploadIdMarker=first["NextUploadIdMarker"]
    )
    assert [upload["Key"] for upload in first["Uploads"] + rest["Uploads"]] == ["a", "b", "c"]
    recorded(server, rest, "ListMultipartUploads")


def test_refuses_an_unknown_bucket(server: Server, s3: Any) -> None:
    error = refused(s3.list_multipart_uploads, "NoSuchBucket", 404, Bucket="nobody-made-this")
    recorded(server, error, "ListMultipartUploads")
