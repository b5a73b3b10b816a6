"""PutObject, GetObject, HeadObject, DeleteObject, DeleteObjects."""

from __future__ import annotations

from collections.abc import Mapping
from email.utils import formatdate
from typing import Any

from s3trail.kernel.call import Call
from s3trail.kernel.errors import AccessDenied, AwsError, InvalidArgument, InvalidRequest, MalformedRequest
from s3trail.services.s3.addressing import (
    check_version_id,
    encoded_key,
    shown_version,
    the_bucket,
    the_object,
)
from s3trail.services.s3.attributes import attributes, refuse_unsupported
from s3trail.services.s3.conditions import check_read, check_replace
from s3trail.services.s3.errors import InvalidPartNumber
from s3trail.services.s3.payload import ObjectSink, check_length, declared_digests
from s3trail.services.s3.ranges import byte_range
from s3trail.services.s3.store import Store, drop_bytes, keep_object
from s3trail.state.environment import Tx
from s3trail.state.objects import objects, uploads, versions
from s3trail.state.objects.buckets import Bucket
from s3trail.state.objects.files import Slice
from s3trail.state.objects.objects import StoredObject
from s3trail.state.objects.uploads import MAX_PART_NUMBER, Part

__all__ = ["delete_object", "delete_objects", "get_object", "head_object", "put_object", "receive_object"]

_OVERRIDES = {
    "ResponseCacheControl": "CacheControl",
    "ResponseContentDisposition": "ContentDisposition",
    "ResponseContentEncoding": "ContentEncoding",
    "ResponseContentLanguage": "ContentLanguage",
    "ResponseContentType": "ContentType",
    "ResponseExpires": "Expires",
}
_OVERRIDE_MEMBERS = frozenset(_OVERRIDES)
_PARTIAL_MEMBERS = frozenset(("Range", "PartNumber"))
_MAX_DELETES = 1000


def receive_object(
    store: Store, tx: Tx, call: Call, params: dict[str, Any], length: int | None
) -> ObjectSink:
    """PutObject before its body: all that the request alone, or the state so far, is refused for."""
    bucket = the_bucket(tx, params)
    key = encoded_key(params["Key"])
    refuse_unsupported(params)
    size = check_length(length)
    declared = declared_digests(params)
    given = attributes(tx, call, bucket, params)
    if "IfNoneMatch" in params or "IfMatch" in params:
        check_replace(params, objects.get(tx, bucket.id, key))
    return ObjectSink(store, size, declared, attributes=given, packed=size <= store.files.packed)


def put_object(store: Store, tx: Tx, call: Call, params: dict[str, Any]) -> dict[str, Any]:
    """PutObject."""
    sink: ObjectSink = params["Body"]
    bucket = the_bucket(tx, params)
    key = encoded_key(params["Key"])
    existing = objects.get(tx, bucket.id, key)
    check_replace(params, existing)
    payload, given = sink.payload, sink.attributes
    stored = StoredObject(
        payload.etag,
        payload.size,
        store.now(),
        given.owner,
        file_id=payload.file_id,
        storage_class=given.storage_class,
        headers=given.headers,
        metadata=given.metadata,
        checksum=(payload.algorithm, payload.checksum, "FULL_OBJECT"),
        tags=given.tags,
        acl=given.acl,
    )
    sink.keep(tx)
    stored = keep_object(store, tx, bucket, key, stored, existing)
    result: dict[str, Any] = {
        "ETag": f'"{payload.etag}"',
        f"Checksum{payload.algorithm}": payload.checksum,
        "ChecksumType": "FULL_OBJECT",
        "_object_size": payload.size,
    }
    if stored.version_id:
        result["VersionId"] = stored.version_id
    return result


def get_object(store: Store, tx: Tx, call: Call, params: dict[str, Any]) -> dict[str, Any]:
    """GetObject; a result with `ContentRange` is answered with 206."""
    stored, result, start, length = _reading(tx, call, params)
    result["Body"] = store.files.open(slices_of(tx, stored, start, length))
    return result


def head_object(store: Store, tx: Tx, call: Call, params: dict[str, Any]) -> dict[str, Any]:
    """HeadObject: GetObject without the bytes."""
    return _reading(tx, call, params)[1]


def _reading(tx: Tx, call: Call, params: Mapping[str, Any]) -> tuple[StoredObject, dict[str, Any], int, int]:
    bucket = the_bucket(tx, params)
    refuse_unsupported(params)
    stored = the_object(tx, bucket, params)
    check_read(params, stored)
    start, length = 0, stored.size
    result: dict[str, Any] = {
        "AcceptRanges": "bytes",
        "LastModified": stored.modified / 1000,
        "ContentLength": stored.size,
        "ETag": f'"{stored.etag}"',
        "ContentType": "binary/octet-stream",
        "Metadata": stored.metadata,
        "_object_size": stored.size,
    }
    if stored.headers:
        result.update(stored.headers)
    if bucket.versioning:
        result |= shown_version(bucket, stored)
    if stored.tags:
        result["TagCount"] = len(stored.tags)
    if stored.storage_class != "STANDARD":
        result["StorageClass"] = stored.storage_class
    checksum = stored.checksum
    if not _PARTIAL_MEMBERS.isdisjoint(params):
        piece = _piece(tx, params, stored, result)
        if piece is not None:
            start, length, checksum = piece
            result["ContentLength"] = length
            if stored.size:
                result["ContentRange"] = f"bytes {start}-{start + length - 1}/{stored.size}"
    if checksum is not None and params.get("ChecksumMode") == "ENABLED":
        result[f"Checksum{checksum[0]}"] = checksum[1]
        result["ChecksumType"] = checksum[2]
    if not _OVERRIDE_MEMBERS.isdisjoint(params):
        _override(call, params, result)
    return stored, result, start, length


def _piece(
    tx: Tx, params: Mapping[str, Any], stored: StoredObject, result: dict[str, Any]
) -> tuple[int, int, tuple[str, str, str] | None] | None:
    # First byte, length and checksum of what is asked for; None for the whole object.
    if "PartNumber" not in params:
        wanted = byte_range(params["Range"], stored.size)
        return None if wanted is None else (*wanted, None)
    if "Range" in params:
        raise InvalidRequest("Cannot specify both Range header and partNumber query parameter")
    number = the_part_number(params)
    if not stored.upload_id:
        if number != 1:
            raise InvalidPartNumber(PartNumberRequested=str(number), ActualPartCount="1")
        return 0, stored.size, stored.checksum
    result["PartsCount"] = stored.part_count
    start = 0
    for part in uploads.manifest(tx, stored.upload_id):
        if part.number == number:
            return start, part.size, _part_checksum(part, stored)
        start += part.size
    raise InvalidPartNumber(PartNumberRequested=str(number), ActualPartCount=str(stored.part_count))


def _part_checksum(part: Part, stored: StoredObject) -> tuple[str, str, str] | None:
    if stored.checksum is None:
        return None
    algorithm, _, kind = stored.checksum
    return algorithm, part.checksum, kind


def the_part_number(params: Mapping[str, Any]) -> int:
    """The part number that a request names.

    Raises:
        InvalidArgument: it isn't one from 1 to 10,000.
    """
    number = params["PartNumber"]
    if not isinstance(number, int) or not 1 <= number <= MAX_PART_NUMBER:
        raise InvalidArgument(
            "Part number must be an integer between 1 and 10000, inclusive",
            ArgumentName="partNumber",
            ArgumentValue=str(number),
        )
    return number


def _override(call: Call, params: Mapping[str, Any], result: dict[str, Any]) -> None:
    if call.caller.anonymous:
        raise InvalidRequest("Request specific response headers cannot be used for anonymous GET requests.")
    for member, header in _OVERRIDES.items():
        if member in params:
            value = params[member]
            result[header] = value if isinstance(value, str) else formatdate(value, usegmt=True)


def slices_of(tx: Tx, stored: StoredObject, start: int, length: int) -> list[Slice]:
    if not length:
        return []
    if stored.upload_id:
        return uploads.slices(uploads.manifest(tx, stored.upload_id), start, length)
    return [(stored.file_id, start, length)]


def delete_object(store: Store, tx: Tx, call: Call, params: dict[str, Any]) -> dict[str, Any]:
    """DeleteObject; a key that isn't there is no error, except under If-Match.

    With versioning it writes a delete marker, unless a version is named, which is removed for good.
    """
    bucket = the_bucket(tx, params)
    refuse_unsupported(params)
    removed, result = _delete(store, tx, bucket, params)
    if removed is not None and not removed.delete_marker:
        result["_object_size"] = removed.size
    return result


def delete_objects(store: Store, tx: Tx, call: Call, params: dict[str, Any]) -> dict[str, Any]:
    """DeleteObjects: at most 1,000 keys, each with an outcome of its own.

    The outcome of every key is in `_details` for the record, also when `Quiet` keeps it out of the answer.
    Content-MD5 or a checksum, which S3 demands for the body, are the gateway's to check: they are over the
    document's bytes.

    Raises:
        MalformedRequest: no key, or more than 1,000.
    """
    bucket = the_bucket(tx, params)
    listed = params["Delete"].get("Objects") or ()
    if not 1 <= len(listed) <= _MAX_DELETES:
        raise MalformedRequest()
    quiet = bool(params["Delete"].get("Quiet"))
    denied = params.get("_denied") or {}
    details: list[dict[str, str]] = []
    deleted: list[dict[str, Any]] = []
    errors: list[dict[str, str]] = []
    for listed_object in listed:
        outcome = {"Key": listed_object["Key"]}
        if "VersionId" in listed_object:
            outcome["VersionId"] = listed_object["VersionId"]
        condition = {"IfMatch": listed_object["ETag"]} if "ETag" in listed_object else {}
        try:
            refused = denied.get((outcome["Key"], outcome.get("VersionId", "")))
            if refused is not None:
                raise AccessDenied(refused)
            refuse_unsupported(
                {f"IfMatch{name}": 0 for name in ("LastModifiedTime", "Size") if name in listed_object}
            )
            _, told = _delete(store, tx, bucket, outcome | condition)
            deleted.append(outcome | _deleted(told))
        except AwsError as error:
            outcome |= {"Code": error.code, "Message": error.message}
            errors.append(outcome)
        details.append(outcome)
    result: dict[str, Any] = {"_details": {"deleted": details}}
    if deleted and not quiet:
        result["Deleted"] = deleted
    if errors:
        result["Errors"] = errors
    return result


def _deleted(told: Mapping[str, Any]) -> dict[str, Any]:
    # What DeleteObject tells in headers, as DeleteObjects tells it in its document.
    if "DeleteMarker" not in told:
        return {}
    return {"DeleteMarker": True, "DeleteMarkerVersionId": told["VersionId"]}


def _delete(
    store: Store, tx: Tx, bucket: Bucket, named: Mapping[str, Any]
) -> tuple[StoredObject | None, dict[str, Any]]:
    # `named` has Key, and VersionId and IfMatch if there are any. Gives what is gone, and the answer.
    key = encoded_key(named["Key"])
    version_id = named.get("VersionId")
    if version_id is None:
        stored = objects.get(tx, bucket.id, key)
    else:
        check_version_id(version_id)
        stored = versions.find(tx, bucket.id, key, version_id)
    if "IfMatch" in named:
        check_replace({"Key": named["Key"], "IfMatch": named["IfMatch"]}, stored)
    if bucket.versioning and version_id is None:
        marker = StoredObject("", 0, store.now(), bucket.account_id, delete_marker=True)
        written = keep_object(store, tx, bucket, key, marker, stored)
        return None, {"DeleteMarker": True, **shown_version(bucket, written)}
    if stored is None:
        return None, {}
    if not bucket.versioning:
        objects.delete(tx, bucket.id, key)
    else:
        versions.remove(tx, bucket.id, key, version_id or versions.NULL)
    drop_bytes(tx, store.files, stored)
    result: dict[str, Any] = shown_version(bucket, stored)
    if stored.delete_marker:
        result["DeleteMarker"] = True
    return stored, result
