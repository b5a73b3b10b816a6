"""The fixture that all clients' tests share."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from s3trail.testing.server import Server
from tests.clients.rounds import Round


@pytest.fixture
def round_of(server: Server, tmp_path: Path) -> Callable[[str], Round]:
    """Makes the round of a named client, with a user and a bucket name of its own."""

    def make(name: str) -> Round:
        user = server.add_user(f"{name}-{tmp_path.name}"[:60])
        return Round(server, user, f"{name}-bucket", tmp_path)

    return make
