"""The words of the tables: `Service`, how a service writes its records; `Fact`, what one operation's say.

The tables themselves are the sibling modules, one per service. They hold names only; a test compares them
with AWS's service models, so that an operation that AWS adds shows up as a missing row.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Literal

__all__ = [
    "Category",
    "Fact",
    "ResourceKind",
    "S3Fact",
    "Service",
    "exceptions",
    "reads_only",
    "table",
    "words",
]

Category = Literal["Management", "Data"]

ResourceKind = Literal["none", "bucket", "object", "prefix"]
"""What an S3 record's `resources` hold: nothing; the bucket; besides it the object, or a key prefix."""

_READS = ("Get", "List", "Describe", "Head", "BatchGet")


@dataclass(frozen=True, slots=True)
class Service:
    """How one service's records are written."""

    source: str
    """`eventSource`: `cloudtrail.amazonaws.com`."""
    version: str = "1.11"
    """`eventVersion`. From 1.09 on `sessionContext` has no empty placeholders; ours never has."""
    api_version: str = ""
    """`apiVersion`; empty where the service's records have none."""
    secrets: frozenset[str] = frozenset()
    """Model names of members that never enter a record, with everything below them: secrets and payloads."""
    times: frozenset[str] = frozenset()
    """Model names of timestamp members; their values are epoch seconds."""
    maps: frozenset[str] = frozenset()
    """Model names of members whose keys are the caller's own words (tags, attributes) and keep their case."""
    date_comma: bool = True
    """`Jul 10, 2023, 12:31:14 PM`; False: no comma before the hour, as IAM writes it."""
    error_names: Mapping[str, str] = field(default_factory=dict)
    """`errorCode` by the answer's code, where records use the exception's name: `NoSuchEntityException`."""
    denied_without_parameters: bool = False
    """True: `requestParameters` is null when access was denied, as the service's real records show."""


@dataclass(frozen=True, slots=True)
class S3Fact:
    """What the record of an S3 operation takes from its request and answer."""

    resources: ResourceKind = "none"
    body: Literal["", "xml", "policy"] = ""
    """The body in `requestParameters`: none, XML under its root's name, JSON as `bucketPolicy`."""
    answer_headers: frozenset[str] = frozenset()
    """Headers of the answer that make up `responseElements`."""


@dataclass(frozen=True, slots=True)
class Fact:
    """What is known of an operation before it is called."""

    event_name: str
    """`eventName`; not always the operation's name in the model."""
    event_source: str
    """`eventSource`."""
    read_only: bool
    category: Category
    """`eventCategory`; `managementEvent` is true for Management."""
    answered: bool
    """Does `responseElements` hold the result? False: always null. (S3 takes it from headers, see `s3`.)"""
    service: Service = field(repr=False)
    s3: S3Fact | None = None
    """None for the services whose parameters are members of the AWS model."""


def reads_only(operation: str) -> bool:
    """The rule behind `readOnly`: by the verb that the name begins with. The tables list the exceptions."""
    return operation.startswith(_READS)


def words(text: str) -> frozenset[str]:
    """Names separated by white space, as a set."""
    return frozenset(text.split())


def exceptions(codes: str, **irregular: str) -> Mapping[str, str]:
    """`Service.error_names`: codes whose exception is called code + `Exception`, and the irregular ones."""
    return MappingProxyType({code: code + "Exception" for code in codes.split()} | irregular)


def table(
    service: Service,
    operations: str,
    *,
    reads: Iterable[str] = (),
    data: Iterable[str] = (),
    answered: Iterable[str] = (),
    renamed: Mapping[str, str] = MappingProxyType({}),
    s3: Mapping[str, S3Fact] = MappingProxyType({}),
) -> dict[str, Fact]:
    """Facts by operation name.

    Args:
        service: whose operations they are.
        operations: every operation of the model, separated by white space.
        reads: operations that only read although their verb doesn't say so.
        data: data events; all others are management events.
        answered: operations that only read and have `responseElements` all the same.
        renamed: `eventName` where it isn't the operation's name.
        s3: what S3's records take, by operation.
    """
    reads, data, answered = frozenset(reads), frozenset(data), frozenset(answered)
    found = {}
    for name in operations.split():
        read = name in reads or reads_only(name)
        found[name] = Fact(
            event_name=renamed.get(name, name),
            event_source=service.source,
            read_only=read,
            category="Data" if name in data else "Management",
            answered=not read or name in answered,
            service=service,
            s3=s3.get(name),
        )
    strangers = (reads | data | answered | renamed.keys() | s3.keys()) - found.keys()
    assert not strangers, f"exceptions for operations that are not in the table: {sorted(strangers)}"
    return found
