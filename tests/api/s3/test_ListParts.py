"""ListParts: the parts of an open upload, in pages."""

from __future__ import annotations

from typing import Any

from s3trail.testing.server import Server
from tests.api.expect import recorded, refused


def test_lists_parts_by_number(server: Server, s3: Any, upload: dict[str, str]) -> None:
    for number in (3, 1, 2):
        s3.upload_part(**upload, PartNumber=number, Body=b"x" * number)
    answer = s3.list_parts(**upload)
    assert [(part["PartNumber"], part["Size"]) for part in answer["Parts"]] == [(1, 1), (2, 2), (3, 3)]
    record = recorded(server, answer, "ListParts")
    assert record["requestParameters"]["uploadId"] == upload["UploadId"]
    assert record["readOnly"] is True
    assert record["eventCategory"] == "Data"


def test_pages_by_part_number(server: Server, s3: Any, upload: dict[str, str]) -> None:
    for number in (1, 2, 3):
        s3.upload_part(**upload, PartNumber=number, Body=b"x")
    first = s3.list_parts(**upload, MaxParts=2)
    assert first["IsTruncated"] is True
    rest = s3.list_parts(**upload, MaxParts=2, PartNumberMarker=first["NextPartNumberMarker"])
    assert [part["PartNumber"] for part in rest["Parts"]] == [3]
    assert recorded(server, rest, "ListParts")["requestParameters"]["part-number-marker"] == "2"


def test_refuses_an_unknown_upload(server: Server, s3: Any, upload: dict[str, str]) -> None:
    error = refused(s3.list_parts, "NoSuchUpload", 404, **{**upload, "UploadId": "unknown"})
    recorded(server, error, "ListParts")
