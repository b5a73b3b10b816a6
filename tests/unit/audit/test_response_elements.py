"""responseElements hold what a write answered, and nothing for reads."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from s3trail.kernel.errors import AwsError

Record = Callable[..., dict[str, Any]]
HEADERS = [
    ("ETag", '"5d41"'),
    ("X-Amz-Version-Id", "3sL4kqtJ"),
    ("x-amz-server-side-encryption", "AES256"),
    ("x-amz-checksum-crc32", "AAAAAA=="),
]


@pytest.mark.parametrize("operation", ["PutObject", "CopyObject", "CompleteMultipartUpload", "PostObject"])
def test_stored_objects_have_version_and_encryption(record: Record, operation: str) -> None:
    assert record(operation, response_headers=HEADERS)["responseElements"] == {
        "x-amz-version-id": "3sL4kqtJ",
        "x-amz-server-side-encryption": "AES256",
    }


@pytest.mark.parametrize("operation", ["PutObjectTagging", "PutObjectRetention", "PutObjectLegalHold"])
def test_object_settings_have_the_version(record: Record, operation: str) -> None:
    assert record(operation, response_headers=HEADERS)["responseElements"] == {"x-amz-version-id": "3sL4kqtJ"}


@pytest.mark.parametrize(
    "operation",
    [
        "GetObject",
        "HeadObject",
        "DeleteObject",
        "DeleteObjects",
        "PutObjectAcl",
        "RestoreObject",
        "CreateBucket",
    ],
)
def test_reads_deletes_and_bucket_calls_have_null(record: Record, operation: str) -> None:
    assert record(operation, response_headers=HEADERS)["responseElements"] is None


def test_a_write_without_such_headers_has_null(record: Record) -> None:
    assert record("PutObject", response_headers=[("ETag", "x")])["responseElements"] is None


def test_a_failed_completion_has_the_headers_that_were_sent(record: Record) -> None:
    failed = record(
        "CompleteMultipartUpload", response_headers=HEADERS, result=None, error=AwsError(code="InvalidPart")
    )
    assert failed["responseElements"]["x-amz-server-side-encryption"] == "AES256"


def test_other_services_writes_have_their_result(record: Record) -> None:
    user = {"Path": "/", "UserName": "bob", "CreateDate": 1_688_991_785.0}
    assert record("CreateUser", call={"service": "iam"}, result={"User": user})["responseElements"] == {
        "user": {"path": "/", "userName": "bob", "createDate": "Jul 10, 2023 12:23:05 PM"}
    }


def test_other_services_reads_have_null(record: Record) -> None:
    assert (
        record("GetUser", call={"service": "iam"}, result={"User": {"UserName": "b"}})["responseElements"]
        is None
    )


@pytest.mark.parametrize("result", [{}, None, {"_details": {"a": 1}}, {"Location": None}])
def test_writes_that_answer_nothing_have_null(record: Record, result: Any) -> None:
    assert record("DeleteUser", call={"service": "iam"}, result=result)["responseElements"] is None


def test_failed_writes_have_null(record: Record) -> None:
    failed = record("CreateUser", call={"service": "iam"}, result={"User": {}}, error=AwsError())
    assert failed["responseElements"] is None


def test_assume_role_only_reads_but_keeps_its_answer_without_secrets(record: Record) -> None:
    result = {
        "Credentials": {
            "AccessKeyId": "ASIAIOSFODNN7EXAMPLE",
            "SecretAccessKey": "secret",
            "SessionToken": "token",
            "Expiration": 1_688_992_274.0,
        },
        "AssumedRoleUser": {"AssumedRoleId": "AROAX:s", "Arn": "arn:aws:sts::123456789012:assumed-role/r/s"},
    }
    written = record("AssumeRole", call={"service": "sts"}, result=result)
    assert written["readOnly"] is True
    assert written["responseElements"] == {
        "credentials": {"accessKeyId": "ASIAIOSFODNN7EXAMPLE", "expiration": "Jul 10, 2023, 12:31:14 PM"},
        "assumedRoleUser": {"assumedRoleId": "AROAX:s", "arn": "arn:aws:sts::123456789012:assumed-role/r/s"},
    }
