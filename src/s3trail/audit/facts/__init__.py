"""What records say of each operation: event name, source, read-only, category. One table per service."""

from __future__ import annotations

from s3trail.audit.facts import (
    athena,
    cloudtrail,
    cloudwatch,
    events,
    glacier,
    iam,
    lambda_,
    logs,
    s3,
    sns,
    sts,
)
from s3trail.audit.facts.fact import Category, Fact, S3Fact, Service, reads_only

__all__ = ["Category", "Fact", "S3Fact", "Service", "fact"]

UNKNOWN_OPERATION = "UnknownOperation"
"""`eventName` of a request that names no operation. CloudTrail has no word for it: our choice."""

_SERVICES: dict[str, tuple[Service, dict[str, Fact]]] = {
    "athena": (athena.SERVICE, athena.OPERATIONS),
    "cloudtrail": (cloudtrail.SERVICE, cloudtrail.OPERATIONS),
    "cloudtrail-data": (cloudtrail.DATA_SERVICE, cloudtrail.DATA_OPERATIONS),
    "cloudwatch": (cloudwatch.SERVICE, cloudwatch.OPERATIONS),
    "events": (events.SERVICE, events.OPERATIONS),
    "glacier": (glacier.SERVICE, glacier.OPERATIONS),
    "iam": (iam.SERVICE, iam.OPERATIONS),
    "lambda": (lambda_.SERVICE, lambda_.OPERATIONS),
    "logs": (logs.SERVICE, logs.OPERATIONS),
    "s3": (s3.SERVICE, s3.OPERATIONS),
    "s3control": (s3.SERVICE, s3.CONTROL_OPERATIONS),
    "sns": (sns.SERVICE, sns.OPERATIONS),
    "sts": (sts.SERVICE, sts.OPERATIONS),
}
_FACTS = {
    (service, operation): known
    for service, (_, operations) in _SERVICES.items()
    for operation, known in operations.items()
}


def fact(service: str, operation: str) -> Fact:
    """The fact of an operation, by botocore's service name and the model's operation name.

    An operation that is in no table gets what its name tells: its own name as event name, read-only by its
    verb, a management event, no resources. A request that names no operation, or by something that can't be a
    name, is `UnknownOperation`, which counts as a write: what isn't known must not hide among the reads.
    """
    return _FACTS.get((service, operation)) or _unlisted(service, operation)


def _unlisted(service: str, operation: str) -> Fact:
    known = _SERVICES.get(service)
    style = known[0] if known else Service(source=f"{service or 'unknown'}.amazonaws.com")
    named = operation.isascii() and operation.isalnum() and len(operation) <= 128
    return Fact(
        event_name=operation if named else UNKNOWN_OPERATION,
        event_source=style.source,
        read_only=named and reads_only(operation),
        category="Management",
        answered=False,
        service=style,
        s3=S3Fact() if style is s3.SERVICE else None,
    )
