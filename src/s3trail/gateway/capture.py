"""The one exit: a finished call becomes an answer and its records.

Whatever step a call ended at, `Capture.finish` is handed what is known of it, renders the answer and builds
the records from parsed values.
Nothing else in the server builds the record of a call.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from s3trail.audit import build
from s3trail.audit.exchange import Exchange
from s3trail.kernel.call import Call
from s3trail.kernel.clock import Clock
from s3trail.kernel.errors import AwsError
from s3trail.kernel.ids import Ids
from s3trail.wire.errors import render_error
from s3trail.wire.http import Response
from s3trail.wire.service import WireOperation

__all__ = ["Capture", "Progress"]


@dataclass(slots=True)
class Progress:
    """What is known of a call so far; each step fills in what it found out."""

    call: Call
    headers: Mapping[str, str] = field(default_factory=dict)
    query: list[tuple[str, str]] = field(default_factory=list)
    params: dict[str, Any] = field(default_factory=dict)
    """Input members; `_caller`, if an operation set it, is who it found to call (a web identity)."""
    body: bytes = b""
    """A document body (XML, JSON, form), for the record; payloads never come here."""
    bytes_in: int = 0
    arrived: float = 0.0
    """Epoch seconds when the last byte of the request was here."""
    bucket_account: str = ""
    wire: WireOperation | None = None
    """None when the operation is unknown; such calls end in an error."""
    protocol: str = ""
    """The protocol that the request came in and is answered in."""
    head: bool = False
    """The request's method is HEAD: no body in the answer."""
    answer_headers: tuple[tuple[str, str], ...] = ()
    """What the answer carries besides (CORS)."""
    recorded: bool = True
    """False for what is switched off by a setting (authentication failures)."""


class Capture:
    """Renders answers and builds records.

    Args:
        default_account: account of records that belong to no account by themselves (an unknown key that
            names no bucket).
        recording: False only in benchmarks, to know what recording costs.
    """

    def __init__(self, ids: Ids, clock: Clock, *, default_account: str, recording: bool = True) -> None:
        self._ids = ids
        self._clock = clock
        self._default_account = default_account
        self._recording = recording

    def finish(
        self,
        progress: Progress,
        result: Mapping[str, Any] | None,
        error: AwsError | None,
        *,
        sent: int | None = None,
    ) -> tuple[Response, list[bytes]]:
        """The answer of a call and its records.

        Args:
            result: output members; those that begin with `_` are facts for the record and aren't rendered.
            error: why the call failed; None when it didn't.
            sent: body bytes sent, where they were streamed; else the answer's length counts.
        """
        call = progress.call
        details: dict[str, Any] = {}
        size = None
        if error is None and result is not None and progress.wire is not None:
            if "_details" in result:
                details = result["_details"]
            size = result.get("_object_size")
            response = progress.wire.render(result, call.request_id, progress.protocol)
        else:
            response = render_error(
                call.service,
                error or AwsError(),
                request_id=call.request_id,
                host_id=call.host_id,
                head=progress.head,
                protocol=progress.protocol,
            )
        if progress.answer_headers:
            response.headers.extend(progress.answer_headers)
        records = self.records(progress, result, error, response, details=details, size=size, sent=sent)
        return response, records

    def records(
        self,
        progress: Progress,
        result: Mapping[str, Any] | None,
        error: AwsError | None,
        response: Response,
        *,
        details: dict[str, Any],
        size: int | None,
        sent: int | None,
    ) -> list[bytes]:
        """The records of a call whose answer is known."""
        if not self._recording or not progress.recorded:
            return []
        now = self._clock.now()
        body = response.body
        call = progress.call
        caller = progress.params.get("_caller")
        if caller is not None:
            call = call._replace(caller=caller)
        if sent is None:
            sent = 0 if progress.head else len(body) if isinstance(body, bytes) else body.length
        return build.records(
            Exchange(
                call=call,
                headers=progress.headers,
                query=progress.query,
                params=progress.params,
                result=result,
                error=error,
                status=response.status,
                response_headers=response.headers,
                body=progress.body,
                bytes_in=progress.bytes_in,
                bytes_out=sent,
                end=now,
                turn_around=max(0.0, now - (progress.arrived or progress.call.time)),
                bucket_account=progress.bucket_account,
                object_size=size,
                details=details,
                default_account=self._default_account,
            ),
            self._ids,
        )
