"""Pages of a bucket's keys: prefix, delimiter, start, limit; common prefixes are skipped, never scanned.

One page costs one seek per common prefix and one step per key in it, whatever lies under the prefixes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from s3trail.state.environment import Tx
from s3trail.state.objects.keys import Walk, successor

__all__ = ["Page", "entries", "page"]

Entry = tuple[bytes, bytes | None]
"""A key and its document, or a common prefix and None."""


@dataclass(frozen=True, slots=True)
class Page:
    """Part of a listing."""

    entries: list[Entry]
    """In order of their bytes, keys and common prefixes mixed."""
    truncated: bool
    """Whether more follow after the last entry."""

    @property
    def last(self) -> bytes:
        """Where the next page goes on; empty for an empty page."""
        return self.entries[-1][0] if self.entries else b""


def entries(
    tx: Tx,
    database: str,
    bucket_id: bytes,
    *,
    prefix: bytes = b"",
    delimiter: bytes = b"",
    after: bytes = b"",
    inclusive: bool = False,
    skip: Callable[[bytes], bool] | None = None,
) -> Iterator[Entry]:
    """Keys with a prefix, in order, those with the delimiter behind the prefix rolled up.

    Args:
        tx: any transaction; it must not write to the database meanwhile.
        database: `objects` or `uploads`.
        bucket_id: whose keys.
        prefix: only keys that begin so.
        delimiter: keys are rolled up to the first one behind the prefix; empty means no rolling up.
        after: only what follows this key. If it is itself a common prefix, everything under it is skipped.
        inclusive: begin with `after` itself if it is a key.
        skip: documents for which it is true count as absent, also for common prefixes.
    """
    start: bytes | None = max(prefix, after if inclusive else after + b"\0") if after else prefix
    if delimiter and after.startswith(prefix):
        cut = after.find(delimiter, len(prefix))
        if cut >= 0 and cut + len(delimiter) == len(after):
            start = successor(after)
    with Walk(tx, database, bucket_id) as walk:
        there = start is not None and walk.seek(start)
        while there and walk.key.startswith(prefix):
            if skip is not None and skip(walk.value):
                there = walk.next()
                continue
            cut = walk.key.find(delimiter, len(prefix)) if delimiter else -1
            if cut < 0:
                yield walk.key, walk.value
                there = walk.next()
            else:
                common = walk.key[: cut + len(delimiter)]
                yield common, None
                following = successor(common)
                there = following is not None and walk.seek(following)


def page(
    tx: Tx,
    database: str,
    bucket_id: bytes,
    limit: int,
    *,
    prefix: bytes = b"",
    delimiter: bytes = b"",
    after: bytes = b"",
    skip: Callable[[bytes], bool] | None = None,
) -> Page:
    """At most `limit` entries after `after`; see `entries` for the arguments."""
    if limit <= 0:
        return Page([], truncated=False)
    found: list[Entry] = []
    for entry in entries(tx, database, bucket_id, prefix=prefix, delimiter=delimiter, after=after, skip=skip):
        if len(found) == limit:
            return Page(found, truncated=True)
        found.append(entry)
    return Page(found, truncated=False)
