"""What an operation is: a plain function, and the few facts that the gateway needs about it.

An operation is called as `run(tx, call, params)`:

- `tx` is the state in force (`s3trail.state.environment.Tx`): a read snapshot, or, for an operation with
  `writes`, the
  write transaction in which its change and its audit record commit together. A writing operation makes all
  its checks before its first write, so that an error leaves nothing behind.
- `params` holds the input members of the AWS model by their own names (`Bucket`, `Key`, ...). Members that
  were not sent are absent, required ones are present. Timestamps are epoch seconds (float), blobs are bytes.
- The result holds the output members by their own names. Absent or None members are not rendered.

Errors are raised as `AwsError`. Operations know neither HTTP nor the journal.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from s3trail.kernel.call import Call
    from s3trail.kernel.errors import AwsError

__all__ = ["ByteSink", "ByteSource", "Operation", "Params", "Result"]

Params = Mapping[str, Any]
Result = Mapping[str, Any]


class ByteSource(Protocol):
    """Bytes of an answer, read in order by the gateway."""

    length: int
    """How many bytes there will be."""

    def read(self, count: int) -> bytes:
        """The next bytes, at most `count`; empty at the end. Blocking; one thread at a time may call."""
        ...

    def close(self) -> None:
        """Give the file back; harmless when repeated."""
        ...


class ByteSink(Protocol):
    """Where a request's payload goes while it arrives, before its operation runs."""

    packed: bool
    """True: `write` and `finish` touch no disk, and the bytes wait in `staged` for the commit."""
    staged: bytes
    """Checked bytes that the committer makes durable ahead of the transaction; empty when there are none."""

    def write(self, block: bytes) -> None:
        """Take the next decoded payload bytes. Called in order, from one thread of a pool at a time."""
        ...

    def finish(self, trailers: Mapping[str, str]) -> None:
        """All bytes are here: check declared lengths and checksums, make the bytes durable (or stage them).

        Args:
            trailers: trailing headers of an aws-chunked body, lower-case names (`x-amz-checksum-crc32`).

        Raises:
            AwsError: BadDigest, InvalidDigest, IncompleteBody, ...
        """
        ...

    def stored(self, slice_id: str) -> None:
        """The staged bytes are durable under this id."""
        ...

    def refused(self, error: AwsError) -> None:
        """The staged bytes couldn't be stored; the operation will raise this."""
        ...

    def discard(self) -> None:
        """Drop what was written; harmless when repeated and after a commit."""
        ...


@dataclass(frozen=True, slots=True)
class Operation:
    """One operation of one service, ready to be called."""

    service: str
    """botocore's service name."""
    name: str
    """Operation name in the model."""
    run: Callable[[Any, Call, dict[str, Any]], Result]
    """`(tx, call, params) -> result`."""
    writes: bool = False
    """True: runs in the write transaction that also takes its record."""
    receive: Callable[[Any, Call, dict[str, Any], int | None], ByteSink] | None = None
    """For bytes to make durable before the transaction, a streamed payload or the source of a copy.

    `(tx, call, params, length)` with a read snapshot checks early what can be checked before the body (so
    that 100-continue isn't sent in vain) and gives the sink; `length` is the decoded length if declared. The
    finished sink is `params["Body"]` when `run` is called."""
