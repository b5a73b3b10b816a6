"""CopyObject and UploadPartCopy.

Both copy bytes, so that each object owns its files. The copying happens in `receive` and the sink's `finish`,
outside the write transaction, from a snapshot of the source; `run` then only puts the metadata down. The
source's bucket must be the caller's account's; whether the caller may read it is for the gateway's
authorizer.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from s3trail.kernel import checksums
from s3trail.kernel.call import Call
from s3trail.kernel.errors import InvalidArgument, InvalidRequest
from s3trail.services.s3.addressing import CopySource, copy_source, encoded_key, shown_version, the_bucket
from s3trail.services.s3.attributes import attributes, refuse_unsupported
from s3trail.services.s3.conditions import check_copy, check_replace
from s3trail.services.s3.multipart import put_part, the_upload
from s3trail.services.s3.objects import put_object, slices_of, the_part_number
from s3trail.services.s3.payload import DEFAULT_ALGORITHM, MAX_PAYLOAD_BYTES, CopySink
from s3trail.services.s3.store import Store
from s3trail.state.environment import Tx
from s3trail.state.objects import objects
from s3trail.state.objects.files import BytesSource

__all__ = ["copy_object", "receive_copy", "receive_part_copy", "upload_part_copy"]

_RANGE = re.compile(r"bytes=(\d{1,19})-(\d{1,19})", re.ASCII)
_REDIRECT = "WebsiteRedirectLocation"
_CHANGES = frozenset((_REDIRECT,))
_DIRECTIVES = frozenset(("COPY", "REPLACE"))


def receive_copy(store: Store, tx: Tx, call: Call, params: dict[str, Any], length: int | None) -> CopySink:
    """CopyObject before its transaction: checks, and the source's bytes opened."""
    bucket = the_bucket(tx, params)
    key = encoded_key(params["Key"])
    refuse_unsupported(params)
    replaces = _directive(params, "MetadataDirective", "x-amz-metadata-directive") == "REPLACE"
    replaces_tags = _directive(params, "TaggingDirective", "x-amz-tagging-directive") == "REPLACE"
    source = copy_source(tx, call, params)
    stored = source.stored
    check_copy(params, stored)
    if "IfNoneMatch" in params or "IfMatch" in params:
        check_replace(params, objects.get(tx, bucket.id, key))
    _check_size(stored.size)
    own = stored.checksum
    algorithm = _algorithm(params) or (own[0] if own is not None else DEFAULT_ALGORITHM)
    checksum = own[1] if own is not None and own[0] == algorithm and own[2] == "FULL_OBJECT" else None
    given = attributes(tx, call, bucket, params)
    if not replaces:
        onto_itself = source.bucket == bucket and source.key == params["Key"]
        unchanged = given.storage_class == stored.storage_class and not _CHANGES & params.keys()
        if onto_itself and unchanged and checksum is not None and "?versionId=" not in params["CopySource"]:
            raise InvalidRequest(
                "This copy request is illegal because it is trying to copy an object to itself without "
                "changing the object's metadata, storage class, website redirect location or encryption "
                "attributes."
            )
        # The redirect of a website is never copied, it must be given again.
        headers = {name: value for name, value in stored.headers.items() if name != _REDIRECT}
        if _REDIRECT in given.headers:
            headers[_REDIRECT] = given.headers[_REDIRECT]
        given = replace(given, headers=headers, metadata=stored.metadata)
    if not replaces_tags:
        given = replace(given, tags=stored.tags)
    opened = store.files.open(slices_of(tx, stored, 0, stored.size))
    # The ETag of a multipart object says nothing of its bytes as one piece.
    known = (stored.etag, algorithm, checksum) if checksum is not None and not stored.upload_id else None
    packed = isinstance(opened, BytesSource)
    version = shown_version(source.bucket, stored).get("VersionId", "")
    return CopySink(store, opened, known, algorithm, given, packed=packed, source_version=version)


def _check_size(size: int) -> None:
    if size > MAX_PAYLOAD_BYTES:
        raise InvalidRequest(
            "The specified copy source is larger than the maximum allowable size for a copy source: "
            f"{MAX_PAYLOAD_BYTES}"
        )


def copy_object(store: Store, tx: Tx, call: Call, params: dict[str, Any]) -> dict[str, Any]:
    """CopyObject once the bytes are copied."""
    result = put_object(store, tx, call, params)
    size = result.pop("_object_size")
    copied = objects.get(tx, the_bucket(tx, params).id, encoded_key(params["Key"]))
    if copied is not None:
        result["LastModified"] = copied.modified / 1000
    answer: dict[str, Any] = {"CopyObjectResult": result, "_object_size": size}
    if "VersionId" in result:
        answer["VersionId"] = result.pop("VersionId")
    source_version = params["Body"].source_version
    if source_version:
        answer["CopySourceVersionId"] = source_version
    return answer


def _directive(params: Mapping[str, Any], member: str, header: str) -> str:
    directive: str = params.get(member, "COPY")
    if directive not in _DIRECTIVES:
        raise InvalidArgument(f"Unknown {header} directive.", ArgumentName=header, ArgumentValue=directive)
    return directive


def _algorithm(params: Mapping[str, Any]) -> str | None:
    asked = params.get("ChecksumAlgorithm")
    if asked is not None and asked not in checksums.ALGORITHMS:
        raise InvalidRequest(
            "Checksum algorithm provided is unsupported. Please try again with any of the valid types: "
            f"[{', '.join(checksums.ALGORITHMS)}]"
        )
    return asked


def receive_part_copy(
    store: Store, tx: Tx, call: Call, params: dict[str, Any], length: int | None
) -> CopySink:
    """UploadPartCopy before its transaction: checks, and the bytes of the source's range opened."""
    bucket = the_bucket(tx, params)
    refuse_unsupported(params)
    the_part_number(params)
    upload = the_upload(tx, bucket, params)
    source = copy_source(tx, call, params)
    check_copy(params, source.stored)
    start, count = _source_range(params, source)
    _check_size(count)
    opened = store.files.open(slices_of(tx, source.stored, start, count))
    version = shown_version(source.bucket, source.stored).get("VersionId", "")
    return CopySink(store, opened, None, upload.checksum_algorithm, None, source_version=version)


def upload_part_copy(store: Store, tx: Tx, call: Call, params: dict[str, Any]) -> dict[str, Any]:
    """UploadPartCopy once the bytes are copied."""
    part, upload = put_part(store, tx, params)
    result: dict[str, Any] = {"ETag": f'"{part.etag}"', "LastModified": part.modified / 1000}
    if upload.checksum_chosen:
        result[f"Checksum{upload.checksum_algorithm}"] = part.checksum
    answer: dict[str, Any] = {"CopyPartResult": result, "_object_size": part.size}
    if params["Body"].source_version:
        answer["CopySourceVersionId"] = params["Body"].source_version
    return answer


def _source_range(params: Mapping[str, Any], source: CopySource) -> tuple[int, int]:
    # First byte and length. Unlike Range, this one must be exact.
    size = source.stored.size
    text = params.get("CopySourceRange")
    if text is None:
        return 0, size
    found = _RANGE.fullmatch(text)
    if found is None or int(found[2]) < int(found[1]):
        raise InvalidArgument(
            "The x-amz-copy-source-range value must be of the form bytes=first-last where first and last are "
            "the zero-based offsets of the first and last bytes to copy",
            ArgumentName="x-amz-copy-source-range",
            ArgumentValue=text,
        )
    first, last = int(found[1]), int(found[2])
    if last >= size:
        raise InvalidArgument(
            f"Range specified is not valid for source object of size: {size}",
            ArgumentName="x-amz-copy-source-range",
            ArgumentValue=text,
        )
    return first, last - first + 1
