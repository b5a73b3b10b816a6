"""Who pays for requests, stored and shown; nobody is charged (API Reference, PutBucketRequestPayment)."""

from __future__ import annotations

from typing import Any

from s3trail.kernel.call import Call
from s3trail.kernel.errors import MalformedRequest
from s3trail.services.s3.addressing import the_bucket
from s3trail.services.s3.store import Store
from s3trail.state.environment import Tx
from s3trail.state.objects import bucket_settings

__all__ = ["get_bucket_request_payment", "put_bucket_request_payment"]

_KIND = "request-payment"


def put_bucket_request_payment(store: Store, tx: Tx, call: Call, params: dict[str, Any]) -> dict[str, Any]:
    """PutBucketRequestPayment."""
    bucket = the_bucket(tx, params)
    payer = params["RequestPaymentConfiguration"].get("Payer")
    if payer not in ("Requester", "BucketOwner"):
        raise MalformedRequest()
    bucket_settings.put(tx, bucket, _KIND, {"Payer": payer})
    return {}


def get_bucket_request_payment(store: Store, tx: Tx, call: Call, params: dict[str, Any]) -> dict[str, Any]:
    """GetBucketRequestPayment; the owner unless it was put otherwise."""
    document = bucket_settings.get(tx, the_bucket(tx, params), _KIND)
    return document or {"Payer": "BucketOwner"}
