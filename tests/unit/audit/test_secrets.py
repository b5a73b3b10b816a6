"""Secrets never enter a record, wherever a request or an answer holds them."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from s3trail.audit import build
from s3trail.audit.exchange import Exchange
from s3trail.audit.facts import _SERVICES, fact
from s3trail.audit.redact import NEVER, without_credentials
from s3trail.kernel.caller import Caller
from s3trail.kernel.ids import RandomIds

SECRET = st.text("abcdefghijklmnopqrstuvwxyz0123456789+/=", min_size=20, max_size=60).map(
    lambda text: f"s3cr3t{text}"
)
HEADERS = [
    "authorization",
    "cookie",
    "proxy-authorization",
    "x-amz-security-token",
    "x-amz-server-side-encryption-customer-key",
    "x-amz-server-side-encryption-customer-key-md5",
    "x-amz-copy-source-server-side-encryption-customer-key",
    "x-amz-copy-source-server-side-encryption-customer-key-md5",
    "x-amz-server-side-encryption-context",
    "x-amz-s3session-token",
    "x-amz-mfa",
    "x-amz-meta-password",
]
QUERY = [
    "X-Amz-Signature",
    "X-Amz-Security-Token",
    "X-Amz-Credential",
    "x-amz-signature",
    "x-amz-security-token",
    "X-Amz-Server-Side-Encryption-Customer-Key",
    "Signature",
    "AWSAccessKeyId",
    "X-Amz-S3session-Token",
    "access_token",
    "password",
]
quick = settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=40)


def text_of(exchange: Exchange) -> str:
    return b"\n".join(build.records(exchange, RandomIds())).decode()


@quick
@given(secret=SECRET, header=st.sampled_from(HEADERS), name=st.sampled_from(QUERY))
@pytest.mark.parametrize(
    "operation", ["GetObject", "PutObject", "DeleteObjects", "PostObject", "ListBuckets", ""]
)
def test_s3_records_hold_no_secret_of_headers_or_query(
    exchange: Callable[..., Exchange], operation: str, secret: str, header: str, name: str
) -> None:
    sent = exchange(
        operation,
        headers={header: secret, "x-amz-acl": "private"},
        query=[(name, secret), ("versionId", "v")],
        params={"Bucket": "b", "Key": "k", "SSECustomerKey": secret, "Metadata": {"password": secret}},
        response_headers=[(header, secret)],
        result={"Credentials": {"SecretAccessKey": secret}},
        details={"deleted": [{"Key": "k"}], "token": secret},
    )
    assert secret not in text_of(sent)


def every_secret_member() -> Iterator[tuple[str, str, str]]:
    for service, (style, operations) in _SERVICES.items():
        if style.source == "s3.amazonaws.com":
            continue
        write = next(name for name in operations if fact(service, name).answered)
        for member in sorted(style.secrets) + [name.capitalize() for name in sorted(NEVER)]:
            yield service, write, member


@pytest.mark.parametrize(("service", "operation", "member"), list(every_secret_member()))
def test_members_in_the_tables_are_dropped_at_every_depth(
    exchange: Callable[..., Exchange], service: str, operation: str, member: str
) -> None:
    value = {"Outer": [{"Inner": {member: "s3cr3t", "Kept": 1}}], member: {"Deep": "s3cr3t"}, "Seen": 1}
    text = text_of(exchange(operation, call={"service": service}, params=value, result=value))
    assert "s3cr3t" not in text
    assert '"seen":1' in text
    assert '"kept":1' in text


@pytest.mark.parametrize("key", ["Password", "PlatformCredential", "SECRETACCESSKEY"])
def test_secrets_among_the_keys_of_a_callers_map_are_dropped(
    exchange: Callable[..., Exchange], key: str
) -> None:
    sent = exchange(
        "CreatePlatformApplication",
        call={"service": "sns"},
        params={"Name": "n", "Attributes": {key: "s3cr3t", "EventEndpointCreated": "arn"}},
    )
    text = text_of(sent)
    assert "s3cr3t" not in text
    assert '"EventEndpointCreated":"arn"' in text


@quick
@given(secret=SECRET.map(lambda text: text.replace("/", "_")))
def test_credentials_in_addresses_are_dropped(exchange: Callable[..., Exchange], secret: str) -> None:
    sent = exchange(
        "Subscribe",
        call={"service": "sns"},
        params={"TopicArn": "t", "Endpoint": f"https://user:{secret}@hooks.example.com/a@b"},
    )
    text = text_of(sent)
    assert secret not in text
    assert '"endpoint":"https://hooks.example.com/a@b"' in text


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a@b.example", "a@b.example"),
        ("https://h/p?q=a@b", "https://h/p?q=a@b"),
        ("SELECT 'https://u:p@h/'", "SELECT 'https://h/'"),
        ("https://u:p@w@h/", "https://h/"),
    ],
)
def test_only_the_user_of_an_address_is_cut(text: str, expected: str) -> None:
    assert without_credentials(text) == expected


@quick
@given(secret=SECRET)
def test_a_secret_in_the_place_of_a_key_id_is_not_recorded(
    exchange: Callable[..., Exchange], secret: str
) -> None:
    assert secret not in text_of(
        exchange("GetObject", call={"caller": Caller("Unknown", access_key_id=secret)})
    )
