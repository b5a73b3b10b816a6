"""Bucket policies, users' policies and Block Public Access decide together, and refusals say why."""

from __future__ import annotations

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError

from s3trail.testing.server import ANONYMOUS, Server


def _policy(bucket: str, effect: str, principal: Any, action: str, **condition: Any) -> str:
    statement: dict[str, Any] = {
        "Sid": "decides",
        "Effect": effect,
        "Principal": principal,
        "Action": action,
        "Resource": [f"arn:aws:s3:::{bucket}", f"arn:aws:s3:::{bucket}/*"],
    }
    if condition:
        statement["Condition"] = condition
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


def _refusal(call: Any, **parameters: Any) -> ClientError:
    with pytest.raises(ClientError) as refused:
        call(**parameters)
    assert refused.value.response["Error"]["Code"] == "AccessDenied"
    return refused.value


def _opened(s3: Any, bucket: str) -> None:
    s3.put_public_access_block(
        Bucket=bucket,
        PublicAccessBlockConfiguration={
            "BlockPublicAcls": False,
            "IgnorePublicAcls": False,
            "BlockPublicPolicy": False,
            "RestrictPublicBuckets": False,
        },
    )


def test_a_bucket_policy_lets_a_user_without_rights_read(server: Server, s3: Any, bucket: str) -> None:
    s3.put_object(Bucket=bucket, Key="k", Body=b"bytes")
    user = server.add_user(f"reader-{bucket}", "none")
    client = server.client("s3", credentials=user)
    error = _refusal(client.get_object, Bucket=bucket, Key="k")
    assert "because no identity-based policy allows the s3:GetObject action" in str(error)

    arn = server.client("sts", credentials=user).get_caller_identity()["Arn"]
    s3.put_bucket_policy(Bucket=bucket, Policy=_policy(bucket, "Allow", {"AWS": arn}, "s3:GetObject"))

    assert client.get_object(Bucket=bucket, Key="k")["Body"].read() == b"bytes"
    _refusal(client.put_object, Bucket=bucket, Key="k", Body=b"other")


def test_an_explicit_deny_holds_against_root_and_is_named(server: Server, s3: Any, bucket: str) -> None:
    s3.put_object(Bucket=bucket, Key="k", Body=b"bytes")
    s3.put_bucket_policy(Bucket=bucket, Policy=_policy(bucket, "Deny", "*", "s3:DeleteObject"))

    error = _refusal(s3.delete_object, Bucket=bucket, Key="k")

    assert "with an explicit deny in a resource-based policy" in str(error)
    record = server.record_of(error)
    assert record["errorCode"] == "AccessDenied"
    assert "explicit deny" in record["errorMessage"]
    s3.delete_bucket_policy(Bucket=bucket)
    s3.delete_object(Bucket=bucket, Key="k")


def test_a_bulk_delete_is_decided_key_by_key(server: Server, s3: Any, bucket: str) -> None:
    for key in ("free", "kept/a"):
        s3.put_object(Bucket=bucket, Key=key, Body=b"bytes")
    policy = json.loads(_policy(bucket, "Deny", "*", "s3:DeleteObject"))
    policy["Statement"][0]["Resource"] = f"arn:aws:s3:::{bucket}/kept/*"
    s3.put_bucket_policy(Bucket=bucket, Policy=json.dumps(policy))

    answer = s3.delete_objects(Bucket=bucket, Delete={"Objects": [{"Key": "free"}, {"Key": "kept/a"}]})

    assert [deleted["Key"] for deleted in answer["Deleted"]] == ["free"]
    assert [(error["Key"], error["Code"]) for error in answer["Errors"]] == [("kept/a", "AccessDenied")]
    outcomes = {
        record["requestParameters"]["key"]: record.get("errorCode")
        for record in server.records(eventName="DeleteObject", bucket=bucket)
    }
    assert outcomes == {"free": None, "kept/a": "AccessDenied"}


def test_a_public_bucket_needs_both_its_policy_and_no_block(server: Server, s3: Any, bucket: str) -> None:
    s3.put_object(Bucket=bucket, Key="k", Body=b"bytes")
    public = _policy(bucket, "Allow", "*", "s3:GetObject")
    stranger = server.client("s3", credentials=ANONYMOUS)
    error = _refusal(s3.put_bucket_policy, Bucket=bucket, Policy=public)
    assert "BlockPublicPolicy" in str(error)

    _opened(s3, bucket)
    s3.put_bucket_policy(Bucket=bucket, Policy=public)

    answer = stranger.get_object(Bucket=bucket, Key="k")
    assert answer["Body"].read() == b"bytes"
    record = server.record_of(answer)
    assert record["userIdentity"]["principalId"] == "ANONYMOUS_PRINCIPAL"
    _refusal(stranger.put_object, Bucket=bucket, Key="k", Body=b"other")


def test_a_condition_on_the_source_address_is_kept(server: Server, s3: Any, bucket: str) -> None:
    s3.put_object(Bucket=bucket, Key="k", Body=b"bytes")
    elsewhere = {"NotIpAddress": {"aws:SourceIp": "198.51.100.0/24"}}
    s3.put_bucket_policy(Bucket=bucket, Policy=_policy(bucket, "Deny", "*", "s3:GetObject", **elsewhere))

    _refusal(s3.get_object, Bucket=bucket, Key="k")
