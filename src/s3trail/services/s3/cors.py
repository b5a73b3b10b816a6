"""The CORS configuration of a bucket (Amazon S3 User Guide, "Using cross-origin resource sharing (CORS)")."""

from __future__ import annotations

from s3trail.kernel.errors import InvalidRequest, MalformedRequest
from s3trail.services.s3.errors import NoSuchCORSConfiguration
from s3trail.services.s3.settings import Document, Setting
from s3trail.services.s3.store import Store
from s3trail.state.environment import Tx
from s3trail.state.objects import bucket_settings
from s3trail.state.objects.buckets import Bucket

__all__ = ["CORS"]

_METHODS = frozenset(("GET", "PUT", "POST", "DELETE", "HEAD"))
_MAX_RULES = 100


def _check(store: Store, tx: Tx, bucket: Bucket, document: Document) -> Document:
    rules = document.get("CORSRules") or ()
    if not 1 <= len(rules) <= _MAX_RULES:
        raise MalformedRequest()
    for rule in rules:
        if not rule.get("AllowedMethods") or not rule.get("AllowedOrigins"):
            raise MalformedRequest()
        for method in rule["AllowedMethods"]:
            if method not in _METHODS:
                raise InvalidRequest(
                    f"Found unsupported HTTP method in CORS config. Unsupported method is {method}"
                )
        for member, name in (("AllowedOrigins", "AllowedOrigin"), ("AllowedHeaders", "AllowedHeader")):
            for pattern in rule.get(member) or ():
                if pattern.count("*") > 1:
                    raise InvalidRequest(f'{name} "{pattern}" can not have more than one wildcard.')
        for header in rule.get("ExposeHeaders") or ():
            if "*" in header:
                raise InvalidRequest(
                    f'ExposeHeader "{header}" contains wildcard. We currently do not support wildcard for '
                    "ExposeHeader."
                )
    return document


CORS = Setting(
    bucket_settings.CORS,
    "PutBucketCors",
    "GetBucketCors",
    "CORSConfiguration",
    _check,
    delete="DeleteBucketCors",
    missing=NoSuchCORSConfiguration,
)
