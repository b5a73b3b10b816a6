"""PutBucketVersioning, GetBucketVersioning."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from s3trail.kernel.call import Call
from s3trail.kernel.errors import MalformedRequest, NotImplementedByServer
from s3trail.services.s3.addressing import the_bucket
from s3trail.services.s3.errors import IllegalVersioningConfiguration, InvalidBucketState
from s3trail.services.s3.replication_configuration import REPLICATION
from s3trail.services.s3.store import Store
from s3trail.state.environment import Tx
from s3trail.state.objects import buckets

__all__ = ["get_bucket_versioning", "put_bucket_versioning"]


def put_bucket_versioning(store: Store, tx: Tx, call: Call, params: dict[str, Any]) -> dict[str, Any]:
    """PutBucketVersioning: once enabled, versioning can only be suspended.

    Raises:
        IllegalVersioningConfiguration: no status.
        MalformedRequest: another status than `Enabled` or `Suspended`.
        NotImplementedByServer: MFA delete.
        InvalidBucketState: to suspend it while there are replication rules.
    """
    bucket = the_bucket(tx, params)
    configuration = params["VersioningConfiguration"]
    status = configuration.get("Status")
    if configuration.get("MFADelete") == "Enabled":
        raise NotImplementedByServer("MFA delete is not implemented by this server")
    if status is None:
        raise IllegalVersioningConfiguration()
    if status not in ("Enabled", "Suspended"):
        raise MalformedRequest()
    if status == "Suspended" and REPLICATION.kind in bucket.settings:
        raise InvalidBucketState(
            "A replication configuration is present on this bucket, so the versioning state cannot be "
            "changed."
        )
    buckets.put(tx, replace(bucket, versioning=status))
    return {}


def get_bucket_versioning(store: Store, tx: Tx, call: Call, params: dict[str, Any]) -> dict[str, Any]:
    """GetBucketVersioning; empty when it never was enabled."""
    status = the_bucket(tx, params).versioning
    return {"Status": status} if status else {}
