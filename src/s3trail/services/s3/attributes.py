"""What a new object is given besides its bytes: headers, metadata, storage class, tags, ACL, owner.

Also what is refused, because the store can't do what it asks for.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from s3trail.kernel.call import Call
from s3trail.kernel.errors import InvalidArgument, NotImplementedByServer
from s3trail.policy.request import Grant
from s3trail.services.s3.acl import new_object_acl
from s3trail.services.s3.errors import InvalidRedirectLocation, InvalidStorageClass, MetadataTooLarge
from s3trail.services.s3.tagging import header_tags
from s3trail.state.environment import Tx
from s3trail.state.objects.buckets import Bucket

__all__ = ["Attributes", "attributes", "refuse_unsupported", "storage_class"]

_CONTENT_HEADERS = (
    "ContentType",
    "CacheControl",
    "ContentDisposition",
    "ContentEncoding",
    "ContentLanguage",
    "Expires",
    "WebsiteRedirectLocation",
)
_REDIRECTS = ("/", "http://", "https://")

_STORAGE_CLASSES = frozenset(
    (
        "STANDARD",
        "REDUCED_REDUNDANCY",
        "STANDARD_IA",
        "ONEZONE_IA",
        "INTELLIGENT_TIERING",
        "GLACIER",
        "DEEP_ARCHIVE",
        "GLACIER_IR",
    )
)

_UNSUPPORTED = {
    "ServerSideEncryption": "x-amz-server-side-encryption",
    "SSEKMSKeyId": "x-amz-server-side-encryption-aws-kms-key-id",
    "SSEKMSEncryptionContext": "x-amz-server-side-encryption-context",
    "BucketKeyEnabled": "x-amz-server-side-encryption-bucket-key-enabled",
    "SSECustomerAlgorithm": "x-amz-server-side-encryption-customer-algorithm",
    "SSECustomerKey": "x-amz-server-side-encryption-customer-key",
    "SSECustomerKeyMD5": "x-amz-server-side-encryption-customer-key-MD5",
    "CopySourceSSECustomerAlgorithm": "x-amz-copy-source-server-side-encryption-customer-algorithm",
    "CopySourceSSECustomerKey": "x-amz-copy-source-server-side-encryption-customer-key",
    "CopySourceSSECustomerKeyMD5": "x-amz-copy-source-server-side-encryption-customer-key-MD5",
    "ObjectLockMode": "x-amz-object-lock-mode",
    "ObjectLockRetainUntilDate": "x-amz-object-lock-retain-until-date",
    "ObjectLockLegalHoldStatus": "x-amz-object-lock-legal-hold",
    "ObjectLockEventHold": "x-amz-object-lock-event-hold",
    "ObjectLockEventHoldDurationDays": "x-amz-object-lock-event-hold-duration-days",
    "ObjectLockEventHoldDurationYears": "x-amz-object-lock-event-hold-duration-years",
    "WriteOffsetBytes": "x-amz-write-offset-bytes",
    "IfMatchLastModifiedTime": "x-amz-if-match-last-modified-time",
    "IfMatchSize": "x-amz-if-match-size",
    "IfMatchInitiatedTime": "x-amz-if-match-initiated-time",
}
_UNSUPPORTED_MEMBERS = frozenset(_UNSUPPORTED)

_NO_TAGS: Mapping[str, str] = {}
_METADATA_LIMIT = 2048


def refuse_unsupported(params: Mapping[str, Any]) -> None:
    """Refuse members that ask for what the store doesn't do, rather than store less than was asked for.

    Raises:
        NotImplementedByServer: names the header in its message and in the member Header.
    """
    if not _UNSUPPORTED_MEMBERS.isdisjoint(params):
        for member, header in _UNSUPPORTED.items():
            if member in params:
                raise _not_implemented(header)


def _not_implemented(header: str) -> NotImplementedByServer:
    return NotImplementedByServer(
        f"A header you provided implies functionality that is not implemented: {header}", Header=header
    )


@dataclass(frozen=True, slots=True)
class Attributes:
    """What an object is given besides its bytes."""

    headers: Mapping[str, str]
    """Content headers by model member."""
    metadata: Mapping[str, str]
    """User metadata, names in lower case without `x-amz-meta-`."""
    storage_class: str
    """`STANDARD` when none was asked for."""
    owner: str
    """Account id."""
    acl: tuple[Grant, ...] = ()
    """Empty for the owner's alone."""
    tags: Mapping[str, str] = field(default_factory=dict)
    """By key."""


def attributes(tx: Tx, call: Call, bucket: Bucket, params: Mapping[str, Any]) -> Attributes:
    """The attributes that a request gives to a new object.

    Raises:
        AwsError: tags or ACL are against the rules; see `tagging.header_tags` and `acl.new_object_acl`.
        InvalidRedirectLocation: the redirect isn't to a path or a web address.
        MetadataTooLarge: names and values of user metadata have more than 2,048 bytes together.
        InvalidArgument: a header isn't valid UTF-8.
        InvalidStorageClass: the storage class isn't one of a general purpose bucket.
    """
    headers = _content_headers(params)
    metadata = _user_metadata(params)
    try:
        "".join(headers.values()).encode()
        size = sum([len(name.encode()) + len(value.encode()) for name, value in metadata.items()])
    except UnicodeEncodeError as error:
        raise InvalidArgument("A header of the object isn't valid UTF-8") from error
    if size > _METADATA_LIMIT:
        raise MetadataTooLarge(Size=str(size), MaxSizeAllowed=str(_METADATA_LIMIT))
    if "WebsiteRedirectLocation" in headers and not headers["WebsiteRedirectLocation"].startswith(_REDIRECTS):
        raise InvalidRedirectLocation()
    tags = header_tags(params["Tagging"]) if "Tagging" in params else _NO_TAGS
    owner, acl = new_object_acl(tx, call, bucket, params)
    return Attributes(headers, metadata, storage_class(params), owner, acl, tags)


def storage_class(params: Mapping[str, Any]) -> str:
    """The storage class asked for; STANDARD when none is.

    Raises:
        InvalidStorageClass: it isn't one of a general purpose bucket.
    """
    asked: str = params.get("StorageClass", "STANDARD")
    if asked not in _STORAGE_CLASSES:
        raise InvalidStorageClass(StorageClassRequested=asked)
    return asked


def _user_metadata(params: Mapping[str, Any]) -> dict[str, str]:
    sent = params.get("Metadata")
    return {name.lower(): value for name, value in sent.items()} if sent else {}


def _content_headers(params: Mapping[str, Any]) -> dict[str, str]:
    headers = {member: params[member] for member in _CONTENT_HEADERS if member in params}
    if "aws-chunked" in headers.get("ContentEncoding", ""):
        # The encoding of the request alone, not of the object.
        codings = [coding.strip() for coding in headers["ContentEncoding"].split(",")]
        kept = ",".join([coding for coding in codings if coding and coding != "aws-chunked"])
        if kept:
            headers["ContentEncoding"] = kept
        else:
            del headers["ContentEncoding"]
    return headers
