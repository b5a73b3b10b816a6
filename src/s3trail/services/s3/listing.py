"""ListObjects, ListObjectsV2, ListObjectVersions."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from s3trail.kernel.call import Call
from s3trail.kernel.errors import InvalidArgument
from s3trail.services.s3.addressing import NULL_VERSION, canonical_id, the_bucket
from s3trail.services.s3.paging import continuation_key, continuation_token, encoder, limit, sought
from s3trail.services.s3.store import Store
from s3trail.state.environment import Tx
from s3trail.state.objects import objects
from s3trail.state.objects.listing import Page, page

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
    """ListObjectVersions: each object is the one version of its key, with the version id `null`."""
    version_marker = params.get("VersionIdMarker", "")
    if version_marker and not params.get("KeyMarker"):
        raise InvalidArgument(
            "A version-id marker cannot be specified without a key marker.",
            ArgumentName="version-id-marker",
            ArgumentValue=version_marker,
        )
    count, encode, found, result = _listed(tx, params, sought(params, "KeyMarker", "key-marker"))
    versions: list[dict[str, Any]] = []
    prefixes: list[dict[str, str]] = []
    for key, document in found.entries:
        if document is None:
            prefixes.append({"Prefix": encode(key.decode())})
        else:
            version = _shown(key, document, encode, owner=True)
            version["VersionId"] = NULL_VERSION
            version["IsLatest"] = True
            # Whatever the object's class: the model knows no other value here.
            version["StorageClass"] = "STANDARD"
            versions.append(version)
    result |= {
        "Versions": versions,
        "CommonPrefixes": prefixes,
        "KeyMarker": encode(params.get("KeyMarker", "")),
        "VersionIdMarker": version_marker,
        "MaxKeys": count,
    }
    if found.truncated:
        result["NextKeyMarker"] = encode(found.last.decode())
        if found.entries[-1][1] is not None:
            result["NextVersionIdMarker"] = NULL_VERSION
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
    )
    result: dict[str, Any] = {
        "Name": bucket.name,
        "Prefix": encode(params.get("Prefix", "")),
        "IsTruncated": found.truncated,
    }
    if params.get("Delimiter"):
        result["Delimiter"] = encode(params["Delimiter"])
    if params.get("EncodingType"):
        result["EncodingType"] = params["EncodingType"]
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
    stored = objects.decode(document)
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
