"""Whatever instant a process dies at, no file is lost and none is left over."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from s3trail.kernel.ids import RandomIds
from s3trail.state.environment import Environment
from s3trail.state.objects import ownership
from s3trail.state.objects.files import Files

if TYPE_CHECKING:
    import pytest

IDS = RandomIds()


def _written(files: Files, *, sealed: bool) -> str:
    writer = files.create(IDS)
    writer.write(b"bytes")
    if sealed:
        writer.seal()
    return writer.file_id


def _exists(files: Files, file_id: str) -> tuple[bool, bool]:
    return Path(files.place(file_id)).exists(), Path(files.tmp_place(file_id)).exists()


def _rows(environment: Environment, database: str) -> list[str]:
    with environment.read() as tx:
        return [key.decode() for key, _ in tx.scan(database, b"")]


def test_a_file_that_was_never_sealed_is_swept(environment: Environment, files: Files) -> None:
    file_id = _written(files, sealed=False)
    ownership.sweep(environment, files)
    assert _exists(files, file_id) == (False, False)


def test_a_file_sealed_but_never_committed_is_swept(environment: Environment, files: Files) -> None:
    file_id = _written(files, sealed=True)
    assert ownership.sweep(environment, files) == 1
    assert _exists(files, file_id) == (False, False)


def test_a_file_of_an_aborted_transaction_is_swept(environment: Environment, files: Files) -> None:
    file_id = _written(files, sealed=True)
    try:
        with environment.write() as tx:
            ownership.claim(tx, files, file_id)
            raise KeyError
    except KeyError:
        assert _exists(files, file_id) == (True, True)
    assert ownership.sweep(environment, files) == 1
    assert _exists(files, file_id) == (False, False)


def test_a_committed_file_survives_a_death_before_its_second_link_goes(
    environment: Environment, files: Files
) -> None:
    file_id = _written(files, sealed=True)
    with environment.write() as tx:
        ownership.claim(tx, files, file_id)
        tx.after_commit.clear()
    assert _exists(files, file_id) == (True, True)
    assert ownership.sweep(environment, files) == 0
    assert _exists(files, file_id) == (True, False)


def test_a_commit_drops_the_second_link(environment: Environment, files: Files) -> None:
    file_id = _written(files, sealed=True)
    with environment.write() as tx:
        ownership.claim(tx, files, file_id)
    assert _exists(files, file_id) == (True, False)
    assert files.unsettled() == []


def test_a_released_file_goes_after_the_commit(environment: Environment, files: Files) -> None:
    file_id = _written(files, sealed=True)
    with environment.write() as tx:
        ownership.claim(tx, files, file_id)
    with environment.write() as tx:
        ownership.release(tx, files, [file_id, ""])
        assert _exists(files, file_id) == (True, False)
    assert _exists(files, file_id) == (False, False)
    assert _rows(environment, "files") == []


def test_the_rows_of_unlinked_files_leave_with_the_next_release(
    environment: Environment, files: Files
) -> None:
    first, second = (_written(files, sealed=True) for _ in range(2))
    for file_id in (first, second):
        with environment.write() as tx:
            ownership.claim(tx, files, file_id)
    for file_id in (first, second):
        with environment.write() as tx:
            ownership.release(tx, files, [file_id])
    assert _rows(environment, "garbage") == [second]


def test_garbage_of_a_dead_process_is_collected(environment: Environment, files: Files) -> None:
    file_id = _written(files, sealed=True)
    with environment.write() as tx:
        ownership.claim(tx, files, file_id)
    with environment.write() as tx:
        ownership.release(tx, files, [file_id])
        tx.after_commit.clear()
    assert _exists(files, file_id)[0]
    assert ownership.collect_garbage(environment, files) == 1
    assert not _exists(files, file_id)[0]
    assert _rows(environment, "garbage") == []
    assert ownership.collect_garbage(environment, files) == 0


def test_a_file_that_cannot_be_removed_is_tried_again_at_the_next_start(
    environment: Environment, files: Files, monkeypatch: pytest.MonkeyPatch
) -> None:
    file_id = _written(files, sealed=True)
    with environment.write() as tx:
        ownership.claim(tx, files, file_id)

    def refuse(path: str) -> None:
        raise PermissionError(path)

    monkeypatch.setattr(os, "unlink", refuse)
    with environment.write() as tx:
        ownership.release(tx, files, [file_id])
    assert ownership.collect_garbage(environment, files) == 0
    assert _rows(environment, "garbage") == [file_id]
    monkeypatch.undo()
    assert ownership.collect_garbage(environment, files) == 1
    assert not _exists(files, file_id)[0]


def test_a_file_written_and_replaced_in_one_transaction_goes(environment: Environment, files: Files) -> None:
    file_id = _written(files, sealed=True)
    with environment.write() as tx:
        ownership.claim(tx, files, file_id)
        ownership.release(tx, files, [file_id])
    assert _exists(files, file_id) == (False, False)


def test_young_files_are_left_alone(environment: Environment, files: Files) -> None:
    young, old = (_written(files, sealed=True) for _ in range(2))
    os.utime(files.tmp_place(old), (1, 1))
    assert ownership.sweep(environment, files, older_than=3600) == 1
    assert _exists(files, young) == (True, True)
    assert _exists(files, old) == (False, False)
