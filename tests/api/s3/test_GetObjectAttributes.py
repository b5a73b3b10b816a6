"""GetObjectAttributes: those that are asked for."""

from __future__ import annotations

import hashlib
from typing import Any

from s3trail.testing.server import Server
from tests.api.expect import recorded, refused

_ALL = ["ETag", "Checksum", "ObjectParts", "StorageClass", "ObjectSize"]


def test_gives_what_is_asked_for(server: Server, s3: Any, bucket: str) -> None:
    s3.put_object(Bucket=bucket, Key="k", Body=b"body", ChecksumAlgorithm="SHA256")
    answer = s3.get_object_attributes(Bucket=bucket, Key="k", ObjectAttributes=_ALL)
    assert answer["ETag"] == hashlib.md5(b"body").hexdigest()
    assert answer["ObjectSize"] == 4
    assert answer["StorageClass"] == "STANDARD"
    assert set(answer["Checksum"]) == {"ChecksumSHA256", "ChecksumType"}
    assert "ObjectParts" not in answer
    record = recorded(server, answer, "GetObjectAttributes")
    assert record["requestParameters"]["attributes"] == ""
    assert record["eventCategory"] == "Data"
    only = s3.get_object_attributes(Bucket=bucket, Key="k", ObjectAttributes=["ObjectSize"])
    assert "ETag" not in only


def test_lists_the_parts_in_pages(server: Server, s3: Any, upload: dict[str, str]) -> None:
    etags = [s3.upload_part(PartNumber=n, Body=b"x" * 5 * 1024**2, **upload)["ETag"] for n in (1, 2)]
    parts = [{"PartNumber": number + 1, "ETag": etag} for number, etag in enumerate(etags)]
    s3.complete_multipart_upload(MultipartUpload={"Parts": parts}, **upload)
    named = {"Bucket": upload["Bucket"], "Key": upload["Key"], "ObjectAttributes": ["ObjectParts"]}
    answer = s3.get_object_attributes(MaxParts=1, **named)
    found = answer["ObjectParts"]
    assert (found["TotalPartsCount"], found["IsTruncated"]) == (2, True)
    assert [part["PartNumber"] for part in found["Parts"]] == [1]
    recorded(server, answer, "GetObjectAttributes")
    rest = s3.get_object_attributes(PartNumberMarker=found["NextPartNumberMarker"], **named)
    assert [part["PartNumber"] for part in rest["ObjectParts"]["Parts"]] == [2]


def test_refuses_an_unknown_attribute_and_key(server: Server, s3: Any, bucket: str) -> None:
    s3.put_object(Bucket=bucket, Key="k", Body=b"body")
    call = s3.get_object_attributes
    for key, attribute, code, status in (
        ("k", "Owner", "InvalidArgument", 400),
        ("none", "ETag", "NoSuchKey", 404),
    ):
        error = refused(call, code, status, Bucket=bucket, Key=key, ObjectAttributes=[attribute])
        recorded(server, error, "GetObjectAttributes")
