"""ListObjects, ListObjectsV2, ListObjectVersions."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from s3trail.kernel.call import Call
from s3trail.kernel.errors import InvalidArgument
from s3trail.services.s3.addressing import canonical_id, check_version_id, the_bucket
from s3trail.services.s3.paging import continuation_key, continuation_token, encoder, limit, sought
from s3trail.services.s3.store import Store
from s3trail.state.environment import Tx
from s3trail.state.objects import objects, versions
from s3trail.state.objects.buckets import Bucket
from s3trail.state.objects.listing import Page, page
from s3trail.state.objects.objects import StoredObject

__all__ = ["list_object_versions", "list_objects", "list_objects_v2"]

_Encode = Callable[[str], str]


def list_objects(store: Store, tx: Tx, call: Call, params: dict[str, Any]) -> dict[str, Any]:
    """ListObjects; `NextMarker` only with a delimiter, since without one the last key serves."""
    count, encode, found, result = _listed(tx, params, sought(params, "Marker", "marker"))
    _fill(found, result, encode, owner=True)
    result["Marker"] = encode(params.get("Marker", ""))
    if found.truncated and params.get("Delimiter"):
        result["NextMarker"] = encode(found.last.decode())
    result["MaxKeys"] = count
    return result


def list_objects_v2(store: Store, tx: Tx, call: Call, params: dict[str, Any]) -> dict[str, Any]:
    """ListObjectsV2; a continuation token outweighs `StartAfter`."""
    token = params.get("ContinuationToken")
    if token is not None:
        after = continuation_key(token)
    else:
        after = sought(params, "StartAfter", "start-after")
    count, encode, found, result = _listed(tx, params, after)
    _fill(found, result, encode, owner=bool(params.get("FetchOwner")))
    if token is not None:
        result["ContinuationToken"] = token
    if params.get("StartAfter"):
        result["StartAfter"] = encode(params["StartAfter"])
    if found.truncated:
        result["NextContinuationToken"] = continuation_token(found.last)
    result["MaxKeys"] = count
    result["KeyCount"] = len(found.entries)
    return result


def list_object_versions(store: Store, tx: Tx, call: Call, params: dict[str, Any]) -> dict[str, Any]:
    """ListObjectVersions: versions and delete markers in order of keys, newest first."""
    version_marker = params.get("VersionIdMarker", "")
    if version_marker and not params.get("KeyMarker"):
        raise InvalidArgument(
            "A version-id marker cannot be specified without a key marker.",
            ArgumentName="version-id-marker",
            ArgumentValue=version_marker,
        )
    if version_marker:
        check_version_id(version_marker)
    bucket = the_bucket(tx, params)
    count = limit(params, "MaxKeys", "max-keys")
    encode = encoder(params)
    result = _described(bucket, params, encode)
    shown: dict[str, list[dict[str, Any]]] = {"Versions": [], "DeleteMarkers": [], "CommonPrefixes": []}
    found = versions.listed(
        tx,
        bucket,
        prefix=sought(params, "Prefix", "prefix"),
        delimiter=sought(params, "Delimiter", "delimiter"),
        key_marker=sought(params, "KeyMarker", "key-marker"),
        version_marker=version_marker,
    )
    last = (b"", "")
    truncated = False
    for taken, (key, stored, latest) in enumerate(found if count else ()):
        if taken == count:
            truncated = True
            break
        last = key, "" if stored is None else stored.version_id or versions.NULL
        if stored is None:
            shown["CommonPrefixes"].append({"Prefix": encode(key.decode())})
        elif stored.delete_marker:
            shown["DeleteMarkers"].append(_version(key, stored, encode, latest=latest))
        else:
            shown["Versions"].append(_version(key, stored, encode, latest=latest))
    result |= shown
    result |= {
        "IsTruncated": truncated,
        "KeyMarker": encode(params.get("KeyMarker", "")),
        "VersionIdMarker": version_marker,
        "MaxKeys": count,
    }
    if truncated:
        result["NextKeyMarker"] = encode(last[0].decode())
        if last[1]:
            result["NextVersionIdMarker"] = last[1]
    return result


def _version(key: bytes, stored: StoredObject, encode: _Encode, *, latest: bool) -> dict[str, Any]:
    version = _shown_object(key, stored, encode, owner=True)
    if stored.delete_marker:
        version = {member: version[member] for member in ("Key", "LastModified", "Owner")}
    else:
        # Whatever the object's class: the model knows no other value here.
        version["StorageClass"] = "STANDARD"
    return version | {"VersionId": stored.version_id or versions.NULL, "IsLatest": latest}


def _described(bucket: Bucket, params: Mapping[str, Any], encode: _Encode) -> dict[str, Any]:
    result: dict[str, Any] = {"Name": bucket.name, "Prefix": encode(params.get("Prefix", ""))}
    if params.get("Delimiter"):
        result["Delimiter"] = encode(params["Delimiter"])
    if params.get("EncodingType"):
        result["EncodingType"] = params["EncodingType"]
    return result


def _listed(tx: Tx, params: Mapping[str, Any], after: bytes) -> tuple[int, _Encode, Page, dict[str, Any]]:
    bucket = the_bucket(tx, params)
    count = limit(params, "MaxKeys", "max-keys")
    encode = encoder(params)
    found = page(
        tx,
        "objects",
        bucket.id,
        count,
        prefix=sought(params, "Prefix", "prefix"),
        delimiter=sought(params, "Delimiter", "delimiter"),
        after=after,
        skip=objects.is_delete_marker if bucket.versioning else None,
    )
    result = _described(bucket, params, encode)
    result["IsTruncated"] = found.truncated
    return count, encode, found, result


def _fill(found: Page, result: dict[str, Any], encode: _Encode, *, owner: bool) -> None:
    contents: list[dict[str, Any]] = []
    prefixes: list[dict[str, str]] = []
    for key, document in found.entries:
        if document is None:
            prefixes.append({"Prefix": encode(key.decode())})
        else:
            contents.append(_shown(key, document, encode, owner=owner))
    result["Contents"] = contents
    result["CommonPrefixes"] = prefixes


def _shown(key: bytes, document: bytes, encode: _Encode, *, owner: bool) -> dict[str, Any]:
    return _shown_object(key, objects.decode(document), encode, owner=owner)


def _shown_object(key: bytes, stored: StoredObject, encode: _Encode, *, owner: bool) -> dict[str, Any]:
    shown: dict[str, Any] = {
        "Key": encode(key.decode()),
        "LastModified": stored.modified / 1000,
        "ETag": f'"{stored.etag}"',
        "Size": stored.size,
        "StorageClass": stored.storage_class,
    }
    if stored.checksum is not None:
        shown["ChecksumAlgorithm"] = [stored.checksum[0]]
        shown["ChecksumType"] = stored.checksum[2]
    if owner:
        shown["Owner"] = {"ID": canonical_id(stored.owner)}
    return shown
