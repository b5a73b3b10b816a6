"""curl with presigned URLs, and curl's own SigV4."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.clients.rounds import LARGE, Round

pytestmark = pytest.mark.clients


def test_does_a_round_of_work_with_presigned_urls(
    round_of: Callable[[str], Round], tool: Callable[[str], str]
) -> None:
    program, work = tool("curl"), round_of("curl")
    s3 = work.server.client("s3", credentials=work.user)

    def run(method: str, operation: str, *options: str, **parameters: Any) -> str:
        url = s3.generate_presigned_url(operation, Params={"Bucket": work.bucket, **parameters})
        return work.run(program, "--silent", "--show-error", "--fail", "--request", method, *options, url)

    run("PUT", "create_bucket")
    run("PUT", "put_object", "--upload-file", "small.txt", Key="small.txt")
    run("PUT", "put_object", "--upload-file", "large.bin", Key="large.bin")
    listing = run("GET", "list_objects_v2")
    assert f"<Size>{LARGE}</Size>" in listing
    run("GET", "get_object", "--output", "back.bin", Key="large.bin")
    assert (work.folder / "back.bin").read_bytes() == work.large.read_bytes()
    for key in ("small.txt", "large.bin"):
        run("DELETE", "delete_object", Key=key)
    run("DELETE", "delete_bucket")
    work.check(
        "CreateBucket",
        "PutObject",
        "ListObjects",
        "GetObject",
        "DeleteObject",
        "DeleteBucket",
        agent="curl/",
        method="QueryString",
    )
    for record in work.records():
        assert "X-Amz-Signature" not in record["requestParameters"]
    sizes = [
        record["additionalEventData"]["bytesTransferredIn"]
        for record in work.records()
        if record["eventName"] == "PutObject"
    ]
    assert sizes == [5, LARGE]


def test_signs_by_itself(round_of: Callable[[str], Round], tool: Callable[[str], str]) -> None:
    program, work = tool("curl"), round_of("curl-signing")
    empty = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
    output = work.run(
        program,
        "--silent",
        "--fail",
        "--aws-sigv4",
        "aws:amz:us-east-1:s3",
        "--user",
        f"{work.user.access_key_id}:{work.user.secret_access_key}",
        "--header",
        f"x-amz-content-sha256: {empty}",
        work.server.endpoint + "/",
    )
    assert "<ListAllMyBucketsResult" in output
    assert [record["eventName"] for record in work.records()] == ["ListBuckets"]
