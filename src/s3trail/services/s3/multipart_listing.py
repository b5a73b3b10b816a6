"""ListParts and ListMultipartUploads."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from s3trail.kernel.call import Call
from s3trail.services.s3.addressing import canonical_id, the_bucket
from s3trail.services.s3.multipart import the_upload
from s3trail.services.s3.paging import MAX_INTEGER, encoder, limit, sought
from s3trail.services.s3.store import Store
from s3trail.state.environment import Tx
from s3trail.state.objects import uploads
from s3trail.state.objects.buckets import Bucket
from s3trail.state.objects.listing import entries
from s3trail.state.objects.uploads import Upload

__all__ = ["list_multipart_uploads", "list_parts"]


def list_parts(store: Store, tx: Tx, call: Call, params: dict[str, Any]) -> dict[str, Any]:
    """ListParts: the parts of an open upload, in order of number."""
    upload = the_upload(tx, the_bucket(tx, params), params)
    count = limit(params, "MaxParts", "max-parts")
    after = 0
    if "PartNumberMarker" in params:
        after = limit(params, "PartNumberMarker", "part-number-marker", most=MAX_INTEGER)
    result: dict[str, Any] = {
        "Bucket": params["Bucket"],
        "Key": upload.key,
        "UploadId": upload.upload_id,
        "PartNumberMarker": after,
        "MaxParts": count,
        "IsTruncated": False,
        "StorageClass": upload.storage_class,
        **_people(upload),
        **_checksum(upload),
    }
    shown: list[dict[str, Any]] = []
    for part in uploads.parts(tx, upload.upload_id, after):
        if len(shown) == count:
            result["IsTruncated"] = count > 0
            break
        listed: dict[str, Any] = {
            "PartNumber": part.number,
            "LastModified": part.modified / 1000,
            "ETag": f'"{part.etag}"',
            "Size": part.size,
        }
        if upload.checksum_chosen:
            listed[f"Checksum{upload.checksum_algorithm}"] = part.checksum
        shown.append(listed)
    result["Parts"] = shown
    result["NextPartNumberMarker"] = shown[-1]["PartNumber"] if shown else 0
    return result


def list_multipart_uploads(store: Store, tx: Tx, call: Call, params: dict[str, Any]) -> dict[str, Any]:
    """ListMultipartUploads: open uploads by key, those of one key by the time they began."""
    bucket = the_bucket(tx, params)
    count = limit(params, "MaxUploads", "max-uploads")
    encode = encoder(params)
    shown: list[dict[str, Any]] = []
    prefixes: list[dict[str, str]] = []
    result: dict[str, Any] = {
        "Bucket": bucket.name,
        "KeyMarker": encode(params.get("KeyMarker", "")),
        "UploadIdMarker": params.get("UploadIdMarker", "") if params.get("KeyMarker") else "",
        "Prefix": encode(params.get("Prefix", "")),
        "MaxUploads": count,
        "IsTruncated": False,
        "Uploads": shown,
        "CommonPrefixes": prefixes,
    }
    if params.get("Delimiter"):
        result["Delimiter"] = encode(params["Delimiter"])
    if params.get("EncodingType"):
        result["EncodingType"] = params["EncodingType"]
    last: tuple[str, str] = ("", "")
    for key, upload_id in _following(tx, bucket, params):
        if len(shown) + len(prefixes) == count:
            result["IsTruncated"] = count > 0
            break
        if upload_id is None:
            prefixes.append({"Prefix": encode(key)})
        else:
            shown.append(_shown(tx, encode(key), upload_id))
        last = (key, upload_id or "")
    if result["IsTruncated"]:
        result["NextKeyMarker"] = encode(last[0])
        result["NextUploadIdMarker"] = last[1]
    return result


def _following(tx: Tx, bucket: Bucket, params: Mapping[str, Any]) -> Iterator[tuple[str, str | None]]:
    # Keys with an upload id each, and common prefixes with None, behind the markers.
    marker = sought(params, "KeyMarker", "key-marker")
    id_marker = params.get("UploadIdMarker", "") if marker else ""
    found = entries(
        tx,
        "uploads",
        bucket.id,
        prefix=sought(params, "Prefix", "prefix"),
        delimiter=sought(params, "Delimiter", "delimiter"),
        after=marker,
        inclusive=bool(id_marker),
    )
    for key, document in found:
        if document is None:
            yield key.decode(), None
            continue
        listed = uploads.open_uploads(document)
        if id_marker and key == marker:
            # The marked upload may be gone by now; then the rest of the key's uploads can't be told from the
            # ones before it.
            ids = [upload_id for _, upload_id in listed]
            listed = listed[ids.index(id_marker) + 1 :] if id_marker in ids else []
        for _, upload_id in listed:
            yield key.decode(), upload_id


def _shown(tx: Tx, key: str, upload_id: str) -> dict[str, Any]:
    upload = uploads.get(tx, upload_id)
    if upload is None:
        return {"Key": key, "UploadId": upload_id}
    return {
        "Key": key,
        "UploadId": upload_id,
        "Initiated": upload.initiated / 1000,
        "StorageClass": upload.storage_class,
        **_people(upload),
        **_checksum(upload),
    }


def _people(upload: Upload) -> dict[str, Any]:
    return {"Initiator": {"ID": upload.initiator}, "Owner": {"ID": canonical_id(upload.owner)}}


def _checksum(upload: Upload) -> dict[str, str]:
    if not upload.checksum_chosen:
        return {}
    return {"ChecksumAlgorithm": upload.checksum_algorithm, "ChecksumType": upload.checksum_type}
