"""Multipart uploads, from the first part to the object that they become."""

from __future__ import annotations

import hashlib
from typing import Any

import pytest

from s3trail.kernel import checksums
from s3trail.kernel.errors import AwsError
from s3trail.services.s3 import multipart
from s3trail.state.objects import ownership

from .conftest import NOW, S3


@pytest.fixture(autouse=True)
def _small_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    # The rule is S3's, its size is not what these tests are about.
    monkeypatch.setattr(multipart, "MIN_PART_BYTES", 5)


def _sum(algorithm: str, body: bytes) -> str:
    hasher = checksums.new(algorithm)
    hasher.update(body)
    return hasher.b64()


def _create(s3: S3, key: str = "key", /, **params: Any) -> str:
    result = s3.call("CreateMultipartUpload", Bucket="bucket", Key=key, **params)
    assert (result["Bucket"], result["Key"]) == ("bucket", key)
    upload_id: str = result["UploadId"]
    return upload_id


def _part(
    s3: S3, upload_id: str, number: int, body: bytes, /, key: str = "key", **params: Any
) -> dict[str, Any]:
    result = s3.call(
        "UploadPart", Bucket="bucket", Key=key, UploadId=upload_id, PartNumber=number, Body=body, **params
    )
    return {"PartNumber": number, "ETag": result["ETag"]}


def _complete(
    s3: S3, upload_id: str, listed: list[dict[str, Any]], /, key: str = "key", **params: Any
) -> dict[str, Any]:
    return s3.call(
        "CompleteMultipartUpload",
        Bucket="bucket",
        Key=key,
        UploadId=upload_id,
        MultipartUpload={"Parts": listed},
        **params,
    )


def _refused(s3: S3, name: str, /, **params: Any) -> AwsError:
    with pytest.raises(AwsError) as error:
        s3.call(name, **({"Bucket": "bucket", "Key": "key"} | params))
    return error.value


def _refused_completion(s3: S3, upload_id: str, listed: list[dict[str, Any]], /, **params: Any) -> AwsError:
    return _refused(
        s3, "CompleteMultipartUpload", UploadId=upload_id, MultipartUpload={"Parts": listed}, **params
    )


def test_the_parts_become_the_object(s3: S3) -> None:
    upload_id = _create(s3, ContentType="text/plain", Metadata={"a": "b"}, StorageClass="STANDARD_IA")
    listed = [_part(s3, upload_id, 2, b"first"), _part(s3, upload_id, 7, b"last")]
    s3.clock.advance(1)
    digests = hashlib.md5(b"first").digest() + hashlib.md5(b"last").digest()
    etag = f'"{hashlib.md5(digests).hexdigest()}-2"'
    assert _complete(s3, upload_id, listed) == {
        "Location": "http://s3.test/bucket/key",
        "Bucket": "bucket",
        "Key": "key",
        "ETag": etag,
        "ChecksumCRC64NVME": _sum("CRC64NVME", b"firstlast"),
        "ChecksumType": "FULL_OBJECT",
        "_object_size": 9,
    }
    body, result = s3.get("key")
    assert body == b"firstlast"
    assert (result["ETag"], result["ContentType"], result["Metadata"]) == (etag, "text/plain", {"a": "b"})
    assert (result["StorageClass"], result["LastModified"]) == ("STANDARD_IA", NOW + 1)
    assert s3.file_count() == 2
    assert s3.call("ListMultipartUploads", Bucket="bucket")["Uploads"] == []
    assert _refused(s3, "ListParts", UploadId=upload_id).code == "NoSuchUpload"


def test_reads_ranges_and_parts_of_a_multipart_object(s3: S3) -> None:
    upload_id = _create(s3)
    _complete(s3, upload_id, [_part(s3, upload_id, 1, b"01234"), _part(s3, upload_id, 4, b"56789")])
    assert s3.get("key", Range="bytes=3-6")[0] == b"3456"
    body, result = s3.get("key", PartNumber=4, ChecksumMode="ENABLED")
    assert (body, result["ContentRange"], result["PartsCount"]) == (b"56789", "bytes 5-9/10", 2)
    assert result["ChecksumCRC64NVME"] == _sum("CRC64NVME", b"56789")
    error = _refused(s3, "HeadObject", PartNumber=2)
    assert (error.code, error.members) == (
        "InvalidPartNumber",
        {"PartNumberRequested": "2", "ActualPartCount": "2"},
    )


def test_replacing_or_deleting_a_multipart_object_leaves_no_file(s3: S3) -> None:
    for _ in range(2):
        upload_id = _create(s3)
        _complete(s3, upload_id, [_part(s3, upload_id, 1, b"01234"), _part(s3, upload_id, 2, b"5")])
    assert s3.file_count() == 2
    s3.call("DeleteObject", Bucket="bucket", Key="key")
    assert s3.file_count() == 0
    with s3.environment.read() as tx:
        assert list(tx.scan("parts", b"")) == []
        assert list(tx.scan("files", b"")) == []


def test_a_part_sent_again_replaces_the_first(s3: S3) -> None:
    upload_id = _create(s3)
    _part(s3, upload_id, 1, b"first try")
    listed = [_part(s3, upload_id, 1, b"second")]
    assert s3.file_count() == 1
    _complete(s3, upload_id, listed)
    assert s3.get("key")[0] == b"second"


def test_parts_that_are_not_listed_are_removed(s3: S3) -> None:
    upload_id = _create(s3)
    listed = [_part(s3, upload_id, 1, b"kept")]
    _part(s3, upload_id, 2, b"dropped")
    _complete(s3, upload_id, listed)
    assert s3.get("key")[0] == b"kept"
    assert s3.file_count() == 1


def test_a_repeated_completion_is_answered_alike(s3: S3) -> None:
    upload_id = _create(s3)
    listed = [_part(s3, upload_id, 1, b"body")]
    first = _complete(s3, upload_id, listed)
    assert _complete(s3, upload_id, listed) == first
    assert _refused_completion(s3, upload_id, [{"PartNumber": 1, "ETag": "x"}]).code == "InvalidPart"
    s3.put("key", b"another")
    assert _refused_completion(s3, upload_id, listed).code == "NoSuchUpload"
    assert s3.get("key")[0] == b"another"


def test_etags_are_taken_with_or_without_quotes(s3: S3) -> None:
    upload_id = _create(s3)
    etag = _part(s3, upload_id, 1, b"body")["ETag"].strip('"')
    _complete(s3, upload_id, [{"PartNumber": 1, "ETag": etag}])


@pytest.mark.parametrize(
    ("listed", "code"),
    [
        ([], "MalformedXML"),
        ([{"PartNumber": 1}], "MalformedXML"),
        ([{"ETag": "x"}], "MalformedXML"),
        ([{"PartNumber": 1, "ETag": "x"}], "InvalidPart"),
        ([{"PartNumber": 3, "ETag": "x"}], "InvalidPart"),
        ([{"PartNumber": 2, "ETag": "x"}, {"PartNumber": 1, "ETag": "x"}], "InvalidPartOrder"),
        ([{"PartNumber": 1, "ETag": "x"}, {"PartNumber": 1, "ETag": "x"}], "InvalidPartOrder"),
    ],
)
def test_refuses_lists_of_parts_that_do_not_fit(s3: S3, listed: list[dict[str, Any]], code: str) -> None:
    upload_id = _create(s3)
    _part(s3, upload_id, 1, b"first")
    _part(s3, upload_id, 2, b"second")
    error = _refused_completion(s3, upload_id, listed)
    assert (error.code, error.status) == (code, 400)
    assert len(s3.call("ListParts", Bucket="bucket", Key="key", UploadId=upload_id)["Parts"]) == 2


def test_only_the_last_part_may_be_small(s3: S3) -> None:
    upload_id = _create(s3)
    listed = [_part(s3, upload_id, 1, b"four"), _part(s3, upload_id, 2, b"more")]
    error = _refused_completion(s3, upload_id, listed)
    assert (error.code, error.members["PartNumber"], error.members["ProposedSize"]) == (
        "EntityTooSmall",
        "1",
        "4",
    )
    _complete(s3, upload_id, listed[:1])


@pytest.mark.parametrize("number", [0, 10_001, -1, "one"])
def test_refuses_part_numbers_that_are_none(s3: S3, number: object) -> None:
    upload_id = _create(s3)
    error = _refused(s3, "UploadPart", UploadId=upload_id, PartNumber=number, Body=b"x")
    assert (error.code, error.members) == (
        "InvalidArgument",
        {"ArgumentName": "partNumber", "ArgumentValue": str(number)},
    )


@pytest.mark.parametrize(
    "name", ["UploadPart", "ListParts", "AbortMultipartUpload", "CompleteMultipartUpload"]
)
def test_an_upload_belongs_to_its_key_and_bucket(s3: S3, name: str) -> None:
    upload_id = _create(s3)
    s3.call("CreateBucket", Bucket="other")
    extra: dict[str, Any] = {}
    if name == "UploadPart":
        extra = {"PartNumber": 1, "Body": b"x"}
    if name == "CompleteMultipartUpload":
        extra = {"MultipartUpload": {"Parts": [{"PartNumber": 1, "ETag": "x"}]}}
    for place in (
        {"UploadId": "0" * 32},
        {"UploadId": upload_id, "Key": "k"},
        {"UploadId": upload_id, "Bucket": "other"},
    ):
        error = _refused(s3, name, **(extra | place))
        assert (error.code, error.status) == ("NoSuchUpload", 404)
    assert s3.file_count() == 0


def test_aborting_removes_the_parts(s3: S3) -> None:
    upload_id = _create(s3)
    _part(s3, upload_id, 1, b"body")
    assert s3.call("AbortMultipartUpload", Bucket="bucket", Key="key", UploadId=upload_id) == {}
    assert s3.file_count() == 0
    assert _refused(s3, "AbortMultipartUpload", UploadId=upload_id).code == "NoSuchUpload"
    with s3.environment.read() as tx:
        assert [list(tx.scan(database, b"")) for database in ("uploads", "parts", "files")] == [[], [], []]


def test_completing_under_a_condition(s3: S3) -> None:
    upload_id = _create(s3)
    listed = [_part(s3, upload_id, 1, b"body")]
    etag = s3.put("key", b"there")["ETag"]
    assert _refused_completion(s3, upload_id, listed, IfNoneMatch="*").code == "PreconditionFailed"
    assert _refused_completion(s3, upload_id, listed, MpuObjectSize=5).code == "InvalidRequest"
    _complete(s3, upload_id, listed, IfMatch=etag, MpuObjectSize=4)
    assert s3.get("key")[0] == b"body"


@pytest.mark.parametrize(
    ("algorithm", "kind", "expected"),
    [
        ("CRC64NVME", None, "FULL_OBJECT"),
        ("CRC32", None, "COMPOSITE"),
        ("CRC32", "FULL_OBJECT", "FULL_OBJECT"),
        ("CRC32C", "COMPOSITE", "COMPOSITE"),
        ("SHA1", None, "COMPOSITE"),
        ("SHA256", "COMPOSITE", "COMPOSITE"),
    ],
)
def test_the_objects_checksum_follows_from_its_parts(
    s3: S3, algorithm: str, kind: str | None, expected: str
) -> None:
    asked = {"ChecksumAlgorithm": algorithm} | ({"ChecksumType": kind} if kind else {})
    created = s3.call("CreateMultipartUpload", Bucket="bucket", Key="key", **asked)
    assert (created["ChecksumAlgorithm"], created["ChecksumType"]) == (algorithm, expected)
    upload_id, member = created["UploadId"], checksums.MEMBERS[algorithm]
    bodies = [b"first", b"last"]
    listed = [
        _part(s3, upload_id, number, body, **{member: _sum(algorithm, body)})
        | {member: _sum(algorithm, body)}
        for number, body in enumerate(bodies, 1)
    ]
    result = _complete(s3, upload_id, listed)
    if expected == "FULL_OBJECT":
        assert result[member] == _sum(algorithm, b"firstlast")
    else:
        digests = [checksums.parse(algorithm, _sum(algorithm, body)) or b"" for body in bodies]
        assert result[member] == checksums.composite(algorithm, digests)
    assert result["ChecksumType"] == expected
    head = s3.call("HeadObject", Bucket="bucket", Key="key", ChecksumMode="ENABLED")
    assert (head[member], head["ChecksumType"]) == (result[member], expected)


@pytest.mark.parametrize(
    "params",
    [
        {"ChecksumType": "COMPOSITE"},
        {"ChecksumAlgorithm": "CRC16"},
        {"ChecksumAlgorithm": "CRC32", "ChecksumType": "HALF"},
        {"ChecksumAlgorithm": "CRC64NVME", "ChecksumType": "COMPOSITE"},
        {"ChecksumAlgorithm": "SHA256", "ChecksumType": "FULL_OBJECT"},
    ],
)
def test_refuses_checksums_that_cannot_be(s3: S3, params: dict[str, str]) -> None:
    assert _refused(s3, "CreateMultipartUpload", **params).code == "InvalidRequest"


def test_parts_keep_to_the_algorithm_that_was_chosen(s3: S3) -> None:
    upload_id = _create(s3, ChecksumAlgorithm="CRC32")
    error = _refused(
        s3, "UploadPart", UploadId=upload_id, PartNumber=1, Body=b"x", ChecksumSHA1=_sum("SHA1", b"x")
    )
    assert error.code == "InvalidRequest"
    listed = [_part(s3, upload_id, 1, b"x")]
    assert _refused_completion(s3, upload_id, listed).code == "InvalidRequest"
    wrong = [listed[0] | {"ChecksumCRC32": _sum("CRC32", b"y")}]
    assert _refused_completion(s3, upload_id, wrong).code == "InvalidPart"
    _complete(s3, upload_id, [listed[0] | {"ChecksumCRC32": _sum("CRC32", b"x")}])


def test_parts_of_an_upload_without_algorithm_may_carry_any(s3: S3) -> None:
    upload_id = _create(s3)
    result = s3.call(
        "UploadPart",
        Bucket="bucket",
        Key="key",
        UploadId=upload_id,
        PartNumber=1,
        Body=b"x",
        ChecksumSHA1=_sum("SHA1", b"x"),
    )
    assert result["ChecksumSHA1"] == _sum("SHA1", b"x")
    assert result["ChecksumCRC64NVME"] == _sum("CRC64NVME", b"x")
    listed = [{"PartNumber": 1, "ETag": result["ETag"]}]
    error = _refused(
        s3, "UploadPart", UploadId=upload_id, PartNumber=2, Body=b"x", ChecksumSHA1=_sum("SHA1", b"y")
    )
    assert error.code == "BadDigest"
    assert _complete(s3, upload_id, listed)["ChecksumCRC64NVME"] == _sum("CRC64NVME", b"x")


def test_checks_what_the_client_says_of_the_whole(s3: S3) -> None:
    upload_id = _create(s3, ChecksumAlgorithm="CRC32", ChecksumType="FULL_OBJECT")
    listed = [_part(s3, upload_id, 1, b"whole")]
    for params, code in (
        ({"ChecksumType": "COMPOSITE"}, "InvalidRequest"),
        ({"ChecksumSHA1": _sum("SHA1", b"whole")}, "InvalidRequest"),
        ({"ChecksumCRC32": _sum("CRC32", b"other")}, "BadDigest"),
    ):
        assert _refused_completion(s3, upload_id, listed, **params).code == code
    _complete(s3, upload_id, listed, ChecksumType="FULL_OBJECT", ChecksumCRC32=_sum("CRC32", b"whole"))


def test_copies_ranges_into_parts(s3: S3) -> None:
    s3.put("source", b"0123456789")
    upload_id = _create(s3)
    listed = []
    for number, asked in ((1, {"CopySourceRange": "bytes=2-6"}), (2, {})):
        result = s3.call(
            "UploadPartCopy",
            Bucket="bucket",
            Key="key",
            UploadId=upload_id,
            PartNumber=number,
            CopySource="bucket/source",
            **asked,
        )
        assert result["CopyPartResult"]["LastModified"] == NOW
        listed.append({"PartNumber": number, "ETag": result["CopyPartResult"]["ETag"]})
    _complete(s3, upload_id, listed)
    assert s3.get("key")[0] == b"234560123456789"
    s3.call("CopyObject", Bucket="bucket", Key="again", CopySource="bucket/key")
    body, result = s3.get("again")
    assert body == b"234560123456789"
    assert result["ETag"] == f'"{hashlib.md5(body).hexdigest()}"'


@pytest.mark.parametrize("asked", ["bytes=0-10", "bytes=5-", "bytes=-5", "bytes=5-2", "0-1", "bytes=0-1,3-4"])
def test_a_range_of_a_copy_must_be_exact(s3: S3, asked: str) -> None:
    s3.put("source", b"0123456789")
    error = _refused(
        s3,
        "UploadPartCopy",
        UploadId=_create(s3),
        PartNumber=1,
        CopySource="bucket/source",
        CopySourceRange=asked,
    )
    assert (error.code, error.members["ArgumentValue"]) == ("InvalidArgument", asked)


def test_a_part_of_an_upload_that_ended_meanwhile_is_refused(s3: S3) -> None:
    upload_id = _create(s3)
    operation = s3.operations["UploadPart"]
    assert operation.receive is not None
    params: dict[str, Any] = {"Bucket": "bucket", "Key": "key", "UploadId": upload_id, "PartNumber": 1}
    with s3.environment.read() as tx:
        sink = operation.receive(tx, s3.base, params, 1)
    sink.write(b"x")
    sink.finish({})
    s3.call("AbortMultipartUpload", Bucket="bucket", Key="key", UploadId=upload_id)
    with pytest.raises(AwsError) as error, s3.environment.write() as tx:
        operation.run(tx, s3.base, {**params, "Body": sink})
    assert error.value.code == "NoSuchUpload"
    sink.discard()
    assert s3.file_count() == 0


def test_a_sweep_leaves_parts_and_objects_alone(s3: S3) -> None:
    upload_id = _create(s3)
    listed = [_part(s3, upload_id, 1, b"01234")]
    assert ownership.sweep(s3.environment, s3.files) == 0
    _complete(s3, upload_id, listed)
    assert ownership.sweep(s3.environment, s3.files) == 0
    assert s3.get("key")[0] == b"01234"


def test_lists_parts_in_pages(s3: S3) -> None:
    upload_id = _create(s3, ChecksumAlgorithm="SHA1", StorageClass="STANDARD_IA")
    for number in (1, 3, 10_000):
        _part(s3, upload_id, number, b"x" * number)
    found: list[int] = []
    marker = 0
    while True:
        result = s3.call(
            "ListParts", Bucket="bucket", Key="key", UploadId=upload_id, MaxParts=2, PartNumberMarker=marker
        )
        assert (result["StorageClass"], result["ChecksumAlgorithm"]) == ("STANDARD_IA", "SHA1")
        found += [part["PartNumber"] for part in result["Parts"]]
        assert all(part["Size"] == part["PartNumber"] for part in result["Parts"])
        marker = result["NextPartNumberMarker"]
        assert marker == found[-1]
        if not result["IsTruncated"]:
            break
    assert found == [1, 3, 10_000]
    assert result["Parts"][0]["ChecksumSHA1"] == _sum("SHA1", b"x" * 10_000)


def test_lists_parts_after_any_marker(s3: S3) -> None:
    upload_id = _create(s3)
    _part(s3, upload_id, 5000, b"x")
    for marker, numbers in ((4999, [5000]), (5000, []), (10_000, []), (2**31 - 1, [])):
        result = s3.call("ListParts", Bucket="bucket", Key="key", UploadId=upload_id, PartNumberMarker=marker)
        assert [part["PartNumber"] for part in result["Parts"]] == numbers
        assert result["PartNumberMarker"] == marker


def test_lists_uploads_by_key_then_time(s3: S3) -> None:
    ids = {}
    for name, key in (("second", "b"), ("first", "a/1"), ("third", "b"), ("fourth", "c" * 1000)):
        ids[name] = _create(s3, key)
        s3.clock.advance(1)
    expected = [ids[name] for name in ("first", "second", "third", "fourth")]
    whole = s3.call("ListMultipartUploads", Bucket="bucket")
    assert [upload["UploadId"] for upload in whole["Uploads"]] == expected
    assert whole["Uploads"][0]["Initiated"] == NOW + 1
    assert whole["Uploads"][0]["Initiator"]["ID"] == "arn:aws:iam::111122223333:user/alice"
    found: list[str] = []
    position: dict[str, str] = {}
    while True:
        result = s3.call("ListMultipartUploads", Bucket="bucket", MaxUploads=1, **position)
        found += [upload["UploadId"] for upload in result["Uploads"]]
        if not result["IsTruncated"]:
            break
        position = {"KeyMarker": result["NextKeyMarker"], "UploadIdMarker": result["NextUploadIdMarker"]}
    assert found == expected
    rolled = s3.call("ListMultipartUploads", Bucket="bucket", Delimiter="/", Prefix="")
    assert rolled["CommonPrefixes"] == [{"Prefix": "a/"}]
    assert len(rolled["Uploads"]) == 3
    after = s3.call("ListMultipartUploads", Bucket="bucket", KeyMarker="b")
    assert [upload["UploadId"] for upload in after["Uploads"]] == expected[3:]
    assert s3.call("ListMultipartUploads", Bucket="bucket", MaxUploads=0)["IsTruncated"] is False
