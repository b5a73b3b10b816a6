"""The way into buckets: what consumers hand over, and the kind of function that puts it there.

Input: files with their places. Output: objects, their records and the consumer's own state, in one
transaction. The function itself is made where the parts are wired.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from s3trail.state.environment import Tx

__all__ = ["Deliver", "Delivery"]


@dataclass(frozen=True, slots=True)
class Delivery:
    """One file to put."""

    bucket: str
    key: str
    body: bytes
    """One gzip member."""
    account_id: str
    """Whose trail it is; the owner of the object."""
    region: str
    """Of the events that the file is about."""
    trail_arn: str = ""
    """Of the trail, for the bucket's policy."""
    content_type: str = "application/json"
    content_encoding: str = "gzip"
    metadata: Mapping[str, str] = field(default_factory=dict)
    """User metadata of the object, names without `x-amz-meta-`."""


Deliver = Callable[[Sequence[Delivery], Callable[[Tx], None]], None]
"""`deliver(puts, commit)`: in one transaction put all objects, take their records, and call `commit(tx)`.

An exception of `commit` aborts the transaction and passes through.

Raises:
    AwsError: nothing of it has happened; its code goes into the trail's status.
"""
