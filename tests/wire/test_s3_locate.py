"""S3 operations are told from method, host, path, query and headers."""

from __future__ import annotations

import pytest

from s3trail.wire.locate import locate
from s3trail.wire.s3_locate import host_bucket
from tests.wire.request import request

DOMAINS = ("localhost", "s3.example.org", "example.org")


@pytest.mark.parametrize(
    ("host", "bucket"),
    [
        ("localhost", ""),
        ("localhost:9000", ""),
        ("b.localhost:9000", "b"),
        ("B.LocalHost", "b"),
        ("my.dotted.bucket.localhost", "my.dotted.bucket"),
        ("b.s3.example.org", "b"),
        ("s3.example.org", ""),
        ("b.example.org.", "b"),
        ("127.0.0.1:9000", ""),
        ("10.0.0.1", ""),
        ("[::1]:9000", ""),
        ("unknown.host", ""),
        ("notlocalhost", ""),
        ("", ""),
        ("s3.amazonaws.com", ""),
        ("b.s3.amazonaws.com", "b"),
        ("a.b.s3.amazonaws.com", "a.b"),
        ("b.s3.eu-central-1.amazonaws.com:443", "b"),
        ("b.s3-eu-west-1.amazonaws.com", "b"),
        ("s3.us-gov-west-1.amazonaws.com", ""),
        ("b.s3.dualstack.us-east-2.amazonaws.com", "b"),
        ("b.s3-website-us-east-1.amazonaws.com", "b"),
        ("b.s3-website.eu-central-1.amazonaws.com", "b"),
        ("b.s3-accelerate.amazonaws.com", "b"),
        ("b.s3.cn-north-1.amazonaws.com.cn", "b"),
        ("s3.amazonaws.com.evil.net", ""),
    ],
)
def test_host_names_the_bucket(host: str, bucket: str) -> None:
    assert host_bucket(host, DOMAINS) == bucket


@pytest.mark.parametrize(
    ("method", "target", "operation"),
    [
        ("GET", "/", "ListBuckets"),
        ("GET", "/?x-id=ListBuckets", "ListBuckets"),
        ("GET", "/?x-id=ListDirectoryBuckets", "ListDirectoryBuckets"),
        ("PUT", "/", ""),
        ("POST", "/", ""),
        ("DELETE", "/", ""),
        ("GET", "//key", ""),
        ("GET", "/b", "ListObjects"),
        ("GET", "/b/", "ListObjects"),
        ("GET", "/b?list-type=2&prefix=a", "ListObjectsV2"),
        ("GET", "/b?list-type=1", "ListObjects"),
        ("GET", "/b?unknown", "ListObjects"),
        ("GET", "/b?x-id=GetBucketAcl", "ListObjects"),
        ("GET", "/b?prefix=acl&delimiter=/", "ListObjects"),
        ("GET", "/b?versions&prefix=a", "ListObjectVersions"),
        ("GET", "/b?uploads", "ListMultipartUploads"),
        ("GET", "/b?lifecycle", "GetBucketLifecycleConfiguration"),
        ("PUT", "/b?lifecycle=", "PutBucketLifecycleConfiguration"),
        ("GET", "/b?notification", "GetBucketNotificationConfiguration"),
        ("GET", "/b?inventory", "ListBucketInventoryConfigurations"),
        ("GET", "/b?inventory&id=one", "GetBucketInventoryConfiguration"),
        ("GET", "/b?id=one&metrics", "GetBucketMetricsConfiguration"),
        ("GET", "/b?session", "CreateSession"),
        ("GET", "/b?object-lock", "GetObjectLockConfiguration"),
        ("HEAD", "/b", "HeadBucket"),
        ("HEAD", "/b?acl", "HeadBucket"),
        ("PUT", "/b", "CreateBucket"),
        ("DELETE", "/b", "DeleteBucket"),
        ("DELETE", "/b?acl", ""),
        ("DELETE", "/b?versioning", ""),
        ("DELETE", "/b?analytics", "DeleteBucketAnalyticsConfiguration"),
        ("POST", "/b?delete", "DeleteObjects"),
        ("POST", "/b?acl", ""),
        ("POST", "/b", ""),
        ("OPTIONS", "/b", "PreflightRequest"),
        ("OPTIONS", "/b/k", "PreflightRequest"),
        ("PATCH", "/b/k", ""),
        ("GET", "/b/k", "GetObject"),
        ("GET", "/b/k?versionId=1&partNumber=2", "GetObject"),
        ("GET", "/b/k?x-id=GetObject", "GetObject"),
        ("GET", "/b/k?attributes", "GetObjectAttributes"),
        ("GET", "/b/k?tagging&versionId=1", "GetObjectTagging"),
        ("GET", "/b/k?uploadId=u", "ListParts"),
        ("GET", "/b/k?annotation", "ListObjectAnnotations"),
        ("GET", "/b/k?annotation&annotationName=n", "GetObjectAnnotation"),
        ("HEAD", "/b/k", "HeadObject"),
        ("PUT", "/b/k", "PutObject"),
        ("PUT", "/b/k?acl", "PutObjectAcl"),
        ("PUT", "/b/k?encryption", "UpdateObjectEncryption"),
        ("PUT", "/b/k?uploadId=u&partNumber=1", "UploadPart"),
        ("PUT", "/b/k?uploadId=u", "UploadPart"),
        ("PUT", "/b/k?uploads", ""),
        ("POST", "/b/k?uploads", "CreateMultipartUpload"),
        ("POST", "/b/k?uploadId=u", "CompleteMultipartUpload"),
        ("POST", "/b/k?restore&versionId=1", "RestoreObject"),
        ("POST", "/b/k?select&select-type=2", "SelectObjectContent"),
        ("POST", "/b/k", ""),
        ("DELETE", "/b/k", "DeleteObject"),
        ("DELETE", "/b/k?versionId=1", "DeleteObject"),
        ("DELETE", "/b/k?uploadId=u", "AbortMultipartUpload"),
        ("DELETE", "/b/k?tagging", "DeleteObjectTagging"),
        ("DELETE", "/b/k?retention", ""),
        ("DELETE", "/b/k?policy", ""),
    ],
)
def test_operation_of_a_path_style_request(method: str, target: str, operation: str) -> None:
    located = locate(request(method, target), "s3", DOMAINS)
    assert (located.service, located.operation) == ("s3", operation)


def test_copy_source_makes_a_put_a_copy() -> None:
    copy = request("PUT", "/b/k", x_amz_copy_source="/a/k")
    part = request("PUT", "/b/k?partNumber=1&uploadId=u", x_amz_copy_source="/a/k")
    acl = request("PUT", "/b/k?acl", x_amz_copy_source="/a/k")
    assert locate(copy, "s3", DOMAINS).operation == "CopyObject"
    assert locate(part, "s3", DOMAINS).operation == "UploadPartCopy"
    assert locate(acl, "s3", DOMAINS).operation == "PutObjectAcl"


def test_form_upload_is_post_object() -> None:
    form = "multipart/form-data; boundary=x"
    assert locate(request("POST", "/b", content_type=form), "", DOMAINS).operation == "PostObject"
    virtual = locate(request("POST", "/", content_type=form, host="b.localhost"), "", DOMAINS)
    assert (virtual.operation, virtual.labels) == ("PostObject", {"Bucket": "b"})


def test_host_takes_the_bucket_out_of_the_path() -> None:
    bucket = locate(request("GET", "/?list-type=2", host="b.localhost:9000"), "s3", DOMAINS)
    key = locate(request("GET", "/b/k", host="b.localhost:9000"), "s3", DOMAINS)
    assert (bucket.operation, bucket.labels) == ("ListObjectsV2", {"Bucket": "b"})
    assert (key.operation, key.labels) == ("GetObject", {"Bucket": "b", "Key": "b/k"})


@pytest.mark.parametrize(
    ("path", "key"),
    [
        ("/b/a%20b", "a b"),
        ("/b/a+b", "a+b"),
        ("/b//a//b/", "/a//b/"),
        ("/b/../a/./b", "../a/./b"),
        ("/b/%2F", "/"),
        ("/b/%E2%98%83", "\N{SNOWMAN}"),
        ("/b/%FF", "\udcff"),
        ("/b/100%", "100%"),
        ("/b/%zz", "%zz"),
        ("/b/%00", "\x00"),
        ("/b/e%CC%81", "e\u0301"),
    ],
)
def test_key_is_taken_as_sent(path: str, key: str) -> None:
    located = locate(request("GET", path), "s3", DOMAINS)
    assert located.operation == "GetObject"
    assert located.labels == {"Bucket": "b", "Key": key}


def test_directory_buckets_have_markers_of_their_own() -> None:
    assert locate(request("GET", "/"), "s3express", DOMAINS).operation == "ListDirectoryBuckets"
    control = request("GET", "/", host="s3express-control.us-east-1.amazonaws.com")
    assert locate(control, "s3", DOMAINS).operation == "ListDirectoryBuckets"


def test_object_lambda_answer_needs_its_route() -> None:
    routed = request("POST", "/WriteGetObjectResponse", x_amz_request_route="r")
    assert locate(routed, "s3-object-lambda", DOMAINS).operation == "WriteGetObjectResponse"
    assert locate(request("POST", "/WriteGetObjectResponse"), "s3", DOMAINS).operation == ""
