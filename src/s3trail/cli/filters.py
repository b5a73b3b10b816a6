"""Which records `lookup` and `tail` show.

A filter has two stages. Bytes that any matching record must hold are looked for in the undecoded record; only
a record that holds all of them is decoded and compared member by member. Records are minified JSON of one
writer, so a string looks the same in each of them.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

import orjson
from typer import BadParameter

from s3trail.kernel.clock import iso_seconds, parse_iso_seconds
from s3trail.state.views.event_summary import access_key_id, resources, username

__all__ = [
    "ATTRIBUTES",
    "Criteria",
    "Filter",
    "bucket_of",
    "compile_filter",
    "key_of",
    "parse_attribute",
    "parse_time",
]

Record = dict[str, Any]
Predicate = Callable[[Record], bool]

ATTRIBUTES = (
    "AccessKeyId",
    "EventId",
    "EventName",
    "EventSource",
    "ReadOnly",
    "ResourceName",
    "ResourceType",
    "Username",
)
"""The attribute keys of LookupEvents (CloudTrail API Reference, `LookupAttribute`)."""

_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86400, "w": 604800}


@dataclass(frozen=True, slots=True, kw_only=True)
class Criteria:
    """What is asked for; all of it has to hold, and what is None or empty asks for nothing."""

    attributes: tuple[tuple[str, str], ...] = ()
    """Pairs of a key in `ATTRIBUTES` and its value."""
    bucket: str | None = None
    key_prefix: str | None = None
    error: str | None = None
    """An error code, `any` or `none`."""
    identity_type: str | None = None
    """`userIdentity.type`."""
    start: float | None = None
    """Epoch seconds; `eventTime` isn't before."""
    end: float | None = None
    """Epoch seconds; `eventTime` isn't after."""


@dataclass(frozen=True, slots=True)
class Filter:
    """Compiled criteria."""

    needles: tuple[bytes, ...]
    predicates: tuple[Predicate, ...]

    def match(self, record: bytes) -> Record | None:
        """The decoded record if it meets the criteria, else None."""
        for needle in self.needles:
            if needle not in record:
                return None
        decoded: Record = orjson.loads(record)
        for predicate in self.predicates:
            if not predicate(decoded):
                return None
        return decoded


def compile_filter(criteria: Criteria) -> Filter:
    """Criteria as bytes to look for and comparisons to make."""
    needles: list[bytes] = []
    predicates: list[Predicate] = []
    for key, value in criteria.attributes:
        needle, predicate = _attribute(key, value)
        needles += needle
        predicates.append(predicate)
    if (bucket := criteria.bucket) is not None:
        needles.append(_inside(bucket))
        predicates.append(lambda record: bucket_of(record) == bucket)
    if (prefix := criteria.key_prefix) is not None:
        needles.append(_inside(prefix))
        predicates.append(lambda record: key_of(record).startswith(prefix))
    if (kind := criteria.identity_type) is not None:
        needles.append(_member("type", kind))
        predicates.append(lambda record: (record.get("userIdentity") or {}).get("type") == kind)
    if (code := criteria.error) is not None:
        if code == "none":
            predicates.append(lambda record: "errorCode" not in record)
        elif code == "any":
            needles.append(b'"errorCode":')
            predicates.append(lambda record: "errorCode" in record)
        else:
            needles.append(_member("errorCode", code))
            predicates.append(lambda record: record.get("errorCode") == code)
    if criteria.start is not None:
        # Times of one form sort as text. A fraction moves the start to the next whole second.
        first = iso_seconds(-(-criteria.start // 1))
        predicates.append(lambda record: record.get("eventTime", "") >= first)
    if criteria.end is not None:
        last = iso_seconds(criteria.end)
        predicates.append(lambda record: record.get("eventTime", "") <= last)
    return Filter(tuple(needles), tuple(predicates))


def _attribute(key: str, value: str) -> tuple[tuple[bytes, ...], Predicate]:
    match key:
        case "EventId":
            return (_member("eventID", value),), lambda record: record.get("eventID") == value
        case "EventName":
            return (_member("eventName", value),), lambda record: record.get("eventName") == value
        case "EventSource":
            return (_member("eventSource", value),), lambda record: record.get("eventSource") == value
        case "AccessKeyId":
            return (_member("accessKeyId", value),), lambda record: access_key_id(record) == value
        case "ReadOnly":
            read_only = value == "true"
            return (), lambda record: record.get("readOnly") is read_only
        case "Username":
            # Root's record doesn't hold the name that LookupEvents gives it.
            needles = () if value == "root" else (_inside(value),)
            return needles, lambda record: username(record) == value
        case "ResourceType":
            return (), lambda record: any(kind == value for kind, _ in resources(record))
        case _:
            # The name may be an ARN, of which the record holds the parts only.
            return (), lambda record: any(name == value for _, name in resources(record))


def _inside(text: str) -> bytes:
    """The text as it is within a JSON string."""
    return orjson.dumps(text)[1:-1]


def _member(name: str, value: str) -> bytes:
    return b'"%s":%s' % (name.encode(), orjson.dumps(value))


def bucket_of(record: Record) -> str:
    """The bucket that the call addressed; empty when it addressed none."""
    return _parameter(record, "bucketName")


def key_of(record: Record) -> str:
    """The object key that the call addressed; empty when it addressed none."""
    return _parameter(record, "key")


def _parameter(record: Record, name: str) -> str:
    # Per-key records of a bulk delete and service events have their facts in serviceEventDetails.
    for part in ("requestParameters", "serviceEventDetails"):
        found = (record.get(part) or {}).get(name)
        if isinstance(found, str):
            return found
    return ""


def parse_attribute(text: str) -> Iterable[tuple[str, str]]:
    """`AttributeKey=EventName,AttributeValue=PutObject`, as the aws cli takes it; the parts in any order.

    Raises:
        BadParameter: it has another form, or the key isn't one.
    """
    found = re.fullmatch(
        r"AttributeKey=(?P<key>\w+),AttributeValue=(?P<value>.*)", text, re.DOTALL
    ) or re.fullmatch(r"AttributeValue=(?P<value>.*),AttributeKey=(?P<key>\w+)", text, re.DOTALL)
    if found is None:
        raise BadParameter(f"--lookup-attributes {text!r}: write AttributeKey=KEY,AttributeValue=VALUE")
    if found["key"] not in ATTRIBUTES:
        raise BadParameter(f"--lookup-attributes: {found['key']!r} isn't one of {', '.join(ATTRIBUTES)}")
    if found["key"] == "ReadOnly" and found["value"] not in {"true", "false"}:
        raise BadParameter("--lookup-attributes: the value of ReadOnly is true or false")
    return [(found["key"], found["value"])]


def parse_time(flag: str, text: str, now: float) -> float:
    """Epoch seconds of a time: ISO 8601 (UTC if it names no zone), epoch seconds, or an age such as `1h`.

    Raises:
        BadParameter: it is none of these.
    """
    age = re.fullmatch(r"(\d+(?:\.\d+)?)([smhdw])", text)
    try:
        if age is not None:
            return max(0.0, now - float(age[1]) * _UNITS[age[2]])
        if re.fullmatch(r"\d{9,11}(\.\d+)?", text):
            return float(text)
        return parse_iso_seconds(text)
    except ValueError:
        allowed = "write 2026-01-31T12:00:00Z, epoch seconds, or an age such as 90s, 1h, 2d"
        raise BadParameter(f"{flag} {text!r} is no time: {allowed}") from None
