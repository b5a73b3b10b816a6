"""Keys of any length keep S3's order, however LMDB holds them."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from s3trail.state.environment import Environment
from s3trail.state.objects import keys

BUCKET = b"\0\0\0\0\0\0\0\7"
NEIGHBOURS = (b"\0\0\0\0\0\0\0\6", b"\0\0\0\0\0\0\0\x08")

# Pieces that make heads coincide around 480 bytes, split characters, and hold NUL and the largest bytes.
_PIECES = st.lists(
    st.sampled_from([b"a", b"b", b"/", b"\0", "é".encode(), "\U0010ffff".encode(), b"x" * 478, b"x" * 480]),
    min_size=1,
    max_size=6,
)
_KEYS = _PIECES.map(lambda pieces: b"".join(pieces)[: keys.MAX_KEY_BYTES])


@pytest.fixture(scope="module")
def shared() -> Iterator[Environment]:
    with tempfile.TemporaryDirectory() as path:
        environment = Environment(Path(path))
        yield environment
        environment.close()


def _walked(walk: keys.Walk, start: bytes) -> list[tuple[bytes, bytes]]:
    found = []
    there = walk.seek(start)
    while there:
        found.append((walk.key, walk.value))
        there = walk.next()
    return found


@settings(max_examples=150, deadline=None)
@given(
    st.lists(st.tuples(st.sampled_from(["put", "put", "put", "delete"]), _KEYS), max_size=30),
    st.lists(_KEYS | st.just(b""), min_size=1, max_size=5),
)
def test_behaves_like_a_sorted_mapping(
    shared: Environment, changes: list[tuple[str, bytes]], starts: list[bytes]
) -> None:
    model: dict[bytes, bytes] = {}
    with shared.write() as tx:
        tx.txn.drop(tx.db["objects"], delete=False)
        for neighbour in NEIGHBOURS:
            keys.put(tx, "objects", neighbour, b"x" * 500, b"another bucket's")
        for count, (change, key) in enumerate(changes):
            if change == "put":
                model[key] = value = str(count).encode()
                keys.put(tx, "objects", BUCKET, key, value)
            else:
                assert keys.delete(tx, "objects", BUCKET, key) is (model.pop(key, None) is not None)
        for key in {key for _, key in changes}:
            assert keys.get(tx, "objects", BUCKET, key) == model.get(key)
        with keys.Walk(tx, "objects", BUCKET) as walk:
            for start in starts:
                assert _walked(walk, start) == sorted(item for item in model.items() if item[0] >= start)


@given(_KEYS, _KEYS)
def test_successor_follows_all_keys_with_the_prefix_and_nothing_else(prefix: bytes, key: bytes) -> None:
    following = keys.successor(prefix)
    assert following is not None
    assert (prefix <= key < following) is key.startswith(prefix)


def test_there_is_no_successor_of_the_largest_bytes() -> None:
    assert keys.successor(b"\xff\xff") is None
    assert keys.successor(b"a\xff") == b"b"


def test_an_empty_group_leaves_nothing_behind(environment: Environment) -> None:
    long = b"k" * 1000
    with environment.write() as tx:
        keys.put(tx, "objects", BUCKET, long, b"1")
        keys.put(tx, "objects", BUCKET, long + b"2", b"2")
        assert keys.delete(tx, "objects", BUCKET, long)
        assert keys.get(tx, "objects", BUCKET, long + b"2") == b"2"
        assert keys.delete(tx, "objects", BUCKET, long + b"2")
        assert tx.txn.stat(tx.db["objects"])["entries"] == 0
