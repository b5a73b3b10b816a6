"""S3's `additionalEventData`: how the request was signed and carried, how many bytes, how long it took.

Only what is true of this call: a member whose fact isn't known, or doesn't apply, is absent. Order: records
of version 1.11. Source: reference sheet `cloudtrail-records.md`, section 3.6.
"""

from __future__ import annotations

from typing import Any

from s3trail.audit.exchange import Exchange
from s3trail.audit.facts.fact import Fact

__all__ = ["additional_event_data", "transport_data"]

_ENCRYPTION = "x-amz-server-side-encryption"
_CUSTOMER = "x-amz-server-side-encryption-customer-algorithm"
_APPLIED = {"AES256": "SSE_S3", "aws:kms": "SSE_KMS"}


def _encryption_applied(exchange: Exchange) -> str | None:
    """`SSEApplied` of a write, from what the answer says; `Default_…` when the request didn't ask for it."""
    applied = customer = None
    for name, value in exchange.response_headers:
        lowered = name.lower()
        if lowered == _ENCRYPTION:
            applied = _APPLIED.get(value)
        elif lowered == _CUSTOMER:
            customer = "SSE_C"
    if customer is not None or applied is None:
        return customer
    return applied if _ENCRYPTION in exchange.headers else "Default_" + applied


def additional_event_data(exchange: Exchange, fact: Fact) -> dict[str, Any]:
    """`additionalEventData` of an S3 record; `details["acl_required"]`: an ACL had to grant the call."""
    call = exchange.call
    data: dict[str, Any] = {}
    if call.signature.version:
        data["SignatureVersion"] = call.signature.version
    if exchange.details.get("acl_required"):
        data["aclRequired"] = "Yes"
    if call.tls is not None:
        data["CipherSuite"] = call.tls.cipher_suite
    if exchange.object_size is not None:
        data["objectSize"] = exchange.object_size
    data["bytesTransferredIn"] = exchange.bytes_in
    if not fact.read_only:
        applied = _encryption_applied(exchange)
        if applied is not None:
            data["SSEApplied"] = applied
    data["startTime"] = int(call.time * 1000)
    if call.signature.method:
        data["AuthenticationMethod"] = call.signature.method
    data["endTime"] = int(exchange.end * 1000)
    if call.host_id:
        data["x-amz-id-2"] = call.host_id
    if exchange.turn_around > 0:
        data["turnAroundTime"] = int(exchange.turn_around * 1000)
    data["httpStatusCode"] = exchange.status
    data["bytesTransferredOut"] = exchange.bytes_out
    return data


def transport_data(exchange: Exchange) -> dict[str, Any]:
    """What the records of a bulk delete's keys share. They had no request of their own, so no bytes."""
    call = exchange.call
    data: dict[str, Any] = {}
    if call.signature.version:
        data["SignatureVersion"] = call.signature.version
    if call.tls is not None:
        data["CipherSuite"] = call.tls.cipher_suite
    data["bytesTransferredIn"] = 0
    if call.signature.method:
        data["AuthenticationMethod"] = call.signature.method
    if call.host_id:
        data["x-amz-id-2"] = call.host_id
    data["bytesTransferredOut"] = 0
    return data
