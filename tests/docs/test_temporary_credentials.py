"""The guide to temporary credentials: its commands run as they are written."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = [pytest.mark.clients, pytest.mark.slow]

GUIDE = Path(__file__).parents[2] / "docs" / "guides" / "temporary-credentials.md"


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
        timeout=100,
        check=False,
    )
    told = done.stdout + done.stderr
    assert done.returncode == 0, told
    assert len(blocks) == 7
    assert ":assumed-role/Reader/ann-at-work" in done.stdout
    key = re.search(r'"accessKeyId":"(ASIA[A-Z0-9]{16})"', (tmp_path / "assumed.json").read_text())
    assert key is not None
    listed = done.stdout.partition("ann-at-work")[2]
    assert re.search(r"GetCallerIdentity +ann-at-work", listed), told
    assert re.search(r"ListObjects\w* +ann-at-work +photos", listed), told
    assert done.stdout.count("revoked: ") == 1
    assert "The security token included in the request is expired" in done.stderr
    assert "issued before" in done.stdout
    assert re.search(r"RevokeSessions +s3trail", done.stdout)
    assert "InvalidIdentityToken" in done.stderr
    assert done.stdout.count("refused: ") == 1
