"""What capture hands to `build`: one finished call with all its facts, as plain values."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from s3trail.kernel.call import Call
from s3trail.kernel.errors import AwsError

__all__ = ["Exchange"]


@dataclass(slots=True)
class Exchange:
    """One finished call, whatever step it ended at."""

    call: Call
    """Service, operation, region, caller, signature, addresses, ids, arrival time."""
    headers: Mapping[str, str]
    """Request headers, lower-case names, repeats joined by `,`."""
    query: Sequence[tuple[str, str]]
    """Decoded query pairs in order."""
    params: Mapping[str, Any]
    """Input members by model name, as far as parsing came (`Bucket` and `Key` are there once S3's call was
    located)."""
    result: Mapping[str, Any] | None
    """Output members; None when the call failed."""
    error: AwsError | None
    """Why it failed; None when it didn't."""
    status: int
    """HTTP status of the answer."""
    response_headers: Sequence[tuple[str, str]]
    """Headers of the answer that the service set."""
    body: bytes = b""
    """The request's body when it is a document (XML, JSON, form), at most 100 KiB; empty for payloads and
    longer bodies."""
    bytes_in: int = 0
    """Body bytes that arrived on the wire (with aws-chunked framing)."""
    bytes_out: int = 0
    """Body bytes really sent."""
    end: float = 0.0
    """Epoch seconds when the answer was ready (for a streamed answer: when its bytes had been sent)."""
    turn_around: float = 0.0
    """Seconds between the request's last byte and the answer's first."""
    bucket_account: str = ""
    """Account that owns the addressed bucket; empty when there is no such bucket."""
    default_account: str = ""
    """Account of a record that belongs to none by itself: nobody known called, and no bucket says whose it
    is."""
    object_size: int | None = None
    """Size of the object read or written, when known."""
    details: dict[str, Any] = field(default_factory=dict)
    """Facts that only the operation knew, such as the keys of a bulk delete with their outcomes."""
