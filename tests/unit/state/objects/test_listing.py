"""Pages of keys agree with a naive listing and never look under a common prefix."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from s3trail.state.environment import Environment
from s3trail.state.objects import keys, listing

BUCKET = b"\0\0\0\0\0\0\0\7"
_KEYS = st.text("ab/-é", min_size=1, max_size=6).map(str.encode)
_LONG = st.tuples(_KEYS, st.sampled_from([0, 479, 490])).map(lambda pair: b"x" * pair[1] + pair[0])


@pytest.fixture(scope="module")
def shared() -> Iterator[Environment]:
    with tempfile.TemporaryDirectory() as path:
        environment = Environment(Path(path))
        yield environment
        environment.close()


def _naive(held: set[bytes], prefix: bytes, delimiter: bytes) -> list[bytes]:
    found = set()
    for key in held:
        if key.startswith(prefix):
            cut = key.find(delimiter, len(prefix)) if delimiter else -1
            found.add(key if cut < 0 else key[: cut + len(delimiter)])
    return sorted(found)


@settings(max_examples=150, deadline=None)
@given(
    st.sets(_LONG, max_size=25),
    st.text("ab/x", max_size=2).map(str.encode),
    st.sampled_from([b"", b"/", b"b/", b"x", "é".encode()]),
    st.integers(1, 4),
)
def test_pages_joined_are_the_whole_listing(
    shared: Environment, held: set[bytes], prefix: bytes, delimiter: bytes, limit: int
) -> None:
    with shared.write() as tx:
        tx.txn.drop(tx.db["objects"], delete=False)
        for key in held:
            keys.put(tx, "objects", BUCKET, key, b"{}")
        found: list[bytes] = []
        truncated = True
        while truncated:
            page = listing.page(
                tx,
                "objects",
                BUCKET,
                limit,
                prefix=prefix,
                delimiter=delimiter,
                after=found[-1] if found else b"",
            )
            truncated = page.truncated
            assert len(page.entries) == limit or not truncated
            for name, document in page.entries:
                rolled_up = (
                    bool(delimiter) and name.endswith(delimiter) and name.find(delimiter, len(prefix)) >= 0
                )
                assert (document is None) is rolled_up
                found.append(name)
    assert found == _naive(held, prefix, delimiter)


def test_a_start_within_a_common_prefix_still_shows_it(environment: Environment) -> None:
    with environment.write() as tx:
        for key in (b"a/1", b"a/2", b"b"):
            keys.put(tx, "objects", BUCKET, key, b"{}")
        page = listing.page(tx, "objects", BUCKET, 10, delimiter=b"/", after=b"a/1")
    assert [name for name, _ in page.entries] == [b"a/", b"b"]


def test_a_start_before_the_prefix_begins_at_the_prefix(environment: Environment) -> None:
    with environment.write() as tx:
        for key in (b"a", b"p/1", b"q"):
            keys.put(tx, "objects", BUCKET, key, b"{}")
        page = listing.page(tx, "objects", BUCKET, 10, prefix=b"p/", after=b"a")
    assert [name for name, _ in page.entries] == [b"p/1"]


def test_a_page_of_nothing_is_not_truncated(environment: Environment) -> None:
    with environment.write() as tx:
        keys.put(tx, "objects", BUCKET, b"a", b"{}")
        page = listing.page(tx, "objects", BUCKET, 0)
    assert (page.entries, page.truncated, page.last) == ([], False, b"")


def test_common_prefixes_cost_one_seek_each(
    environment: Environment, monkeypatch: pytest.MonkeyPatch
) -> None:
    with environment.write() as tx:
        for folder in range(20):
            for name in range(50):
                keys.put(tx, "objects", BUCKET, f"{folder:02}/{name:02}".encode(), b"{}")
    seek, step = keys.Walk.seek, keys.Walk.next
    moves: list[str] = []

    def counted_seek(walk: keys.Walk, key: bytes) -> bool:
        moves.append("seek")
        return seek(walk, key)

    def counted_step(walk: keys.Walk) -> bool:
        moves.append("step")
        return step(walk)

    monkeypatch.setattr(keys.Walk, "seek", counted_seek)
    monkeypatch.setattr(keys.Walk, "next", counted_step)
    with environment.read() as tx:
        page = listing.page(tx, "objects", BUCKET, 1000, delimiter=b"/")
    assert len(page.entries) == 20
    assert moves == ["seek"] * 21
