"""PutBucketIntelligentTieringConfiguration: a configuration is stored under its id."""

from __future__ import annotations

from typing import Any

from s3trail.testing.server import Server
from tests.api.expect import recorded, refused

_DOCUMENT: dict[str, Any] = {
    "Id": "one",
    "Status": "Enabled",
    "Tierings": [{"Days": 90, "AccessTier": "ARCHIVE_ACCESS"}],
}


def test_what_is_put_is_there(server: Server, s3: Any, bucket: str) -> None:
    answer = s3.put_bucket_intelligent_tiering_configuration(
        Bucket=bucket, Id="one", IntelligentTieringConfiguration=_DOCUMENT
    )
    record = recorded(server, answer, "PutBucketIntelligentTieringConfiguration")
    assert record["requestParameters"]["intelligent-tiering"] == ""
    assert record["requestParameters"]["id"] == "one"
    assert "IntelligentTieringConfiguration" in record["requestParameters"]
    assert record["readOnly"] is False
    assert (
        s3.get_bucket_intelligent_tiering_configuration(Bucket=bucket, Id="one")[
            "IntelligentTieringConfiguration"
        ]
        == _DOCUMENT
    )


def test_refuses_an_id_that_differs_from_the_documents(server: Server, s3: Any, bucket: str) -> None:
    error = refused(
        s3.put_bucket_intelligent_tiering_configuration,
        "InvalidArgument",
        400,
        Bucket=bucket,
        Id="two",
        IntelligentTieringConfiguration=_DOCUMENT,
    )
    recorded(server, error, "PutBucketIntelligentTieringConfiguration")
    refused(
        s3.get_bucket_intelligent_tiering_configuration, "NoSuchConfiguration", 404, Bucket=bucket, Id="two"
    )


def test_refuses_an_unknown_bucket(server: Server, s3: Any) -> None:
    error = refused(
        s3.put_bucket_intelligent_tiering_configuration,
        "NoSuchBucket",
        404,
        Bucket="nobody-made-this",
        Id="one",
        IntelligentTieringConfiguration=_DOCUMENT,
    )
    record = recorded(server, error, "PutBucketIntelligentTieringConfiguration")
    assert record["requestParameters"]["bucketName"] == "nobody-made-this"
    assert "resources" not in record
