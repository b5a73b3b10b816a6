"""Authentication: every way to sign, every way to fail, and the record that each leaves."""

from __future__ import annotations

import datetime
from collections.abc import Callable
from typing import Any

import pytest

from s3trail.testing.server import Credentials, Record, Server
from tests.api import raw


def _failed(server: Server, answer: raw.Answer, code: str, status: int) -> Record:
    """The record of a call that failed authentication."""
    assert (answer.status, answer.code) == (status, code), answer.body
    assert server.root.secret_access_key.encode() not in answer.body
    record = server.record_of(answer.request_id)
    assert record["errorCode"] == code
    assert record["errorMessage"]
    assert record["userIdentity"]["type"] == "Unknown"
    assert "arn" not in record["userIdentity"]
    assert "userName" not in record["userIdentity"]
    assert record["sourceIPAddress"] == "127.0.0.1"
    return record


@pytest.fixture
def path(s3: Any, bucket: str) -> str:
    """`/bucket/key` of an object that is there."""
    s3.put_object(Bucket=bucket, Key="k", Body=b"secret bytes")
    return f"/{bucket}/k"


def test_a_header_signature_is_recorded_as_such(server: Server, path: str) -> None:
    answer = raw.send(server, "GET", path, raw.sign_v4(server, "GET", path))
    assert answer.body == b"secret bytes"
    data = server.record_of(answer.request_id)["additionalEventData"]
    assert (data["SignatureVersion"], data["AuthenticationMethod"]) == ("SigV4", "AuthHeader")


def test_a_presigned_url_is_recorded_without_its_signature(server: Server, path: str) -> None:
    target = raw.presign_v4(server, "GET", path)
    answer = raw.send(server, "GET", target, {"Host": f"127.0.0.1:{server.port}"})
    assert answer.body == b"secret bytes"
    record = server.record_of(answer.request_id)
    data, parameters = record["additionalEventData"], record["requestParameters"]
    assert (data["SignatureVersion"], data["AuthenticationMethod"]) == ("SigV4", "QueryString")
    assert parameters["X-Amz-Expires"] == "300"
    assert parameters["X-Amz-Algorithm"] == "AWS4-HMAC-SHA256"
    assert "X-Amz-Signature" not in parameters
    assert "X-Amz-Credential" not in parameters
    assert record["userIdentity"]["accessKeyId"] == server.root.access_key_id


def test_a_version_2_signature_is_recorded_as_such(server: Server, path: str) -> None:
    answer = raw.send(server, "GET", path, raw.sign_v2(server, "GET", path))
    assert answer.body == b"secret bytes"
    data = server.record_of(answer.request_id)["additionalEventData"]
    assert (data["SignatureVersion"], data["AuthenticationMethod"]) == ("SigV2", "AuthHeader")


def test_a_presigned_version_2_url_is_recorded_without_its_signature(
    server: Server, s3: Any, path: str
) -> None:
    import boto3
    from botocore.config import Config

    client = boto3.session.Session().client(
        "s3",
        endpoint_url=server.endpoint,
        region_name="us-east-1",
        aws_access_key_id=server.root.access_key_id,
        aws_secret_access_key=server.root.secret_access_key,
        config=Config(signature_version="s3", s3={"addressing_style": "path"}),
    )
    bucket, key = path.strip("/").split("/")
    url = client.generate_presigned_url("get_object", Params={"Bucket": bucket, "Key": key})
    target = url.removeprefix(server.endpoint)
    answer = raw.send(server, "GET", target, {"Host": f"127.0.0.1:{server.port}"})
    assert answer.body == b"secret bytes"
    record = server.record_of(answer.request_id)
    data = record["additionalEventData"]
    assert (data["SignatureVersion"], data["AuthenticationMethod"]) == ("SigV2", "QueryString")
    assert "Signature" not in record["requestParameters"]


def test_a_chunk_signed_upload_is_taken(server: Server, s3: Any, path: str) -> None:
    chunks = [b"a" * 8192, b"b" * 8192, b"tail"]
    headers, body = raw.chunk_signed(server, path, chunks)
    answer = raw.send(server, "PUT", path, headers, body)
    assert answer.status == 200, answer.body
    bucket, key = path.strip("/").split("/")
    assert s3.get_object(Bucket=bucket, Key=key)["Body"].read() == b"".join(chunks)
    data = server.record_of(answer.request_id)["additionalEventData"]
    assert data["bytesTransferredIn"] == len(body)
    assert data["objectSize"] == sum(map(len, chunks))


def test_a_wrong_chunk_signature_fails_the_upload(server: Server, s3: Any, path: str) -> None:
    headers, body = raw.chunk_signed(server, path, [b"a" * 8192, b"b" * 8192], spoil=1)
    answer = raw.send(server, "PUT", path, headers, body)
    assert (answer.status, answer.code) == (403, "SignatureDoesNotMatch")
    assert server.record_of(answer.request_id)["errorCode"] == "SignatureDoesNotMatch"
    bucket, key = path.strip("/").split("/")
    assert s3.get_object(Bucket=bucket, Key=key)["Body"].read() == b"secret bytes"


def test_an_unsigned_call_is_anonymous_not_unknown(server: Server, path: str) -> None:
    answer = raw.send(server, "GET", path, {"Host": f"127.0.0.1:{server.port}"})
    assert (answer.status, answer.code) == (403, "AccessDenied")
    assert server.record_of(answer.request_id)["userIdentity"]["type"] == "AWSAccount"


def test_refuses_an_unknown_key_and_records_it(server: Server, path: str) -> None:
    stranger = Credentials("AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY")
    answer = raw.send(server, "GET", path, raw.sign_v4(server, "GET", path, credentials=stranger))
    record = _failed(server, answer, "InvalidAccessKeyId", 403)
    assert record["userIdentity"]["accessKeyId"] == stranger.access_key_id
    assert record["eventName"] == "GetObject"
    assert record["requestParameters"]["key"] == "k"


def test_does_not_record_what_is_no_key_id(server: Server, path: str) -> None:
    stranger = Credentials("hunter2 my password", "secret")
    answer = raw.send(server, "GET", path, raw.sign_v4(server, "GET", path, credentials=stranger))
    assert answer.status in {400, 403}
    assert "hunter2" not in str(server.record_of(answer.request_id))


def test_refuses_a_wrong_secret(server: Server, path: str) -> None:
    forged = Credentials(server.root.access_key_id, "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY")
    answer = raw.send(server, "GET", path, raw.sign_v4(server, "GET", path, credentials=forged))
    record = _failed(server, answer, "SignatureDoesNotMatch", 403)
    assert record["userIdentity"]["accessKeyId"] == server.root.access_key_id


def test_refuses_a_wrong_secret_under_version_2(server: Server, path: str) -> None:
    forged = Credentials(server.root.access_key_id, "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY")
    answer = raw.send(server, "GET", path, raw.sign_v2(server, "GET", path, credentials=forged))
    _failed(server, answer, "SignatureDoesNotMatch", 403)


@pytest.mark.parametrize("minutes", [-16, 16])
def test_refuses_a_clock_more_than_15_minutes_off(server: Server, path: str, minutes: int) -> None:
    with raw.signing_time(datetime.timedelta(minutes=minutes)):
        headers = raw.sign_v4(server, "GET", path)
    _failed(server, raw.send(server, "GET", path, headers), "RequestTimeTooSkewed", 403)


def test_takes_a_clock_less_than_15_minutes_off(server: Server, path: str) -> None:
    with raw.signing_time(datetime.timedelta(minutes=-14)):
        headers = raw.sign_v4(server, "GET", path)
    assert raw.send(server, "GET", path, headers).status == 200


def test_refuses_an_expired_url(server: Server, path: str) -> None:
    with raw.signing_time(datetime.timedelta(hours=-1)):
        target = raw.presign_v4(server, "GET", path)
    answer = raw.send(server, "GET", target, {"Host": f"127.0.0.1:{server.port}"})
    record = _failed(server, answer, "AccessDenied", 403)
    assert record["errorMessage"] == "Request has expired"


def test_refuses_a_url_for_more_than_a_week(server: Server, path: str) -> None:
    target = raw.presign_v4(server, "GET", path, expires=604801)
    answer = raw.send(server, "GET", target, {"Host": f"127.0.0.1:{server.port}"})
    _failed(server, answer, "AuthorizationQueryParametersError", 400)


def test_refuses_another_region_than_the_buckets(server: Server, path: str) -> None:
    answer = raw.send(server, "GET", path, raw.sign_v4(server, "GET", path, region="eu-central-1"))
    assert (answer.status, answer.code) == (400, "AuthorizationHeaderMalformed")
    assert b"<Region>us-east-1</Region>" in answer.body
    assert server.record_of(answer.request_id)["errorCode"] == "AuthorizationHeaderMalformed"


def test_refuses_another_service_in_the_scope(server: Server, path: str) -> None:
    answer = raw.send(server, "GET", path, raw.sign_v4(server, "GET", path, service="sqs"))
    assert (answer.status, answer.code) == (400, "AuthorizationHeaderMalformed")
    assert server.record_of(answer.request_id)["errorCode"] == "AuthorizationHeaderMalformed"


def test_refuses_a_body_that_is_not_the_signed_one(server: Server, s3: Any, path: str) -> None:
    headers = raw.sign_v4(server, "PUT", path, b"what was signed")
    answer = raw.send(server, "PUT", path, headers, b"what was sent!!")
    assert (answer.status, answer.code) == (400, "XAmzContentSHA256Mismatch")
    assert server.record_of(answer.request_id)["errorCode"] == "XAmzContentSHA256Mismatch"
    bucket, key = path.strip("/").split("/")
    assert s3.get_object(Bucket=bucket, Key=key)["Body"].read() == b"secret bytes"


Tampering = Callable[[str, dict[str, str]], tuple[str, str, dict[str, str]]]


@pytest.mark.parametrize(
    "tamper",
    [
        lambda path, headers: ("GET", path + "2", headers),
        lambda path, headers: ("HEAD", path, headers),
        lambda path, headers: ("GET", path + "?versionId=null", headers),
        lambda path, headers: ("GET", path, {**headers, "Host": "example.org"}),
        lambda path, headers: (
            "GET",
            path,
            {**headers, "Authorization": headers["Authorization"][:-1] + "x"},
        ),
    ],
    ids=["key", "method", "query", "host", "signature"],
)
def test_refuses_a_request_changed_after_signing(server: Server, path: str, tamper: Tampering) -> None:
    method, target, headers = tamper(path, raw.sign_v4(server, "GET", path))
    answer = raw.send(server, method, target, headers)
    assert answer.status == 403
    record = server.record_of(answer.request_id)
    assert record["errorCode"] == "SignatureDoesNotMatch"
    assert record["userIdentity"]["type"] == "Unknown"


@pytest.mark.parametrize(
    "value",
    ["Bearer token", "AWS4-HMAC-SHA256 nonsense", "AWS4-HMAC-SHA256 Credential=a/b, Signature=c", "AWS x"],
)
def test_refuses_what_is_no_signature(server: Server, path: str, value: str) -> None:
    answer = raw.send(
        server, "GET", path, {"Host": f"127.0.0.1:{server.port}", "Authorization": value, "X-Amz-Date": "x"}
    )
    assert 400 <= answer.status < 404
    record = server.record_of(answer.request_id)
    assert record["errorCode"] == answer.code
    assert record["eventName"] == "GetObject"


def test_refuses_two_signatures_at_once(server: Server, path: str) -> None:
    target = raw.presign_v4(server, "GET", path)
    answer = raw.send(server, "GET", target, raw.sign_v4(server, "GET", path))
    assert (answer.status, answer.code) == (400, "InvalidArgument")
    assert server.record_of(answer.request_id)["errorCode"] == "InvalidArgument"


def test_a_second_user_is_recorded_by_name(server: Server, path: str) -> None:
    user = server.add_user(f"second-{path[-6:-2]}")
    answer = raw.send(server, "GET", path, raw.sign_v4(server, "GET", path, credentials=user))
    assert answer.status == 200
    identity = server.record_of(answer.request_id)["userIdentity"]
    assert (identity["type"], identity["userName"]) == ("IAMUser", user.user_name)
