"""rclone, which uses the AWS SDK for Go."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.clients.rounds import LARGE, Round

pytestmark = pytest.mark.clients


def test_does_a_round_of_work(round_of: Callable[[str], Round], tool: Callable[[str], str]) -> None:
    program, work = tool("rclone"), round_of("rclone")
    (work.folder / "rclone.conf").write_text(
        "[server]\ntype = s3\nprovider = Other\nregion = us-east-1\n"
        f"access_key_id = {work.user.access_key_id}\n"
        f"secret_access_key = {work.user.secret_access_key}\n"
        f"endpoint = {work.server.endpoint}\nupload_cutoff = 5Mi\nchunk_size = 5Mi\n"
    )

    def run(*words: str) -> str:
        return work.run(program, "--config", "rclone.conf", "--retries", "1", *words)

    url = f"server:{work.bucket}"
    run("mkdir", url)
    run("copyto", "small.txt", f"{url}/a/small.txt")
    run("copyto", "large.bin", f"{url}/a/large.bin")
    assert f"{LARGE} a/large.bin" in run("ls", url)
    run("copyto", f"{url}/a/small.txt", f"{url}/b/small.txt")
    run("copy", url, "back")
    assert (work.folder / "back/a/large.bin").read_bytes() == work.large.read_bytes()
    run("check", "back", url)
    run("delete", url)
    run("rmdir", url)
    work.check(
        "CreateBucket",
        "PutObject",
        "CreateMultipartUpload",
        "UploadPart",
        "CompleteMultipartUpload",
        "ListObjects",
        "HeadObject",
        "GetObject",
        "CopyObject",
        "DeleteObject",
        "DeleteBucket",
        agent="rclone/",
    )
