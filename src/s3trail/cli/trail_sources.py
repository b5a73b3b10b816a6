"""Where `s3trail verify --trail` reads log files and digests: buckets of this server, or a copied bucket.

Input: a data directory, whether or not a server runs on it, or the directory that a bucket was copied to.
Output: keys, bytes and user metadata. A copy has no user metadata, so the signature of a digest is looked for
in what copying tools leave: the extended attribute `user.signature` (`rclone copy --metadata`), or a file
`NAME.metadata.json` beside it with what `aws s3api head-object` prints.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Protocol

from s3trail.state.environment import Environment
from s3trail.state.objects import buckets, listing, objects, uploads
from s3trail.state.objects.files import Files

__all__ = ["BucketSource", "Copy", "Found", "Source"]

_BLOCK = 1 << 18
_STAMP = re.compile(r"_(\d{8}T\d{4})Z_[^/_]+\.json\.gz$")
_MINUTE = 60.0
_SIDECAR = ".metadata.json"
_NO_TIME = (0.0, float("inf"))


@dataclass(frozen=True, slots=True)
class Found:
    """An object under a prefix."""

    key: str
    between: tuple[float, float]
    """Epoch seconds between which it was put, as far as that is known."""


class Source(Protocol):
    """Objects to verify."""

    names_buckets: bool
    """Whether buckets are told apart; if not, `bucket` is of no account."""

    def list(self, bucket: str, prefix: str) -> Iterator[Found]:
        """Objects whose keys begin with a prefix, in order; none if there is no such bucket."""
        ...

    def read(self, bucket: str, key: str) -> Iterator[bytes] | None:
        """The bytes of an object; None if there is none."""
        ...

    def metadata(self, bucket: str, key: str) -> Mapping[str, str] | None:
        """The user metadata of an object; None if it isn't known."""
        ...


class BucketSource:
    """The buckets of a data directory, read from its files without the server.

    Args:
        environment: its state.
        data: the directory.
    """

    names_buckets = True

    def __init__(self, environment: Environment, data: Path) -> None:
        self._environment = environment
        self._files = Files(data)

    def list(self, bucket: str, prefix: str) -> Iterator[Found]:
        """See `Source`."""
        with self._environment.read() as tx:
            found = buckets.get(tx, bucket)
            rows = (
                []
                if found is None
                else [
                    (key, objects.decode(document).modified / 1000)
                    for key, document in listing.entries(
                        tx, "objects", found.id, prefix=prefix.encode(), skip=objects.is_delete_marker
                    )
                    if document is not None
                ]
            )
        for key, modified in rows:
            yield Found(key.decode(), (modified, modified))

    def read(self, bucket: str, key: str) -> Iterator[bytes] | None:
        """See `Source`."""
        with self._environment.read() as tx:
            found = buckets.get(tx, bucket)
            stored = None if found is None else objects.get(tx, found.id, key.encode())
            if stored is None or stored.delete_marker:
                return None
            if stored.upload_id:
                slices = uploads.slices(uploads.manifest(tx, stored.upload_id), 0, stored.size)
            else:
                slices = [(stored.file_id, 0, stored.size)] if stored.size else []
            source = self._files.open(slices)

        def blocks() -> Iterator[bytes]:
            try:
                while block := source.read(_BLOCK):
                    yield block
            finally:
                source.close()

        return blocks()

    def metadata(self, bucket: str, key: str) -> Mapping[str, str] | None:
        """See `Source`."""
        with self._environment.read() as tx:
            found = buckets.get(tx, bucket)
            stored = None if found is None else objects.get(tx, found.id, key.encode())
        return None if stored is None or stored.delete_marker else stored.metadata


class Copy:
    """A bucket that was copied to a directory, as a whole or from some prefix on.

    Args:
        directory: what the copy was written to.
        base: what the keys have before the paths in the directory; empty or with a slash at its end.
    """

    names_buckets = False

    def __init__(self, directory: Path, base: str = "") -> None:
        self._directory = directory
        self._base = base

    def list(self, bucket: str, prefix: str) -> Iterator[Found]:  # noqa: ARG002 - a copy is of one bucket
        """See `Source`."""
        folder = self._place(prefix)
        if folder is None or not folder.is_dir():
            return
        for path in sorted(found for found in folder.rglob("*") if found.is_file()):
            key = self._base + path.relative_to(self._directory).as_posix()
            if key.startswith(prefix) and not key.endswith(_SIDECAR):
                yield Found(key, _time_of(key))

    def read(self, bucket: str, key: str) -> Iterator[bytes] | None:  # noqa: ARG002
        """See `Source`."""
        path = self._place(key)
        if path is None or not path.is_file():
            return None

        def blocks() -> Iterator[bytes]:
            with path.open("rb") as file:
                while block := file.read(_BLOCK):
                    yield block

        return blocks()

    def metadata(self, bucket: str, key: str) -> Mapping[str, str] | None:  # noqa: ARG002
        """See `Source`."""
        path = self._place(key)
        if path is None or not path.is_file():
            return None
        try:
            return {"signature": os.getxattr(path, "user.signature").decode("ascii", "replace")}
        except OSError:
            pass
        try:
            document = json.loads(path.with_name(path.name + _SIDECAR).read_bytes())
            members = document.get("Metadata", document)
            return {str(name).lower(): str(value) for name, value in members.items()}
        except (OSError, ValueError, AttributeError):
            return None

    def _place(self, key: str) -> Path | None:
        """Where an object lies; None for keys that can't lie in the directory."""
        parts = key.removeprefix(self._base).split("/")
        if not key.startswith(self._base) or ".." in parts or parts[0] == "":
            return None
        return self._directory.joinpath(*[part for part in parts if part])


def _time_of(key: str) -> tuple[float, float]:
    stamp = _STAMP.search(key)
    if stamp is None:
        return _NO_TIME
    try:
        minute = datetime.strptime(stamp[1], "%Y%m%dT%H%M").replace(tzinfo=UTC).timestamp()
    except ValueError:
        return _NO_TIME
    return minute, minute + _MINUTE
