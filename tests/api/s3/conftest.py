"""What the tests of multipart uploads share."""

from __future__ import annotations

from typing import Any

import pytest


@pytest.fixture
def upload(s3: Any, bucket: str) -> dict[str, str]:
    """An open multipart upload: `Bucket`, `Key`, `UploadId`."""
    upload_id = s3.create_multipart_upload(Bucket=bucket, Key="parts")["UploadId"]
    return {"Bucket": bucket, "Key": "parts", "UploadId": upload_id}
