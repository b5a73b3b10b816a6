"""Condition keys of a request: which ones there are, their values, and when they are computed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from s3trail.kernel.call import Call, Signature, Tls
from s3trail.kernel.caller import Caller
from s3trail.policy.context import ContextFacts, RequestContext, request_context
from tests.unit.policy.callers import ACCOUNT, CALLERS

_SIGNED = Signature("SigV4", "AuthHeader")


def _context(
    caller: Caller = CALLERS["user"],
    params: Mapping[str, Any] | None = None,
    headers: Mapping[str, str] | None = None,
    *,
    tls: Tls | None = None,
    signature: Signature = _SIGNED,
    **facts: Any,
) -> RequestContext:
    call = Call(
        request_id="R",
        host_id="H",
        service="s3",
        operation="GetObject",
        region="eu-west-1",
        time=1_767_225_600.5,
        source_ip="203.0.113.7",
        user_agent="aws-cli/2.15",
        caller=caller,
        signature=signature,
        tls=tls,
    )
    return request_context(call, params or {}, headers or {}, ContextFacts(**facts))


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("aws:sourceip", "203.0.113.7"),
        ("aws:securetransport", "false"),
        ("aws:currenttime", "2026-01-01T00:00:00Z"),
        ("aws:epochtime", "1767225600"),
        ("aws:useragent", "aws-cli/2.15"),
        ("aws:principalarn", f"arn:aws:iam::{ACCOUNT}:user/ann"),
        ("aws:principalaccount", ACCOUNT),
        ("aws:principaltype", "User"),
        ("aws:principalisawsservice", "false"),
        ("aws:userid", "AIDAEXAMPLEEXAMPLE001"),
        ("aws:username", "ann"),
        ("aws:requestedregion", "eu-west-1"),
        ("aws:viaawsservice", "false"),
        ("s3:authtype", "REST-HEADER"),
        ("s3:signatureversion", "AWS4-HMAC-SHA256"),
        ("aws:referer", None),
        ("aws:sourcevpce", None),
        ("aws:multifactorauthpresent", None),
        ("aws:tokenissuetime", None),
        ("aws:sourceidentity", None),
        ("s3:tlsversion", None),
        ("s3:prefix", None),
        ("aws:nosuchkey", None),
    ],
)
def test_plain_request_of_a_user(key: str, value: str | None) -> None:
    assert _context().get(key) == value


@pytest.mark.parametrize(
    ("params", "headers", "key", "value"),
    [
        ({"Prefix": "a/", "MaxKeys": 7}, {}, "s3:prefix", "a/"),
        ({"MaxKeys": 7}, {}, "s3:max-keys", "7"),
        ({"Delimiter": "/"}, {}, "s3:delimiter", "/"),
        ({"VersionId": "v1"}, {}, "s3:versionid", "v1"),
        ({"ACL": "public-read"}, {}, "s3:x-amz-acl", "public-read"),
        ({}, {"x-amz-acl": "private"}, "s3:x-amz-acl", "private"),
        ({"ServerSideEncryption": "AES256"}, {}, "s3:x-amz-server-side-encryption", "AES256"),
        ({"SSEKMSKeyId": "k"}, {}, "s3:x-amz-server-side-encryption-aws-kms-key-id", "k"),
        ({"StorageClass": "GLACIER"}, {}, "s3:x-amz-storage-class", "GLACIER"),
        ({"CopySource": "/other/a.jpg?versionId=1"}, {}, "s3:x-amz-copy-source", "other/a.jpg"),
        ({"MetadataDirective": "COPY"}, {}, "s3:x-amz-metadata-directive", "COPY"),
        ({}, {"x-amz-content-sha256": "UNSIGNED-PAYLOAD"}, "s3:x-amz-content-sha256", "UNSIGNED-PAYLOAD"),
        ({}, {"referer": "https://example.com/"}, "aws:referer", "https://example.com/"),
        (
            {"CreateBucketConfiguration": {"LocationConstraint": "eu-west-1"}},
            {},
            "s3:locationconstraint",
            "eu-west-1",
        ),
        ({"Tagging": "team=red&x=%2F"}, {}, "s3:requestobjecttag/team", "red"),
        ({"Tagging": "team=red&x=%2F"}, {}, "s3:requestobjecttagkeys", ("team", "x")),
        ({"Tagging": {"TagSet": [{"Key": "Team", "Value": "red"}]}}, {}, "s3:requestobjecttag/team", "red"),
        ({"Tags": [{"Key": "a", "Value": "b"}]}, {}, "aws:requesttag/a", "b"),
        ({"tags": {"a": "b"}}, {}, "aws:tagkeys", ("a",)),
        ({"TagKeys": ["a", "b"]}, {}, "aws:tagkeys", ("a", "b")),
        ({"ObjectLockMode": "GOVERNANCE"}, {}, "s3:object-lock-mode", "GOVERNANCE"),
        ({"Retention": {"Mode": "COMPLIANCE"}}, {}, "s3:object-lock-mode", "COMPLIANCE"),
        (
            {"ObjectLockRetainUntilDate": 1_767_225_600.0},
            {},
            "s3:object-lock-retain-until-date",
            "2026-01-01T00:00:00Z",
        ),
        ({"LegalHold": {"Status": "ON"}}, {}, "s3:object-lock-legal-hold", "ON"),
        ({"ExternalId": "42"}, {}, "sts:externalid", "42"),
    ],
)
def test_keys_from_parameters_and_headers(
    params: dict[str, Any], headers: dict[str, str], key: str, value: object
) -> None:
    assert _context(params=params, headers=headers).get(key) == value


@pytest.mark.parametrize(
    ("facts", "key", "value"),
    [
        ({"principal_tags": {"Team": "red"}}, "aws:principaltag/team", "red"),
        ({"source_identity": "ann"}, "aws:sourceidentity", "ann"),
        ({"mfa_authenticated": True, "mfa_time": 1_767_225_500.0}, "aws:multifactorauthage", "100"),
        ({"mfa_authenticated": False}, "aws:multifactorauthpresent", "false"),
        ({"mfa_authenticated": False}, "aws:multifactorauthage", None),
        ({"token_issue_time": 1_767_225_500.0}, "aws:tokenissuetime", "2025-12-31T23:58:20Z"),
        ({"resource_account": ACCOUNT}, "aws:resourceaccount", ACCOUNT),
        ({"source_arn": "arn:aws:s3:::b"}, "aws:sourcearn", "arn:aws:s3:::b"),
        ({"source_account": ACCOUNT}, "aws:sourceaccount", ACCOUNT),
        ({"source_vpce": "vpce-1"}, "aws:sourcevpce", "vpce-1"),
        ({"source_vpce": "vpce-1"}, "aws:sourceip", None),
        ({"source_vpce": "vpce-1"}, "aws:vpcsourceip", "203.0.113.7"),
        ({"called_via": ("athena.amazonaws.com",)}, "aws:viaawsservice", "true"),
        ({"called_via": ("athena.amazonaws.com",)}, "aws:calledvia", ("athena.amazonaws.com",)),
        ({"signed_at": 1_767_225_600.0}, "s3:signatureage", "500"),
        ({"object_lock_remaining_days": 3}, "s3:object-lock-remaining-retention-days", "3"),
        ({"existing_object_tags": lambda: {"Team": "red"}}, "s3:existingobjecttag/team", "red"),
        ({"resource_tags": lambda: {"env": "prod"}}, "aws:resourcetag/env", "prod"),
    ],
)
def test_keys_from_facts(facts: dict[str, Any], key: str, value: object) -> None:
    assert _context(**facts).get(key) == value


@pytest.mark.parametrize(
    ("caller", "key", "value"),
    [
        ("session", "aws:principalarn", f"arn:aws:iam::{ACCOUNT}:role/app"),
        ("session", "aws:principaltype", "AssumedRole"),
        ("session", "aws:userid", "AROAEXAMPLEEXAMPLE001:run"),
        ("session", "aws:username", None),
        ("root", "aws:principaltype", "Account"),
        ("root", "aws:userid", ACCOUNT),
        ("anonymous", "aws:principaltype", "Anonymous"),
        ("anonymous", "aws:userid", "anonymous"),
        ("anonymous", "aws:principalarn", None),
        ("anonymous", "aws:principalaccount", None),
        ("service", "aws:principalisawsservice", "true"),
        ("service", "aws:principalservicename", "cloudtrail.amazonaws.com"),
        ("service", "aws:sourceip", None),
    ],
)
def test_keys_of_the_caller(caller: str, key: str, value: str | None) -> None:
    assert _context(CALLERS[caller]).get(key) == value


def test_session_attributes_give_the_issue_time() -> None:
    caller = Caller(type="AssumedRole", session={"attributes": {"creationDate": "2025-12-31T23:00:00Z"}})
    context = _context(caller, mfa_authenticated=True)

    assert context.get("aws:tokenissuetime") == "2025-12-31T23:00:00Z"
    assert context.get("aws:multifactorauthage") == "3600"


def test_tls_is_secure_transport() -> None:
    context = _context(tls=Tls("TLSv1.3", "TLS_AES_128_GCM_SHA256"))

    assert (context.get("aws:securetransport"), context.get("s3:tlsversion")) == ("true", "1.3")


def test_presigned_and_old_signatures_are_named() -> None:
    presigned = _context(signature=Signature("SigV2", "QueryString"))

    assert (presigned.get("s3:authtype"), presigned.get("s3:signatureversion")) == (
        "REST-QUERY-STRING",
        "AWS",
    )


def test_tags_are_read_once_and_only_when_asked() -> None:
    read = []

    def tags() -> dict[str, str]:
        read.append("tags")
        return {"a": "1"}

    context = _context(existing_object_tags=tags)
    assert context.get("aws:username") == "ann"
    assert read == []

    assert context.get("s3:existingobjecttag/a") == "1"
    assert context.get("s3:existingobjecttag/a") == "1"
    assert read == ["tags"]


def test_is_a_mapping_of_the_keys_that_exist() -> None:
    context = _context(params={"Prefix": "a/"}, principal_tags={"Team": "red"})
    found = dict(context)

    assert found["s3:prefix"] == "a/"
    assert found["aws:principaltag/team"] == "red"
    assert "s3:delimiter" not in found
    assert len(context) == len(found)
    with pytest.raises(KeyError):
        context["s3:delimiter"]


def test_given_keys_win() -> None:
    call = Call("R", "H", "s3", "GetObject", "us-east-1", 0.0, "203.0.113.7", caller=CALLERS["user"])
    context = request_context(call, {}, {}, ContextFacts(), {"aws:sourceip": "10.0.0.1", "own:key": ["a"]})

    assert context["aws:sourceip"] == "10.0.0.1"
    assert context["own:key"] == ["a"]
