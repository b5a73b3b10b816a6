"""CompleteMultipartUpload: parts become one object, all or nothing."""

from __future__ import annotations

import hashlib
from typing import Any

from s3trail.testing.server import Server
from tests.api.expect import recorded, refused

LEAST = 5 << 20
"""S3's least size of a part that isn't the last."""


def _part(s3: Any, upload: dict[str, str], number: int, body: bytes) -> dict[str, Any]:
    return {"PartNumber": number, "ETag": s3.upload_part(**upload, PartNumber=number, Body=body)["ETag"]}


def test_joins_the_parts(server: Server, s3: Any, upload: dict[str, str]) -> None:
    bodies = [b"a" * LEAST, b"b" * 100]
    parts = [_part(s3, upload, number, body) for number, body in enumerate(bodies, 1)]
    answer = s3.complete_multipart_upload(**upload, MultipartUpload={"Parts": parts})
    digest = hashlib.md5(b"".join(hashlib.md5(body).digest() for body in bodies)).hexdigest()
    assert answer["ETag"] == f'"{digest}-2"'
    found = s3.get_object(Bucket=upload["Bucket"], Key=upload["Key"])
    assert found["Body"].read() == b"".join(bodies)
    assert "Uploads" not in s3.list_multipart_uploads(Bucket=upload["Bucket"])
    record = recorded(server, answer, "CompleteMultipartUpload")
    assert record["requestParameters"]["uploadId"] == upload["UploadId"]
    sent = record["requestParameters"]["CompleteMultipartUpload"]["Part"]
    assert [(part["PartNumber"], part["ETag"]) for part in sent] == [
        (part["PartNumber"], part["ETag"]) for part in parts
    ]


def test_leaves_out_parts_that_are_not_named(server: Server, s3: Any, upload: dict[str, str]) -> None:
    _part(s3, upload, 1, b"unwanted")
    wanted = _part(s3, upload, 3, b"wanted")
    answer = s3.complete_multipart_upload(**upload, MultipartUpload={"Parts": [wanted]})
    assert s3.get_object(Bucket=upload["Bucket"], Key=upload["Key"])["Body"].read() == b"wanted"
    recorded(server, answer, "CompleteMultipartUpload")


def test_refuses_a_small_part_before_the_last(server: Server, s3: Any, upload: dict[str, str]) -> None:
    parts = [_part(s3, upload, number, b"small") for number in (1, 2)]
    error = refused(
        s3.complete_multipart_upload, "EntityTooSmall", 400, **upload, MultipartUpload={"Parts": parts}
    )
    recorded(server, error, "CompleteMultipartUpload")


def test_refuses_a_part_that_was_not_uploaded(server: Server, s3: Any, upload: dict[str, str]) -> None:
    parts = [{"PartNumber": 1, "ETag": '"00000000000000000000000000000000"'}]
    error = refused(
        s3.complete_multipart_upload, "InvalidPart", 400, **upload, MultipartUpload={"Parts": parts}
    )
    recorded(server, error, "CompleteMultipartUpload")


def test_refuses_parts_out_of_order(server: Server, s3: Any, upload: dict[str, str]) -> None:
    parts = [_part(s3, upload, number, b"x" * LEAST) for number in (2, 1)]
    error = refused(
        s3.complete_multipart_upload, "InvalidPartOrder", 400, **upload, MultipartUpload={"Parts": parts}
    )
    recorded(server, error, "CompleteMultipartUpload")


def test_refuses_an_unknown_upload(server: Server, s3: Any, upload: dict[str, str]) -> None:
    parts = [_part(s3, upload, 1, b"x")]
    unknown = {**upload, "UploadId": "unknown"}
    error = refused(
        s3.complete_multipart_upload, "NoSuchUpload", 404, **unknown, MultipartUpload={"Parts": parts}
    )
    recorded(server, error, "CompleteMultipartUpload")
