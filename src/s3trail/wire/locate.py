"""Which service and operation a request is for, before it is authenticated: a refused call has its name.

Input: the head of a request, the service in its credential scope, and for the query protocol its form body.
Output: a `Located`. Nothing is refused here: a request that matches nothing has the operation ''.

| protocol | told by |
|---|---|
| json | `X-Amz-Target: PREFIX.Operation` on `POST /` |
| smithy-rpc-v2-cbor | the path `/service/PREFIX/operation/Operation` |
| query | `Action` and `Version` among the form's fields, or the scope's service |
| rest-json, S3 Control | the scope's service, then method and path template |
| S3 | everything else (`wire.s3_locate`) |
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from urllib.parse import unquote

from s3trail.wire.http import Request
from s3trail.wire.models import SERVICES, load_model
from s3trail.wire.protocols.query import form_fields
from s3trail.wire.s3_locate import locate_s3

__all__ = ["Located", "locate", "needs_body"]

_S3_SCOPES = frozenset({"s3", "s3express", "s3-object-lambda", "s3-outposts"})
_S3_CONTROL_PATH = "/v20180820/"

_BY_SCOPE = {facts.signing_name: name for name, facts in SERVICES.items() if facts.signing_name != "s3"}
_BY_TARGET = {facts.target_prefix: name for name, facts in SERVICES.items() if facts.target_prefix}
# Older SDKs name CloudTrail without the namespace.
_BY_TARGET["CloudTrail_20131101"] = "cloudtrail"
_BY_VERSION = {facts.api_version: name for name, facts in SERVICES.items() if "query" in facts.protocols}


@dataclass(frozen=True, slots=True)
class Located:
    """What a request is for."""

    service: str
    """botocore's service name; an unsupported service has the name in its credential scope."""
    operation: str
    """The operation's name in the model, `PostObject`, `PreflightRequest`, or '' when none matches."""
    labels: dict[str, str]
    """The labels of the path, percent-decoded: `Bucket`, `Key`, `vaultName`, ..."""
    protocol: str
    """The protocol that the request came in and that its answer must be in."""


def needs_body(request: Request, scope_service: str) -> bool:
    """True when a form body names the operation (query protocol); it must then be read before `locate`.

    Args:
        request: the request's head.
        scope_service: the service in the credential scope; '' for an unsigned request.
    """
    if request.method != "POST" or request.path != "/" or "x-amz-target" in request.headers:
        return False
    if not request.headers.get("content-type", "").startswith("application/x-www-form-urlencoded"):
        return False
    if scope_service:
        name = _BY_SCOPE.get(scope_service)
        return name is not None and "query" in SERVICES[name].protocols
    # Unsigned calls of STS (AssumeRoleWithWebIdentity) look like this; posts to S3 have a query or another
    # type.
    return not request.query


def locate(request: Request, scope_service: str, domains: tuple[str, ...], body: bytes = b"") -> Located:
    """The service, operation and path labels of a request.

    Args:
        request: the request's head.
        scope_service: the service in the credential scope; '' for an unsigned request.
        domains: base domains of virtual-host style requests (`localhost`, `s3.example.org`).
        body: the form body when `needs_body` says so.
    """
    if request.path == "/" and request.method == "POST":
        target = request.headers.get("x-amz-target")
        if target is not None and scope_service not in _S3_SCOPES:
            return _locate_target(target, scope_service)
    elif request.path.startswith("/service/") and request.headers.get("smithy-protocol") == "rpc-v2-cbor":
        return _locate_rpc(request.path, scope_service)
    name = _BY_SCOPE.get(scope_service, "")
    if name:
        return _locate_scoped(name, request, body)
    if not scope_service or scope_service in _S3_SCOPES or not _names_operation(request):
        # S3 is what a bare path means; a scope of a service that isn't there then fails to authenticate.
        if not scope_service and request.path == "/":
            found = _locate_action("", request, body)
            if found is not None:
                return found
        if request.path.startswith(_S3_CONTROL_PATH) and "x-amz-account-id" in request.headers:
            return _locate_path("s3control", request)
        operation, labels = locate_s3(request, domains, directory=scope_service == "s3express")
        return Located("s3", operation, labels, "rest-xml")
    return Located(scope_service, "", {}, "json" if "x-amz-target" in request.headers else "rest-xml")


def _names_operation(request: Request) -> bool:
    """Whether this is a call of a service that names its operation, in a header or a form."""
    form = request.headers.get("content-type", "").startswith("application/x-www-form-urlencoded")
    return "x-amz-target" in request.headers or (request.method == "POST" and request.path == "/" and form)


def _known(service: str, operation: str) -> str:
    return operation if operation in load_model(service).operation_names else ""


def _locate_target(target: str, scope_service: str) -> Located:
    prefix, _, operation = target.rpartition(".")
    service = _BY_TARGET.get(prefix)
    if service is None:
        return Located(_BY_SCOPE.get(scope_service, scope_service), "", {}, "json")
    return Located(service, _known(service, operation), {}, "json")


def _locate_rpc(path: str, scope_service: str) -> Located:
    parts = path.split("/")
    if len(parts) == 5 and parts[3] == "operation":
        service = _BY_TARGET.get(parts[2])
        if service is not None and "smithy-rpc-v2-cbor" in SERVICES[service].protocols:
            return Located(service, _known(service, parts[4]), {}, "smithy-rpc-v2-cbor")
    return Located(_BY_SCOPE.get(scope_service, scope_service), "", {}, "smithy-rpc-v2-cbor")


def _locate_scoped(service: str, request: Request, body: bytes) -> Located:
    protocols = SERVICES[service].protocols
    if "query" in protocols:
        found = _locate_action(service, request, body)
        return found if found is not None else Located(service, "", {}, "query")
    if protocols[0] == "rest-json":
        return _locate_path(service, request)
    return Located(service, "", {}, protocols[0])


def _locate_action(service: str, request: Request, body: bytes) -> Located | None:
    """A query protocol request; None when it isn't one."""
    fields = dict(form_fields(request, body))
    action = fields.get("Action")
    if action is None:
        return None
    name = service or _BY_VERSION.get(fields.get("Version", ""))
    return Located(name, _known(name, action), {}, "query") if name else None


# Path templates


@dataclass(frozen=True, slots=True)
class _Template:
    operation: str
    segments: tuple[str, ...]
    """Fixed text, or `{label}`."""
    query: tuple[tuple[str, str], ...]
    """Pairs that must be in the query."""

    def match(self, segments: list[str], query: list[tuple[str, str]]) -> dict[str, str] | None:
        """The labels, decoded; None when the path or the query is another."""
        labels = {}
        for mine, theirs in zip(self.segments, segments, strict=True):
            if mine.startswith("{"):
                if not theirs:
                    return None
                labels[mine.strip("{+}")] = unquote(theirs, errors="surrogateescape")
            elif mine != theirs:
                return None
        return labels if all(pair in query for pair in self.query) else None


@cache
def _templates(service: str) -> Mapping[tuple[str, int], tuple[_Template, ...]]:
    """Templates by method and number of segments, the most particular first."""
    model = load_model(service)
    found: dict[tuple[str, int], list[_Template]] = defaultdict(list)
    for name in model.operation_names:
        operation = model.operation(name)
        path, _, query = operation.uri.partition("?")
        segments = tuple(path.strip("/").split("/"))
        pairs = tuple(
            (key, value) for key, _, value in (part.partition("=") for part in query.split("&") if part)
        )
        found[operation.method, len(segments)].append(_Template(name, segments, pairs))
    return {
        key: tuple(
            sorted(
                templates,
                key=lambda each: (-len(each.query), sum(s[0] == "{" for s in each.segments), each.operation),
            )
        )
        for key, templates in found.items()
    }


def _locate_path(service: str, request: Request) -> Located:
    protocol = SERVICES[service].protocols[0]
    # Older SDKs end some of Lambda's paths with a slash.
    segments = request.path.removeprefix("/").removesuffix("/").split("/")
    for template in _templates(service).get((request.method, len(segments)), ()):
        labels = template.match(segments, request.query)
        if labels is not None:
            return Located(service, template.operation, labels, protocol)
    return Located(service, "", {}, protocol)
