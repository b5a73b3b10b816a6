"""Operations of the S3 model that aren't carried out here: 501, and recorded under their event names."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError
from botocore.loaders import Loader
from botocore.model import ServiceModel, Shape

from s3trail.audit.facts import fact
from s3trail.testing.server import Server

_MODEL = ServiceModel(Loader().load_service_model("s3", "service-2"))
# Each operation that is carried out has its file of tests; one without either fails here.
_CARRIED_OUT = {path.stem.removeprefix("test_") for path in (Path(__file__).parent / "s3").glob("test_*.py")}
# Directory buckets have an endpoint of their own, WriteGetObjectResponse another host.
_ELSEWHERE = {"CreateSession", "ListDirectoryBuckets", "WriteGetObjectResponse"}
# Requests of old names (GetBucketLifecycle) are those of today's (GetBucketLifecycleConfiguration).
_OLD = {name for name in _MODEL.operation_names if _MODEL.operation_model(name).deprecated}
_MISSING = sorted(set(_MODEL.operation_names) - _CARRIED_OUT - _ELSEWHERE - _OLD)


def _least(shape: Shape) -> Any:
    """The smallest value that botocore's validation takes for a shape."""
    if shape.type_name == "structure":
        if shape.metadata.get("union"):
            name = next(iter(shape.members))
            return {name: _least(shape.members[name])}
        return {name: _least(shape.members[name]) for name in shape.required_members}
    if shape.type_name == "list":
        return [_least(shape.member)]
    if shape.type_name == "map":
        return {}
    if shape.type_name == "string":
        return shape.enum[0] if getattr(shape, "enum", None) else "x" * shape.metadata.get("min", 1)
    if shape.type_name == "timestamp":
        return 0
    if shape.type_name == "boolean":
        return True
    return b"" if shape.type_name == "blob" else 1


@pytest.mark.parametrize("operation", _MISSING)
def test_is_refused_and_recorded_by_name(server: Server, s3: Any, bucket: str, operation: str) -> None:
    shape = _MODEL.operation_model(operation).input_shape
    parameters = _least(shape)
    if "Bucket" in shape.members:
        parameters["Bucket"] = bucket
    with pytest.raises(ClientError) as caught:
        s3._make_api_call(operation, parameters)
    answer = caught.value.response
    assert answer["ResponseMetadata"]["HTTPStatusCode"] == 501
    assert answer["Error"]["Code"] in {"NotImplemented", "501"}
    record = server.record_of(caught.value)
    assert record["eventName"] == fact("s3", operation).event_name
    assert record["errorCode"] == "NotImplemented"
    assert record["requestParameters"]["bucketName"] == bucket
    assert record["userIdentity"]["type"] == "Root"


def test_there_are_such_operations() -> None:
    assert "SelectObjectContent" in _MISSING
    assert "GetObject" not in _MISSING
