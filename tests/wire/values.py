"""Values for any shape of botocore's models, from a seeded generator, and the forms they are compared in."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

from botocore.loaders import Loader
from botocore.model import OperationModel, ServiceModel, Shape

SERVICES = (
    "athena",
    "cloudtrail",
    "cloudtrail-data",
    "cloudwatch",
    "events",
    "glacier",
    "iam",
    "lambda",
    "logs",
    "s3",
    "sns",
    "sts",
)
BODY_WORDS = ("plain", "a b", "<&>\"'", "grüße", "\N{SNOWMAN} 100%+?#/", "line\r\nend\t", "]]>", "{}", "-1")
HEAD_WORDS = ("plain", "a b", "<&>'", "100%+?#/", "k=v&x", "{}", "-1", "~tilde")
EPOCH = datetime(2026, 1, 31, 23, 59, 59, tzinfo=UTC)


@cache
def model(service: str) -> ServiceModel:
    return ServiceModel(Loader().load_service_model(service, "service-2"), service)


def operations(service: str) -> list[str]:
    return list(model(service).operation_names)


EVERY_OPERATION = [(service, name) for service in SERVICES for name in operations(service)]


class Generator:
    """Values of shapes; `full` ones have every member, others only what is required."""

    def __init__(self, seed: str, *, full: bool) -> None:
        self.random = random.Random(seed)
        self.full = full

    def structure(self, shape: Shape, depth: int = 0) -> dict[str, Any]:
        names = list(shape.members)
        if shape.is_tagged_union:
            names = [self.random.choice(names)]
        elif not self.full or depth > 6:
            names = list(shape.required_members)
            if not names and depth > 0:
                names = list(shape.members)[:1]
        if {"Event", "Events"} <= set(names):
            # The two share an element in S3's first notification format; only the list can be told.
            names.remove("Event")
        return {name: self.value(shape.members[name], depth + 1) for name in names}

    def value(self, shape: Shape, depth: int = 0) -> Any:
        kind = shape.type_name
        if kind == "structure":
            return self.structure(shape, depth)
        if kind == "list":
            # A recursive shape ends where its lists do; one item is enough deep down.
            return [self.value(shape.member, depth) for _ in range(2 if depth < 4 else 1)]
        if kind == "map":
            if shape.serialization.get("location") == "headers":
                return {key: self.random.choice(HEAD_WORDS) for key in ("one", "two-three")}
            keys = ["one", self.text(shape.key)]
            return {key: self.value(shape.value, depth) for key in keys}
        return self.scalar(shape, kind)

    def scalar(self, shape: Shape, kind: str) -> Any:
        if kind in ("integer", "long"):
            low, high = shape.metadata.get("min", -(2**31)), shape.metadata.get("max", 2**31 - 1)
            return self.random.randint(int(low), int(high))
        if kind in ("float", "double"):
            return self.random.choice([0.5, -2.25, 1e20, 3.0])
        if kind == "boolean":
            return self.random.choice([True, False])
        if kind == "blob":
            return self.random.randbytes(9)
        if kind == "timestamp":
            moment = EPOCH + timedelta(seconds=self.random.randrange(10**7))
            form = shape.serialization.get("timestampFormat", "")
            whole = form == "rfc822" or shape.serialization.get("location") == "header"
            return moment if whole else moment + timedelta(milliseconds=self.random.randrange(1000))
        return self.text(shape)

    def text(self, shape: Shape) -> str:
        if shape.metadata.get("enum"):
            return str(self.random.choice(shape.metadata["enum"]))
        if shape.serialization.get("hostLabel"):
            return "route-1"
        words = HEAD_WORDS if shape.serialization.get("location") else BODY_WORDS
        return self.random.choice(words)


def epochs(value: Any) -> Any:
    """Times as operations see them: epoch seconds."""
    if isinstance(value, dict):
        return {name: epochs(item) for name, item in value.items()}
    if isinstance(value, list):
        return [epochs(item) for item in value]
    return value.timestamp() if isinstance(value, datetime) else value


def without_empty(value: Any) -> Any:
    """Without the empty structures that some protocols can't tell from absent ones."""
    if isinstance(value, dict):
        items = {name: without_empty(item) for name, item in value.items()}
        return {name: item for name, item in items.items() if item != {}}
    return value


def streamed(shape: Shape | None) -> str:
    """The member that is a streamed blob; empty when there is none."""
    if shape is None or "payload" not in shape.serialization:
        return ""
    name = str(shape.serialization["payload"])
    return name if shape.members[name].serialization.get("streaming") else ""


def operation_model(service: str, name: str) -> OperationModel:
    return model(service).operation_model(name)
