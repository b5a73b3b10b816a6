"""Small objects lie in packs: read, replaced, copied and released like any other, many to a file."""

from __future__ import annotations

import errno
import os
from pathlib import Path
from typing import Any

import pytest

from s3trail.kernel.errors import StorageUnavailable
from s3trail.kernel.ids import RandomIds
from s3trail.state.objects import ownership, packs
from s3trail.state.objects.files import Files
from tests.unit.services.s3.conftest import S3


def _packs(s3: S3) -> list[Path]:
    return sorted((s3.files.path / "packs").iterdir())


def _blocks(path: Path) -> int:
    return path.stat().st_blocks * 512


def test_small_payloads_share_a_file(packing: S3) -> None:
    for number in range(20):
        packing.put(f"k{number}", b"%d" % number * 30)

    assert len(_packs(packing)) == 1
    assert packing.file_count() == 1
    for number in range(20):
        assert packing.get(f"k{number}")[0] == b"%d" % number * 30


def test_a_large_payload_has_its_own_file(packing: S3) -> None:
    packing.put("large", bytes(1001))

    assert _packs(packing) == []
    assert packing.get("large")[0] == bytes(1001)


def test_ranges_are_cut_from_the_payload(packing: S3) -> None:
    packing.put("other", b"zzzz")
    packing.put("k", b"0123456789")

    assert packing.get("k", Range="bytes=2-4")[0] == b"234"
    assert packing.get("k", Range="bytes=-3")[0] == b"789"


def test_copies_have_bytes_of_their_own(packing: S3) -> None:
    packing.put("k", b"bytes")
    packing.call("CopyObject", Bucket="bucket", Key="copy", CopySource="bucket/k")
    packing.call("DeleteObject", Bucket="bucket", Key="k")
    packs.reclaim(packing.environment, packing.files.packs, grace=0.0)

    assert packing.get("copy")[0] == b"bytes"


def test_released_space_goes_back_to_the_file_system_after_the_grace(packing: S3) -> None:
    for number in range(64):
        packing.put(f"k{number}", os.urandom(1000))
    (pack,) = _packs(packing)
    full = _blocks(pack)
    for number in range(63):
        packing.call("DeleteObject", Bucket="bucket", Key=f"k{number}")

    assert packs.reclaim(packing.environment, packing.files.packs) == 0
    assert _blocks(pack) == full
    assert packs.reclaim(packing.environment, packing.files.packs, grace=0.0) == 63
    assert _blocks(pack) <= full // 8
    assert len(packing.get("k63")[0]) == 1000


def test_an_overwritten_payload_is_released(packing: S3) -> None:
    packing.put("k", b"old")
    packing.put("k", b"new")

    assert packs.reclaim(packing.environment, packing.files.packs, grace=0.0) == 1
    assert packing.get("k")[0] == b"new"


def test_a_start_unlinks_packs_that_nothing_refers_to(packing: S3) -> None:
    packing.put("k", b"bytes")
    packing.call("DeleteObject", Bucket="bucket", Key="k")
    other = Files(packing.environment.root, packed=1000)
    again = S3(packing.environment, other)
    again.put("kept", b"kept")
    assert len(_packs(packing)) == 2

    assert packs.sweep_packs(packing.environment, other.packs) == 1
    assert ownership.collect_garbage(packing.environment, other) == 0
    assert again.get("kept")[0] == b"kept"


def test_garbage_files_and_released_payloads_share_a_database(packing: S3) -> None:
    packing.put("small", b"bytes")
    packing.put("large", bytes(2000))
    packing.call("DeleteObject", Bucket="bucket", Key="small")
    ownership.collect_garbage(packing.environment, packing.files)

    assert packs.reclaim(packing.environment, packing.files.packs, grace=0.0) == 1
    assert packing.get("large")[0] == bytes(2000)


def test_a_refused_put_gives_its_space_back(packing: S3) -> None:
    packing.put("k", b"bytes")
    (pack,) = _packs(packing)
    before = _blocks(pack)
    with pytest.raises(Exception, match="PreconditionFailed"):
        # Passes the look before its body, and is refused in the transaction.
        _put_after_another(packing)

    assert _blocks(pack) == before
    assert packing.get("raced")[0] == b"first"


def _put_after_another(s3: S3) -> None:
    operation = s3.operations["PutObject"]
    assert operation.receive is not None
    params: dict[str, Any] = {"Bucket": "bucket", "Key": "raced", "IfNoneMatch": "*"}
    with s3.environment.read() as tx:
        sink = operation.receive(tx, s3.base, params, 6)
    s3.put("raced", b"first")
    sink.write(b"second")
    sink.finish({})
    s3.files.packs.store([sink], RandomIds())
    params["Body"] = sink
    try:
        with s3.environment.write() as tx:
            operation.run(tx, s3.base, params)
    finally:
        sink.discard()
        s3.call("DeleteObject", Bucket="bucket", Key="nothing")
        packs.reclaim(s3.environment, s3.files.packs, grace=0.0)
        s3.call("DeleteObject", Bucket="bucket", Key="k")
        packs.reclaim(s3.environment, s3.files.packs, grace=0.0)


@pytest.mark.parametrize("call", ["pwrite", "fdatasync", "open"])
def test_a_full_disk_refuses_the_put_and_the_next_one_works(
    packing: S3, monkeypatch: pytest.MonkeyPatch, call: str
) -> None:
    if call != "open":
        packing.put("before", b"before")

    def full(*_: object) -> int:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, call, full)
    with pytest.raises(StorageUnavailable):
        packing.put("k", b"bytes")
    monkeypatch.undo()
    with pytest.raises(Exception, match="NoSuchKey"):
        packing.get("k")
    packing.put("k", b"later")

    assert packing.get("k")[0] == b"later"


def test_short_writes_are_continued(packing: S3, monkeypatch: pytest.MonkeyPatch) -> None:
    write = os.pwrite
    monkeypatch.setattr(os, "pwrite", lambda fd, data, at: write(fd, bytes(data[:100]), at))
    packing.put("k", b"0123456789" * 50)
    monkeypatch.undo()

    assert packing.get("k")[0] == b"0123456789" * 50
