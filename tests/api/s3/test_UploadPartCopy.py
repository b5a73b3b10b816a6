"""UploadPartCopy: a part from an object, or from a range of it."""

from __future__ import annotations

from typing import Any

from s3trail.testing.server import Server
from tests.api.expect import recorded, refused


def test_copies_an_object_into_a_part(server: Server, s3: Any, upload: dict[str, str]) -> None:
    source = f"{upload['Bucket']}/source"
    s3.put_object(Bucket=upload["Bucket"], Key="source", Body=b"0123456789")
    answer = s3.upload_part_copy(**upload, PartNumber=1, CopySource=source)
    assert [part["Size"] for part in s3.list_parts(**upload)["Parts"]] == [10]
    record = recorded(server, answer, "UploadPartCopy")
    assert record["requestParameters"]["x-amz-copy-source"] == source
    assert record["requestParameters"]["partNumber"] == "1"


def test_copies_a_range(server: Server, s3: Any, upload: dict[str, str]) -> None:
    s3.put_object(Bucket=upload["Bucket"], Key="source", Body=b"0123456789")
    answer = s3.upload_part_copy(
        **upload, PartNumber=1, CopySource=f"{upload['Bucket']}/source", CopySourceRange="bytes=2-4"
    )
    s3.complete_multipart_upload(
        **upload, MultipartUpload={"Parts": [{"PartNumber": 1, "ETag": answer["CopyPartResult"]["ETag"]}]}
    )
    assert s3.get_object(Bucket=upload["Bucket"], Key=upload["Key"])["Body"].read() == b"234"
    recorded(server, answer, "UploadPartCopy")


def test_refuses_an_unknown_source(server: Server, s3: Any, upload: dict[str, str]) -> None:
    error = refused(
        s3.upload_part_copy, "NoSuchKey", 404, **upload, PartNumber=1, CopySource=f"{upload['Bucket']}/absent"
    )
    recorded(server, error, "UploadPartCopy")
