"""The names that failures of authentication have in each protocol."""

from __future__ import annotations

import pytest
from tests.unit.wire.auth.signed_requests import NOW

from s3trail.kernel.errors import AccessDenied, AwsError, InvalidArgument
from s3trail.wire.auth import failures
from s3trail.wire.auth.failures import for_protocol

SKEWED = failures.time_too_skewed("20130524T000000Z", NOW, NOW + 3600)


@pytest.mark.parametrize(
    ("error", "json", "rest_json", "query"),
    [
        (
            failures.InvalidAccessKeyId(AWSAccessKeyId="A"),
            ("UnrecognizedClientException", 400),
            ("UnrecognizedClientException", 403),
            ("InvalidClientTokenId", 403),
        ),
        (
            failures.InvalidToken(),
            ("UnrecognizedClientException", 400),
            ("UnrecognizedClientException", 403),
            ("InvalidClientTokenId", 403),
        ),
        (
            failures.ExpiredToken(),
            ("ExpiredTokenException", 400),
            ("ExpiredTokenException", 403),
            ("ExpiredToken", 403),
        ),
        (
            failures.signature_mismatch("A", "sts", "sig", "request"),
            ("InvalidSignatureException", 400),
            ("InvalidSignatureException", 403),
            ("SignatureDoesNotMatch", 403),
        ),
        (
            failures.scope_wrong("AuthHeader", "elsewhere"),
            ("InvalidSignatureException", 400),
            ("InvalidSignatureException", 403),
            ("SignatureDoesNotMatch", 403),
        ),
        (
            SKEWED,
            ("InvalidSignatureException", 400),
            ("InvalidSignatureException", 403),
            ("SignatureDoesNotMatch", 403),
        ),
        (
            failures.malformed("AuthHeader", "no"),
            ("IncompleteSignatureException", 400),
            ("IncompleteSignatureException", 403),
            ("IncompleteSignature", 400),
        ),
        (
            failures.MissingDate(),
            ("IncompleteSignatureException", 400),
            ("IncompleteSignatureException", 403),
            ("IncompleteSignature", 400),
        ),
        (
            failures.one_mechanism_only(None),
            ("IncompleteSignatureException", 400),
            ("IncompleteSignatureException", 403),
            ("IncompleteSignature", 400),
        ),
        (
            failures.MissingAuthenticationToken(),
            ("MissingAuthenticationTokenException", 400),
            ("MissingAuthenticationTokenException", 403),
            ("MissingAuthenticationToken", 403),
        ),
    ],
    ids=lambda value: value.code if isinstance(value, AwsError) else None,
)
def test_failures_have_the_names_of_their_protocol(
    error: AwsError, json: tuple[str, int], rest_json: tuple[str, int], query: tuple[str, int]
) -> None:
    for protocol, expected in (("json", json), ("rest-json", rest_json), ("query", query)):
        named = for_protocol(error, protocol)
        assert (named.code, named.status) == expected
        assert named.message
        assert named.members == {}
    assert for_protocol(error, "rest-xml") is error


@pytest.mark.parametrize(
    "error", [AccessDenied(), InvalidArgument("other"), AwsError("x", code="Y", status=400)]
)
def test_other_errors_stay_as_they_are(error: AwsError) -> None:
    assert for_protocol(error, "json") is error


def test_a_clock_that_is_off_is_told_in_the_words_of_the_protocol() -> None:
    assert for_protocol(SKEWED, "json").message == (
        "Signature expired: 20130524T000000Z is now earlier than 20130524T004500Z "
        "(20130524T010000Z - 15 min.)"
    )
    ahead = failures.time_too_skewed("20130524T010000Z", NOW + 3600, NOW)
    assert for_protocol(ahead, "query").message == (
        "Signature not yet current: 20130524T010000Z is still later than 20130524T001500Z "
        "(20130524T000000Z + 15 min.)"
    )


def test_every_public_failure_has_a_code_a_status_and_words() -> None:
    classes = [
        value for value in vars(failures).values() if isinstance(value, type) and issubclass(value, AwsError)
    ]
    for error in (kind() for kind in classes if kind not in (AwsError, failures.CredentialScopeWrong)):
        assert error.code != "InternalError"
        assert 400 <= error.status < 500
        assert error.message
