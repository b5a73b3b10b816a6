"""GetObjectTorrent: refused, as S3 does now."""

from __future__ import annotations

from typing import Any

from s3trail.testing.server import Server
from tests.api.expect import recorded, refused


def test_is_refused(server: Server, s3: Any, bucket: str) -> None:
    s3.put_object(Bucket=bucket, Key="k", Body=b"body")
    error = refused(s3.get_object_torrent, "MethodNotAllowed", 405, Bucket=bucket, Key="k")
    record = recorded(server, error, "GetObjectTorrent")
    assert record["requestParameters"]["torrent"] == ""
