"""AbortMultipartUpload: the upload and its parts are gone."""

from __future__ import annotations

from typing import Any

from s3trail.testing.server import Server
from tests.api.expect import recorded, refused


def test_drops_the_upload(server: Server, s3: Any, upload: dict[str, str]) -> None:
    s3.upload_part(**upload, PartNumber=1, Body=b"x")
    answer = s3.abort_multipart_upload(**upload)
    assert answer["ResponseMetadata"]["HTTPStatusCode"] == 204
    refused(s3.list_parts, "NoSuchUpload", 404, **upload)
    record = recorded(server, answer, "AbortMultipartUpload")
    assert record["requestParameters"]["uploadId"] == upload["UploadId"]
    assert record["readOnly"] is False


def test_refuses_an_unknown_upload(server: Server, s3: Any, upload: dict[str, str]) -> None:
    error = refused(s3.abort_multipart_upload, "NoSuchUpload", 404, **{**upload, "UploadId": "unknown"})
    recorded(server, error, "AbortMultipartUpload")
