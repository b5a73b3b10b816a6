"""The journal in the LMDB environment: append, read, find, retain, verify.

Records get consecutive sequence numbers from 1. The records of one commit batch form one *block*, so that a
commit costs
one put however many calls it answers. A block is never rewritten; retention removes whole blocks from the
front.

Database `journal`: key = sequence number of the block's last record (8 bytes, big-endian), so that the
first key not
below a number is the block that holds it. Value:

    version   1 byte, 1
    count     4 bytes big-endian, records in the block
    time      8 bytes big-endian, epoch milliseconds of the commit; never less than the block's before
    hash      32 bytes
    lengths   count times 4 bytes big-endian
    records   the records, one after the other (minified JSON of one CloudTrail record each)

`hash` is SHA-256 over the hash of the block before, the block's last sequence number, count, time, lengths
and
records; the first block chains to 32 zero bytes. Database `meta` holds `journal.anchor` (last sequence
number and
hash that retention removed; absent before) and `journal.witness` (last sequence number and hash as they
were a
moment ago, noted every second or so while records come). A journal is valid when blocks are contiguous from
the anchor, every hash fits, and the witness's block is there with its hash: so a cut end shows too. The head
isn't kept apart, because that would dirty another page at every commit.

After a crash the environment is at a commit boundary (LMDB), so a block is there whole or not at all.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from hashlib import sha256
from typing import NamedTuple

from s3trail.state.environment import Environment, Tx

__all__ = [
    "Entry",
    "Verdict",
    "append",
    "append_all",
    "at_time",
    "first",
    "head",
    "prune",
    "read",
    "read_back",
    "upcoming",
    "verify",
    "witness",
]

_BLOCK = struct.Struct(">BIQ32s")
_SEQUENCE = struct.Struct(">Q")
_ANCHOR = struct.Struct(">Q32s")
_VERSION = 1
_NO_HASH = bytes(32)


class Entry(NamedTuple):
    """One journaled record. A tuple, because consumers make one for every record."""

    sequence: int
    """From 1, without gaps."""
    time: float
    """Epoch seconds of the commit that journaled it."""
    record: bytes
    """One CloudTrail record, minified JSON."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What `verify` found."""

    ok: bool
    entries: int
    """Records read and found good."""
    first: int
    """First sequence number retained; 0 when the journal is empty."""
    last: int
    """Last sequence number found good."""
    head_hash: str
    """Hex of the hash that the chain ends with."""
    problem: str = ""
    """What is wrong; empty when nothing is."""
    at: int | None = None
    """Sequence number at which it is wrong."""


def _head(tx: Tx) -> tuple[int, int, bytes]:
    with tx.cursor("journal") as cursor:
        if cursor.last():
            _, _, moment, block_hash = _BLOCK.unpack_from(cursor.value())
            return _SEQUENCE.unpack(cursor.key())[0], moment, block_hash
    return (_anchor(tx)[0], 0, _anchor(tx)[1])


def _anchor(tx: Tx) -> tuple[int, bytes]:
    found = tx.get("meta", b"journal.anchor")
    return _ANCHOR.unpack(found) if found else (0, _NO_HASH)


def _chain(before: bytes, last: int, count: int, time: int, rest: bytes) -> bytes:
    digest = sha256(before)
    digest.update(struct.pack(">QIQ", last, count, time))
    digest.update(rest)
    return digest.digest()


def append_all(tx: Tx, time: float, records: list[bytes]) -> int:
    """Append records as one block; gives the last sequence number. An empty list changes nothing.

    Args:
        tx: a write transaction; at most one block should be appended in it.
        time: epoch seconds now.
        records: minified JSON, one CloudTrail record each.
    """
    last, before_time, before_hash = _head(tx)
    if not records:
        return last
    count = len(records)
    last += count
    moment = max(before_time, int(time * 1000))
    rest = struct.pack(f">{count}I", *map(len, records)) + b"".join(records)
    block_hash = _chain(before_hash, last, count, moment, rest)
    tx.append("journal", _SEQUENCE.pack(last), _BLOCK.pack(_VERSION, count, moment, block_hash) + rest)
    return last


def append(tx: Tx, time: float, record: bytes) -> int:
    """Append one record; gives its sequence number."""
    return append_all(tx, time, [record])


def head(tx: Tx) -> int:
    """The last sequence number; 0 when nothing was ever journaled."""
    return _head(tx)[0]


def upcoming(tx: Tx) -> int:
    """The sequence number before that of the next record: it counts those the transaction has made already.

    In a read snapshot it is the head.
    """
    return head(tx) + tx.unjournaled


def head_time(tx: Tx) -> float:
    """Epoch seconds at which the last record was journaled; 0 when nothing was."""
    return _head(tx)[1] / 1000


def first(tx: Tx) -> int:
    """The oldest retained sequence number; 0 when the journal holds nothing."""
    after = _anchor(tx)[0]
    return after + 1 if _head(tx)[0] > after else 0


def _entries(last: int, value: bytes) -> list[Entry]:
    _, count, moment, _ = _BLOCK.unpack_from(value)
    at = _BLOCK.size
    lengths = struct.unpack_from(f">{count}I", value, at)
    at += 4 * count
    time = moment / 1000
    sequence = last - count + 1
    found = []
    for length in lengths:
        found.append(Entry(sequence, time, value[at : at + length]))
        at += length
        sequence += 1
    return found


def read(tx: Tx, after: int, limit: int | None = None, containing: tuple[bytes, ...] = ()) -> Iterator[Entry]:
    """Entries with a sequence number over `after`, in order, at most `limit`.

    Entries that retention has removed are passed over: the iteration begins at the oldest that is left.

    Args:
        containing: pass over whole blocks in which none of these occurs. For consumers that want few of many
            records: entries without it still come from blocks that have it.
    """
    left = limit if limit is not None else -1
    with tx.cursor("journal") as cursor:
        if not cursor.set_range(_SEQUENCE.pack(after + 1)):
            return
        for key, value in cursor:
            if containing and not any(wanted in value for wanted in containing):
                continue
            for entry in _entries(_SEQUENCE.unpack(key)[0], value):
                if entry.sequence <= after:
                    continue
                if left == 0:
                    return
                left -= 1
                yield entry


def read_back(tx: Tx, before: int | None = None) -> Iterator[Entry]:
    """Entries newest first, from the one before `before` (from the last when None)."""
    with tx.cursor("journal") as cursor:
        if before is None:
            found = cursor.last()
        else:
            found = cursor.set_range(_SEQUENCE.pack(before)) or cursor.last()
        while found:
            for entry in reversed(_entries(_SEQUENCE.unpack(cursor.key())[0], cursor.value())):
                if before is None or entry.sequence < before:
                    yield entry
            found = cursor.prev()


def witness(tx: Tx) -> None:
    """Note where the journal ends now, so that `verify` can tell that an end is missing."""
    last, _, block_hash = _head(tx)
    tx.put("meta", b"journal.witness", _ANCHOR.pack(last, block_hash))


def at_time(tx: Tx, epoch: float) -> int:
    """The first sequence number journaled at or after a time; one past the head when there is none."""
    low, high = _anchor(tx)[0] + 1, _head(tx)[0] + 1
    wanted = int(epoch * 1000)
    with tx.cursor("journal") as cursor:
        while low < high:
            middle = (low + high) // 2
            if not cursor.set_range(_SEQUENCE.pack(middle)):
                high = middle
                continue
            last = _SEQUENCE.unpack(cursor.key())[0]
            _, count, moment, _ = _BLOCK.unpack_from(cursor.value())
            if moment < wanted:
                low = last + 1
            else:
                high = last - count + 1
    return low


def prune(tx: Tx, before_time: float, keep_after: int, limit: int = 1000) -> int:
    """Remove the oldest blocks that are older than a time and wholly consumed; gives how many records went.

    Args:
        tx: a write transaction.
        before_time: epoch seconds; younger blocks stay.
        keep_after: sequence number; blocks with a record over it stay (the least position of all consumers).
        limit: blocks removed at most, to keep the transaction short.
    """
    removed = 0
    anchor: tuple[int, bytes] | None = None
    with tx.cursor("journal") as cursor:
        while limit and cursor.first():
            last = _SEQUENCE.unpack(cursor.key())[0]
            _, count, moment, block_hash = _BLOCK.unpack_from(cursor.value())
            if moment >= before_time * 1000 or last > keep_after:
                break
            cursor.delete()
            anchor = (last, block_hash)
            removed += count
            limit -= 1
    if anchor:
        tx.put("meta", b"journal.anchor", _ANCHOR.pack(*anchor))
    return removed


def verify(
    environment: Environment, progress: Callable[[int, int], None] = lambda _done, _all: None
) -> Verdict:
    """Prove from sequence numbers and hashes that no journaled record is missing or altered.

    Works on a snapshot, beside a running server.

    Args:
        environment: may be read-only.
        progress: called now and then with records checked and records in all.
    """
    with environment.read() as tx:
        before, chain = _anchor(tx)
        end = _head(tx)[0]
        noted = tx.get("meta", b"journal.witness")
        seen, seen_hash = _ANCHOR.unpack(noted) if noted else (0, _NO_HASH)
        start, total = before, end - before
        begin = start + 1 if total else 0

        def bad(problem: str, at: int) -> Verdict:
            return Verdict(False, before - start, begin, before, chain.hex(), problem, at)

        for key, value in _blocks(tx):
            last = _SEQUENCE.unpack(key)[0]
            if len(value) < _BLOCK.size:
                return bad("the block is cut short", before + 1)
            version, count, moment, block_hash = _BLOCK.unpack_from(value)
            if version != _VERSION:
                return bad(f"the block has the unknown version {version}", before + 1)
            if last - count != before:
                return bad(f"records are missing: after {before} comes {last - count + 1}", before + 1)
            if _chain(chain, last, count, moment, value[_BLOCK.size :]) != block_hash:
                return bad(
                    f"the hash of records {last - count + 1} to {last} doesn't fit: one was altered",
                    before + 1,
                )
            if last == seen and block_hash != seen_hash:
                return bad(f"records up to {last} aren't those that were there before", before + 1)
            chain, before = block_hash, last
            progress(before - start, total)
        if before < seen:
            return bad(f"records are missing: the journal ends at {before}, but had {seen}", before + 1)
        return Verdict(True, total, begin, end, chain.hex())


def _blocks(tx: Tx) -> Iterable[tuple[bytes, bytes]]:
    with tx.cursor("journal") as cursor:
        if cursor.first():
            yield from cursor
