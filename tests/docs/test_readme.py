"""The README's one-minute try and the walk in "Getting started": the commands run as they are written."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from s3trail.testing.server import Server

pytestmark = [pytest.mark.clients, pytest.mark.slow]

ROOT = Path(__file__).parents[2]


def _commands(page: Path) -> list[str]:
    """The commands after `$` in console blocks, in order, with their continuation lines."""
    found = []
    for block in re.findall(r"^```console\n(.*?)^```$", page.read_text(), re.MULTILINE | re.DOTALL):
        found += re.findall(r"^\$ ((?:.*\\\n)*.*)$", block, re.MULTILINE)
    return found


def _run(script: str, server: Server, folder: Path) -> str:
    environment = {
        name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "S3TRAIL_"))
    }
    done = subprocess.run(
        ["bash", "-c", f"set -e\n{script}"],
        cwd=folder,
        env=environment
        | {
            "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
            "S3TRAIL_DATA": str(server.data),
            "PAGER": "cat",
        },
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_the_one_minute_try_works_as_written(fresh_server: Server) -> None:
    commands = [command for command in _commands(ROOT / "README.md") if not command.startswith("make ")]
    assert len(commands) >= 6

    told = _run("\n".join(commands), fresh_server, ROOT)

    assert '"EventName": "CreateBucket"' in told
    # Into a pipe `tail` writes records, one a line, and not a table.
    lines = [line for line in told.splitlines() if line.startswith('{"eventVersion"')]
    events = [json.loads(line)["eventName"] for line in lines]
    assert events[-3:] == ["CreateBucket", "PutObject", "LookupEvents"]
    assert re.search(r"^ok: 5 records, 1 to 5; none is missing or altered$", told, re.MULTILINE)


def test_the_readme_names_pages_that_exist() -> None:
    for page in re.findall(r"\]\(([^)#:]+)\)", (ROOT / "README.md").read_text()):
        assert (ROOT / page).exists(), page
