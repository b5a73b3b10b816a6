"""Which S3 operation a request is for, from method, host, path, query and headers.

S3 has no other name for an operation than where it is sent. Bucket and key come from the path (`/bucket/key`)
or from host and path (`bucket.DOMAIN/key`). The sub-resource in the query (`?acl`, `?uploads`,
`?uploadId=...`) and one header (`x-amz-copy-source`) then select among the operations of that method and
level; all of that is read from the model.

Our choices where S3 leaves room: query names that S3 doesn't know are ignored. A sub-resource that it knows
but that the method or level doesn't have (`DELETE /bucket?acl`) matches nothing, because ignoring it would
delete the bucket; HEAD ignores them all. Keys are taken as they are sent, `//`, `.` and `..` included; bytes
that aren't UTF-8 survive as surrogates.
"""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass
from functools import cache, lru_cache
from urllib.parse import unquote

from s3trail.wire.http import Request
from s3trail.wire.models import OperationModel, load_model

__all__ = ["host_bucket", "locate_s3"]

_AWS_HOST = re.compile(
    r"(?:(?P<bucket>.+?)\.)?(?:s3|s3-website|s3-accelerate)"
    r"(?:[.-](?:dualstack|[a-z]{2}(?:-[a-z]+)+-\d))*\.amazonaws\.com(?:\.cn)?"
)
"""S3's own host names, sent to any address: global, regional, dual-stack, accelerated, website."""

_COPY_SOURCE = "x-amz-copy-source"


@dataclass(frozen=True, slots=True)
class _Choice:
    """An operation among those of one method, level and sub-resource."""

    operation: str
    query: tuple[tuple[str, str | None], ...]
    """Further query names that must be there, with their value unless it is None."""
    copies: bool
    """Only with a copy source."""

    @property
    def particular(self) -> int:
        """How much must be there for this choice; the greater is tried first."""
        return len(self.query) + self.copies

    def suits(self, request: Request) -> bool:
        """Whether all that must be there is."""
        if self.copies and not request.headers.get(_COPY_SOURCE):
            return False
        for name, value in self.query:
            sent = request.query_value(name)
            if sent is None or (value is not None and sent != value):
                return False
        return True


@dataclass(frozen=True, slots=True)
class _Table:
    choices: dict[tuple[str, str, str], tuple[_Choice, ...]]
    """By method, level (`service`, `bucket`, `object`) and sub-resource ('' for none)."""
    subresources: frozenset[str]
    """Every sub-resource of the model."""


_NO_SUBRESOURCE = frozenset({"ListDirectoryBuckets", "WriteGetObjectResponse"})
"""Told by markers of their own."""


def _level(uri: str) -> str:
    return "object" if "{Key+}" in uri else "bucket" if "{Bucket}" in uri else "service"


def _entry(operation: OperationModel) -> tuple[str, _Choice]:
    """The sub-resource of an operation, and the choice that it is there."""
    fixed: list[tuple[str, str | None]] = []
    for part in operation.uri.partition("?")[2].split("&"):
        name, _, value = part.partition("=")
        if name:
            fixed.append((name, value or None))
    copies = False
    if operation.input is not None:
        for member in operation.input.required:
            shape = operation.input.members[member]
            if shape.location == "querystring":
                fixed.append((shape.wire_name(member), None))
            copies = copies or shape.wire_name(member) == _COPY_SOURCE
    # `list-type` is a parameter of a listing, which other listings ignore; `partNumber` is one of reads, too.
    leading = [name for name, _ in fixed if name not in ("list-type", "partNumber")]
    subresource = leading[0] if leading else ""
    return subresource, _Choice(
        operation.name, tuple(pair for pair in fixed if pair[0] != subresource), copies
    )


@cache
def _table() -> _Table:
    model = load_model("s3")
    found: dict[tuple[str, str, str], list[_Choice]] = defaultdict(list)
    for name in sorted(model.operation_names - _NO_SUBRESOURCE):
        operation = model.operation(name)
        if not operation.deprecated:
            subresource, choice = _entry(operation)
            found[operation.method, _level(operation.uri), subresource].append(choice)
    choices = {
        key: tuple(sorted(alike, key=lambda choice: -choice.particular)) for key, alike in found.items()
    }
    return _Table(choices, frozenset(key[2] for key in choices if key[2]))


@lru_cache(maxsize=1024)
def host_bucket(host: str, domains: tuple[str, ...]) -> str:
    """The bucket in a Host header; empty for an address, a base domain or a host of neither domains nor AWS.

    Args:
        host: as sent, with or without a port.
        domains: base domains, lower-case.
    """
    name = host.lower()
    if not name.startswith("["):
        name = name.partition(":")[0]
    name = name.removesuffix(".")
    for domain in sorted(domains, key=len, reverse=True):
        if name == domain:
            return ""
        if name.endswith("." + domain):
            return name[: -len(domain) - 1]
    match = _AWS_HOST.fullmatch(name)
    return (match["bucket"] or "") if match else ""


def locate_s3(
    request: Request, domains: tuple[str, ...], *, directory: bool = False
) -> tuple[str, dict[str, str]]:
    """The operation ('' when none matches) and the labels `Bucket` and `Key`, decoded, where they are there.

    Args:
        request: the request's head.
        domains: base domains of virtual-host style requests.
        directory: the signature's scope is that of directory buckets (`s3express`).
    """
    path = request.path
    bucket = host_bucket(request.headers.get("host", ""), domains)
    if bucket:
        key = path[1:]
    else:
        bucket, _, key = path[1:].partition("/")
        if "%" in bucket:
            bucket = unquote(bucket, errors="surrogateescape")
    if not bucket:
        return ("" if key else _service_operation(request, directory=directory)), {}
    if not key:
        return _operation(request, "bucket"), {"Bucket": bucket}
    if "%" in key:
        key = unquote(key, errors="surrogateescape")
    return _operation(request, "object"), {"Bucket": bucket, "Key": key}


def _service_operation(request: Request, *, directory: bool) -> str:
    if request.method == "GET":
        named = request.query_value("x-id") == "ListDirectoryBuckets"
        control = request.headers.get("host", "").startswith("s3express-control")
        return "ListDirectoryBuckets" if directory or named or control else "ListBuckets"
    return "PreflightRequest" if request.method == "OPTIONS" else ""


def _operation(request: Request, level: str) -> str:
    method = request.method
    table = _table()
    subresource = ""
    if request.query and method != "HEAD":
        for name, _ in request.query:
            if name in table.subresources:
                subresource = name
                if (method, level, name) in table.choices:
                    break
    for choice in table.choices.get((method, level, subresource), ()):
        if choice.suits(request):
            return choice.operation
    return _fallback(request, level, subresource, table)


def _fallback(request: Request, level: str, subresource: str, table: _Table) -> str:
    """Requests that lack what their operation requires (parsing refuses them), or that the model lacks."""
    alike = table.choices.get((request.method, level, subresource))
    if alike:
        return alike[-1].operation
    if request.method == "OPTIONS":
        return "PreflightRequest"
    if request.method == "POST" and level == "bucket" and not subresource:
        if request.headers.get("content-type", "").lower().startswith("multipart/form-data"):
            return "PostObject"
        if request.path == "/WriteGetObjectResponse" and "x-amz-request-route" in request.headers:
            return "WriteGetObjectResponse"
    return ""
