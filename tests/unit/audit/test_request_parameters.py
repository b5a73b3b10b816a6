"""requestParameters say what was asked for, as real records do."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import botocore.session
import pytest

from s3trail.audit.request_parameters import QUERY_NAMES
from s3trail.kernel.errors import AccessDenied, AwsError

Record = Callable[..., dict[str, Any]]
HOST = "b.s3.example.com"


def test_an_object_call_names_bucket_host_and_key(record: Record) -> None:
    parameters = record("GetObject")["requestParameters"]
    assert list(parameters.items()) == [("bucketName", "b"), ("Host", HOST), ("key", "k")]


def test_list_buckets_has_only_the_host(record: Record) -> None:
    assert record("ListBuckets", params={})["requestParameters"] == {"Host": HOST}


def test_a_request_of_which_nothing_is_known_has_null(record: Record) -> None:
    assert record("", params={}, call={"host": ""})["requestParameters"] is None


def test_sub_resources_are_empty_and_values_are_strings(record: Record) -> None:
    query = [("list-type", "2"), ("prefix", "a/b c"), ("max-keys", "10"), ("encoding-type", "url")]
    parameters = record("ListObjectsV2", params={"Bucket": "b", "MaxKeys": 10}, query=query)[
        "requestParameters"
    ]
    assert parameters == {"bucketName": "b", "Host": HOST, **dict(query)}
    assert (
        record("GetBucketAcl", params={"Bucket": "b"}, query=[("acl", "")])["requestParameters"]["acl"] == ""
    )


def test_only_listed_request_headers_are_copied(record: Record) -> None:
    headers = {
        "x-amz-acl": "private",
        "x-amz-storage-class": "GLACIER",
        "x-amz-grant-read": 'id="1"',
        "x-amz-server-side-encryption-customer-algorithm": "AES256",
        "x-amz-meta-owner": "me",
        "x-amz-checksum-crc32": "AAAAAA==",
        "x-amz-object-lock-mode": "GOVERNANCE",
        "content-type": "text/plain",
        "content-md5": "x",
        "range": "bytes=0-1",
        "if-match": "*",
        "x-amz-tagging": "a=b",
    }
    parameters = record("PutObject", headers=headers)["requestParameters"]
    assert set(parameters) == {"bucketName", "Host", "key", *list(headers)[:4]}


def test_presigned_queries_keep_what_is_no_secret(record: Record) -> None:
    query = [
        ("X-Amz-Algorithm", "AWS4-HMAC-SHA256"),
        ("X-Amz-Credential", "AKIAIOSFODNN7EXAMPLE/20231114/eu-west-1/s3/aws4_request"),
        ("X-Amz-Date", "20231114T221320Z"),
        ("X-Amz-Expires", "300"),
        ("X-Amz-SignedHeaders", "host"),
        ("X-Amz-Security-Token", "token"),
        ("x-amz-acl", "public-read"),
        ("X-Amz-Server-Side-Encryption-Customer-Key", "key"),
        ("X-Amz-Signature", "feed"),
        ("x-id", "GetObject"),
        ("utm_source", "mail"),
    ]
    parameters = record("GetObject", query=query)["requestParameters"]
    assert set(parameters) - {"bucketName", "Host", "key"} == {
        "X-Amz-Algorithm",
        "X-Amz-Date",
        "X-Amz-Expires",
        "X-Amz-SignedHeaders",
        "x-amz-acl",
        "x-id",
    }


def test_sigv2_presigned_queries_keep_only_the_expiry(record: Record) -> None:
    query = [("AWSAccessKeyId", "AKIAIOSFODNN7EXAMPLE"), ("Signature", "s"), ("Expires", "1700000300")]
    parameters = record("GetObject", query=query)["requestParameters"]
    assert parameters == {"bucketName": "b", "Host": HOST, "key": "k", "Expires": "1700000300"}


def test_every_query_name_of_the_s3_model_is_recorded() -> None:
    model = botocore.session.get_session().get_service_model("s3")
    names = set()
    for operation in map(model.operation_model, model.operation_names):
        query = urlsplit(operation.http["requestUri"]).query
        names |= {name for name, _ in parse_qsl(query, keep_blank_values=True)}
        if operation.input_shape is not None:
            members = operation.input_shape.members.values()
            names |= {
                member.serialization["name"]
                for member in members
                if member.serialization.get("location") == "querystring"
            }
    assert names - QUERY_NAMES == set()


def test_a_query_cannot_replace_bucket_key_or_host(record: Record) -> None:
    query = [("bucketName", "other"), ("key", "other"), ("Host", "other")]
    parameters = record("GetObject", query=query)["requestParameters"]
    assert parameters == {"bucketName": "b", "Host": HOST, "key": "k"}


def test_an_xml_body_stands_under_its_root(record: Record) -> None:
    body = (
        b'<Tagging xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><TagSet><Tag><Key>StratusRedTeam</Key>'
        b"<Value>true</Value></Tag></TagSet></Tagging>"
    )
    parameters = record("PutBucketTagging", params={"Bucket": "b"}, query=[("tagging", "")], body=body)[
        "requestParameters"
    ]
    assert list(parameters.items()) == [
        (
            "Tagging",
            {
                "xmlns": "http://s3.amazonaws.com/doc/2006-03-01/",
                "TagSet": {"Tag": {"Value": True, "Key": "StratusRedTeam"}},
            },
        ),
        ("tagging", ""),
        ("bucketName", "b"),
        ("Host", HOST),
    ]


def test_a_wrong_root_is_recorded_as_sent(record: Record) -> None:
    body = b"<Other><Payer>Requester</Payer></Other>"
    parameters = record("PutBucketRequestPayment", params={"Bucket": "b"}, body=body)["requestParameters"]
    assert parameters["Other"] == {"Payer": "Requester"}


@pytest.mark.parametrize("root", ["bucketName", "Host", "key", "acl"])
def test_a_root_cannot_replace_what_the_head_said(record: Record, root: str) -> None:
    parameters = record("PutObjectAcl", query=[("acl", "")], body=f"<{root}>forged</{root}>".encode())[
        "requestParameters"
    ]
    assert parameters == {"bucketName": "b", "Host": HOST, "key": "k", "acl": ""}


def test_a_bucket_policy_is_json_in_its_own_order(record: Record) -> None:
    body = b'{"Version":"2012-10-17","Statement":[{"Sid":"a","Effect":"Deny","Action":"s3:*"}]}'
    parameters = record("PutBucketPolicy", params={"Bucket": "b"}, query=[("policy", "")], body=body)[
        "requestParameters"
    ]
    assert list(parameters) == ["bucketPolicy", "bucketName", "Host", "policy"]
    assert list(parameters["bucketPolicy"]["Statement"][0]) == ["Sid", "Effect", "Action"]


@pytest.mark.parametrize(
    ("operation", "body"),
    [
        ("PutBucketTagging", b"<Tagging>"),
        ("PutBucketPolicy", b"{"),
        ("PutBucketPolicy", b'"text"'),
        ("PutBucketPolicy", b'{"a":' + b"[" * 300 + b"]" * 300 + b"}"),
        ("DeleteObjects", b"<Delete><Object><Key>k</Key></Object></Delete>"),
        ("PutObjectRetention", b"<Retention><Mode>GOVERNANCE</Mode></Retention>"),
        ("PutObjectLegalHold", b"<LegalHold><Status>ON</Status></LegalHold>"),
        ("PutObject", b"<payload/>"),
        ("PostObject", b"<payload/>"),
    ],
)
def test_bodies_that_do_not_parse_or_are_not_logged_leave_no_trace(
    record: Record, operation: str, body: bytes
) -> None:
    parameters = record(operation, params={"Bucket": "b"}, body=body)["requestParameters"]
    assert parameters == {"bucketName": "b", "Host": HOST}


def test_s3_parameters_stay_when_access_was_denied(record: Record) -> None:
    parameters = record("GetObject", result=None, error=AccessDenied(), status=403)["requestParameters"]
    assert parameters["key"] == "k"


def test_other_services_parameters_are_model_members_in_camel_case(record: Record) -> None:
    parameters = record(
        "CreateTrail",
        call={"service": "cloudtrail"},
        params={
            "Name": "t",
            "S3BucketName": "logs",
            "IncludeGlobalServiceEvents": True,
            "TagsList": [{"Key": "Team", "Value": "Red"}],
            "KmsKeyId": None,
        },
    )["requestParameters"]
    assert list(parameters.items()) == [
        ("name", "t"),
        ("s3BucketName", "logs"),
        ("includeGlobalServiceEvents", True),
        ("tagsList", [{"key": "Team", "value": "Red"}]),
    ]


def test_keys_of_maps_keep_their_case(record: Record) -> None:
    parameters = record(
        "TagResource", call={"service": "lambda"}, params={"Tags": {"StratusRedTeam": "true"}}
    )["requestParameters"]
    assert parameters == {"tags": {"StratusRedTeam": "true"}}


@pytest.mark.parametrize(
    ("service", "operation", "name", "expected"),
    [
        ("cloudtrail", "LookupEvents", "StartTime", "Nov 14, 2023, 10:13:20 PM"),
        ("sts", "LookupEvents", "Expiration", "Nov 14, 2023, 10:13:20 PM"),
        ("iam", "UpdateUser", "CreateDate", "Nov 14, 2023 10:13:20 PM"),
        # Milliseconds of a member that is a number in the model.
        ("logs", "FilterLogEvents", "startTime", 1_700_000_000),
    ],
)
def test_times_have_javas_form(
    record: Record, service: str, operation: str, name: str, expected: Any
) -> None:
    parameters = record(operation, call={"service": service}, params={name: 1_700_000_000})[
        "requestParameters"
    ]
    assert list(parameters.values()) == [expected]


@pytest.mark.parametrize(
    ("seconds", "expected"),
    [
        (0.0, "Jan 1, 1970, 12:00:00 AM"),
        (43_200.9, "Jan 1, 1970, 12:00:00 PM"),
        (86_399, "Jan 1, 1970, 11:59:59 PM"),
        (1e300, 1e300),
    ],
)
def test_midnight_and_noon_are_twelve(record: Record, seconds: float, expected: Any) -> None:
    parameters = record("LookupEvents", call={"service": "cloudtrail"}, params={"EndTime": seconds})
    assert parameters["requestParameters"] == {"endTime": expected}


@pytest.mark.parametrize("service", ["glacier", "sts"])
def test_denied_calls_of_glacier_and_sts_have_null(record: Record, service: str) -> None:
    denied = record("X", call={"service": service}, params={"a": "b"}, result=None, error=AccessDenied())
    assert denied["requestParameters"] is None
    failed = record("X", call={"service": service}, params={"a": "b"}, result=None, error=AwsError())
    assert failed["requestParameters"] == {"a": "b"}


def test_bytes_and_nesting_without_end_are_left_out(record: Record) -> None:
    deep: Any = "x"
    for _ in range(300):
        deep = [deep]
    parameters = record(
        "UpdateFunctionCode",
        call={"service": "lambda"},
        params={"FunctionName": "f", "Code": b"PK", "Deep": deep},
    )["requestParameters"]
    assert parameters["functionName"] == "f"
    assert "code" not in parameters
    assert "x" not in str(parameters["deep"])
