"""Bodies without framing, and the choice of what decodes a body."""

from __future__ import annotations

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.unit.wire.auth.signed_requests import check, make_request, sign

from s3trail.kernel.errors import AwsError
from s3trail.wire.auth.payload import PlainDecoder, body_decoder
from s3trail.wire.auth.verify import STREAMING_SIGNED, STREAMING_SIGNED_TRAILER


def fault_of(decoder: PlainDecoder, *pieces: bytes) -> AwsError:
    for piece in pieces:
        decoder.feed(piece)
    with pytest.raises(AwsError) as caught:
        decoder.finish()
    return caught.value


@given(pieces=st.lists(st.binary(max_size=30), max_size=5))
def test_a_plain_body_passes_if_its_hash_is_the_signed_one(pieces: list[bytes]) -> None:
    body = b"".join(pieces)
    request = sign("S3SigV4Auth", "PUT", headers=[("content-length", str(len(body)))], body=body)
    decoder = body_decoder(request, check(request))
    assert decoder.decoded_length == len(body)
    assert b"".join(block for piece in pieces for block in decoder.feed(piece)) == body
    assert decoder.finish() == {}


def test_a_hash_may_be_written_in_upper_case() -> None:
    decoder = PlainDecoder(None, hashlib.sha256(b"a").hexdigest().upper())
    decoder.feed(b"a")
    assert decoder.finish() == {}


def test_another_body_than_the_signed_one_is_a_mismatch() -> None:
    digest = hashlib.sha256(b"signed").hexdigest()
    error = fault_of(PlainDecoder(5, digest), b"o", b"ther")
    assert (error.code, error.status) == ("XAmzContentSHA256Mismatch", 400)
    assert error.members == {
        "ClientComputedContentSHA256": digest,
        "S3ComputedContentSHA256": hashlib.sha256(b"other").hexdigest(),
    }


def test_a_body_where_none_was_signed_is_a_mismatch() -> None:
    request = sign("S3SigV4Auth", "PUT")
    decoder = body_decoder(request, check(request))
    assert isinstance(decoder, PlainDecoder)
    assert fault_of(decoder, b"smuggled").code == "XAmzContentSHA256Mismatch"


@pytest.mark.parametrize("pieces", [[], [b"abc"], [b"abc", b"de"]])
def test_another_length_than_declared_is_incomplete(pieces: list[bytes]) -> None:
    error = fault_of(PlainDecoder(4), *pieces)
    assert (error.code, error.status) == ("IncompleteBody", 400)
    assert error.members["NumberBytesExpected"] == "4"


def test_an_unsigned_payload_passes_as_it_is() -> None:
    request = sign("S3SigV4QueryAuth", "PUT")
    decoder = body_decoder(request, check(request))
    piece = b"anything"
    (block,) = decoder.feed(piece)
    assert block is piece
    assert decoder.feed(b"") == []
    assert (decoder.decoded_length, decoder.finish()) == (None, {})


def test_an_anonymous_body_passes_and_may_name_its_hash() -> None:
    plain = body_decoder(make_request("PUT", "/b/k", [("content-length", "1")]), None)
    assert (plain.feed(b"a"), plain.finish(), plain.decoded_length) == ([b"a"], {}, 1)
    named = make_request("PUT", "/b/k", [("x-amz-content-sha256", hashlib.sha256(b"a").hexdigest())])
    decoder = body_decoder(named, None)
    assert isinstance(decoder, PlainDecoder)
    assert fault_of(decoder, b"b").code == "XAmzContentSHA256Mismatch"


@pytest.mark.parametrize("word", [STREAMING_SIGNED, STREAMING_SIGNED_TRAILER])
def test_signed_chunks_need_a_sigv4_signature(word: str) -> None:
    request = make_request(
        "PUT", "/b/k", [("x-amz-content-sha256", word), ("x-amz-decoded-content-length", "1")]
    )
    with pytest.raises(AwsError) as caught:
        body_decoder(request, None)
    assert (caught.value.code, caught.value.status) == ("InvalidRequest", 400)
    old = sign("HmacV1Auth", "PUT", headers=request.raw_headers[1:])
    with pytest.raises(AwsError, match="InvalidRequest"):
        body_decoder(old, check(old))


@pytest.mark.parametrize("value", ["", "-1", "1_0", "+1", " 1", "x", "²", "9" * 30])
def test_refuses_a_length_that_is_no_number(value: str) -> None:
    with pytest.raises(AwsError) as caught:
        body_decoder(make_request("PUT", "/b/k", [("content-length", value)]), None)
    assert caught.value.code == "InvalidArgument"
    assert caught.value.members == {"ArgumentName": "content-length", "ArgumentValue": value}


def test_refuses_an_unknown_payload_hash_of_an_anonymous_request() -> None:
    with pytest.raises(AwsError, match="x-amz-content-sha256 must be UNSIGNED-PAYLOAD"):
        body_decoder(make_request("PUT", "/b/k", [("x-amz-content-sha256", "nonsense")]), None)
