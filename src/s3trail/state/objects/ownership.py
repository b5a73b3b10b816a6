"""Which files belong to something: the databases `files` and `garbage`.

Every file that a committed object or part refers to has a row in `files`, written in the transaction that
refers to it. A file that is no longer referred to moves to `garbage` in the transaction that drops it and is
unlinked after the commit. So whatever instant the process dies at, each file can be judged by its own name:

| died | left behind | found by |
|---|---|---|
| while writing | a name in `tmp` only | `sweep`: never sealed, removed |
| after sealing, before the commit | names in `tmp` and in place, no row in `files` | `sweep`: removed |
| after the commit | names in `tmp` and in place, a row in `files` | `sweep`: the name in `tmp` goes |
| between commit and unlink of a dropped file | a row in `garbage` | `collect_garbage`: unlinked |
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial

from s3trail.state.environment import Environment, Tx
from s3trail.state.objects import packs
from s3trail.state.objects.files import Files
from s3trail.state.objects.packs import is_slice

__all__ = ["claim", "collect_garbage", "release", "sweep"]

_BATCH = 10_000


def claim(tx: Tx, files: Files, file_id: str) -> None:
    """Record that something committed by this transaction refers to a sealed file; an empty id is no file."""
    if is_slice(file_id):
        packs.claim(tx, file_id)
    elif file_id:
        tx.put("files", file_id.encode(), b"")
        tx.after_commit.append(partial(files.settle, file_id))


def release(tx: Tx, files: Files, file_ids: Iterable[str]) -> None:
    """Record that nothing refers to files any more; they are unlinked after the commit.

    Empty ids are no files.
    """
    for file_id in file_ids:
        if is_slice(file_id):
            packs.release(tx, file_id)
        elif file_id:
            row = file_id.encode()
            tx.delete("files", row)
            tx.put("garbage", row, b"")
            tx.after_commit.append(partial(files.unlink, file_id))
    # Rows of files that are gone leave with the next transaction that comes by, so the database stays small.
    # If this one aborts, they stay until the next start.
    while files.gone:
        tx.delete("garbage", files.gone.popleft().encode())


def collect_garbage(environment: Environment, files: Files) -> int:
    """Unlink the files that a process which died had still to unlink.

    For the start, before the workers; rows only ever name files that nothing refers to. A file that can't be
    removed keeps its row.

    Returns:
        How many files are gone.
    """
    total = 0
    while True:
        with environment.read() as tx, tx.cursor("garbage") as cursor:
            keys = (key for key in cursor.iternext(values=False) if not key.startswith(packs.MARK))
            rows = [key for key, _ in zip(keys, range(_BATCH), strict=False)]
        if not rows:
            return total
        files.gone.clear()
        for row in rows:
            files.unlink(row.decode())
        removed = list(files.gone)
        files.gone.clear()
        if not removed:
            return total
        with environment.write() as tx:
            for file_id in removed:
                tx.delete("garbage", file_id.encode())
        total += len(removed)


def sweep(environment: Environment, files: Files, older_than: float = 0.0) -> int:
    """Judge the files in `tmp`: remove those that no committed transaction refers to.

    Its cost is that of the files in flight when a process died, not of all objects. Call it before the
    workers start; or, while they run, with an age that no upload in progress reaches.

    Args:
        environment: where the index is.
        files: where the bytes are.
        older_than: seconds since the file's last write; younger ones are left alone.

    Returns:
        How many files were removed.
    """
    removed = 0
    sealed = files.sweep_tmp(older_than)
    if not sealed:
        return removed
    with environment.read() as tx:
        owned = {file_id for file_id in sealed if tx.get("files", file_id.encode()) is not None}
    for file_id in sealed:
        if file_id in owned:
            files.settle(file_id)
        else:
            files.discard(file_id)
            removed += 1
    return removed
