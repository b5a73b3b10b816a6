"""s3cmd, with both signature versions."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.clients.rounds import LARGE, Round

pytestmark = pytest.mark.clients


@pytest.mark.parametrize("version", ["SigV4", "SigV2"])
def test_does_a_round_of_work(
    round_of: Callable[[str], Round], tool: Callable[[str], str], version: str
) -> None:
    program, work = tool("s3cmd"), round_of(f"s3cmd-{version.lower()}")
    host = f"127.0.0.1:{work.server.port}"
    (work.folder / "s3cfg").write_text(
        "[default]\n"
        f"access_key = {work.user.access_key_id}\n"
        f"secret_key = {work.user.secret_access_key}\n"
        f"host_base = {host}\nhost_bucket = {host}\n"
        f"use_https = False\nsignature_v2 = {version == 'SigV2'}\nmultipart_chunk_size_mb = 5\n"
    )

    def run(*words: str) -> str:
        options = ["--config", "s3cfg", "--no-progress"]
        return work.run(program, *options, *(["--signature-v2"] if version == "SigV2" else []), *words)

    url = f"s3://{work.bucket}"
    run("mb", url)
    run("put", "small.txt", f"{url}/a dir/small+1.txt")
    run("put", "large.bin", f"{url}/large.bin")
    listing = run("ls", "--recursive", url)
    assert "a dir/small+1.txt" in listing
    assert str(LARGE) in listing
    run("get", f"{url}/large.bin", "back.bin")
    assert (work.folder / "back.bin").read_bytes() == work.large.read_bytes()
    run("cp", f"{url}/a dir/small+1.txt", f"{url}/copy.txt")
    run("info", f"{url}/copy.txt")
    run("del", f"{url}/copy.txt")
    run("del", "--recursive", "--force", url)
    run("rb", url)
    work.check(
        "CreateBucket",
        "PutObject",
        "CreateMultipartUpload",
        "UploadPart",
        "CompleteMultipartUpload",
        "ListObjects",
        "GetObject",
        "HeadObject",
        "CopyObject",
        "DeleteObject",
        "DeleteBucket",
        agent="",
        version=version,
    )
    keys = [
        record["requestParameters"]["key"] for record in work.records() if record["eventName"] == "PutObject"
    ]
    assert "a dir/small+1.txt" in keys
