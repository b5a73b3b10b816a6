"""ListObjectVersions: an unversioned bucket shows one version, `null`, of each key."""

from __future__ import annotations

from typing import Any

from s3trail.testing.server import Server
from tests.api.expect import recorded, refused


def test_lists_null_versions(server: Server, s3: Any, bucket: str) -> None:
    for key in ("a", "b"):
        s3.put_object(Bucket=bucket, Key=key, Body=b"x")
    answer = s3.list_object_versions(Bucket=bucket)
    found = [(version["Key"], version["VersionId"], version["IsLatest"]) for version in answer["Versions"]]
    assert found == [("a", "null", True), ("b", "null", True)]
    record = recorded(server, answer, "ListObjectVersions")
    assert record["requestParameters"]["versions"] == ""
    assert record["eventCategory"] == "Data"
    assert record["readOnly"] is True


def test_pages_by_key_marker(server: Server, s3: Any, bucket: str) -> None:
    for key in ("a", "b", "c"):
        s3.put_object(Bucket=bucket, Key=key, Body=b"x")
    first = s3.list_object_versions(Bucket=bucket, MaxKeys=2)
    assert first["IsTruncated"] is True
    rest = s3.list_object_versions(
        Bucket=bucket, KeyMarker=first["NextKeyMarker"], VersionIdMarker=first["NextVersionIdMarker"]
    )
    assert [version["Key"] for version in rest["Versions"]] == ["c"]
    assert recorded(server, rest, "ListObjectVersions")["requestParameters"]["key-marker"] == "b"


def test_refuses_an_unknown_bucket(server: Server, s3: Any) -> None:
    error = refused(s3.list_object_versions, "NoSuchBucket", 404, Bucket="nobody-made-this")
    recorded(server, error, "ListObjectVersions")


def test_lists_versions_and_delete_markers_in_pages(server: Server, s3: Any, bucket: str) -> None:
    s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
    for key in ("a", "b"):
        for body in (b"1", b"2"):
            s3.put_object(Bucket=bucket, Key=key, Body=body)
    marker = s3.delete_object(Bucket=bucket, Key="a")["VersionId"]
    pages = s3.get_paginator("list_object_versions").paginate(Bucket=bucket, PaginationConfig={"PageSize": 2})
    versions, markers = [], []
    for page in pages:
        versions += [(found["Key"], found["IsLatest"]) for found in page.get("Versions", [])]
        markers += [(found["VersionId"], found["IsLatest"]) for found in page.get("DeleteMarkers", [])]
    assert versions == [("a", False), ("a", False), ("b", True), ("b", False)]
    assert markers == [(marker, True)]
    answer = s3.list_object_versions(Bucket=bucket, Prefix="b")
    assert recorded(server, answer, "ListObjectVersions")["requestParameters"]["versions"] == ""
