"""GetObjectAcl: the owner's full control, or what the object was given when it was written."""

from __future__ import annotations

from typing import Any

from s3trail.testing.server import Server
from tests.api.expect import recorded, refused


def test_an_object_is_its_owners_alone(server: Server, s3: Any, bucket: str) -> None:
    s3.put_object(Bucket=bucket, Key="k", Body=b"x")
    answer = s3.get_object_acl(Bucket=bucket, Key="k")
    owner = answer["Owner"]["ID"]
    assert answer["Grants"] == [
        {"Grantee": {"ID": owner, "Type": "CanonicalUser"}, "Permission": "FULL_CONTROL"}
    ]
    record = recorded(server, answer, "GetObjectAcl")
    assert record["requestParameters"]["acl"] == ""
    assert record["eventCategory"] == "Data"
    assert record["readOnly"] is True


def test_shows_the_acl_of_a_put_a_copy_and_an_upload(server: Server, s3: Any, bucket: str) -> None:
    s3.delete_public_access_block(Bucket=bucket)
    s3.delete_bucket_ownership_controls(Bucket=bucket)
    s3.put_object(Bucket=bucket, Key="put", Body=b"x", ACL="public-read")
    s3.copy_object(Bucket=bucket, Key="copy", CopySource=f"{bucket}/put", ACL="public-read")
    upload = s3.create_multipart_upload(Bucket=bucket, Key="parts", ACL="public-read")["UploadId"]
    named = {"Bucket": bucket, "Key": "parts", "UploadId": upload}
    etag = s3.upload_part(PartNumber=1, Body=b"x", **named)["ETag"]
    s3.complete_multipart_upload(MultipartUpload={"Parts": [{"PartNumber": 1, "ETag": etag}]}, **named)
    for key in ("put", "copy", "parts"):
        answer = s3.get_object_acl(Bucket=bucket, Key=key)
        assert answer["Grants"][1]["Grantee"]["URI"].endswith("/AllUsers")
        recorded(server, answer, "GetObjectAcl")
    s3.copy_object(Bucket=bucket, Key="private", CopySource=f"{bucket}/put")
    assert len(s3.get_object_acl(Bucket=bucket, Key="private")["Grants"]) == 1


def test_refuses_an_unknown_key(server: Server, s3: Any, bucket: str) -> None:
    error = refused(s3.get_object_acl, "NoSuchKey", 404, Bucket=bucket, Key="none")
    recorded(server, error, "GetObjectAcl")
