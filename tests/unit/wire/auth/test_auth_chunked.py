"""aws-chunked bodies, made by a signer written from AWS's documentation and by a real client."""

from __future__ import annotations

import base64
import hashlib
import hmac
import random
import zlib
from dataclasses import replace
from itertools import pairwise
from typing import Any
from urllib.parse import urlsplit

import boto3
import pytest
from botocore.config import Config
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.unit.wire.auth.signed_requests import ACCESS_KEY_ID, NOW, SECRET, check, make_request

from s3trail.kernel.errors import AwsError
from s3trail.wire.auth.claim import Claim, parse_date
from s3trail.wire.auth.payload import BodyDecoder, body_decoder
from s3trail.wire.auth.verify import (
    STREAMING_SIGNED,
    STREAMING_SIGNED_TRAILER,
    STREAMING_UNSIGNED_TRAILER,
    Verified,
)
from s3trail.wire.http import Request

WORDS = [STREAMING_SIGNED, STREAMING_SIGNED_TRAILER, STREAMING_UNSIGNED_TRAILER]
SCOPE = "20130524/us-east-1/s3/aws4_request"
STAMP = "20130524T000000Z"
EMPTY = hashlib.sha256(b"").hexdigest()


def sha256_hmac(key: bytes, text: str) -> bytes:
    return hmac.new(key, text.encode(), hashlib.sha256).digest()


def derived_key() -> bytes:
    key = sha256_hmac(b"AWS4" + SECRET.encode(), "20130524")
    for part in ("us-east-1", "s3", "aws4_request"):
        key = sha256_hmac(key, part)
    return key


KEY = derived_key()


def encode(
    chunks: list[bytes],
    word: str,
    trailers: dict[str, str] | None = None,
    seed: str = "0" * 64,
    sign_trailers: bool = True,
) -> bytes:
    """An aws-chunked body, from "Signature Calculations for the Authorization Header: … (Chunked Upload)"."""
    out = []
    previous = seed
    for chunk in [*chunks, b""]:
        extension = ""
        if word != STREAMING_UNSIGNED_TRAILER:
            lines = ["AWS4-HMAC-SHA256-PAYLOAD", STAMP, SCOPE, previous, EMPTY]
            previous = sha256_hmac(KEY, "\n".join([*lines, hashlib.sha256(chunk).hexdigest()])).hex()
            extension = f";chunk-signature={previous}"
        out.append(f"{len(chunk):x}{extension}\r\n".encode())
        if chunk:
            out.append(chunk + b"\r\n")
    out += [f"{name}:{value}\r\n".encode() for name, value in (trailers or {}).items()]
    if word == STREAMING_SIGNED_TRAILER and sign_trailers:
        canonical = "".join(f"{name}:{value}\n" for name, value in sorted((trailers or {}).items()))
        digest = hashlib.sha256(canonical.encode()).hexdigest()
        signature = sha256_hmac(
            KEY, "\n".join(["AWS4-HMAC-SHA256-TRAILER", STAMP, SCOPE, previous, digest])
        ).hex()
        out.append(f"x-amz-trailer-signature:{signature}\r\n".encode())
    return b"".join(out) + b"\r\n"


def verified_with(word: str, seed: str = "0" * 64) -> Verified:
    claim = Claim(
        ACCESS_KEY_ID, "SigV4", "AuthHeader", "us-east-1", "s3", "20130524", (), seed, "", NOW, STAMP, None
    )
    return Verified(claim, word, KEY, "the canonical request")


def decoder(word: str, length: int | None, names: str = "", seed: str = "0" * 64) -> BodyDecoder:
    headers = [("x-amz-content-sha256", word), ("content-encoding", "aws-chunked")]
    if length is not None:
        headers.append(("x-amz-decoded-content-length", str(length)))
    if names:
        headers.append(("x-amz-trailer", names))
    return body_decoder(make_request("PUT", "/b/k", headers), verified_with(word, seed))


def decode(body: bytes, to: BodyDecoder, cuts: list[int] | None = None) -> tuple[bytes, dict[str, str]]:
    edges = sorted({0, len(body), *(cut for cut in cuts or [] if cut < len(body))})
    blocks = []
    for start, end in pairwise(edges):
        blocks += to.feed(body[start:end])
    return b"".join(blocks), to.finish()


def fault(body: bytes, to: BodyDecoder, cuts: list[int] | None = None) -> AwsError:
    with pytest.raises(AwsError) as caught:
        decode(body, to, cuts)
    return caught.value


def crc32(data: bytes) -> dict[str, str]:
    return {"x-amz-checksum-crc32": base64.b64encode(zlib.crc32(data).to_bytes(4, "big")).decode()}


# "Example: PUT Object" of the chapters on chunked upload without and with trailing headers: 65 KiB of "a".
def test_decodes_the_example_of_aws() -> None:
    seed = "4f232c4386841ef735655705268965c44a0e4690baa4adea153f7db9fa80a0a9"
    signatures = [
        "ad80c730a21e5b8d04586a2213dd63b9a0e99e0e2307b0ade35a65485a288648",
        "0055627c9e194cb4542bae2aa5492e3c1575bbb81b612b7d234b86a503ef5497",
        "b6c6ea8a5354eaf15b3cb7646744f4275b71ea724fed81ceb9323e279d449df9",
    ]
    body = b"".join(
        f"{size:x};chunk-signature={signature}\r\n".encode() + b"a" * size + b"\r\n"
        for size, signature in zip((65536, 1024, 0), signatures, strict=True)
    )
    payload, trailers = decode(body, decoder(STREAMING_SIGNED, 66560, seed=seed))
    assert payload == b"a" * 66560
    assert trailers == {}
    assert body == encode([b"a" * 65536, b"a" * 1024], STREAMING_SIGNED, seed=seed)


@pytest.mark.parametrize("ends", [(b"\r\n", b"\r\n"), (b"\n", b"\r\n"), (b"\n\r\n", b"\r\n\r\n")])
def test_decodes_the_example_of_aws_with_trailers(ends: tuple[bytes, bytes]) -> None:
    seed = "106e2a8a18243abcf37539882f36619c00e2dfc72633413f02d3b74544bfeb8e"
    signatures = [
        "b474d8862b1487a5145d686f57f013e54db672cee1c953b3010fb58501ef5aa2",
        "1c1344b170168f8e65b41376b44b20fe354e373826ccbbe2c1d40a8cae51e5c7",
        "2ca2aba2005185cf7159c6277faf83795951dd77a3a99e6e65d5c9f85863f992",
    ]
    body = b"".join(
        f"{size:x};chunk-signature={signature}\r\n".encode() + (b"a" * size + b"\r\n" if size else b"")
        for size, signature in zip((65536, 1024, 0), signatures, strict=True)
    )
    body += b"x-amz-checksum-crc32c:sOO8/Q==" + ends[0]
    body += (
        b"x-amz-trailer-signature:d81f82fc3505edab99d459891051a732e8730629a2e4a59689829ca17fe2e435" + ends[1]
    )
    if ends[1] == b"\r\n":
        body += b"\r\n"
    to = decoder(STREAMING_SIGNED_TRAILER, 66560, "x-amz-checksum-crc32c", seed)
    assert decode(body, to) == (b"a" * 66560, {"x-amz-checksum-crc32c": "sOO8/Q=="})


@pytest.mark.parametrize("word", WORDS)
@settings(max_examples=40, deadline=None)
@given(data=st.data())
def test_decodes_any_chunks_however_they_are_split(word: str, data: st.DataObject) -> None:
    source = random.Random(data.draw(st.integers(0, 2**32)))
    sizes = [*data.draw(st.lists(st.integers(8192, 20000), max_size=3)), data.draw(st.integers(1, 9000))]
    chunks = [source.randbytes(size) for size in sizes]
    payload = b"".join(chunks)
    trailers = {} if word == STREAMING_SIGNED else crc32(payload)
    body = encode(chunks, word, trailers)
    cuts = data.draw(st.lists(st.integers(1, len(body) - 1), max_size=30))
    to = decoder(word, len(payload), ",".join(trailers))
    assert to.decoded_length == len(payload)
    assert decode(body, to, cuts) == (payload, trailers)


@pytest.mark.parametrize("word", WORDS)
def test_decodes_byte_by_byte(word: str) -> None:
    payload = b"\r\n0\r\n" * 2000
    trailers = {} if word == STREAMING_SIGNED else crc32(payload)
    body = encode([payload[:9000], payload[9000:]], word, trailers)
    cuts = list(range(1, len(body)))
    assert decode(body, decoder(word, len(payload), ",".join(trailers)), cuts) == (payload, trailers)


@pytest.mark.parametrize("word", WORDS)
def test_decodes_an_empty_payload(word: str) -> None:
    assert decode(encode([], word), decoder(word, 0)) == (b"", {})


def test_names_of_trailers_are_read_without_regard_to_case() -> None:
    body = b"1\r\na\r\n0\r\nX-Amz-Checksum-CRC32: 6Le+Qw== \r\n\r\n"
    to = decoder(STREAMING_UNSIGNED_TRAILER, 1, "X-Amz-Checksum-Crc32")
    assert decode(body, to) == (b"a", {"x-amz-checksum-crc32": "6Le+Qw=="})


def test_a_large_chunk_passes_as_it_comes() -> None:
    to = decoder(STREAMING_SIGNED, 1 << 30)
    head = f"{1 << 30:x};chunk-signature={'0' * 64}\r\n".encode()
    assert to.feed(head) == []
    piece = bytes(1 << 16)
    for _ in range(8):
        (block,) = to.feed(piece)
        assert block is piece


REFUSALS = ("SignatureDoesNotMatch", "IncompleteBody", "MalformedTrailerError", "InvalidChunkSizeError")


@pytest.mark.parametrize("word", [STREAMING_SIGNED, STREAMING_SIGNED_TRAILER])
def test_no_flipped_bit_changes_what_a_signed_body_gives(word: str) -> None:
    payload = bytes(range(256)) * 40
    trailers = {} if word == STREAMING_SIGNED else crc32(payload)
    body = encode([payload[:8192], payload[8192:]], word, trailers)
    refused = 0
    for place in [*range(120), *range(120, len(body), 97), *range(len(body) - 400, len(body))]:
        for bit in (1, 4, 32):
            changed = bytearray(body)
            changed[place] ^= bit
            try:
                # The case of a size or of a trailer's name, and space after a trailer, mean nothing.
                assert decode(bytes(changed), decoder(word, len(payload), ",".join(trailers))) == (
                    payload,
                    trailers,
                )
            except AwsError as error:
                assert error.code in REFUSALS, (place, bit)  # noqa: PT017 (most are refused, not all)
                refused += 1
    assert refused > 1500


def test_a_wrong_chunk_signature_shows_what_was_signed() -> None:
    body = encode([b"a" * 9000], STREAMING_SIGNED).replace(b"a" * 10, b"a" * 9 + b"b", 1)
    error = fault(body, decoder(STREAMING_SIGNED, 9000))
    assert (error.code, error.status) == ("SignatureDoesNotMatch", 403)
    assert error.members["StringToSign"].startswith(
        f"AWS4-HMAC-SHA256-PAYLOAD\n{STAMP}\n{SCOPE}\n{'0' * 64}\n"
    )
    assert error.members["CanonicalRequest"] == "the canonical request"


@pytest.mark.parametrize("word", [STREAMING_SIGNED, STREAMING_SIGNED_TRAILER])
def test_swapped_chunks_do_not_match(word: str) -> None:
    one, two = b"1" * 8192, b"2" * 8192
    body = encode([one, two], word)
    length = len(f"{8192:x};chunk-signature={'0' * 64}\r\n") + 8192 + 2
    swapped = body[length : 2 * length] + body[:length] + body[2 * length :]
    assert fault(swapped, decoder(word, 16384)).code == "SignatureDoesNotMatch"


def test_another_seed_does_not_match() -> None:
    body = encode([b"a"], STREAMING_SIGNED, seed="1" * 64)
    assert fault(body, decoder(STREAMING_SIGNED, 1)).code == "SignatureDoesNotMatch"


def test_a_changed_trailer_does_not_match_its_signature() -> None:
    body = encode([b"a"], STREAMING_SIGNED_TRAILER, crc32(b"a")).replace(b"6Le+Qw==", b"6Le+Qx==")
    error = fault(body, decoder(STREAMING_SIGNED_TRAILER, 1, "x-amz-checksum-crc32"))
    assert error.members["StringToSign"].startswith("AWS4-HMAC-SHA256-TRAILER\n")


def test_signed_trailers_need_their_signature() -> None:
    body = encode([b"a"], STREAMING_SIGNED_TRAILER, crc32(b"a"), sign_trailers=False)
    to = decoder(STREAMING_SIGNED_TRAILER, 1, "x-amz-checksum-crc32")
    assert fault(body, to).code == "MalformedTrailerError"


@pytest.mark.parametrize("word", WORDS)
def test_a_body_that_ends_early_is_incomplete(word: str) -> None:
    payload = b"x" * 9000
    trailers = {} if word == STREAMING_SIGNED else crc32(payload)
    body = encode([payload], word, trailers)
    for end in [*range(100), 5000, *range(len(body) - 200, len(body))]:
        error = fault(body[:end], decoder(word, len(payload), ",".join(trailers)))
        assert error.code in ("IncompleteBody", "MalformedTrailerError"), end


@pytest.mark.parametrize("word", WORDS)
@pytest.mark.parametrize("declared", [0, 9, 11, 10**6])
def test_another_length_than_declared_is_incomplete(word: str, declared: int) -> None:
    error = fault(encode([b"0123456789"], word), decoder(word, declared))
    assert (error.code, error.status) == ("IncompleteBody", 400)
    assert error.members == {"NumberBytesExpected": str(declared), "NumberBytesProvided": "10"}


@pytest.mark.parametrize("word", WORDS)
def test_only_the_last_chunk_may_be_small(word: str) -> None:
    decode(encode([b"a" * 8192, b"b" * 8191], word), decoder(word, 16383))
    error = fault(encode([b"abc", b"de"], word), decoder(word, 5))
    assert (error.code, error.status) == ("InvalidChunkSizeError", 400)
    assert error.message == "Only the last chunk is allowed to have a size less than 8192 bytes"
    assert error.members == {"Chunk": "2", "BadChunkSize": "3"}


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"1\na\r\n0\r\n\r\n",
        b"-1\r\na\r\n0\r\n\r\n",
        b"0x1\r\na\r\n0\r\n\r\n",
        b"1 \r\na\r\n0\r\n\r\n",
        b"g\r\n",
        b"\r\n",
        b"1\r\nab\r\n0\r\n\r\n",
        b"1\r\na0\r\n\r\n",
        b"1;chunk-signature=x\r\na\r\n0\r\n\r\n",
        b"1\r\na\r\n0\r\n\r\nmore\r\n",
        b"1\r\na\r\n0\r\n\r\nmore",
        b"1" * 5000,
        b"f" * 16 + b"\r\n",
    ],
)
def test_broken_framing_is_incomplete(body: bytes) -> None:
    assert fault(body, decoder(STREAMING_UNSIGNED_TRAILER, 1)).code == "IncompleteBody"
    split = decoder(STREAMING_UNSIGNED_TRAILER, 1)
    assert fault(body, split, list(range(1, len(body)))).code == "IncompleteBody"


@pytest.mark.parametrize(
    "trailers",
    [
        b"",
        b"x-amz-checksum-sha1:abc\r\n",
        b"x-amz-checksum-crc32\r\n",
        b"x-amz-checksum-crc32:a\r\nx-amz-checksum-crc32:a\r\n",
        b"x-amz-checksum-crc32:a\r\nx-amz-meta-a:b\r\n",
        b"x-amz-checksum-crc32:a\r\nx-amz-trailer-signature:b\r\n",
    ],
)
def test_refuses_trailers_other_than_the_declared_ones(trailers: bytes) -> None:
    to = decoder(STREAMING_UNSIGNED_TRAILER, 1, "x-amz-checksum-crc32")
    error = fault(b"1\r\na\r\n0\r\n" + trailers + b"\r\n", to)
    assert (error.code, error.status) == ("MalformedTrailerError", 400)


def test_a_trailer_of_endless_length_is_refused_early() -> None:
    to = decoder(STREAMING_UNSIGNED_TRAILER, 0, "x-amz-checksum-crc32")
    to.feed(b"0\r\nx-amz-checksum-crc32:")
    with pytest.raises(AwsError, match="IncompleteBody"):
        to.feed(b"a" * 5000)


def test_refuses_a_trailer_that_is_no_checksum() -> None:
    with pytest.raises(AwsError, match="The value specified in the x-amz-trailer header is not supported"):
        decoder(STREAMING_UNSIGNED_TRAILER, 1, "x-amz-meta-a")


@pytest.mark.parametrize("word", WORDS)
def test_chunks_need_the_decoded_length(word: str) -> None:
    with pytest.raises(AwsError) as caught:
        decoder(word, None)
    assert (caught.value.code, caught.value.status) == ("MissingContentLength", 411)


class Captured(Exception):
    """Ends a client's call with the request that it would have sent."""

    def __init__(self, request: Any) -> None:
        self.request = request


def capture(url: str, algorithm: str, body: bytes, **config: Any) -> tuple[Request, bytes]:
    """What a real client sends for PutObject."""
    client = boto3.client(
        "s3",
        endpoint_url=url,
        region_name="us-east-1",
        aws_access_key_id=ACCESS_KEY_ID,
        aws_secret_access_key=SECRET,
        config=Config(s3={"addressing_style": "path"}, retries={"total_max_attempts": 1}, **config),
    )

    def stop(request: Any, **_: Any) -> None:
        raise Captured(request)

    client.meta.events.register("before-send.s3.PutObject", stop)
    with pytest.raises(Captured) as caught:
        client.put_object(Bucket="bucket", Key="a key/ü+", Body=body, ChecksumAlgorithm=algorithm)
    sent = caught.value.request
    parts = urlsplit(sent.url)
    lines = [
        (name, value.decode() if isinstance(value, bytes) else str(value))
        for name, value in sent.headers.items()
    ]
    request = make_request("PUT", parts.path, lines, host=parts.netloc)
    raw = sent.body if isinstance(sent.body, bytes) else sent.body.read()
    return request, raw


@pytest.mark.parametrize("algorithm", ["CRC32", "CRC32C", "CRC64NVME", "SHA1", "SHA256"])
def test_decodes_what_boto3_streams_with_a_checksum_trailer(algorithm: str) -> None:
    payload = random.Random(1).randbytes(3 << 20) + b"tail"
    request, raw = capture("https://s3.example.com", algorithm, payload)
    verified = verified_now(request)
    assert verified.payload == STREAMING_UNSIGNED_TRAILER
    got, trailers = decode(raw, body_decoder(request, verified), [1, 100, 1 << 20, (1 << 20) + 9])
    assert got == payload
    assert list(trailers) == [f"x-amz-checksum-{algorithm.lower()}"]


def test_decodes_what_boto3_sends_without_encryption() -> None:
    request, raw = capture("http://s3.example.com", "CRC32", b"payload")
    verified = verified_now(request)
    assert decode(raw, body_decoder(request, verified)) == (b"payload", {})
    assert fault(b"Payload", body_decoder(request, verified)).code == "XAmzContentSHA256Mismatch"


def verified_now(request: Request) -> Verified:
    moment = parse_date(request.headers["x-amz-date"])
    assert moment is not None
    return check(request, now=moment)


def test_chunks_of_a_client_that_does_not_sign_are_decoded_too() -> None:
    headers = [
        ("content-encoding", "gzip, aws-chunked"),
        ("x-amz-decoded-content-length", "1"),
        ("x-amz-trailer", "x-amz-checksum-crc32"),
    ]
    request = make_request("PUT", "/b/k", headers)
    body = encode([b"a"], STREAMING_UNSIGNED_TRAILER, crc32(b"a"))
    for verified in (None, replace(verified_with("UNSIGNED-PAYLOAD"), signing_key=b"")):
        assert decode(body, body_decoder(request, verified)) == (b"a", crc32(b"a"))
