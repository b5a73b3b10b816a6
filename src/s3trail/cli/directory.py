"""A data directory as the commands find it, whether or not a server runs on it."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from s3trail.cli.options import Failure
from s3trail.cli.welcome import reachable
from s3trail.config import Settings
from s3trail.state.config import secrets
from s3trail.state.environment import Environment

__all__ = ["endpoint", "open_environment", "open_secrets"]


@contextmanager
def open_environment(data: Path, *, writable: bool = False) -> Iterator[Environment]:
    """The journal and configuration of a data directory.

    Args:
        data: the directory.
        writable: for commands that change something; the server may run beside them.

    Raises:
        Failure: there is no data in that directory.
        AuditUnavailable: what is there can't be opened.
    """
    if not (data / "journal" / "data.mdb").exists():
        raise Failure(
            f"there is no journal in {data}; start `s3trail serve` first, or name its directory with --data"
        )
    environment = Environment(data, readonly=not writable)
    try:
        yield environment
    finally:
        environment.close()


def open_secrets(data: Path) -> secrets.Secrets:
    """The secrets of a data directory.

    Raises:
        SecretsError: there is no master key, or it can't be used.
    """
    return secrets.load(data, os.environ)


def endpoint(settings: Settings) -> str:
    """The URL of the server: what it wrote to `DATA/run/endpoint`, else what the settings say.

    Raises:
        Failure: the server is to pick its port, and hasn't yet.
    """
    try:
        return reachable((settings.data / "run" / "endpoint").read_text(encoding="utf-8").strip())
    except FileNotFoundError:
        pass
    if settings.server.listen.port == 0:
        raise Failure("the server picks its port when it starts, and it isn't running")
    return reachable(f"http://{settings.server.listen}")
