"""DeleteObjects: one summary record, and one record per key."""

from __future__ import annotations

from typing import Any

from s3trail.testing.server import Record, Server
from tests.api.expect import refused


def _records(server: Server, answer: Any) -> tuple[Record, list[Record]]:
    found = server.records(requestID=answer["ResponseMetadata"]["RequestId"])
    summaries = [record for record in found if record["eventName"] == "DeleteObjects"]
    assert len(summaries) == 1
    return summaries[0], [record for record in found if record["eventName"] == "DeleteObject"]


def _delete(s3: Any, bucket: str, keys: list[str], *, quiet: bool = False) -> Any:
    return s3.delete_objects(
        Bucket=bucket, Delete={"Objects": [{"Key": key} for key in keys], "Quiet": quiet}
    )


def test_records_the_call_and_each_key(server: Server, s3: Any, bucket: str) -> None:
    keys = ["a", "b/c", "with space"]
    for key in keys:
        s3.put_object(Bucket=bucket, Key=key, Body=b"x")
    answer = _delete(s3, bucket, [*keys, "absent"])
    assert {found["Key"] for found in answer["Deleted"]} == {*keys, "absent"}
    assert "Contents" not in s3.list_objects_v2(Bucket=bucket)
    summary, each = _records(server, answer)
    assert summary["requestParameters"] == {
        "bucketName": bucket,
        "Host": f"127.0.0.1:{server.port}",
        "delete": "",
    }
    assert {"type": "AWS::S3::Object", "ARNPrefix": f"arn:aws:s3:::{bucket}/"} in summary["resources"]
    assert sorted(record["requestParameters"]["key"] for record in each) == sorted([*keys, "absent"])
    assert len({record["eventID"] for record in [summary, *each]}) == 5
    for record in each:
        assert record["userIdentity"] == summary["userIdentity"]
        assert "errorCode" not in record


def test_quiet_answers_nothing_and_records_all(server: Server, s3: Any, bucket: str) -> None:
    s3.put_object(Bucket=bucket, Key="k", Body=b"x")
    answer = _delete(s3, bucket, ["k"], quiet=True)
    assert "Deleted" not in answer
    assert [record["requestParameters"]["key"] for record in _records(server, answer)[1]] == ["k"]


def test_takes_a_thousand_keys(server: Server, s3: Any, bucket: str) -> None:
    answer = _delete(s3, bucket, [f"key-{number}" for number in range(1000)], quiet=True)
    assert len(_records(server, answer)[1]) == 1000


def test_refuses_a_thousand_and_one(server: Server, s3: Any, bucket: str) -> None:
    s3.put_object(Bucket=bucket, Key="key-0", Body=b"x")
    keys = [{"Key": f"key-{number}"} for number in range(1001)]
    error = refused(s3.delete_objects, "MalformedXML", 400, Bucket=bucket, Delete={"Objects": keys})
    summary, each = _records(server, error.response)
    assert summary["errorCode"] == "MalformedXML"
    assert each == []
    assert s3.head_object(Bucket=bucket, Key="key-0")["ContentLength"] == 1


def test_refuses_an_unknown_bucket(server: Server, s3: Any) -> None:
    error = refused(
        s3.delete_objects, "NoSuchBucket", 404, Bucket="nobody-made-this", Delete={"Objects": [{"Key": "k"}]}
    )
    summary, each = _records(server, error.response)
    assert summary["errorCode"] == "NoSuchBucket"
    assert each == []


def test_tells_of_delete_markers(server: Server, s3: Any, bucket: str) -> None:
    s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
    version = s3.put_object(Bucket=bucket, Key="a", Body=b"x")["VersionId"]
    answer = s3.delete_objects(
        Bucket=bucket, Delete={"Objects": [{"Key": "a"}, {"Key": "a", "VersionId": version}]}
    )
    marked, removed = answer["Deleted"]
    assert marked["DeleteMarker"] is True
    assert removed == {"Key": "a", "VersionId": version}
    summary = next(
        record
        for record in server.records(requestID=answer["ResponseMetadata"]["RequestId"])
        if record["eventName"] == "DeleteObjects"
    )
    assert summary["requestParameters"]["delete"] == ""
    listed = s3.list_object_versions(Bucket=bucket)
    assert [found["VersionId"] for found in listed["DeleteMarkers"]] == [marked["DeleteMarkerVersionId"]]
    assert "Versions" not in listed
