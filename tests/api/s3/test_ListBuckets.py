"""ListBuckets: the caller's buckets, in order, in pages."""

from __future__ import annotations

import uuid
from typing import Any

from s3trail.testing.server import ANONYMOUS, Server
from tests.api.expect import recorded, refused


def test_lists_the_accounts_buckets_in_order(server: Server, s3: Any, bucket: str) -> None:
    answer = s3.list_buckets()
    names = [found["Name"] for found in answer["Buckets"]]
    assert bucket in names
    assert names == sorted(names)
    assert answer["Owner"]["ID"]
    record = recorded(server, answer, "ListBuckets")
    assert record["requestParameters"] == {"Host": f"127.0.0.1:{server.port}"}
    assert record["eventCategory"] == "Management"
    assert record["readOnly"] is True
    assert "resources" not in record


def test_pages_through_a_prefix(server: Server, s3: Any) -> None:
    prefix = f"paged-{uuid.uuid4().hex[:8]}-"
    for number in range(3):
        s3.create_bucket(Bucket=f"{prefix}{number}")
    first = s3.list_buckets(Prefix=prefix, MaxBuckets=2)
    rest = s3.list_buckets(Prefix=prefix, MaxBuckets=2, ContinuationToken=first["ContinuationToken"])
    assert [found["Name"] for found in first["Buckets"] + rest["Buckets"]] == [
        f"{prefix}{n}" for n in range(3)
    ]
    assert "ContinuationToken" not in rest
    record = recorded(server, first, "ListBuckets")
    assert record["requestParameters"]["prefix"] == prefix
    assert record["requestParameters"]["max-buckets"] == "2"


def test_refuses_an_anonymous_caller(server: Server) -> None:
    error = refused(server.client("s3", credentials=ANONYMOUS).list_buckets, "AccessDenied", 403)
    record = server.record_of(error)
    assert record["errorMessage"] == "Access Denied"
    assert "SignatureVersion" not in record["additionalEventData"]
    assert "AuthenticationMethod" not in record["additionalEventData"]
