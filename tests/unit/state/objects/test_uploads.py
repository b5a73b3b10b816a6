"""Slices of a manifest hold exactly the bytes asked for."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from s3trail.state.environment import Environment
from s3trail.state.objects import uploads
from s3trail.state.objects.uploads import Part


@given(st.lists(st.integers(0, 5), min_size=1, max_size=6), st.integers(0, 30), st.integers(0, 30))
def test_slices_hold_the_bytes_asked_for(sizes: list[int], start: int, length: int) -> None:
    listed = [Part(number, size, "", 0, str(number), "") for number, size in enumerate(sizes, 1)]
    everything = [(part.file_id, offset) for part in listed for offset in range(part.size)]
    found = uploads.slices(listed, start, length)
    pieces = [(file_id, offset + step) for file_id, offset, count in found for step in range(count)]
    assert pieces == everything[start : start + length]
    assert all(count > 0 for _, _, count in found)


def test_an_upload_id_that_is_none_of_ours_is_not_found(environment: Environment) -> None:
    with environment.read() as tx:
        for upload_id in ("", "x", "é" * 16, "a" * 5000, "\udc80" * 32, "a" * 32):
            assert uploads.get(tx, upload_id) is None


def test_a_manifest_is_no_upload_and_no_part(environment: Environment) -> None:
    upload_id = "a" * 32
    part = Part(3, 10, "etag", 1, "file", "sum")
    with environment.write() as tx:
        uploads.put_manifest(tx, upload_id, [part])
        assert uploads.get(tx, upload_id) is None
        assert list(uploads.parts(tx, upload_id)) == []
        assert uploads.manifest(tx, upload_id) == [part]
        uploads.delete_manifest(tx, upload_id)
        assert uploads.manifest(tx, upload_id) == []
