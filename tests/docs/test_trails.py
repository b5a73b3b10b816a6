"""The guide to trails: its commands run as they are written."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = [pytest.mark.clients, pytest.mark.slow]

GUIDE = Path(__file__).parents[2] / "docs" / "guides" / "trails.md"


def test_commands_do_what_the_guide_says(tmp_path: Path) -> None:
    blocks = re.findall(r"^```sh\n(.*?)^```$", GUIDE.read_text(), re.MULTILINE | re.DOTALL)
    # The server goes with the shell, whatever happens.
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
        timeout=120,
        check=False,
    )
    told = done.stdout + done.stderr
    assert done.returncode == 0, told
    assert len(blocks) == 10
    assert re.search(r'^ +1 "eventName":"DeleteObject"$', done.stdout, re.MULTILINE), told
    assert re.search(r'^ +1 "eventName":"StartLogging"$', done.stdout, re.MULTILINE), told
    assert '"IsLogging": true' in done.stdout
    assert done.stdout.count("validate-logs ended with 1") == 1
    assert "INVALID" in told
    assert re.search(r"^ok: \d+ events, up to record \d+", done.stdout, re.MULTILINE), told
    assert "PutObject" in (tmp_path / "matching.csv").read_text()
