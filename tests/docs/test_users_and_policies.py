"""The guide to users and policies: its commands run as they are written."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = [pytest.mark.clients, pytest.mark.slow]

GUIDE = Path(__file__).parents[2] / "docs" / "guides" / "users-and-policies.md"


def test_commands_do_what_the_guide_says(tmp_path: Path) -> None:
    blocks = re.findall(r"^```sh\n(.*?)^```$", GUIDE.read_text(), re.MULTILINE | re.DOTALL)
    # Job control as in a terminal; the server goes with the shell, whatever happens.
    script = "set -em\ntrap 'kill $(jobs -p) 2> /dev/null || true' EXIT\n" + "\n".join(blocks)
    unwanted = ("AWS_", "S3TRAIL_")
    environment = {name: value for name, value in os.environ.items() if not name.startswith(unwanted)}
    programs = str(Path(sys.executable).parent)
    done = subprocess.run(
        ["bash", "-c", script],
        cwd=tmp_path,
        env=environment
        | {
            "PATH": f"{programs}:{os.environ['PATH']}",
            "HOME": str(tmp_path),
            "S3TRAIL_SERVER_LISTEN": "127.0.0.1:0",
        },
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=110,
        check=False,
    )
    told = done.stdout + done.stderr
    assert done.returncode == 0, told
    assert "refused with 1" in done.stdout
    assert "PutObject" in done.stdout
    decisions = re.findall(r"^s3:(\w+)\tarn:aws:s3:::photos/(\w+)/cat.jpg\t(\w+)$", done.stdout, re.MULTILINE)
    assert decisions == [
        ("PutObject", "alice", "allowed"),
        ("PutObject", "bob", "implicitDeny"),
        ("DeleteObject", "alice", "implicitDeny"),
        ("DeleteObject", "bob", "implicitDeny"),
    ]
    assert re.search(r"^implicitDeny$", done.stdout, re.MULTILINE)
    assert "inactive: " in done.stdout
    assert "DeleteConflict" in done.stderr
    assert "conflict: " in done.stdout
    assert re.search(r"^0\t1\t1$", done.stdout, re.MULTILINE)
