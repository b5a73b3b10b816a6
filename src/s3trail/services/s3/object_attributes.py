"""GetObjectAttributes, and GetObjectTorrent, which S3 gives to nobody any more."""

from __future__ import annotations

from typing import Any

from s3trail.kernel.call import Call
from s3trail.kernel.errors import AwsError, InvalidArgument
from s3trail.services.s3.addressing import shown_version, the_bucket, the_object
from s3trail.services.s3.attributes import refuse_unsupported
from s3trail.services.s3.paging import limit
from s3trail.services.s3.store import Store
from s3trail.state.environment import Tx
from s3trail.state.objects import uploads
from s3trail.state.objects.objects import StoredObject
from s3trail.state.objects.uploads import MAX_PART_NUMBER

__all__ = ["get_object_attributes", "get_object_torrent"]

_ATTRIBUTES = frozenset(("ETag", "Checksum", "ObjectParts", "StorageClass", "ObjectSize"))


def get_object_attributes(store: Store, tx: Tx, call: Call, params: dict[str, Any]) -> dict[str, Any]:
    """GetObjectAttributes: those that are asked for, of one version.

    Raises:
        InvalidArgument: an attribute that there isn't.
    """
    bucket = the_bucket(tx, params)
    refuse_unsupported(params)
    asked = {name.strip() for name in params["ObjectAttributes"]}
    if not asked or not asked <= _ATTRIBUTES:
        raise InvalidArgument(
            "Invalid attribute name specified.",
            ArgumentName="x-amz-object-attributes",
            ArgumentValue=",".join(sorted(asked)),
        )
    stored = the_object(tx, bucket, params)
    result: dict[str, Any] = {"LastModified": stored.modified / 1000, **shown_version(bucket, stored)}
    if "ETag" in asked:
        result["ETag"] = stored.etag
    if "ObjectSize" in asked:
        result["ObjectSize"] = stored.size
    if "StorageClass" in asked:
        result["StorageClass"] = stored.storage_class
    if "Checksum" in asked and stored.checksum is not None:
        algorithm, value, kind = stored.checksum
        result["Checksum"] = {f"Checksum{algorithm}": value, "ChecksumType": kind}
    if "ObjectParts" in asked and stored.upload_id:
        result["ObjectParts"] = _parts(tx, stored, params)
    return result


def _parts(tx: Tx, stored: StoredObject, params: dict[str, Any]) -> dict[str, Any]:
    count = limit(params, "MaxParts", "max-parts")
    after = params.get("PartNumberMarker") or 0
    try:
        marker = int(after)
    except ValueError:
        marker = -1
    if not 0 <= marker <= MAX_PART_NUMBER:
        raise InvalidArgument(
            "Argument part-number-marker must be an integer between 0 and 10000",
            ArgumentName="part-number-marker",
            ArgumentValue=str(after),
        )
    rest = [part for part in uploads.manifest(tx, stored.upload_id) if part.number > marker]
    listed = []
    for part in rest[:count]:
        shown: dict[str, Any] = {"PartNumber": part.number, "Size": part.size}
        if stored.checksum is not None:
            shown[f"Checksum{stored.checksum[0]}"] = part.checksum
        listed.append(shown)
    return {
        "TotalPartsCount": stored.part_count,
        "PartNumberMarker": str(marker),
        "NextPartNumberMarker": str(listed[-1]["PartNumber"] if listed else 0),
        "MaxParts": count,
        "IsTruncated": len(rest) > count,
        "Parts": listed,
    }


def get_object_torrent(store: Store, tx: Tx, call: Call, params: dict[str, Any]) -> dict[str, Any]:
    """GetObjectTorrent: refused, as S3 does since April 2022.

    Raises:
        AwsError: MethodNotAllowed, always.
    """
    the_object(tx, the_bucket(tx, params), params)
    raise AwsError(
        "The specified method is not allowed against this resource.", code="MethodNotAllowed", status=405
    )
