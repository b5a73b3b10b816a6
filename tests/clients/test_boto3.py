"""boto3 with its transfer manager: uploads and downloads in parallel parts."""

from __future__ import annotations

from collections.abc import Callable

import boto3
import pytest

from tests.clients.rounds import LARGE, Round

pytestmark = pytest.mark.clients


def test_does_a_round_of_work(round_of: Callable[[str], Round]) -> None:
    work = round_of("boto3")
    resource = boto3.session.Session(
        aws_access_key_id=work.user.access_key_id,
        aws_secret_access_key=work.user.secret_access_key,
        region_name="us-east-1",
    ).resource("s3", endpoint_url=work.server.endpoint)
    bucket = resource.create_bucket(Bucket=work.bucket)
    bucket.upload_file(str(work.small), "small.txt", ExtraArgs={"Metadata": {"colour": "blue"}})
    bucket.upload_file(str(work.large), "large.bin")
    bucket.copy({"Bucket": work.bucket, "Key": "large.bin"}, "copy.bin")
    assert {found.key: found.size for found in bucket.objects.all()} == {
        "small.txt": 5,
        "large.bin": LARGE,
        "copy.bin": LARGE,
    }
    bucket.download_file("copy.bin", str(work.folder / "back.bin"))
    assert (work.folder / "back.bin").read_bytes() == work.large.read_bytes()
    assert resource.Object(work.bucket, "small.txt").metadata == {"colour": "blue"}
    bucket.objects.all().delete()
    bucket.delete()
    resource.meta.client.close()
    work.check(
        "CreateBucket",
        "PutObject",
        "CreateMultipartUpload",
        "UploadPart",
        "CompleteMultipartUpload",
        "UploadPartCopy",
        "ListObjects",
        "GetObject",
        "DeleteObjects",
        "DeleteObject",
        "DeleteBucket",
        agent="Boto3/",
    )
    received = sum(
        record["additionalEventData"]["bytesTransferredOut"]
        for record in work.records()
        if record["eventName"] == "GetObject"
    )
    assert received == LARGE
