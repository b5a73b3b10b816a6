"""CreateMultipartUpload, UploadPart, CompleteMultipartUpload, AbortMultipartUpload."""

from __future__ import annotations

import hashlib
from base64 import b64decode, b64encode
from collections.abc import Mapping, Sequence
from typing import Any, cast
from urllib.parse import quote

from s3trail.kernel import checksums
from s3trail.kernel.call import Call
from s3trail.kernel.errors import InvalidRequest, MalformedRequest
from s3trail.policy.request import Grant
from s3trail.services.s3.addressing import encoded_key, the_bucket
from s3trail.services.s3.attributes import attributes, refuse_unsupported
from s3trail.services.s3.conditions import check_replace
from s3trail.services.s3.errors import (
    BadDigest,
    EntityTooSmall,
    InvalidPart,
    InvalidPartOrder,
    NoSuchUpload,
)
from s3trail.services.s3.objects import the_part_number
from s3trail.services.s3.payload import DEFAULT_ALGORITHM, ObjectSink, check_length, declared_digests
from s3trail.services.s3.store import Store, keep_object
from s3trail.state.environment import Tx
from s3trail.state.objects import keys, objects, ownership, uploads
from s3trail.state.objects.buckets import Bucket
from s3trail.state.objects.objects import StoredObject
from s3trail.state.objects.uploads import Part, Upload

__all__ = [
    "abort_all",
    "abort_multipart_upload",
    "complete_multipart_upload",
    "create_multipart_upload",
    "put_part",
    "receive_part",
    "the_upload",
    "upload_part",
]

MIN_PART_BYTES = 5 * 1024**2
"""Smallest part that isn't the last (S3 User Guide, "Multipart upload limits")."""

_EITHER = frozenset(("CRC32", "CRC32C"))
_UPLOAD_ID_BYTES = 16


def create_multipart_upload(store: Store, tx: Tx, call: Call, params: dict[str, Any]) -> dict[str, Any]:
    """CreateMultipartUpload."""
    bucket = the_bucket(tx, params)
    encoded_key(params["Key"])
    refuse_unsupported(params)
    given = attributes(tx, call, bucket, params)
    algorithm, kind = _checksum_kind(params)
    upload = Upload(
        upload_id=store.ids.hex(_UPLOAD_ID_BYTES),
        bucket_id=bucket.id.hex(),
        key=params["Key"],
        initiated=store.now(),
        owner=given.owner,
        initiator=call.caller.arn or call.caller.account_id,
        storage_class=given.storage_class,
        headers=given.headers,
        metadata=given.metadata,
        checksum_algorithm=algorithm,
        checksum_type=kind,
        checksum_chosen="ChecksumAlgorithm" in params,
        tags=given.tags,
        acl=tuple([(grant.grantee, grant.permission) for grant in given.acl]),
    )
    uploads.create(tx, upload)
    result: dict[str, Any] = {"Bucket": bucket.name, "Key": upload.key, "UploadId": upload.upload_id}
    if upload.checksum_chosen:
        result |= {"ChecksumAlgorithm": algorithm, "ChecksumType": kind}
    return result


def _checksum_kind(params: Mapping[str, Any]) -> tuple[str, str]:
    # Algorithm and type of the object to be (S3 User Guide, "Checking object integrity", table of types).
    algorithm, kind = params.get("ChecksumAlgorithm"), params.get("ChecksumType")
    if algorithm is None:
        if kind is not None:
            raise InvalidRequest(
                "The x-amz-checksum-type header can only be used with the x-amz-checksum-algorithm header."
            )
        return DEFAULT_ALGORITHM, "FULL_OBJECT"
    if algorithm not in checksums.ALGORITHMS:
        raise InvalidRequest(
            "Checksum algorithm provided is unsupported. Please try again with any of the valid types: "
            f"[{', '.join(checksums.ALGORITHMS)}]"
        )
    if kind not in (None, "FULL_OBJECT", "COMPOSITE"):
        raise InvalidRequest("Value for x-amz-checksum-type header is invalid.")
    natural = "FULL_OBJECT" if algorithm == "CRC64NVME" else "COMPOSITE"
    if kind not in (None, natural) and algorithm not in _EITHER:
        raise InvalidRequest(
            f"The {kind} checksum type cannot be used with the {algorithm.lower()} checksum algorithm."
        )
    return algorithm, kind or natural


def the_upload(tx: Tx, bucket: Bucket, params: Mapping[str, Any]) -> Upload:
    """The open upload that a request names.

    Raises:
        NoSuchUpload: there is none of that id for that bucket and key.
    """
    upload = uploads.get(tx, params["UploadId"])
    if upload is None or upload.key != params["Key"] or upload.bucket_id != bucket.id.hex():
        raise NoSuchUpload(UploadId=params["UploadId"])
    return upload


def receive_part(store: Store, tx: Tx, call: Call, params: dict[str, Any], length: int | None) -> ObjectSink:
    """UploadPart before its body."""
    bucket = the_bucket(tx, params)
    refuse_unsupported(params)
    the_part_number(params)
    size = check_length(length)
    declared = declared_digests(params)
    upload = the_upload(tx, bucket, params)
    if upload.checksum_chosen and declared.algorithm not in (None, upload.checksum_algorithm):
        raise InvalidRequest(
            f"Checksum Type mismatch occurred, expected checksum Type: {upload.checksum_algorithm.lower()}, "
            f"actual checksum Type: {str(declared.algorithm).lower()}"
        )
    return ObjectSink(store, size, declared, upload.checksum_algorithm)


def put_part(store: Store, tx: Tx, params: Mapping[str, Any]) -> tuple[Part, Upload]:
    """Write down the part whose bytes are in `params["Body"]`, replacing one of the same number.

    Raises:
        NoSuchUpload: the upload was completed or aborted meanwhile.
    """
    sink: ObjectSink = params["Body"]
    upload = the_upload(tx, the_bucket(tx, params), params)
    number = the_part_number(params)
    payload = sink.payload
    replaced = uploads.part(tx, upload.upload_id, number)
    part = Part(number, payload.size, payload.etag, store.now(), payload.file_id, payload.checksum)
    sink.keep(tx)
    uploads.put_part(tx, upload.upload_id, part)
    if replaced is not None:
        ownership.release(tx, store.files, (replaced.file_id,))
    return part, upload


def upload_part(store: Store, tx: Tx, call: Call, params: dict[str, Any]) -> dict[str, Any]:
    """UploadPart."""
    part, upload = put_part(store, tx, params)
    result = {
        "ETag": f'"{part.etag}"',
        f"Checksum{upload.checksum_algorithm}": part.checksum,
        "_object_size": part.size,
    }
    besides = params["Body"].payload.besides
    if besides is not None:
        result[f"Checksum{besides[0]}"] = besides[1]
    return result


def complete_multipart_upload(store: Store, tx: Tx, call: Call, params: dict[str, Any]) -> dict[str, Any]:
    """CompleteMultipartUpload: the listed parts become the object; a repeat is answered alike."""
    bucket = the_bucket(tx, params)
    key = encoded_key(params["Key"])
    listed: Sequence[Mapping[str, Any]] = (params.get("MultipartUpload") or {}).get("Parts") or ()
    if not listed:
        raise MalformedRequest()
    existing = objects.get(tx, bucket.id, key)
    upload_id = params["UploadId"]
    if existing is not None and existing.upload_id == upload_id:
        _check_repeat(uploads.manifest(tx, upload_id), listed, upload_id)
        return _completed(call, params, existing)
    upload = the_upload(tx, bucket, params)
    check_replace(params, existing)
    arrived = {part.number: part for part in uploads.parts(tx, upload_id)}
    chosen = _chosen(upload, arrived, listed)
    size = sum([part.size for part in chosen])
    checksum = _object_checksum(upload, chosen)
    _check_declared(params, upload, size, checksum)
    stored = StoredObject(
        _multipart_etag(chosen),
        size,
        store.now(),
        upload.owner,
        upload_id=upload_id,
        part_count=len(chosen),
        storage_class=upload.storage_class,
        headers=upload.headers,
        metadata=upload.metadata,
        checksum=(upload.checksum_algorithm, checksum, upload.checksum_type),
        tags=upload.tags,
        acl=tuple([Grant(grantee, cast("Any", permission)) for grantee, permission in upload.acl]),
    )
    uploads.close(tx, upload)
    uploads.put_manifest(tx, upload_id, chosen)
    stored = keep_object(store, tx, bucket, key, stored, existing)
    used = {part.number for part in chosen}
    ownership.release(tx, store.files, [part.file_id for part in arrived.values() if part.number not in used])
    return _completed(call, params, stored)


def _completed(call: Call, params: Mapping[str, Any], stored: StoredObject) -> dict[str, Any]:
    result: dict[str, Any] = {
        "Location": f"http://{call.host}/{params['Bucket']}/{quote(params['Key'], safe='')}",
        "Bucket": params["Bucket"],
        "Key": params["Key"],
        "ETag": f'"{stored.etag}"',
        "_object_size": stored.size,
    }
    if stored.version_id:
        result["VersionId"] = stored.version_id
    if stored.checksum is not None:
        result[f"Checksum{stored.checksum[0]}"] = stored.checksum[1]
        result["ChecksumType"] = stored.checksum[2]
    return result


def _numbers_and_etags(listed: Sequence[Mapping[str, Any]], upload_id: str) -> list[tuple[int, str]]:
    found = []
    previous = 0
    for entry in listed:
        number, etag = entry.get("PartNumber"), entry.get("ETag")
        if not isinstance(number, int) or not isinstance(etag, str):
            raise MalformedRequest()
        if number <= previous:
            raise InvalidPartOrder(UploadId=upload_id)
        previous = number
        found.append((number, etag.strip().strip('"')))
    return found


def _invalid_part(upload_id: str, number: int, etag: str) -> InvalidPart:
    return InvalidPart(UploadId=upload_id, PartNumber=str(number), ETag=etag)


def _check_repeat(manifest: Sequence[Part], listed: Sequence[Mapping[str, Any]], upload_id: str) -> None:
    named = _numbers_and_etags(listed, upload_id)
    for (number, etag), part in zip(named, manifest, strict=False):
        if (number, etag) != (part.number, part.etag):
            raise _invalid_part(upload_id, number, etag)
    if len(named) != len(manifest):
        raise NoSuchUpload(UploadId=upload_id)


def _chosen(upload: Upload, arrived: Mapping[int, Part], listed: Sequence[Mapping[str, Any]]) -> list[Part]:
    member = checksums.MEMBERS[upload.checksum_algorithm]
    chosen = []
    for entry, (number, etag) in zip(listed, _numbers_and_etags(listed, upload.upload_id), strict=True):
        part = arrived.get(number)
        if part is None or part.etag != etag:
            raise _invalid_part(upload.upload_id, number, etag)
        if member in entry:
            if entry[member] != part.checksum:
                raise _invalid_part(upload.upload_id, number, etag)
        elif upload.checksum_chosen and upload.checksum_type == "COMPOSITE":
            raise InvalidRequest(
                f"The upload was created using a {upload.checksum_algorithm.lower()} checksum. The complete "
                "request must include the checksum for each part. "
                f"It was missing for part {number} in the request."
            )
        chosen.append(part)
    for part in chosen[:-1]:
        if part.size < MIN_PART_BYTES:
            raise EntityTooSmall(
                ProposedSize=str(part.size),
                MinSizeAllowed=str(MIN_PART_BYTES),
                PartNumber=str(part.number),
                ETag=part.etag,
            )
    return chosen


def _multipart_etag(chosen: Sequence[Part]) -> str:
    joined = bytes.fromhex("".join([part.etag for part in chosen]))
    return f"{hashlib.md5(joined, usedforsecurity=False).hexdigest()}-{len(chosen)}"


def _object_checksum(upload: Upload, chosen: Sequence[Part]) -> str:
    algorithm = upload.checksum_algorithm
    digests = [b64decode(part.checksum) for part in chosen]
    if upload.checksum_type == "COMPOSITE":
        return checksums.composite(algorithm, digests)
    sizes = [part.size for part in chosen]
    return b64encode(checksums.combine(algorithm, list(zip(digests, sizes, strict=True)))).decode()


def _check_declared(params: Mapping[str, Any], upload: Upload, size: int, checksum: str) -> None:
    # What the client says of the whole object.
    if "MpuObjectSize" in params and params["MpuObjectSize"] != size:
        raise InvalidRequest(
            f"The provided 'x-amz-mp-object-size' header value {params['MpuObjectSize']} does not match what "
            f"was computed: {size}"
        )
    kind = params.get("ChecksumType")
    if kind is not None and kind != upload.checksum_type:
        raise InvalidRequest(
            f"The upload was created using the {upload.checksum_type} checksum mode. "
            "The complete request must use the same checksum mode."
        )
    for algorithm, member in checksums.MEMBERS.items():
        if member in params:
            if algorithm != upload.checksum_algorithm:
                raise InvalidRequest(
                    "Checksum Type mismatch occurred, expected checksum Type: "
                    f"{upload.checksum_algorithm.lower()}, actual checksum Type: {algorithm.lower()}"
                )
            if params[member] not in (checksum, checksum.partition("-")[0]):
                raise BadDigest(f"The {algorithm} you specified did not match the calculated checksum.")


def abort_multipart_upload(store: Store, tx: Tx, call: Call, params: dict[str, Any]) -> dict[str, Any]:
    """AbortMultipartUpload: the upload and its parts are gone."""
    bucket = the_bucket(tx, params)
    refuse_unsupported(params)
    _abort(store, tx, the_upload(tx, bucket, params))
    return {}


def abort_all(store: Store, tx: Tx, bucket: Bucket) -> None:
    """Abort every open upload of a bucket that is deleted."""
    found = []
    with keys.Walk(tx, "uploads", bucket.id) as walk:
        there = walk.seek(b"")
        while there:
            found += [upload_id for _, upload_id in uploads.open_uploads(walk.value)]
            there = walk.next()
    for upload_id in found:
        upload = uploads.get(tx, upload_id)
        if upload is not None:
            _abort(store, tx, upload)


def _abort(store: Store, tx: Tx, upload: Upload) -> None:
    file_ids = [part.file_id for part in uploads.parts(tx, upload.upload_id)]
    uploads.close(tx, upload)
    ownership.release(tx, store.files, file_ids)
