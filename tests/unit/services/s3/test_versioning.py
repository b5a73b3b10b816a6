"""Versions: ids, delete markers, suspension, and what becomes current when a version is removed."""

from __future__ import annotations

from typing import Any

import pytest

from s3trail.kernel.errors import AwsError
from s3trail.state.objects import versions

from .conftest import S3


@pytest.fixture
def versioned(s3: S3) -> S3:
    """The bucket has versioning."""
    _set(s3, "Enabled")
    return s3


def _set(s3: S3, status: str) -> None:
    s3.call("PutBucketVersioning", Bucket="bucket", VersioningConfiguration={"Status": status})


def _put(s3: S3, body: bytes, key: str = "key") -> str:
    return str(s3.put(key, body).get("VersionId", "null"))


def _body(s3: S3, version_id: str | None = None, key: str = "key") -> bytes:
    return s3.get(key, **({"VersionId": version_id} if version_id else {}))[0]


def _refusal(s3: S3, name: str, /, **params: Any) -> AwsError:
    with pytest.raises(AwsError) as error:
        s3.call(name, Bucket="bucket", **{"Key": "key", **params})
    return error.value


def _listed(s3: S3, **params: Any) -> list[tuple[str, str, bool]]:
    result = s3.call("ListObjectVersions", Bucket="bucket", **params)
    return [
        (found["Key"], found["VersionId"], found["IsLatest"])
        for found in [*result["Versions"], *result["DeleteMarkers"]]
    ]


def test_a_bucket_has_no_status_until_it_is_set(s3: S3) -> None:
    assert s3.call("GetBucketVersioning", Bucket="bucket") == {}
    _set(s3, "Enabled")
    assert s3.call("GetBucketVersioning", Bucket="bucket") == {"Status": "Enabled"}
    _set(s3, "Suspended")
    assert s3.call("GetBucketVersioning", Bucket="bucket") == {"Status": "Suspended"}


@pytest.mark.parametrize(
    ("configuration", "code"),
    [
        ({}, "IllegalVersioningConfigurationException"),
        ({"Status": "Off"}, "MalformedXML"),
        ({"Status": "Enabled", "MFADelete": "Enabled"}, "NotImplemented"),
    ],
)
def test_refuses_what_is_no_status(s3: S3, configuration: dict[str, str], code: str) -> None:
    with pytest.raises(AwsError) as error:
        s3.call("PutBucketVersioning", Bucket="bucket", VersioningConfiguration=configuration)
    assert error.value.code == code
    assert s3.call("GetBucketVersioning", Bucket="bucket") == {}


def test_every_put_makes_a_version(versioned: S3) -> None:
    ids = [_put(versioned, body) for body in (b"one", b"two", b"three")]
    assert len(set(ids)) == 3
    assert all(len(version_id) == 32 for version_id in ids)
    assert [_body(versioned, version_id) for version_id in ids] == [b"one", b"two", b"three"]
    body, result = versioned.get("key")
    assert (body, result["VersionId"]) == (b"three", ids[2])
    assert versioned.call("HeadObject", Bucket="bucket", Key="key", VersionId=ids[0])["ContentLength"] == 3
    assert _listed(versioned) == [("key", ids[2], True), ("key", ids[1], False), ("key", ids[0], False)]
    assert len(versioned.call("ListObjectsV2", Bucket="bucket")["Contents"]) == 1


def test_what_was_there_before_is_the_null_version(s3: S3) -> None:
    s3.put("key", b"before")
    _set(s3, "Enabled")
    assert s3.get("key")[1]["VersionId"] == "null"
    newer = _put(s3, b"after")
    assert _body(s3, "null") == b"before"
    assert _listed(s3) == [("key", newer, True), ("key", "null", False)]


def test_a_delete_marker_hides_the_object(versioned: S3) -> None:
    first = _put(versioned, b"body")
    deleted = versioned.call("DeleteObject", Bucket="bucket", Key="key")
    assert deleted["DeleteMarker"] is True
    marker = deleted["VersionId"]
    gone = _refusal(versioned, "GetObject")
    assert (gone.code, gone.status) == ("NoSuchKey", 404)
    assert gone.headers == (("x-amz-delete-marker", "true"), ("x-amz-version-id", marker))
    by_id = _refusal(versioned, "HeadObject", VersionId=marker)
    assert (by_id.code, by_id.status) == ("MethodNotAllowed", 405)
    assert ("Allow", "DELETE") in by_id.headers
    assert _body(versioned, first) == b"body"
    assert versioned.call("ListObjectsV2", Bucket="bucket")["KeyCount"] == 0
    with pytest.raises(AwsError, match="BucketNotEmpty"):
        versioned.call("DeleteBucket", Bucket="bucket")
    undone = versioned.call("DeleteObject", Bucket="bucket", Key="key", VersionId=marker)
    assert undone == {"VersionId": marker, "DeleteMarker": True}
    assert _body(versioned) == b"body"


def test_a_delete_marker_is_made_for_a_key_that_never_was(versioned: S3) -> None:
    marker = versioned.call("DeleteObject", Bucket="bucket", Key="key")["VersionId"]
    assert _listed(versioned) == [("key", marker, True)]
    versioned.call("DeleteObject", Bucket="bucket", Key="key", VersionId=marker)
    assert _listed(versioned) == []
    versioned.call("DeleteBucket", Bucket="bucket")


def test_removing_the_current_version_brings_the_one_before_back(versioned: S3) -> None:
    ids = [_put(versioned, body) for body in (b"one", b"two", b"three")]
    assert versioned.call("DeleteObject", Bucket="bucket", Key="key", VersionId=ids[1])["VersionId"] == ids[1]
    versioned.call("DeleteObject", Bucket="bucket", Key="key", VersionId=ids[2])
    assert _body(versioned) == b"one"
    assert _refusal(versioned, "GetObject", VersionId=ids[1]).code == "NoSuchVersion"
    versioned.call("DeleteObject", Bucket="bucket", Key="key", VersionId=ids[0])
    assert versioned.file_count() == 0
    assert _listed(versioned) == []


def test_removing_a_version_that_is_not_there_is_no_error(versioned: S3) -> None:
    version_id = _put(versioned, b"body")
    versioned.call("DeleteObject", Bucket="bucket", Key="key", VersionId=version_id)
    assert versioned.call("DeleteObject", Bucket="bucket", Key="key", VersionId=version_id) == {}
    assert _refusal(versioned, "DeleteObject", VersionId="abc").code == "InvalidArgument"


def test_suspended_versioning_replaces_the_null_version_alone(versioned: S3) -> None:
    kept = _put(versioned, b"kept")
    _set(versioned, "Suspended")
    assert "VersionId" not in versioned.put("key", b"first")
    versioned.put("key", b"second")
    assert versioned.get("key")[1]["VersionId"] == "null"
    assert _listed(versioned) == [("key", "null", True), ("key", kept, False)]
    assert versioned.file_count() == 2
    deleted = versioned.call("DeleteObject", Bucket="bucket", Key="key")
    assert deleted == {"DeleteMarker": True, "VersionId": "null"}
    assert versioned.file_count() == 1
    assert _listed(versioned) == [("key", kept, False), ("key", "null", True)]


def test_a_noncurrent_null_version_is_replaced_too(s3: S3) -> None:
    s3.put("key", b"null")
    _set(s3, "Enabled")
    kept = _put(s3, b"kept")
    _set(s3, "Suspended")
    s3.put("key", b"null again")
    assert _listed(s3) == [("key", "null", True), ("key", kept, False)]
    assert _body(s3, "null") == b"null again"
    assert s3.file_count() == 2


def test_pages_versions_within_a_key(versioned: S3) -> None:
    expected = []
    for key in ("a", "b/1", "b/2", "c"):
        ids = [_put(versioned, str(number).encode(), key) for number in range(3)]
        expected += [(key, version_id, version_id == ids[-1]) for version_id in reversed(ids)]
    for size in (1, 2, 5, 12):
        found: list[tuple[str, str, bool]] = []
        marker: dict[str, str] = {}
        while True:
            result = versioned.call("ListObjectVersions", Bucket="bucket", MaxKeys=size, **marker)
            page = [(found["Key"], found["VersionId"], found["IsLatest"]) for found in result["Versions"]]
            found += page
            if not result["IsTruncated"]:
                break
            assert len(page) == size
            marker = {
                "KeyMarker": result["NextKeyMarker"],
                "VersionIdMarker": result["NextVersionIdMarker"],
            }
        assert found == expected


def test_a_page_goes_on_where_a_removed_version_was(versioned: S3) -> None:
    ids = [_put(versioned, b"x") for _ in range(3)]
    versioned.call("DeleteObject", Bucket="bucket", Key="key", VersionId=ids[1])
    assert _listed(versioned, KeyMarker="key", VersionIdMarker=ids[1]) == [("key", ids[0], False)]


def test_common_prefixes_of_deleted_keys_are_not_listed(versioned: S3) -> None:
    for key in ("a/1", "b/1", "b/2"):
        _put(versioned, b"x", key)
    for key in ("a/1", "b/1"):
        versioned.call("DeleteObject", Bucket="bucket", Key=key)
    listed = versioned.call("ListObjectsV2", Bucket="bucket", Delimiter="/")
    assert [found["Prefix"] for found in listed["CommonPrefixes"]] == ["b/"]
    every = versioned.call("ListObjectVersions", Bucket="bucket", Delimiter="/")
    assert [found["Prefix"] for found in every["CommonPrefixes"]] == ["a/", "b/"]


def test_many_deletes_tell_of_their_markers(versioned: S3) -> None:
    first = _put(versioned, b"x", "a")
    _put(versioned, b"x", "b")
    result = versioned.call(
        "DeleteObjects",
        Bucket="bucket",
        Delete={"Objects": [{"Key": "a", "VersionId": first}, {"Key": "b"}, {"Key": "c", "VersionId": "x"}]},
    )
    removed, marked = result["Deleted"]
    assert removed == {"Key": "a", "VersionId": first}
    assert marked["DeleteMarker"] is True
    assert len(marked["DeleteMarkerVersionId"]) == 32
    assert result["Errors"][0]["Code"] == "InvalidArgument"
    assert [found["Key"] for found in result["_details"]["deleted"]] == ["a", "b", "c"]


def test_a_condition_sees_no_object_behind_a_delete_marker(versioned: S3) -> None:
    _put(versioned, b"x")
    versioned.call("DeleteObject", Bucket="bucket", Key="key")
    assert versioned.put("key", b"again", IfNoneMatch="*")["VersionId"]


def test_copies_a_version_by_id(versioned: S3) -> None:
    first = _put(versioned, b"one")
    _put(versioned, b"two")
    copied = versioned.call(
        "CopyObject", Bucket="bucket", Key="copy", CopySource=f"bucket/key?versionId={first}"
    )
    assert copied["CopySourceVersionId"] == first
    assert copied["VersionId"] not in (None, first)
    assert _body(versioned, key="copy") == b"one"
    # A version copied over its own key becomes current again.
    versioned.call("CopyObject", Bucket="bucket", Key="key", CopySource=f"bucket/key?versionId={first}")
    assert _body(versioned) == b"one"
    marker = versioned.call("DeleteObject", Bucket="bucket", Key="key")["VersionId"]
    source = {"Key": "copy", "CopySource": f"bucket/key?versionId={marker}"}
    assert _refusal(versioned, "CopyObject", **source).code == "InvalidRequest"
    assert _refusal(versioned, "CopyObject", Key="copy", CopySource="bucket/key").code == "NoSuchKey"


def test_a_multipart_upload_makes_a_version(versioned: S3) -> None:
    first = _put(versioned, b"one")
    upload = versioned.call("CreateMultipartUpload", Bucket="bucket", Key="key", Tagging="a=b")["UploadId"]
    named = {"Bucket": "bucket", "Key": "key", "UploadId": upload}
    etag = versioned.call("UploadPart", PartNumber=1, Body=b"part", **named)["ETag"]
    completed = versioned.call(
        "CompleteMultipartUpload", MultipartUpload={"Parts": [{"PartNumber": 1, "ETag": etag}]}, **named
    )
    body, result = versioned.get("key")
    assert (body, result["VersionId"], result["TagCount"]) == (b"part", completed["VersionId"], 1)
    assert _body(versioned, first) == b"one"
    versioned.call("DeleteObject", Bucket="bucket", Key="key", VersionId=completed["VersionId"])
    versioned.call("DeleteObject", Bucket="bucket", Key="key", VersionId=first)
    assert versioned.file_count() == 0


def test_the_order_of_versions_does_not_depend_on_the_clock(versioned: S3) -> None:
    first = _put(versioned, b"one")
    versioned.clock.time -= 1_000_000
    second = _put(versioned, b"two")
    one, two = versions.sequence_of(first), versions.sequence_of(second)
    assert one is not None
    assert two is not None
    assert two > one


@pytest.mark.parametrize("text", ["", "null", "abc", "!" * 32, "A" * 32, "é" * 32])
def test_what_is_no_version_id_has_no_sequence(text: str) -> None:
    assert versions.sequence_of(text) is None


def test_tags_and_acl_belong_to_a_version(versioned: S3) -> None:
    first = _put(versioned, b"one")
    _put(versioned, b"two")
    tagged = versioned.call(
        "PutObjectTagging",
        Bucket="bucket",
        Key="key",
        VersionId=first,
        Tagging={"TagSet": [{"Key": "a", "Value": "b"}]},
    )
    assert tagged == {"VersionId": first}
    assert versioned.call("GetObjectTagging", Bucket="bucket", Key="key")["TagSet"] == []
    of_first = versioned.call("GetObjectTagging", Bucket="bucket", Key="key", VersionId=first)
    assert of_first == {"TagSet": [{"Key": "a", "Value": "b"}], "VersionId": first}
    assert _body(versioned, first) == b"one"
    assert versioned.get("key", VersionId=first)[1]["TagCount"] == 1
