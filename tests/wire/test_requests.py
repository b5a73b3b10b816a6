"""Every operation's request, as botocore sends it, is located and parsed back into its params."""

from __future__ import annotations

from email.utils import formatdate
from typing import Any
from urllib.parse import urlsplit

import pytest
from botocore.awsrequest import create_request_object, prepare_request_dict
from botocore.handlers import escape_xml_payload
from botocore.serialize import create_serializer

from s3trail.wire.http import Request, parse_query
from s3trail.wire.locate import locate, needs_body
from s3trail.wire.models import SERVICES
from s3trail.wire.service import service
from tests.wire.values import EVERY_OPERATION, Generator, epochs, operation_model, streamed, without_empty

MODERN = {
    "GetBucketLifecycle": "GetBucketLifecycleConfiguration",
    "GetBucketNotification": "GetBucketNotificationConfiguration",
    "PutBucketLifecycle": "PutBucketLifecycleConfiguration",
    "PutBucketNotification": "PutBucketNotificationConfiguration",
}
"""Operations of S3 that share a request with their successor."""

CASES = [
    (name, operation, protocol)
    for name, operation in EVERY_OPERATION
    for protocol in SERVICES[name].protocols
]


def sent(service_name: str, operation: str, protocol: str, params: dict[str, Any]) -> tuple[Request, bytes]:
    """The request that botocore makes, as the edge would hand it over."""
    serializer = create_serializer(protocol, include_validation=False)
    raw = serializer.serialize_to_request(params, operation_model(service_name, operation))
    if protocol == "rest-xml" and operation != "PutBucketPolicy":  # whose body is no XML
        escape_xml_payload(raw)
    prepare_request_dict(raw, endpoint_url="http://localhost:9000")
    prepared = create_request_object(raw).prepare()
    parts = urlsplit(prepared.url)
    lines = [
        (name.lower(), value.decode() if isinstance(value, bytes) else str(value))
        for name, value in prepared.headers.items()
    ]
    body = prepared.body or b""
    request = Request(
        method=prepared.method,
        path=parts.path,
        query_string=parts.query,
        headers={"host": "localhost:9000", **dict(lines)},
        raw_headers=lines,
        query=parse_query(parts.query),
    )
    return request, body.encode() if isinstance(body, str) else bytes(body)


def expected(service_name: str, operation: str, params: dict[str, Any]) -> dict[str, Any]:
    shape = operation_model(service_name, operation).input_shape
    found: dict[str, Any] = epochs(params)
    found.pop(streamed(shape), None)
    for name in ("Expires", "ResponseExpires"):
        if service_name == "s3" and name in found:
            found[name] = formatdate(found[name], usegmt=True)
    return found


@pytest.mark.parametrize("variant", ["required", "full", "full again"])
@pytest.mark.parametrize(("name", "operation", "protocol"), CASES)
def test_request_round_trip(name: str, operation: str, protocol: str, variant: str) -> None:
    shape = operation_model(name, operation).input_shape
    generator = Generator(f"{name} {operation} {variant}", full=variant != "required")
    params = generator.structure(shape) if shape is not None else {}
    # Its value is the length of the body that is sent.
    params.pop("ContentLength", None)
    request, body = sent(name, operation, protocol, params)
    scope = "s3express" if operation == "ListDirectoryBuckets" else SERVICES[name].signing_name

    assert needs_body(request, scope) is (protocol == "query")
    located = locate(request, scope, ("localhost",), body if protocol == "query" else b"")
    wanted = MODERN.get(operation, operation) if name == "s3" else operation
    assert (located.service, located.operation, located.protocol) == (name, wanted, protocol)

    parsed = service(name).operation(operation).parse(request, located.labels, body)
    parsed.pop("ContentLength", None)
    assert without_empty(parsed) == without_empty(expected(name, operation, params))
