"""A finished call becomes its CloudTrail records.

Input: an `Exchange`, filled by the gateway's capture. Output: minified JSON, one record for most calls, for
the journal. Every member is what really happened; what isn't known is absent. Field order, presence and
values follow the reference sheet `cloudtrail-records.md`; the parts live in the modules beside this one, what
differs by operation in `facts`.

DeleteObjects writes one record for the call, without keys, and one `DeleteObject` per key with its own
`eventID` and the call's `requestID`. The latter are `eventType` AwsServiceEvent, by which CloudTrail's
selectors tell them apart, but keep the caller's whole `userIdentity`: who deleted the key is the question
that they answer.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from s3trail.audit.additional_event_data import additional_event_data, transport_data
from s3trail.audit.exchange import Exchange
from s3trail.audit.facts import fact
from s3trail.audit.facts.fact import Category, Fact
from s3trail.audit.hash_order import in_copied_order
from s3trail.audit.identity import recipient, shared, user_identity
from s3trail.audit.limits import cut, to_json
from s3trail.audit.request_parameters import request_parameters
from s3trail.audit.resources import bucket_entry, object_entry, resources
from s3trail.audit.response_elements import response_elements
from s3trail.kernel.call import Call
from s3trail.kernel.clock import iso_seconds
from s3trail.kernel.ids import Ids

__all__ = ["records", "service_event"]


def records(exchange: Exchange, ids: Ids) -> list[bytes]:
    """The records of a call, each minified UTF-8 JSON; the call's own comes first.

    Of `exchange.details` it reads `deleted` (DeleteObjects: `[{"Key", "VersionId"?, "Code"?, "Message"?}]`, a
    `Code` if the key was not deleted) and `acl_required`.
    """
    known = fact(exchange.call.service, exchange.call.operation)
    record = _record(exchange, ids, known)
    found = [to_json(record)]
    if exchange.details:
        deleted = exchange.details.get("deleted")
        if deleted and known.event_name == "DeleteObjects":
            found.extend(_per_key(exchange, ids, record, deleted))
    return found


def _agent(call: Call, known: Fact) -> str:
    if call.caller.invoked_by:
        return call.caller.invoked_by
    agent = call.user_agent
    # S3 brackets what the client sent; two characters of the limit are the brackets.
    return f"[{cut(agent, 1022)}]" if known.s3 is not None else cut(agent)


def _record(exchange: Exchange, ids: Ids, known: Fact) -> dict[str, Any]:
    call = exchange.call
    caller = call.caller
    record: dict[str, Any] = {
        "eventVersion": known.service.version,
        "userIdentity": user_identity(caller),
        "eventTime": iso_seconds(exchange.end),
        "eventSource": known.event_source,
        "eventName": known.event_name,
        "awsRegion": call.region,
        "sourceIPAddress": caller.invoked_by or call.source_ip,
    }
    agent = _agent(call, known)
    if agent:
        record["userAgent"] = agent
    error = exchange.error
    if error is not None:
        record["errorCode"] = cut(known.service.error_names.get(error.code, error.code))
        if error.message:
            record["errorMessage"] = cut(error.message)
    record["requestParameters"] = request_parameters(exchange, known)
    record["responseElements"] = response_elements(exchange, known)
    if known.s3 is not None:
        record["additionalEventData"] = additional_event_data(exchange, known)
    if call.request_id:
        record["requestID"] = cut(call.request_id)
    record["eventID"] = ids.event_id()
    record["readOnly"] = known.read_only
    concerned = resources(exchange, known)
    if concerned is not None:
        record["resources"] = concerned
    record["eventType"] = "AwsApiCall"
    if known.service.api_version:
        record["apiVersion"] = known.service.api_version
    record["managementEvent"] = known.category == "Management"
    account = recipient(exchange)
    if account:
        record["recipientAccountId"] = account
    if shared(caller):
        record["sharedEventID"] = ids.event_id()
    record["eventCategory"] = known.category
    if call.tls is not None and not caller.invoked_by:
        record["tlsDetails"] = {
            "tlsVersion": call.tls.version,
            "cipherSuite": call.tls.cipher_suite,
            "clientProvidedHostHeader": call.tls.host or call.host,
        }
    return record


def _per_key(
    exchange: Exchange, ids: Ids, summary: Mapping[str, Any], deleted: Sequence[Mapping[str, Any]]
) -> list[bytes]:
    call = exchange.call
    bucket = exchange.params.get("Bucket", "")
    data = transport_data(exchange)
    # The summary may be the record of a failed call; its keys carry their own outcome.
    common = {
        name: value
        for name, value in summary.items()
        if name not in ("errorCode", "errorMessage", "tlsDetails")
    }
    found = []
    for outcome in deleted:
        key = outcome["Key"]
        parameters = {"bucketName": bucket, "Host": call.host, "key": key}
        if outcome.get("VersionId"):
            parameters["versionId"] = outcome["VersionId"]
        failure: dict[str, str] = {}
        if outcome.get("Code"):
            failure["errorCode"] = cut(outcome["Code"])
            if outcome.get("Message"):
                failure["errorMessage"] = cut(outcome["Message"])
        own: dict[str, Any] = {
            "eventName": "DeleteObject",
            "requestParameters": in_copied_order(parameters),
            "responseElements": None,
            "additionalEventData": data,
            "eventID": ids.event_id(),
            "eventType": "AwsServiceEvent",
        }
        if "resources" in common:
            own["resources"] = [bucket_entry(bucket, exchange.bucket_account), object_entry(bucket, key)]
        if "sharedEventID" in common:
            own["sharedEventID"] = ids.event_id()
        record: dict[str, Any] = {}
        for name, value in common.items():
            if name == "requestParameters":
                record.update(failure)
            record[name] = own.get(name, value)
        if "tlsDetails" in summary:
            record["tlsDetails"] = summary["tlsDetails"]
        found.append(to_json(record))
    return found


def service_event(
    *,
    account_id: str,
    region: str,
    source: str,
    name: str,
    invoked_by: str,
    details: Mapping[str, Any],
    time: float,
    ids: Ids,
    category: Category = "Management",
    read_only: bool = False,
    resources: Sequence[Mapping[str, str]] = (),
) -> bytes:
    """The record of something that the server did by itself, such as a lifecycle rule that expired an object.

    Args:
        account_id: whose record it is.
        region: `awsRegion`.
        source: `eventSource`, such as `s3.amazonaws.com`.
        name: `eventName`.
        invoked_by: the service that acted, such as `s3.amazonaws.com`.
        details: `serviceEventDetails`; nothing secret, it is recorded as it is.
        time: epoch seconds when it was done.
        ids: where `eventID` comes from.
        category: `eventCategory`; `managementEvent` follows from it.
        read_only: `readOnly`.
        resources: entries as AWS shapes them; absent from the record when empty.
    """
    record: dict[str, Any] = {
        "eventVersion": "1.11",
        "userIdentity": {"accountId": account_id, "invokedBy": invoked_by},
        "eventTime": iso_seconds(time),
        "eventSource": source,
        "eventName": name,
        "awsRegion": region,
        "sourceIPAddress": invoked_by,
        "userAgent": invoked_by,
        "requestParameters": None,
        "responseElements": None,
        "eventID": ids.event_id(),
        "readOnly": read_only,
    }
    if resources:
        record["resources"] = list(resources)
    record["eventType"] = "AwsServiceEvent"
    record["managementEvent"] = category == "Management"
    record["recipientAccountId"] = account_id
    record["serviceEventDetails"] = dict(details)
    record["eventCategory"] = category
    return to_json(record)
