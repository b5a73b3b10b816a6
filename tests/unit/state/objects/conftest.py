"""An environment and files in a temporary directory."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from s3trail.state.environment import Environment
from s3trail.state.objects.files import Files


@pytest.fixture
def environment(tmp_path: Path) -> Iterator[Environment]:
    """An empty environment."""
    opened = Environment(tmp_path)
    yield opened
    opened.close()


@pytest.fixture
def files(tmp_path: Path) -> Files:
    """Files of the same data directory."""
    return Files(tmp_path)
