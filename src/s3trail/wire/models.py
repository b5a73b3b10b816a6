"""AWS's service models as a typed tree of shapes, read from botocore's JSON files.

Input: the model files that ship with botocore (raw JSON, also gzipped, through `botocore.loaders`). Output:
`Model`, `OperationModel` and `Shape`, which the protocols in `wire.protocols` walk once, when an operation is
compiled. Nothing here runs per request, but for the facts in `SERVICES`, which tell services apart before any
model has been loaded.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache, cached_property
from typing import Any

import botocore.loaders

from s3trail.wire.http import Request, Response

__all__ = ["SERVICES", "Codec", "Model", "OperationModel", "ServiceFacts", "Shape", "load_model"]

Parse = Callable[[Request, Mapping[str, str], bytes], dict[str, Any]]
Render = Callable[[Mapping[str, Any], str], Response]


@dataclass(frozen=True, slots=True)
class ServiceFacts:
    """What tells a service apart on the wire; copied from the models, so that locating loads none."""

    protocols: tuple[str, ...]
    """Protocols that are spoken: `rest-xml`, `rest-json`, `json`, `query`, `smithy-rpc-v2-cbor`."""
    signing_name: str
    """Service in the credential scope of a signature."""
    api_version: str
    """The model's version; the `Version` of query requests."""
    target_prefix: str = ""
    """What stands before the operation in `X-Amz-Target`, and the service in an RPC v2 path."""


SERVICES: Mapping[str, ServiceFacts] = {
    "athena": ServiceFacts(("json",), "athena", "2017-05-18", "AmazonAthena"),
    "cloudtrail": ServiceFacts(
        ("json",),
        "cloudtrail",
        "2013-11-01",
        "com.amazonaws.cloudtrail.v20131101.CloudTrail_20131101",
    ),
    "cloudtrail-data": ServiceFacts(("rest-json",), "cloudtrail-data", "2021-08-11"),
    "cloudwatch": ServiceFacts(
        ("json", "query", "smithy-rpc-v2-cbor"), "monitoring", "2010-08-01", "GraniteServiceVersion20100801"
    ),
    "events": ServiceFacts(("json",), "events", "2015-10-07", "AWSEvents"),
    "glacier": ServiceFacts(("rest-json",), "glacier", "2012-06-01"),
    "iam": ServiceFacts(("query",), "iam", "2010-05-08"),
    "lambda": ServiceFacts(("rest-json",), "lambda", "2015-03-31"),
    "logs": ServiceFacts(("json",), "logs", "2014-03-28", "Logs_20140328"),
    "s3": ServiceFacts(("rest-xml",), "s3", "2006-03-01"),
    "s3control": ServiceFacts(("rest-xml",), "s3", "2018-08-20"),
    "sns": ServiceFacts(("query",), "sns", "2010-03-31"),
    "sts": ServiceFacts(("query",), "sts", "2011-06-15"),
}
"""The services that this server knows; the first protocol of each is the one that a request is taken for."""


@dataclass(frozen=True, slots=True)
class Codec:
    """One operation in one protocol, compiled."""

    parse: Parse
    """`(request, labels, body) -> params`."""
    render: Render
    """`(result, request_id) -> response`."""


class Shape:
    """A shape where it is used: its own traits, overridden by those of the member that refers to it.

    Attributes:
        name: the shape's name in the model.
        type: `structure`, `list`, `map`, `string`, `integer`, `timestamp`, ...
        traits: the merged JSON object.
    """

    def __init__(self, model: Model, reference: Mapping[str, Any]) -> None:
        self._model = model
        self.name: str = reference["shape"]
        self.traits: dict[str, Any] = {**model.shapes[self.name], **reference}
        self.type: str = self.traits["type"]

    @cached_property
    def members(self) -> dict[str, Shape]:
        """A structure's members by model name, in the model's order."""
        return {name: Shape(self._model, ref) for name, ref in self.traits.get("members", {}).items()}

    @property
    def required(self) -> tuple[str, ...]:
        """A structure's required members, by model name."""
        return tuple(self.traits.get("required", ()))

    @cached_property
    def element(self) -> Shape:
        """What a list holds."""
        return Shape(self._model, self.traits["member"])

    @cached_property
    def key(self) -> Shape:
        """A map's keys."""
        return Shape(self._model, self.traits["key"])

    @cached_property
    def value(self) -> Shape:
        """A map's values."""
        return Shape(self._model, self.traits["value"])

    def wire_name(self, default: str) -> str:
        """The name on the wire: `locationName`, or what the caller would use without one."""
        return str(self.traits.get("locationName", default))

    @property
    def location(self) -> str:
        """`uri`, `querystring`, `header`, `headers` or `statusCode`; empty for a member of the body."""
        return str(self.traits.get("location", ""))

    @property
    def flattened(self) -> bool:
        """True for a list or map without an element of its own around it."""
        return bool(self.traits.get("flattened", False))

    @property
    def timestamp_format(self) -> str:
        """`iso8601`, `rfc822`, `unixTimestamp`, or empty for the default of protocol and location."""
        return str(self.traits.get("timestampFormat", ""))

    @property
    def payload(self) -> str:
        """The member that is the whole body; empty when the body holds the members without location."""
        return str(self.traits.get("payload", ""))

    @property
    def body_members(self) -> dict[str, Shape]:
        """The members that travel in the body."""
        return {name: member for name, member in self.members.items() if not member.location}


@dataclass(frozen=True, slots=True)
class OperationModel:
    """One operation as the model has it."""

    model: Model
    name: str
    method: str
    uri: str
    """Path template with its fixed query: `/{Bucket}/{Key+}?acl`."""
    status: int
    """HTTP status of success."""
    input: Shape | None
    output: Shape | None
    deprecated: bool
    compressible: bool
    """SDKs may send the body with gzip (PutMetricData, from 10 KiB on)."""

    def payload_shape(self, side: Shape | None) -> Shape | None:
        """The payload member of input or output; None when there is none."""
        return side.members[side.payload] if side is not None and side.payload else None


class Model:
    """One service's model.

    Args:
        name: botocore's name of the service.

    Raises:
        KeyError: the service is not in `SERVICES`.
    """

    def __init__(self, name: str) -> None:
        self.name = name
        self.facts = SERVICES[name]
        raw = botocore.loaders.Loader().load_service_model(name, "service-2")
        self.metadata: dict[str, Any] = raw["metadata"]
        self.shapes: dict[str, Any] = raw["shapes"]
        self._operations: dict[str, Any] = raw["operations"]
        self.operation_names = frozenset(self._operations)

    @property
    def xml_namespace(self) -> str:
        """Namespace of answers in the query protocol; empty for the other protocols."""
        return str(self.metadata.get("xmlNamespace", ""))

    def operation(self, name: str) -> OperationModel:
        """One operation.

        Raises:
            KeyError: the model has no such operation.
        """
        raw = self._operations[name]
        http = raw["http"]
        return OperationModel(
            model=self,
            name=name,
            method=http["method"],
            uri=http["requestUri"],
            status=http.get("responseCode", 200),
            input=Shape(self, raw["input"]) if "input" in raw else None,
            output=Shape(self, raw["output"]) if "output" in raw else None,
            deprecated=bool(raw.get("deprecated", False)),
            compressible="gzip" in raw.get("requestcompression", {}).get("encodings", ()),
        )


@cache
def load_model(name: str) -> Model:
    """The model of a service, loaded once (tens of milliseconds).

    Raises:
        KeyError: the service is not in `SERVICES`.
    """
    return Model(name)
