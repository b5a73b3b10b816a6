"""Files are written once, sealed, read in slices, and gone when told."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest

from s3trail.kernel.errors import ObjectChanged, StorageUnavailable
from s3trail.kernel.ids import RandomIds
from s3trail.state.objects.files import BytesSource, Files, FileSource

IDS = RandomIds()


def _sealed(files: Files, data: bytes) -> str:
    writer = files.create(IDS)
    writer.write(data)
    writer.seal()
    return writer.file_id


def _all(source: FileSource | BytesSource, count: int = 3) -> bytes:
    data = b""
    while block := source.read(count):
        assert len(block) <= count
        data += block
    source.close()
    return data


def test_reads_slices_of_several_files_in_order(files: Files) -> None:
    first, second = _sealed(files, b"0123456789"), _sealed(files, b"abcdef")
    source = files.open([(first, 2, 5), (second, 0, 0), (second, 1, 4)])
    assert source.length == 9
    assert _all(source) == b"23456bcde"


def test_reads_more_files_than_it_opens_at_once(files: Files) -> None:
    ids = [_sealed(files, bytes([65 + number % 26])) for number in range(70)]
    source = files.open([(file_id, 0, 1) for file_id in ids])
    assert _all(source) == bytes(65 + number % 26 for number in range(70))


def test_an_empty_list_of_slices_has_no_bytes(files: Files) -> None:
    source = files.open([])
    assert source.length == 0
    assert source.read(10) == b""


def test_an_open_file_stays_readable_after_it_is_unlinked(files: Files) -> None:
    file_id = _sealed(files, b"still here")
    source = files.open([(file_id, 0, 10)])
    files.unlink(file_id)
    assert _all(source) == b"still here"


def test_a_file_that_is_gone_cannot_be_opened(files: Files) -> None:
    first, second = _sealed(files, b"1"), _sealed(files, b"2")
    files.unlink(second)
    with pytest.raises(ObjectChanged):
        files.open([(first, 0, 1), (second, 0, 1)])


def test_close_may_be_repeated_and_ends_reading(files: Files) -> None:
    source = files.open([(_sealed(files, b"1"), 0, 1)])
    source.close()
    source.close()
    assert source.read(1) == b""


def test_ids_ascend_and_come_from_no_key(files: Files) -> None:
    ids = [files.create(IDS).file_id for _ in range(3)]
    assert [file_id[:10] for file_id in sorted(ids)] == [file_id[:10] for file_id in ids]
    assert all(len(file_id) == 32 for file_id in ids)
    assert len(set(ids)) == 3


def test_nothing_is_on_disk_before_the_first_byte(files: Files) -> None:
    writer = files.create(IDS)
    writer.seal()
    assert files.unsettled() == []
    assert not Path(files.place(writer.file_id)).exists()


def test_a_discarded_file_leaves_nothing_sealed_or_not(files: Files) -> None:
    unsealed, sealed = files.create(IDS), files.create(IDS)
    unsealed.write(b"1")
    sealed.write(b"2")
    sealed.seal()
    for writer in (unsealed, sealed):
        writer.discard()
        writer.discard()
    assert [path for path in files.path.rglob("*") if path.is_file()] == []


def test_sealed_bytes_are_readable_by_their_owner_alone(files: Files) -> None:
    file_id = _sealed(files, b"1")
    assert os.stat(files.place(file_id)).st_mode & 0o777 == 0o600


def test_copies_slices_without_looking_at_them(files: Files) -> None:
    first, second = _sealed(files, b"0123456789"), _sealed(files, b"abcdef")
    writer = files.create(IDS)
    FileSource(files, [(first, 8, 2), (second, 0, 3)]).copy_to(writer)
    writer.seal()
    assert writer.size == 5
    assert Path(files.place(writer.file_id)).read_bytes() == b"89abc"


def test_copies_where_the_file_system_has_no_copy_inside_the_kernel(
    files: Files, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: int) -> int:
        raise OSError(errno.EXDEV, "other file system")

    monkeypatch.setattr(os, "copy_file_range", refuse)
    writer = files.create(IDS)
    FileSource(files, [(_sealed(files, b"0123456789"), 3, 4)]).copy_to(writer)
    assert b"".join(writer.blocks()) == b"3456"
    writer.discard()


@pytest.mark.parametrize("call", ["write", "fdatasync", "rename", "fsync"])
def test_a_full_disk_is_an_answer(files: Files, monkeypatch: pytest.MonkeyPatch, call: str) -> None:
    writer = files.create(IDS)
    writer.write(b"before")

    def full(*_: object) -> int:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, call, full)
    with pytest.raises(StorageUnavailable) as caught:
        writer.write(b"after")
        writer.seal()
    assert (caught.value.code, caught.value.status) == ("SlowDown", 503)
    monkeypatch.undo()
    writer.discard()
    assert files.unsettled() == []


@pytest.mark.parametrize("call", ["open", "link", "write"])
def test_a_disk_that_is_full_from_the_start_leaves_nothing(
    files: Files, monkeypatch: pytest.MonkeyPatch, call: str
) -> None:
    def full(*_: object) -> int:
        raise OSError(errno.ENOSPC, "No space left on device")

    writer = files.create(IDS)
    monkeypatch.setattr(os, call, full)
    with pytest.raises(StorageUnavailable):
        writer.write(b"bytes")
    monkeypatch.undo()
    writer.discard()
    assert files.unsettled() == []
    assert [path for path in files.path.rglob("*") if path.is_file()] == []


def test_short_writes_are_continued(files: Files, monkeypatch: pytest.MonkeyPatch) -> None:
    write = os.write
    monkeypatch.setattr(os, "write", lambda fd, block: write(fd, bytes(block[:3])))
    writer = files.create(IDS)
    writer.write(b"0123456789")
    monkeypatch.undo()
    assert writer.size == 10
    assert b"".join(writer.blocks()) == b"0123456789"
    writer.discard()
