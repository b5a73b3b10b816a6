"""CreateMultipartUpload: an upload id, and nothing visible yet."""

from __future__ import annotations

from typing import Any

from s3trail.testing.server import Server
from tests.api.expect import recorded, refused


def test_opens_an_upload(server: Server, s3: Any, bucket: str) -> None:
    answer = s3.create_multipart_upload(Bucket=bucket, Key="k", ContentType="text/plain")
    assert answer["UploadId"]
    assert "Contents" not in s3.list_objects_v2(Bucket=bucket)
    record = recorded(server, answer, "CreateMultipartUpload")
    assert record["requestParameters"] == {
        "bucketName": bucket,
        "Host": f"127.0.0.1:{server.port}",
        "key": "k",
        "uploads": "",
    }
    assert record["eventCategory"] == "Data"
    assert record["readOnly"] is False


def test_each_upload_has_its_own_id(server: Server, s3: Any, bucket: str) -> None:
    answers = [s3.create_multipart_upload(Bucket=bucket, Key="k") for _ in range(2)]
    assert answers[0]["UploadId"] != answers[1]["UploadId"]
    for answer in answers:
        recorded(server, answer, "CreateMultipartUpload")


def test_refuses_an_unknown_bucket(server: Server, s3: Any) -> None:
    error = refused(s3.create_multipart_upload, "NoSuchBucket", 404, Bucket="nobody-made-this", Key="k")
    recorded(server, error, "CreateMultipartUpload")
