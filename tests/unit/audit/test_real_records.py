"""Records built from the facts of real ones equal them, member by member.

The data is a public collection of trail files (invictus-ir aws_dataset, July 2023), kept beside the
repository. Its S3 records are version 1.08; what 1.11 added or dropped is listed in `NEW` and in the tests.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape

import pytest

from s3trail.audit import build
from s3trail.audit.exchange import Exchange
from s3trail.audit.facts import _SERVICES
from s3trail.audit.request_parameters import COPIED_HEADERS
from s3trail.kernel.call import Call, Signature, Tls
from s3trail.kernel.caller import Caller
from s3trail.kernel.clock import parse_iso_seconds
from s3trail.kernel.errors import AwsError
from s3trail.kernel.ids import RandomIds

FILES = (
    Path(__file__).parents[4] / "shared" / "data" / "cloudtrail" / "invictus-ir__aws_dataset" / "CloudTrail"
)

pytestmark = pytest.mark.skipif(
    not FILES.is_dir(), reason=f"no real trail files in {FILES.name} beside the repository"
)

NEW = {"startTime", "endTime", "turnAroundTime", "httpStatusCode", "objectSize"}
"""Members of additionalEventData that came after 1.08."""
NO_CALL = "GetStorageLensDashboardDataInternal"
"""Made by S3's console alone: no operation of any model, no additionalEventData, a UUID as request id."""


@cache
def real(source: str) -> list[dict[str, Any]]:
    records = []
    for file in sorted(FILES.glob("*.json")):
        records += [each for each in json.loads(file.read_text())["Records"] if each["eventSource"] == source]
    return records


def differently_asked(source: str) -> list[dict[str, Any]]:
    """One record of every event name, outcome and set of parameters."""
    found = {}
    for each in real(source):
        parameters = each["requestParameters"] or {}
        found[each["eventName"], each.get("errorCode"), each["userIdentity"]["type"], tuple(parameters)] = (
            each
        )
    return list(found.values())


def operations(service: str) -> dict[str, str]:
    """Operation by event name, the newest where two have one name."""
    return {known.event_name: name for name, known in _SERVICES[service][1].items()}


def caller_of(identity: dict[str, Any]) -> Caller:
    session = {name: part for name, part in identity.get("sessionContext", {}).items() if part}
    return Caller(
        type=identity["type"],
        account_id=identity.get("accountId", ""),
        principal_id=identity.get("principalId", ""),
        arn=identity.get("arn", ""),
        access_key_id=identity.get("accessKeyId", ""),
        user_name=identity.get("userName", ""),
        invoked_by=identity.get("invokedBy", ""),
        session=session,
    )


def call_of(real: dict[str, Any], service: str, operation: str) -> Call:
    data = real.get("additionalEventData", {})
    tls = real.get("tlsDetails")
    if tls is None and "CipherSuite" in data:
        tls = {"tlsVersion": "TLSv1.2", "cipherSuite": data["CipherSuite"], "clientProvidedHostHeader": ""}
    agent = real["userAgent"]
    return Call(
        request_id=real["requestID"],
        host_id=data.get("x-amz-id-2", ""),
        service=service,
        operation=operation,
        region=real["awsRegion"],
        time=parse_iso_seconds(real["eventTime"]),
        source_ip=real["sourceIPAddress"],
        user_agent=agent[1:-1] if agent.startswith("[") else agent,
        host=(real["requestParameters"] or {}).get("Host", "") if service == "s3" else "",
        caller=caller_of(real["userIdentity"]),
        signature=Signature(data.get("SignatureVersion", ""), data.get("AuthenticationMethod", "")),
        tls=Tls(tls["tlsVersion"], tls["cipherSuite"], tls["clientProvidedHostHeader"]) if tls else None,
    )


def error_of(real: dict[str, Any]) -> AwsError | None:
    if "errorCode" not in real:
        return None
    return AwsError(real.get("errorMessage", ""), code=real["errorCode"])


def xml(name: str, value: Any) -> str:
    if isinstance(value, list):
        return "".join(xml(name, item) for item in value)
    if isinstance(value, dict):
        attributes = "".join(f' {each}="{text}"' for each, text in value.items() if each.startswith("xmlns"))
        inner = "".join(xml(each, part) for each, part in value.items() if not each.startswith("xmlns"))
        return f"<{name}{attributes}>{inner}</{name}>"
    text = str(value).lower() if isinstance(value, bool) else str(value)
    return f"<{name}>{escape(text)}</{name}>"


def s3_exchange(real: dict[str, Any]) -> Exchange:
    """The request that must have been sent, and what was known of it."""
    parameters = dict(real["requestParameters"])
    bucket = parameters.pop("bucketName", None)
    parameters.pop("Host")
    headers = {name: parameters.pop(name) for name in list(parameters) if name in COPIED_HEADERS}
    body = b""
    for name in list(parameters):
        if isinstance(parameters[name], dict):
            content = parameters.pop(name)
            body = json.dumps(content).encode() if name == "bucketPolicy" else xml(name, content).encode()
    operation = operations("s3").get(real["eventName"]) or real["eventName"]
    data = real["additionalEventData"]
    owners = [each["accountId"] for each in real.get("resources", ()) if "accountId" in each]
    return Exchange(
        call=call_of(real, "s3", operation),
        headers=headers,
        query=list(parameters.items()),
        params={"Bucket": bucket} if bucket else {},
        result=None,
        error=error_of(real),
        status=200,
        response_headers=[],
        body=body,
        bytes_in=data["bytesTransferredIn"],
        bytes_out=data["bytesTransferredOut"],
        end=parse_iso_seconds(real["eventTime"]),
        bucket_account=owners[0] if owners else "",
    )


def text(value: Any) -> str:
    """JSON with the order of members, so that order counts."""
    return json.dumps(value)


def built(exchange: Exchange) -> dict[str, Any]:
    (record,) = build.records(exchange, RandomIds())
    found: dict[str, Any] = json.loads(record)
    return found


def s3_pairs() -> Iterator[tuple[dict[str, Any], dict[str, Any]]]:
    for each in differently_asked("s3.amazonaws.com"):
        if each["eventName"] != NO_CALL:
            yield each, built(s3_exchange(each))


def test_s3_request_parameters_are_equal_and_in_order() -> None:
    pairs = list(s3_pairs())
    assert len(pairs) > 30
    for theirs, ours in pairs:
        assert text(ours["requestParameters"]) == text(theirs["requestParameters"]), theirs["eventName"]
        assert ours["responseElements"] == theirs["responseElements"]


def test_s3_resources_are_equal() -> None:
    for theirs, ours in s3_pairs():
        assert text(ours.get("resources")) == text(theirs.get("resources")), theirs["eventName"]


def test_s3_members_are_the_same_in_the_same_order() -> None:
    for theirs, ours in s3_pairs():
        expected = [name for name in theirs if name != "vpcEndpointId"]
        # A service's calls in the caller's name have no TLS in ours; in these records the console's do.
        if "invokedBy" in theirs["userIdentity"]:
            expected = [name for name in expected if name != "tlsDetails"]
        assert list(ours) == expected, theirs["eventName"]


def test_s3_additional_event_data_is_equal_but_for_what_came_later() -> None:
    for theirs, ours in s3_pairs():
        older = {name: value for name, value in ours["additionalEventData"].items() if name not in NEW}
        assert text(older) == text(theirs["additionalEventData"]), theirs["eventName"]


def test_s3_plain_members_are_equal() -> None:
    names = [
        "eventSource",
        "eventName",
        "eventTime",
        "awsRegion",
        "sourceIPAddress",
        "userAgent",
        "errorCode",
    ]
    names += ["errorMessage", "requestID", "readOnly", "eventType", "managementEvent", "recipientAccountId"]
    names += ["eventCategory"]
    for theirs, ours in s3_pairs():
        if "invokedBy" in theirs["userIdentity"]:
            continue
        assert [ours.get(name) for name in names] == [theirs.get(name) for name in names]
        assert ours.get("tlsDetails") == theirs.get("tlsDetails")


def test_identities_are_equal_but_for_empty_placeholders() -> None:
    for source in ("s3.amazonaws.com", "cloudtrail.amazonaws.com", "sts.amazonaws.com"):
        for theirs in differently_asked(source):
            identity = dict(theirs["userIdentity"])
            if "sessionContext" in identity:
                identity["sessionContext"] = {
                    k: part for k, part in identity["sessionContext"].items() if part
                }
            exchange = Exchange(
                call_of(theirs, "cloudtrail", "ListTrails"),
                {},
                [],
                {},
                None,
                None,
                200,
                [],
                default_account="1",
            )
            ours = built(exchange)
            assert text(ours["userIdentity"]) == text(identity)
            assert ("sharedEventID" in ours) == ("sharedEventID" in theirs)


def model_names(value: Any, maps: frozenset[str], *, lower: bool) -> Any:
    """Parameters by the model's names again: what `redact` turned into camelCase."""
    if isinstance(value, list):
        return [model_names(item, maps, lower=lower) for item in value]
    if not isinstance(value, dict):
        return value
    found = {}
    for name, member in value.items():
        original = name if lower else name[:1].upper() + name[1:]
        found[original] = member if original in maps else model_names(member, maps, lower=lower)
    return found


def without(value: Any, hidden: frozenset[str]) -> Any:
    if isinstance(value, list):
        return [without(item, hidden) for item in value]
    if isinstance(value, dict):
        return {name: without(item, hidden) for name, item in value.items() if name not in hidden}
    return value


@pytest.mark.parametrize("service", ["iam", "sts", "cloudtrail", "lambda", "logs", "cloudwatch"])
def test_other_services_parameters_and_answers_are_equal(service: str) -> None:
    style, _ = _SERVICES[service]
    names = operations(service)
    records = differently_asked(style.source)
    assert records
    for theirs in records:
        parameters, elements = theirs["requestParameters"], theirs["responseElements"]
        exchange = Exchange(
            call=call_of(theirs, service, names[theirs["eventName"]]),
            headers={},
            query=[],
            params=model_names(parameters, style.maps, lower=service == "logs") or {},
            result=model_names(elements, style.maps, lower=service == "logs"),
            error=error_of(theirs),
            status=200,
            response_headers=[],
            end=parse_iso_seconds(theirs["eventTime"]),
            default_account="218007301253",
        )
        ours = built(exchange)
        assert text(ours["requestParameters"]) == text(parameters)
        # Ours hold no session tokens.
        assert text(ours["responseElements"]) == text(without(elements, frozenset({"sessionToken"})))
        for name in (
            "eventName",
            "eventSource",
            "readOnly",
            "eventCategory",
            "managementEvent",
            "apiVersion",
        ):
            assert ours.get(name) == theirs.get(name), (theirs["eventName"], name)
        if "invokedBy" not in theirs["userIdentity"]:
            assert [name for name in ours if name != "resources"] == [
                name
                for name in theirs
                if name not in ("resources", "vpcEndpointId", "sessionCredentialFromConsole")
            ]


def test_every_real_event_name_of_our_services_is_in_the_tables() -> None:
    for service, (style, _) in _SERVICES.items():
        if service in ("s3control", "cloudtrail-data"):
            continue
        known = {each.event_name: each for each in _SERVICES[service][1].values()}
        for theirs in real(style.source):
            if ".s3-control." in json.dumps(theirs) or theirs["eventName"] == NO_CALL:
                continue
            ours = known[theirs["eventName"]]
            assert (ours.read_only, ours.category) == (theirs["readOnly"], theirs["eventCategory"])
