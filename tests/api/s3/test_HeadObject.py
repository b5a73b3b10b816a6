"""HeadObject: an object's facts without its bytes."""

from __future__ import annotations

from typing import Any

from s3trail.testing.server import Server
from tests.api.expect import recorded, refused


def test_tells_size_type_and_etag(server: Server, s3: Any, bucket: str) -> None:
    etag = s3.put_object(Bucket=bucket, Key="k", Body=b"12345", ContentType="text/csv")["ETag"]
    answer = s3.head_object(Bucket=bucket, Key="k")
    assert (answer["ContentLength"], answer["ContentType"], answer["ETag"]) == (5, "text/csv", etag)
    record = recorded(server, answer, "HeadObject")
    assert record["additionalEventData"]["objectSize"] == 5
    assert record["readOnly"] is True
    assert record["eventCategory"] == "Data"


def test_answers_404_for_an_unknown_key(server: Server, s3: Any, bucket: str) -> None:
    error = refused(s3.head_object, "404", 404, Bucket=bucket, Key="absent")
    record = recorded(server, error, "HeadObject")
    assert record["errorCode"] == "NoSuchKey"
    assert record["requestParameters"]["key"] == "absent"


def test_answers_304_and_412_to_conditions(server: Server, s3: Any, bucket: str) -> None:
    etag = s3.put_object(Bucket=bucket, Key="k", Body=b"1")["ETag"]
    for condition, status in (({"IfNoneMatch": etag}, 304), ({"IfMatch": '"other"'}, 412)):
        error = refused(s3.head_object, str(status), status, Bucket=bucket, Key="k", **condition)
        assert server.record_of(error)["additionalEventData"]["httpStatusCode"] == status


def test_a_delete_marker_is_405_by_id_and_404_without(server: Server, s3: Any, bucket: str) -> None:
    s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
    marker = s3.delete_object(Bucket=bucket, Key="k")["VersionId"]
    error = refused(s3.head_object, "404", 404, Bucket=bucket, Key="k")
    assert recorded(server, error, "HeadObject")["errorCode"] == "NoSuchKey"
    error = refused(s3.head_object, "405", 405, Bucket=bucket, Key="k", VersionId=marker)
    assert error.response["ResponseMetadata"]["HTTPHeaders"]["x-amz-version-id"] == marker
    assert recorded(server, error, "HeadObject")["errorCode"] == "MethodNotAllowed"
