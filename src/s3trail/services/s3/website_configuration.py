"""The website configuration of a bucket (S3 User Guide, "Hosting a static website using Amazon S3")."""

from __future__ import annotations

from s3trail.kernel.errors import InvalidArgument, InvalidRequest, MalformedRequest
from s3trail.services.s3.errors import NoSuchWebsiteConfiguration
from s3trail.services.s3.settings import Document, Setting
from s3trail.services.s3.store import Store
from s3trail.state.environment import Tx
from s3trail.state.objects.buckets import Bucket

__all__ = ["WEBSITE"]

_PROTOCOLS = ("http", "https")
_MAX_ROUTING_RULES = 50


def _check(store: Store, tx: Tx, bucket: Bucket, document: Document) -> Document:
    redirect, index = document.get("RedirectAllRequestsTo"), document.get("IndexDocument")
    rules = document.get("RoutingRules") or ()
    if redirect is not None:
        if not redirect.get("HostName"):
            raise MalformedRequest()
        _check_protocol(redirect)
        if index is not None or document.get("ErrorDocument") is not None or rules:
            raise InvalidArgument(
                "RedirectAllRequestsTo cannot be provided in conjunction with other Routing Rules.",
                ArgumentName="RedirectAllRequestsTo",
                ArgumentValue="not null",
            )
        return document
    if index is None:
        raise InvalidArgument(
            "A value for IndexDocument Suffix must be provided if RedirectAllRequestsTo is empty",
            ArgumentName="IndexDocument",
            ArgumentValue="null",
        )
    suffix = index.get("Suffix", "")
    if not suffix or "/" in suffix:
        raise InvalidArgument(
            "The IndexDocument Suffix is not well formed", ArgumentName="IndexDocument", ArgumentValue=suffix
        )
    if document.get("ErrorDocument") is not None and not document["ErrorDocument"].get("Key"):
        raise InvalidArgument(
            "The ErrorDocument Key is not well formed", ArgumentName="ErrorDocument", ArgumentValue=""
        )
    if len(rules) > _MAX_ROUTING_RULES:
        raise InvalidRequest(
            f"{len(rules)} routing rules provided, the number of routing rules in a website configuration is "
            f"limited to {_MAX_ROUTING_RULES}."
        )
    for rule in rules:
        _check_rule(rule)
    return document


def _check_rule(rule: Document) -> None:
    condition, redirect = rule.get("Condition"), rule.get("Redirect")
    if not redirect:
        raise MalformedRequest()
    _check_protocol(redirect)
    if "ReplaceKeyWith" in redirect and "ReplaceKeyPrefixWith" in redirect:
        raise InvalidRequest("You can only define ReplaceKeyPrefix or ReplaceKey but not both.")
    code = redirect.get("HttpRedirectCode")
    if code is not None and not (
        len(code) == 3 and code.isascii() and code.isdigit() and "301" <= code <= "399"
    ):
        raise InvalidRequest(
            f"The provided HTTP redirect code ({code}) is not valid. Valid codes are 3XX except 300."
        )
    if condition is not None:
        if not condition:
            raise InvalidRequest(
                "Condition cannot be empty. To redirect all requests without a condition, the "
                "condition element shouldn't be present."
            )
        code = condition.get("HttpErrorCodeReturnedEquals")
        if code is not None and not (
            len(code) == 3 and code.isascii() and code[0] in "45" and code.isdigit()
        ):
            raise InvalidRequest(
                f"The provided HTTP error code ({code}) is not valid. Valid codes are 4XX or 5XX."
            )


def _check_protocol(redirect: Document) -> None:
    if redirect.get("Protocol", "http") not in _PROTOCOLS:
        raise InvalidRequest(
            "Invalid protocol, protocol can be http or https. If not defined the protocol will be "
            "selected automatically."
        )


WEBSITE = Setting(
    "website",
    "PutBucketWebsite",
    "GetBucketWebsite",
    "WebsiteConfiguration",
    _check,
    delete="DeleteBucketWebsite",
    missing=NoSuchWebsiteConfiguration,
)
