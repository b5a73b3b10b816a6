"""Declared lengths and digests are checked before bytes become an object."""

from __future__ import annotations

import base64
import hashlib
from typing import Any

import pytest

from s3trail.kernel import checksums
from s3trail.kernel.errors import AwsError
from s3trail.state.objects.files import FileWriter

from .conftest import S3

BODY = b"some bytes"
MD5 = base64.b64encode(hashlib.md5(BODY).digest()).decode()
WRONG_MD5 = base64.b64encode(hashlib.md5(b"others").digest()).decode()


def _sum(algorithm: str, body: bytes = BODY) -> str:
    hasher = checksums.new(algorithm)
    hasher.update(body)
    return hasher.b64()


def _refused(s3: S3, trailers: dict[str, str] | None = None, /, **params: Any) -> AwsError:
    with pytest.raises(AwsError) as error:
        s3.call("PutObject", trailers, Bucket="bucket", Key="key", Body=BODY, **params)
    assert s3.file_count() == 0
    return error.value


def _receive(s3: S3, length: int | None) -> Any:
    receive = s3.operations["PutObject"].receive
    assert receive is not None
    with s3.environment.read() as tx:
        return receive(tx, s3.base, {"Bucket": "bucket", "Key": "key"}, length)


def test_computes_crc64nvme_when_nothing_is_declared(s3: S3) -> None:
    result = s3.put("key", BODY)
    assert result["ChecksumCRC64NVME"] == _sum("CRC64NVME")
    assert result["ChecksumType"] == "FULL_OBJECT"
    head = s3.call("HeadObject", Bucket="bucket", Key="key", ChecksumMode="ENABLED")
    assert head["ChecksumCRC64NVME"] == _sum("CRC64NVME")


@pytest.mark.parametrize("algorithm", checksums.ALGORITHMS)
def test_keeps_the_checksum_that_is_declared(s3: S3, algorithm: str) -> None:
    member = checksums.MEMBERS[algorithm]
    result = s3.put("key", BODY, ContentMD5=MD5, **{member: _sum(algorithm)})
    assert result[member] == _sum(algorithm)
    head = s3.call("HeadObject", Bucket="bucket", Key="key", ChecksumMode="ENABLED")
    assert (head[member], head["ChecksumType"]) == (_sum(algorithm), "FULL_OBJECT")
    assert member not in s3.call("HeadObject", Bucket="bucket", Key="key")


@pytest.mark.parametrize("announced", [True, False])
def test_checks_a_checksum_in_the_trailer(s3: S3, announced: bool) -> None:
    given = {"ChecksumAlgorithm": "SHA256"} if announced else {}
    trailers = {"x-amz-checksum-sha256": _sum("SHA256")}
    result = s3.call("PutObject", trailers, Bucket="bucket", Key="key", Body=BODY, **given)
    assert result["ChecksumSHA256"] == _sum("SHA256")
    assert "ChecksumCRC64NVME" not in result
    s3.call("DeleteObject", Bucket="bucket", Key="key")
    assert _refused(s3, {"x-amz-checksum-sha256": _sum("SHA256", b"x")}, **given).code == "BadDigest"


@pytest.mark.parametrize(
    ("params", "code"),
    [
        ({"ContentMD5": "nonsense"}, "InvalidDigest"),
        ({"ContentMD5": "AAAA"}, "InvalidDigest"),
        ({"ContentMD5": WRONG_MD5}, "BadDigest"),
        ({"ChecksumCRC32": _sum("CRC32", b"x")}, "BadDigest"),
        ({"ChecksumCRC32": "AAA"}, "InvalidRequest"),
        ({"ChecksumCRC32": _sum("SHA1")}, "InvalidRequest"),
        ({"ChecksumCRC32": _sum("CRC32"), "ChecksumSHA1": _sum("SHA1")}, "InvalidRequest"),
        ({"ChecksumAlgorithm": "CRC32"}, "InvalidRequest"),
        ({"ChecksumAlgorithm": "CRC16"}, "InvalidRequest"),
        ({"ChecksumAlgorithm": "SHA1", "ChecksumCRC32": _sum("CRC32")}, "BadDigest"),
    ],
)
def test_refuses_digests_that_differ_or_are_none(s3: S3, params: dict[str, str], code: str) -> None:
    error = _refused(s3, **params)
    assert (error.code, error.status) == (code, 400)


def test_a_different_md5_is_named_on_both_sides(s3: S3) -> None:
    error = _refused(s3, ContentMD5=WRONG_MD5)
    assert error.members == {"ExpectedDigest": WRONG_MD5, "CalculatedDigest": MD5}


def test_refuses_two_checksums_one_in_the_trailer(s3: S3) -> None:
    trailers = {"x-amz-checksum-crc32": _sum("CRC32")}
    assert _refused(s3, trailers, ChecksumSHA1=_sum("SHA1")).code == "InvalidRequest"


def test_refuses_a_payload_without_length(s3: S3) -> None:
    with pytest.raises(AwsError) as error:
        _receive(s3, None)
    assert (error.value.code, error.value.status) == ("MissingContentLength", 411)


def test_refuses_more_than_5_gibibytes_before_the_body(s3: S3) -> None:
    _receive(s3, 5 * 1024**3).discard()
    with pytest.raises(AwsError) as error:
        _receive(s3, 5 * 1024**3 + 1)
    assert error.value.code == "EntityTooLarge"
    assert error.value.members == {"ProposedSize": "5368709121", "MaxSizeAllowed": "5368709120"}


def test_refuses_fewer_and_more_bytes_than_declared(s3: S3) -> None:
    sink = _receive(s3, 3)
    sink.write(b"12")
    with pytest.raises(AwsError) as error:
        sink.finish({})
    assert error.value.code == "IncompleteBody"
    with pytest.raises(AwsError) as error:
        sink.write(b"34")
    assert error.value.code == "IncompleteBody"
    sink.discard()
    assert s3.file_count() == 0


def test_a_sink_discarded_amid_a_write_removes_its_file_after_it(
    s3: S3, monkeypatch: pytest.MonkeyPatch
) -> None:
    sink = _receive(s3, 8)
    sink.write(b"1234")
    write = FileWriter.write

    def interrupted(writer: FileWriter, block: bytes | memoryview) -> None:
        sink.discard()
        assert s3.file_count() == 2  # the file and its second link
        write(writer, block)

    monkeypatch.setattr(FileWriter, "write", interrupted)
    sink.write(b"5678")
    assert s3.file_count() == 0
    with pytest.raises(AwsError):
        sink.finish({})
    assert s3.file_count() == 0


def test_a_discarded_sink_takes_no_more_bytes(s3: S3) -> None:
    sink = _receive(s3, 4)
    sink.write(b"12")
    sink.discard()
    with pytest.raises(AwsError) as error:
        sink.write(b"34")
    assert error.value.code == "IncompleteBody"
    assert s3.file_count() == 0


def test_refuses_before_the_body_what_can_be_refused_then(s3: S3) -> None:
    receive = s3.operations["PutObject"].receive
    assert receive is not None
    for params in ({"Bucket": "nowhere"}, {"Tagging": "=b"}, {"IfMatch": "x"}, {"ContentMD5": "x"}):
        with pytest.raises(AwsError), s3.environment.read() as tx:
            receive(tx, s3.base, {"Bucket": "bucket", "Key": "key", **params}, 3)
