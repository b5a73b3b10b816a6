"""The checksums of S3: values, names, and those of multipart objects."""

from __future__ import annotations

import base64
import hashlib
import zlib

import botocore.session
import pytest
from hypothesis import given
from hypothesis import strategies as st

from s3trail.kernel import checksums

# The check values of the CRC catalogue (CRC-32/ISO-HDLC, CRC-32/ISCSI, CRC-64/NVME), hashlib and xxHash.
CHECK = {
    "CRC32": "cbf43926",
    "CRC32C": "e3069283",
    "CRC64NVME": "ae8b14860a799888",
    "SHA1": hashlib.sha1(b"123456789").hexdigest(),
    "SHA256": hashlib.sha256(b"123456789").hexdigest(),
    "SHA512": hashlib.sha512(b"123456789").hexdigest(),
    "MD5": hashlib.md5(b"123456789").hexdigest(),
    "XXHASH64": "8cb841db40e6ae83",
}
EMPTY_XXHASH = {
    "XXHASH64": "ef46db3751d8e999",
    "XXHASH3": "2d06800538d394c2",
    "XXHASH128": "99aa06d3014798d86001c324468d497f",
}
CRCS = ["CRC32", "CRC32C", "CRC64NVME"]


def digest(algorithm: str, data: bytes) -> bytes:
    hasher = checksums.new(algorithm)
    hasher.update(data)
    return hasher.digest()


@pytest.mark.parametrize("algorithm", CHECK)
def test_computes_the_published_check_value(algorithm: str) -> None:
    assert digest(algorithm, b"123456789").hex() == CHECK[algorithm]


@pytest.mark.parametrize("algorithm", EMPTY_XXHASH)
def test_computes_the_published_xxhash_of_nothing(algorithm: str) -> None:
    assert digest(algorithm, b"").hex() == EMPTY_XXHASH[algorithm]


def test_knows_every_algorithm_of_the_s3_model() -> None:
    model = botocore.session.get_session().get_service_model("s3")
    assert set(checksums.ALGORITHMS) == set(model.shape_for("ChecksumAlgorithm").enum)
    members = model.shape_for("PutObjectRequest").members
    for algorithm in checksums.ALGORITHMS:
        member = members[checksums.MEMBERS[algorithm]]
        assert member.serialization["name"] == checksums.HEADERS[algorithm]
        assert checksums.algorithm_of_header(checksums.HEADERS[algorithm]) == algorithm


@pytest.mark.parametrize("header", ["x-amz-checksum-type", "x-amz-checksum-md4", "content-md5", ""])
def test_other_headers_carry_no_checksum(header: str) -> None:
    assert checksums.algorithm_of_header(header) is None


@pytest.mark.parametrize("algorithm", checksums.ALGORITHMS)
@given(pieces=st.lists(st.binary(max_size=40), max_size=6))
def test_pieces_and_views_give_what_the_whole_gives(algorithm: str, pieces: list[bytes]) -> None:
    hasher = checksums.new(algorithm)
    for piece in pieces:
        hasher.update(memoryview(piece))
        assert hasher.digest() == hasher.digest()
    whole = digest(algorithm, b"".join(pieces))
    assert hasher.digest() == whole
    assert hasher.b64() == base64.b64encode(whole).decode()
    assert len(whole) == checksums.DIGEST_SIZES[algorithm]


@pytest.mark.parametrize("algorithm", ["", "crc32", "MD4"])
def test_refuses_an_unknown_algorithm(algorithm: str) -> None:
    with pytest.raises(ValueError, match="no checksum algorithm"):
        checksums.new(algorithm)


def test_parses_only_digests_of_the_right_length() -> None:
    assert checksums.parse("CRC32", "y/Q5Jg==") == bytes.fromhex(CHECK["CRC32"])
    for text in ("", "y/Q5", "y/Q5Jg", "y/Q5Jg== ", "y/Q5Jgé=", "y/Q5JicmJw=="):
        assert checksums.parse("CRC32", text) is None


@pytest.mark.parametrize("algorithm", CRCS)
@given(parts=st.lists(st.binary(max_size=60), max_size=6))
def test_the_crcs_of_parts_combine_to_that_of_the_whole(algorithm: str, parts: list[bytes]) -> None:
    combined = checksums.combine(algorithm, [(digest(algorithm, part), len(part)) for part in parts])
    assert combined == digest(algorithm, b"".join(parts))


def test_crcs_of_large_parts_combine() -> None:
    part = bytes(5 << 20)
    combined = checksums.combine("CRC32", [(digest("CRC32", part), len(part))] * 3)
    assert combined == zlib.crc32(part * 3).to_bytes(4, "big")


@pytest.mark.parametrize("algorithm", sorted(set(checksums.ALGORITHMS) - set(CRCS)))
def test_other_checksums_can_not_be_combined(algorithm: str) -> None:
    with pytest.raises(ValueError, match="can't be combined"):
        checksums.combine(algorithm, [])


def test_a_composite_checksum_is_that_of_the_raw_digests_and_their_number() -> None:
    digests = [hashlib.sha256(part).digest() for part in (b"one", b"two", b"three")]
    expected = base64.b64encode(hashlib.sha256(b"".join(digests)).digest()).decode()
    assert checksums.composite("SHA256", digests) == f"{expected}-3"
