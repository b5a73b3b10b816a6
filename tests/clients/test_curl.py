"""curl with presigned URLs, and curl's own SigV4."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import boto3
import pytest
from botocore.config import Config

from tests.clients.rounds import LARGE, Round

pytestmark = pytest.mark.clients


@pytest.mark.parametrize(("version", "signer"), [("SigV4", "s3v4"), ("SigV2", "s3")])
def test_does_a_round_of_work_with_presigned_urls(
    round_of: Callable[[str], Round], tool: Callable[[str], str], version: str, signer: str
) -> None:
    program, work = tool("curl"), round_of(f"curl-{version.lower()}")
    s3 = boto3.session.Session().client(
        "s3",
        endpoint_url=work.server.endpoint,
        region_name="us-east-1",
        aws_access_key_id=work.user.access_key_id,
        aws_secret_access_key=work.user.secret_access_key,
        config=Config(signature_version=signer),
    )

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
        version=version,
        method="QueryString",
    )
    for record in work.records():
        assert not {"X-Amz-Signature", "Signature"} & set(record["requestParameters"])
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
