"""`requestParameters`: what a call asked for.

S3 takes them from the request as it was sent: the bucket, the key and the Host header, query values as
strings (a sub-resource is an empty one), the request headers that real records copy, and documents in the
body. Everything is by allow-list: what S3 doesn't know has no meaning for the call and may hold anything, a
secret for one. The other services' parameters are the members of the AWS model. Source: reference sheet
`cloudtrail-records.md`, sections 3.4 and 5.
"""

from __future__ import annotations

from typing import Any

import orjson

from s3trail.audit.exchange import Exchange
from s3trail.audit.facts.fact import Fact, words
from s3trail.audit.hash_order import in_copied_order
from s3trail.audit.redact import members
from s3trail.audit.xml_document import as_json

__all__ = ["COPIED_HEADERS", "QUERY_NAMES", "request_parameters"]

QUERY_NAMES = words("""
    abac accelerate acl analytics annotation annotation-prefix annotationName attributes bucket-region
    continuation-token cors delete delimiter encoding-type encryption fetch-owner id intelligent-tiering
    inventory key-marker legal-hold lifecycle list-type location logging marker max-annotation-results
    max-buckets max-directory-buckets max-keys max-parts max-uploads metadataAnnotationTable
    metadataConfiguration metadataInventoryTable metadataJournalTable metadataTable metrics notification
    object-lock ownershipControls part-number-marker partNumber policy policyStatus prefix publicAccessBlock
    renameObject replication requestPayment response-cache-control response-content-disposition
    response-content-encoding response-content-language response-content-type response-expires restore
    retention select select-type session start-after tagging torrent upload-id-marker uploadId uploads
    version-id-marker versionId versioning versions website bucket jobStatuses maxResults nextToken x-id
    Expires X-Amz-Algorithm X-Amz-Date X-Amz-Expires X-Amz-SignedHeaders
    """)
"""Query names that are recorded: S3's, some of S3 Control's, and what presigned URLs carry besides secrets.

`X-Amz-Credential`, `X-Amz-Signature`, `X-Amz-Security-Token` and SigV2's `AWSAccessKeyId` and `Signature` are
not among them.
"""

COPIED_HEADERS = words("""
    x-amz-acl x-amz-bucket-object-lock-enabled x-amz-copy-source x-amz-grant-full-control x-amz-grant-read
    x-amz-grant-read-acp x-amz-grant-write x-amz-grant-write-acp x-amz-object-ownership x-amz-request-payer
    x-amz-server-side-encryption x-amz-server-side-encryption-aws-kms-key-id
    x-amz-server-side-encryption-customer-algorithm x-amz-storage-class
    """)
"""Request headers that are recorded, also where a presigned URL carries them in its query."""

_DENIED = frozenset({"AccessDenied", "AccessDeniedException"})
_MAX_DEPTH = 64


def request_parameters(exchange: Exchange, fact: Fact) -> dict[str, Any] | None:
    """`requestParameters`; None (JSON null) when there is nothing to say."""
    if fact.s3 is not None:
        return _s3(exchange, fact)
    error = exchange.error
    if error is not None and fact.service.denied_without_parameters and error.code in _DENIED:
        return None
    return members(exchange.params, fact.service)


def _s3(exchange: Exchange, fact: Fact) -> dict[str, Any] | None:
    found: dict[str, Any] = {}
    for name, value in exchange.query:
        if (name in QUERY_NAMES or name.lower() in COPIED_HEADERS) and name not in found:
            found[name] = value
    headers = exchange.headers
    copied = COPIED_HEADERS.intersection(headers)
    if copied:
        for name in sorted(copied):
            found[name] = headers[name]
    params = exchange.params
    bucket = params.get("Bucket")
    if bucket:
        found["bucketName"] = bucket
        key = params.get("Key")
        if key:
            found["key"] = key
    if exchange.call.host:
        found["Host"] = exchange.call.host
    document = None
    if exchange.body:
        document = _document(exchange.body, fact)
    if document is not None:
        name, content = document
        # A root element may be called anything; it doesn't replace what the request's head said.
        if name not in found:
            found[name] = content
            return in_copied_order(found, strange=True)
    return in_copied_order(found) if found else None


def _document(body: bytes, fact: Fact) -> tuple[str, Any] | None:
    """A document body's member: its name and its content."""
    kind = fact.s3.body if fact.s3 is not None else ""
    if kind == "xml":
        tree = as_json(body)
        if tree is not None:
            return next(iter(tree.items()))
    elif kind == "policy":
        try:
            policy = orjson.loads(body)
        except orjson.JSONDecodeError:
            return None
        if isinstance(policy, dict) and _shallow(policy, _MAX_DEPTH):
            return "bucketPolicy", policy
    return None


def _shallow(value: Any, left: int) -> bool:
    if isinstance(value, dict):
        return left > 0 and all(_shallow(member, left - 1) for member in value.values())
    if isinstance(value, list):
        return left > 0 and all(_shallow(item, left - 1) for item in value)
    return True
