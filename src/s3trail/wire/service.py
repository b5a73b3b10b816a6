"""Services and their operations as the gateway uses them: bytes to params, results to bytes.

`service("s3").operation("GetObject")` compiles the operation's parser and renderer from botocore's model on
first use and keeps them. What an operation is called with and returns is described in
`s3trail.kernel.operation`.
"""

from __future__ import annotations

import zlib
from collections.abc import Mapping
from functools import cache
from typing import Any

from s3trail.kernel.errors import AwsError
from s3trail.wire.http import Request, Response
from s3trail.wire.models import Codec, OperationModel, load_model
from s3trail.wire.protocols import aws_json, query, rest_json, rest_xml, rpc_cbor

__all__ = ["Service", "WireOperation", "request_protocol", "service"]

_MAX_EXPANDED = 8 << 20
"""Bytes that a compressed body may expand to; PutMetricData takes 1 MB."""

_COMPILERS = {
    "json": aws_json.compile_codec,
    "query": query.compile_codec,
    "rest-json": rest_json.compile_codec,
    "rest-xml": rest_xml.compile_codec,
    "smithy-rpc-v2-cbor": rpc_cbor.compile_codec,
}


def request_protocol(request: Request, protocols: tuple[str, ...]) -> str:
    """The protocol of a request to a service, by its headers; only CloudWatch has more than one.

    Args:
        request: the request's head.
        protocols: what the service speaks.
    """
    if len(protocols) == 1:
        return protocols[0]
    if request.headers.get("smithy-protocol") == "rpc-v2-cbor" and "smithy-rpc-v2-cbor" in protocols:
        return "smithy-rpc-v2-cbor"
    return "json" if "x-amz-target" in request.headers else "query"


def _expanded(body: bytes) -> bytes:
    """A gzip body's bytes.

    Raises:
        AwsError: `SerializationException`, it isn't whole gzip data or expands to too much.
    """
    stream = zlib.decompressobj(wbits=31)
    try:
        data = stream.decompress(body, _MAX_EXPANDED)
    except zlib.error:
        data = b""
    if not stream.eof:
        raise AwsError("The request is not valid gzip data", code="SerializationException", status=400)
    return data


class WireOperation:
    """One operation on the wire.

    Attributes:
        name: the operation's name in the model.
        method: HTTP method.
        payload: the input member that is the whole body; empty when there is none.
        output_payload: the output member that is the whole body; empty when there is none.
        streaming_input: the body is a blob that `parse` leaves alone; the gateway adds it to the params.
        streaming_output: the result's `output_payload` is bytes or a `ByteSource`.
        renderable: False for an answer that is an event stream, which can't be written.
        required: names of the required input members.
    """

    __slots__ = (
        "_codecs",
        "_model",
        "_only",
        "method",
        "name",
        "output_payload",
        "payload",
        "renderable",
        "required",
        "streaming_input",
        "streaming_output",
    )

    def __init__(self, model: OperationModel) -> None:
        self._model = model
        self._codecs: dict[str, Codec] = {}
        protocols = model.model.facts.protocols
        self._only = self._codec(protocols[0]) if len(protocols) == 1 else None
        self.name = model.name
        self.method = model.method
        self.payload = model.input.payload if model.input is not None else ""
        self.output_payload = model.output.payload if model.output is not None else ""
        self.required = model.input.required if model.input is not None else ()
        sent, answered = model.payload_shape(model.input), model.payload_shape(model.output)
        self.streaming_input = sent is not None and bool(sent.traits.get("streaming"))
        self.streaming_output = answered is not None and bool(answered.traits.get("streaming"))
        self.renderable = model.output is None or not any(
            member.traits.get("eventstream") for member in model.output.members.values()
        )

    def _codec(self, protocol: str) -> Codec:
        codec = self._codecs.get(protocol)
        if codec is None:
            codec = self._codecs[protocol] = _COMPILERS[protocol](self._model)
        return codec

    def parse(self, request: Request, labels: Mapping[str, str], body: bytes) -> dict[str, Any]:
        """The input members by model name, without a streamed payload; members that were not sent are absent.

        Timestamps are epoch seconds, blobs bytes. Enumerations are not checked.

        Args:
            request: the request's head.
            labels: the path's labels, as `locate` found them.
            body: the whole body, empty for a streamed payload.

        Raises:
            AwsError: the request isn't one of this operation; the code is the protocol's (`MalformedXML`,
                `InvalidArgument`, `SerializationException`, `MissingParameter`, ...).
        """
        if self._model.compressible and request.headers.get("content-encoding") == "gzip":
            body = _expanded(body)
        codec = self._only or self._codec(request_protocol(request, self._model.model.facts.protocols))
        return codec.parse(request, labels, body)

    def render(self, result: Mapping[str, Any], request_id: str, protocol: str = "") -> Response:
        """The answer of a result; absent and None members and names that the model lacks are left out.

        `HTTPStatusCode` in the result of a REST operation overrides the model's status.

        Args:
            result: the operation's result.
            request_id: goes into the body where the protocol has a place for it; the headers are the edge's.
            protocol: the protocol that the request came in (`Located.protocol`), for services with several.
        """
        codec = self._only or self._codec(protocol or self._model.model.facts.protocols[0])
        return codec.render(result, request_id)


class Service:
    """One service's wire side.

    Args:
        name: botocore's name of the service.

    Raises:
        KeyError: the service is not supported.

    Attributes:
        name: botocore's name.
        protocol: the protocol of its requests; the first of `protocols`.
        protocols: every protocol that is spoken.
        json_version: `1.0` or `1.1`; empty where there is none.
        signing_name: the service in a credential scope.
        target_prefix: what stands before the operation in `X-Amz-Target`; empty where there is none.
        api_version: the model's version.
        xml_namespace: namespace of the query protocol's answers; empty where there is none.
        operation_names: every operation of the model.
    """

    def __init__(self, name: str) -> None:
        self._model = load_model(name)
        self._operations: dict[str, WireOperation] = {}
        facts = self._model.facts
        self.name = name
        self.protocols = facts.protocols
        self.protocol = facts.protocols[0]
        self.json_version = str(self._model.metadata.get("jsonVersion", ""))
        self.signing_name = facts.signing_name
        self.target_prefix = facts.target_prefix
        self.api_version = facts.api_version
        self.xml_namespace = self._model.xml_namespace
        self.operation_names = self._model.operation_names

    def operation(self, name: str) -> WireOperation:
        """One operation, compiled on first use.

        Raises:
            KeyError: the model has no such operation.
        """
        found = self._operations.get(name)
        if found is None:
            # Two threads may both compile; the results are alike, and the assignment is atomic.
            found = self._operations[name] = WireOperation(self._model.operation(name))
        return found


@cache
def service(name: str) -> Service:
    """A service by botocore's name; its model is loaded on first use.

    Raises:
        KeyError: the service is not supported.
    """
    return Service(name)
