"""DeleteBucket: only empty buckets go."""

from __future__ import annotations

from typing import Any

from s3trail.testing.server import Server
from tests.api.expect import recorded, refused


def test_deletes_an_empty_bucket(server: Server, s3: Any, bucket: str) -> None:
    answer = s3.delete_bucket(Bucket=bucket)
    assert answer["ResponseMetadata"]["HTTPStatusCode"] == 204
    assert bucket not in [found["Name"] for found in s3.list_buckets()["Buckets"]]
    record = recorded(server, answer, "DeleteBucket")
    assert record["requestParameters"] == {"bucketName": bucket, "Host": f"127.0.0.1:{server.port}"}
    assert record["readOnly"] is False
    assert record["eventCategory"] == "Management"


def test_refuses_a_bucket_with_objects(server: Server, s3: Any, bucket: str) -> None:
    s3.put_object(Bucket=bucket, Key="k", Body=b"x")
    record = recorded(server, refused(s3.delete_bucket, "BucketNotEmpty", 409, Bucket=bucket), "DeleteBucket")
    assert record["errorMessage"] == "The bucket you tried to delete is not empty"
    assert record["resources"] == [
        {
            "accountId": record["recipientAccountId"],
            "type": "AWS::S3::Bucket",
            "ARN": f"arn:aws:s3:::{bucket}",
        }
    ]


def test_refuses_an_unknown_bucket(server: Server, s3: Any) -> None:
    error = refused(s3.delete_bucket, "NoSuchBucket", 404, Bucket="nobody-made-this")
    record = recorded(server, error, "DeleteBucket")
    assert record["errorMessage"] == "The specified bucket does not exist"
    assert "resources" not in record
