"""MinIO's client for Python."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from urllib.request import urlopen

import pytest
from minio import Minio
from minio.commonconfig import CopySource
from minio.deleteobjects import DeleteObject
from minio.error import S3Error

from tests.clients.rounds import LARGE, Round

pytestmark = pytest.mark.clients


def test_does_a_round_of_work(round_of: Callable[[str], Round]) -> None:
    work = round_of("minio")
    client = Minio(
        endpoint=f"127.0.0.1:{work.server.port}",
        access_key=work.user.access_key_id,
        secret_key=work.user.secret_access_key,
        region="us-east-1",
        secure=False,
    )
    bucket = work.bucket
    client.make_bucket(bucket_name=bucket)
    assert client.bucket_exists(bucket_name=bucket)
    client.fput_object(bucket_name=bucket, object_name="small.txt", file_path=str(work.small))
    client.fput_object(
        bucket_name=bucket, object_name="large.bin", file_path=str(work.large), part_size=5 << 20
    )
    found = {item.object_name: item.size for item in client.list_objects(bucket_name=bucket, recursive=True)}
    assert found == {"small.txt": 5, "large.bin": LARGE}
    client.fget_object(bucket_name=bucket, object_name="large.bin", file_path=str(work.folder / "back.bin"))
    assert (work.folder / "back.bin").read_bytes() == work.large.read_bytes()
    client.copy_object(
        bucket_name=bucket,
        object_name="copy.txt",
        source=CopySource(bucket_name=bucket, object_name="small.txt"),
    )
    with pytest.raises(S3Error) as caught:
        client.stat_object(bucket_name=bucket, object_name="absent")
    assert caught.value.code == "NoSuchKey"
    doomed = [DeleteObject(name) for name in ("small.txt", "large.bin", "copy.txt")]
    assert list(client.remove_objects(bucket_name=bucket, delete_object_list=doomed)) == []
    client.remove_bucket(bucket_name=bucket)
    work.check(
        "CreateBucket",
        "HeadBucket",
        "PutObject",
        "CreateMultipartUpload",
        "UploadPart",
        "CompleteMultipartUpload",
        "ListObjects",
        "HeadObject",
        "GetObject",
        "CopyObject",
        "DeleteObjects",
        "DeleteObject",
        "DeleteBucket",
        agent="MinIO",
    )


def test_its_presigned_url_works(round_of: Callable[[str], Round]) -> None:
    work = round_of("minio-url")
    client = Minio(
        endpoint=f"127.0.0.1:{work.server.port}",
        access_key=work.user.access_key_id,
        secret_key=work.user.secret_access_key,
        region="us-east-1",
        secure=False,
    )
    client.make_bucket(bucket_name=work.bucket)
    client.fput_object(bucket_name=work.bucket, object_name="k", file_path=str(work.small))
    url = client.presigned_get_object(bucket_name=work.bucket, object_name="k", expires=timedelta(minutes=5))
    with urlopen(url) as answer:
        assert answer.read() == b"small"
    record = work.records()[-1]
    assert record["eventName"] == "GetObject"
    assert record["additionalEventData"]["AuthenticationMethod"] == "QueryString"
