"""GetSessionToken: credentials that work for a while, in every form of signature, and what is refused."""

from __future__ import annotations

import base64
import hmac
import os
import time
from typing import Any

import boto3
import pytest
import requests
from botocore.config import Config

from s3trail.kernel.caller import Caller, TemporaryCredentials
from s3trail.kernel.ids import RandomIds
from s3trail.state.config import secrets, sessions
from s3trail.state.config.sessions import Holder
from s3trail.testing.server import Credentials, Server
from tests.api.expect import refused
from tests.api.sts.records import recorded


def code(seed: str, step: int) -> str:
    """What an authenticator app shows (RFC 6238)."""
    digest = hmac.digest(base64.b32decode(seed), step.to_bytes(8, "big"), "sha1")
    at = digest[-1] & 15
    return f"{(int.from_bytes(digest[at : at + 4], 'big') & 0x7FFFFFFF) % 1_000_000:06}"


@pytest.fixture
def session(server: Server, user: Credentials) -> Credentials:
    """Temporary credentials of the user."""
    return Credentials.of(server.client("sts", credentials=user).get_session_token())


def test_the_record_shares_the_issued_key(server: Server, user: Credentials, bucket: str) -> None:
    answer = server.client("sts", credentials=user).get_session_token(DurationSeconds=900)
    record = recorded(server, answer, "GetSessionToken")
    assert record["requestParameters"] == {"durationSeconds": 900}
    assert record["userIdentity"]["accessKeyId"] == user.access_key_id
    assert "resources" not in record
    made = Credentials.of(answer)
    assert made.access_key_id.startswith("ASIA")
    later = server.client("s3", credentials=made).list_objects_v2(Bucket=bucket)
    assert server.record_of(later)["userIdentity"]["accessKeyId"] == made.access_key_id


@pytest.mark.parametrize("version", ["s3v4", "s3"])
@pytest.mark.parametrize("presigned", [False, True])
def test_credentials_sign_in_every_form(
    server: Server, session: Credentials, bucket: str, version: str, presigned: bool
) -> None:
    client = boto3.session.Session().client(
        "s3",
        endpoint_url=server.endpoint,
        region_name="us-east-1",
        aws_access_key_id=session.access_key_id,
        aws_secret_access_key=session.secret_access_key,
        aws_session_token=session.session_token,
        config=Config(signature_version=version, retries={"total_max_attempts": 1}),
    )
    if presigned:
        url = client.generate_presigned_url("list_objects", Params={"Bucket": bucket})
        answer = requests.get(url, timeout=30)
        assert answer.status_code == 200
        request_id = answer.headers["x-amz-request-id"]
    else:
        request_id = client.list_objects(Bucket=bucket)["ResponseMetadata"]["RequestId"]
    record = server.record_of(request_id)
    assert record["userIdentity"]["accessKeyId"] == session.access_key_id
    assert record["additionalEventData"]["SignatureVersion"] == {"s3v4": "SigV4", "s3": "SigV2"}[version]
    assert session.session_token not in str(record)
    assert session.session_token[:40] not in str(record)
    client.close()


@pytest.mark.parametrize(
    ("service", "method", "code", "status"),
    [
        ("s3", "list_buckets", "InvalidToken", 400),
        ("sts", "get_caller_identity", "InvalidClientTokenId", 403),
        ("cloudtrail", "describe_trails", "UnrecognizedClientException", 400),
    ],
)
def test_a_token_of_another_key_is_refused_in_the_services_words(
    server: Server, session: Credentials, user: Credentials, service: str, method: str, code: str, status: int
) -> None:
    other = Credentials.of(server.client("sts", credentials=user).get_session_token())
    mixed = Credentials(session.access_key_id, session.secret_access_key, session_token=other.session_token)
    client = server.client(service, credentials=mixed)
    error = refused(getattr(client, method), code, status)
    identity = server.record_of(error)["userIdentity"]
    assert identity == {"type": "Unknown", "accessKeyId": session.access_key_id}


def test_a_key_without_its_token_is_refused(server: Server, session: Credentials) -> None:
    bare = Credentials(session.access_key_id, session.secret_access_key)
    refused(server.client("s3", credentials=bare).list_buckets, "InvalidAccessKeyId", 403)


def test_a_wrong_secret_is_refused(server: Server, session: Credentials) -> None:
    wrong = Credentials(session.access_key_id, "x" * 40, session_token=session.session_token)
    refused(server.client("s3", credentials=wrong).list_buckets, "SignatureDoesNotMatch", 403)


def test_a_lasting_key_takes_no_token(server: Server, session: Credentials) -> None:
    root = server.root
    mixed = Credentials(root.access_key_id, root.secret_access_key, session_token=session.session_token)
    refused(server.client("s3", credentials=mixed).list_buckets, "InvalidToken", 400)


@pytest.mark.parametrize(
    ("service", "method", "code", "status"),
    [
        ("s3", "list_buckets", "ExpiredToken", 400),
        ("sts", "get_caller_identity", "ExpiredToken", 403),
        ("cloudtrail", "describe_trails", "ExpiredTokenException", 400),
    ],
)
def test_revoked_credentials_have_expired_in_the_services_words(
    server: Server, user: Credentials, session: Credentials, service: str, method: str, code: str, status: int
) -> None:
    client = server.client(service, credentials=session)
    getattr(client, method)()
    arn = server.client("sts", credentials=user).get_caller_identity()["Arn"]
    done = server.command("session", "revoke", arn)
    assert done.returncode == 0, done.stderr
    refused(getattr(client, method), code, status)
    (record,) = (
        each
        for each in server.records(eventName="RevokeSessions")
        if each["serviceEventDetails"]["principalArn"] == arn
    )
    assert record["eventType"] == "AwsServiceEvent"
    renewed = Credentials.of(server.client("sts", credentials=user).get_session_token())
    getattr(server.client(service, credentials=renewed), method)()


@pytest.mark.parametrize(
    ("service", "method", "code", "status"),
    [
        ("s3", "list_buckets", "ExpiredToken", 400),
        ("sts", "get_caller_identity", "ExpiredToken", 403),
        ("cloudtrail", "describe_trails", "ExpiredTokenException", 400),
    ],
)
def test_credentials_that_ended_are_refused_in_the_services_words(
    server: Server, account: str, service: str, method: str, code: str, status: int
) -> None:
    now = time.time()
    root = Caller(
        "Root",
        account,
        account,
        f"arn:aws:iam::{account}:root",
        temporary=TemporaryCredentials(issued=now - 901, expires=now - 1, principal_id=account),
    )
    sealing = secrets.load(server.data, os.environ)
    made = sessions.issue(sealing, RandomIds(), root, Holder("root", account, "", account))
    ended = Credentials(made.access_key_id, made.secret, session_token=made.token)
    error = refused(getattr(server.client(service, credentials=ended), method), code, status)
    identity = server.record_of(error)["userIdentity"]
    assert identity == {"type": "Unknown", "accessKeyId": made.access_key_id}


def test_a_code_of_the_mfa_device_is_proven_once(server: Server, user: Credentials) -> None:
    iam = server.client("iam")
    made = iam.create_virtual_mfa_device(VirtualMFADeviceName=user.user_name)["VirtualMFADevice"]
    seed, serial = made["Base32StringSeed"].decode(), made["SerialNumber"]
    step = int(time.time()) // 30
    iam.enable_mfa_device(
        UserName=user.user_name,
        SerialNumber=serial,
        AuthenticationCode1=code(seed, step - 2),
        AuthenticationCode2=code(seed, step - 1),
    )
    client = server.client("sts", credentials=user)
    shown = {"SerialNumber": serial, "TokenCode": code(seed, step)}
    answer = client.get_session_token(**shown)
    record = recorded(server, answer, "GetSessionToken")
    assert record["requestParameters"] == {"serialNumber": serial}
    error = refused(client.get_session_token, "AccessDenied", 403, **shown)
    assert "invalid MFA one time pass code" in error.response["Error"]["Message"]
    recorded(server, error, "GetSessionToken")
    session = server.client("sts", credentials=Credentials.of(answer))
    identity = server.record_of(session.get_caller_identity())["userIdentity"]
    assert identity["sessionContext"]["attributes"]["mfaAuthenticated"] == "true"
    server.client("iam", credentials=Credentials.of(answer)).list_users()


def test_iam_takes_no_session_without_mfa(server: Server, session: Credentials) -> None:
    refused(server.client("iam", credentials=session).list_users, "InvalidClientTokenId", 403)


def test_refuses_a_duration_out_of_range(server: Server, sts: Any) -> None:
    error = refused(sts.get_session_token, "ValidationError", 400, DurationSeconds=129_601)
    recorded(server, error, "GetSessionToken")
