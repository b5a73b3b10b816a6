"""Policy documents that are taken, and what the compiled policy remembers of them."""

from __future__ import annotations

import json
from typing import Any

import botocore.session
import pytest

from s3trail.kernel.errors import AwsError
from s3trail.policy.actions import action, actions_of, needs
from s3trail.policy.document import MalformedPolicy, parse_policy
from s3trail.policy.s3_actions import S3_ACCOUNT_ACTIONS, S3_BUCKET_ACTIONS, S3_OBJECT_ACTIONS

_KNOWN = S3_ACCOUNT_ACTIONS | S3_BUCKET_ACTIONS | S3_OBJECT_ACTIONS
_ON_BUCKET = {
    "Effect": "Allow",
    "Principal": "*",
    "Action": ["s3:GetObject", "s3:ListBucket"],
    "Resource": ["arn:aws:s3:::photos", "arn:aws:s3:::photos/*"],
}


def _document(*statements: dict[str, Any], version: str = "2012-10-17") -> str:
    return json.dumps({"Version": version, "Statement": list(statements)})


def test_one_statement_needs_no_list() -> None:
    policy = parse_policy(
        '{"Version":"2012-10-17","Id":"p","Statement":{"Effect":"Allow","Action":"*","Resource":"*"}}',
        "identity",
        max_size=6144,
    )

    assert (policy.id, policy.version, len(policy.statements)) == ("p", "2012-10-17", 1)


def test_statements_keep_sid_position_and_source() -> None:
    policy = parse_policy(
        _document(_ON_BUCKET, {**_ON_BUCKET, "Sid": "Second", "Effect": "Deny"}),
        "resource",
        max_size=20480,
        bucket="photos",
    )
    deny, allow = policy.on("s3:GetObject")

    assert [(one.sid, one.index, one.allow) for one in (*deny, *allow)] == [
        ("Second", 1, False),
        ("", 0, True),
    ]
    assert deny[0].source["Effect"] == "Deny"


def test_white_space_of_iam_documents_does_not_count() -> None:
    text = json.dumps(
        {"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"}}, indent=40
    )
    size = sum(map(len, text.split()))

    assert parse_policy(text, "identity", max_size=size).statements


def test_bytes_are_a_document_too() -> None:
    assert parse_policy(_document(_ON_BUCKET).encode(), "resource", max_size=20480, bucket="photos")


@pytest.mark.parametrize("version", ["2008-10-17", "2012-10-17"])
def test_bucket_policies_may_have_either_version(version: str) -> None:
    policy = parse_policy(_document(_ON_BUCKET, version=version), "resource", max_size=20480, bucket="photos")

    assert policy.version == version


@pytest.mark.parametrize(
    "statement",
    [
        {**_ON_BUCKET, "Action": "s3:*"},
        {**_ON_BUCKET, "Action": "*"},
        {**_ON_BUCKET, "Action": "s3:Get*", "Resource": "arn:aws:s3:::photos/*"},
        {**_ON_BUCKET, "Action": "s3:GetObject", "Resource": "arn:aws:s3:::photos*"},
        {**_ON_BUCKET, "Action": "s3:getobject", "Resource": "arn:aws:s3:::photos/a*"},
    ],
)
def test_wildcards_in_bucket_policies_are_taken(statement: dict[str, Any]) -> None:
    assert parse_policy(_document(statement), "resource", max_size=20480, bucket="photos").statements


def test_a_wrong_principal_is_quoted_in_the_detail() -> None:
    with pytest.raises(MalformedPolicy) as refused:
        parse_policy(
            _document({**_ON_BUCKET, "Principal": {"AWS": "ann"}}),
            "resource",
            max_size=20480,
            bucket="photos",
        )

    assert refused.value.members == {"Detail": '"AWS":"ann"'}


def test_other_services_name_their_own_error() -> None:
    class InvalidParameter(AwsError):
        code = "InvalidParameter"
        status = 400

    statement = {**_ON_BUCKET, "Principal": {"AWS": "ann"}}
    with pytest.raises(InvalidParameter) as refused:
        parse_policy(_document(statement), "resource", max_size=30720, malformed=InvalidParameter)

    assert (refused.value.message, refused.value.members) == ("Invalid principal in policy", {})


def test_deeply_nested_json_is_refused_like_any_other() -> None:
    with pytest.raises(MalformedPolicy):
        parse_policy('{"a":' + "[" * 100_000, "resource", max_size=1_000_000, bucket="photos")


def test_every_operation_of_s3_needs_an_action_that_exists() -> None:
    operations = botocore.session.get_session().get_service_model("s3").operation_names
    elsewhere = {"CreateSession", "ListDirectoryBuckets", "RenameObject", "WriteGetObjectResponse"}
    unknown = {name: action("s3", name) for name in operations if action("s3", name) not in _KNOWN}

    assert unknown.keys() == elsewhere


@pytest.mark.parametrize("params", [{"VersionId": "v"}, {"ACL": "public-read", "Tagging": "a=b"}])
def test_every_further_action_exists(params: dict[str, Any]) -> None:
    operations = botocore.session.get_session().get_service_model("s3").operation_names
    found = {one for name in operations for one in actions_of("s3", name, params) if one.startswith("s3:")}

    assert found <= _KNOWN


def test_needs_name_the_bucket_and_object_whose_policies_count() -> None:
    params = {"Bucket": "photos", "Key": "new", "CopySource": "other/old?versionId=v1"}
    found = [(need.bucket, need.key, need.version_id) for need in needs("s3", "CopyObject", params, "", "")]

    assert found == [("other", "old", "v1"), ("photos", "new", "")]


def test_needs_of_other_services_name_no_bucket() -> None:
    (need,) = needs("sns", "CreateTopic", {"Name": "t", "Bucket": "photos"}, "us-east-1", "1" * 12)

    assert (need.bucket, need.key, need.version_id) == ("", "", "")
