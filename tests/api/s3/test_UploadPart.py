"""UploadPart: parts by number, replaced by a repeat."""

from __future__ import annotations

import hashlib
from typing import Any

import pytest

from s3trail.testing.server import Server
from tests.api.expect import recorded, refused


def test_stores_a_part(server: Server, s3: Any, upload: dict[str, str]) -> None:
    body = b"part one"
    answer = s3.upload_part(**upload, PartNumber=1, Body=body)
    assert answer["ETag"] == f'"{hashlib.md5(body).hexdigest()}"'
    record = recorded(server, answer, "UploadPart")
    assert record["requestParameters"]["uploadId"] == upload["UploadId"]
    assert record["requestParameters"]["partNumber"] == "1"
    assert record["additionalEventData"]["bytesTransferredIn"] == len(body)
    assert record["readOnly"] is False


def test_a_repeat_replaces_the_part(server: Server, s3: Any, upload: dict[str, str]) -> None:
    s3.upload_part(**upload, PartNumber=1, Body=b"old")
    answer = s3.upload_part(**upload, PartNumber=1, Body=b"newer")
    assert [part["Size"] for part in s3.list_parts(**upload)["Parts"]] == [5]
    recorded(server, answer, "UploadPart")


@pytest.mark.parametrize("number", [0, 10001])
def test_refuses_a_number_outside_1_to_10000(
    server: Server, s3: Any, upload: dict[str, str], number: int
) -> None:
    error = refused(s3.upload_part, "InvalidArgument", 400, **upload, PartNumber=number, Body=b"x")
    recorded(server, error, "UploadPart")


def test_refuses_an_unknown_upload(server: Server, s3: Any, upload: dict[str, str]) -> None:
    error = refused(
        s3.upload_part, "NoSuchUpload", 404, **{**upload, "UploadId": "unknown"}, PartNumber=1, Body=b"x"
    )
    assert recorded(server, error, "UploadPart")["requestParameters"]["uploadId"] == "unknown"
