"""Settings of buckets are checked as S3 does, and go with their bucket."""

from __future__ import annotations

from typing import Any

import pytest

from s3trail.kernel.errors import AwsError
from s3trail.policy.public_access import PublicAccessBlock
from s3trail.policy.request import Grant
from s3trail.state.objects import bucket_settings, buckets
from s3trail.state.objects.bucket_settings import BucketAccess

from .conftest import ACCOUNT, S3

_POLICY = (
    '{"Version":"2012-10-17","Statement":{"Effect":"Allow","Principal":{"AWS":"111122223333"},'
    '"Action":"s3:GetObject","Resource":"arn:aws:s3:::bucket/*"}}'
)


def _access(s3: S3) -> BucketAccess:
    with s3.environment.read() as tx:
        bucket = buckets.get(tx, "bucket")
        assert bucket is not None
        return bucket_settings.access(tx, bucket)


def _refusal(s3: S3, name: str, /, **params: Any) -> AwsError:
    with pytest.raises(AwsError) as error:
        s3.call(name, Bucket="bucket", **params)
    return error.value


def test_a_new_bucket_blocks_the_public_and_has_no_acls(s3: S3) -> None:
    access = _access(s3)
    assert access == BucketAccess(
        policy=None,
        public_access=PublicAccessBlock(True, True, True, True),
        ownership="BucketOwnerEnforced",
        acl=(),
    )


def test_access_follows_every_change(s3: S3) -> None:
    s3.call("PutBucketPolicy", Bucket="bucket", Policy=_POLICY)
    attached = _access(s3).policy
    assert attached is not None
    assert attached.attached_to == "arn:aws:s3:::bucket"
    assert _access(s3).policy is attached
    s3.call("DeletePublicAccessBlock", Bucket="bucket")
    assert _access(s3).public_access == PublicAccessBlock()
    block = {"IgnorePublicAcls": True}
    s3.call("PutPublicAccessBlock", Bucket="bucket", PublicAccessBlockConfiguration=block)
    assert _access(s3).public_access == PublicAccessBlock(ignore_public_acls=True)
    s3.call("DeleteBucketOwnershipControls", Bucket="bucket")
    assert _access(s3).ownership == "ObjectWriter"
    assert _access(s3).acl == (Grant(ACCOUNT, "FULL_CONTROL"),)
    s3.call("PutBucketAcl", Bucket="bucket", ACL="public-read")
    assert _access(s3).acl == (Grant(ACCOUNT, "FULL_CONTROL"), Grant("AllUsers", "READ"))
    s3.call("DeleteBucketPolicy", Bucket="bucket")
    assert _access(s3).policy is None


def test_settings_go_with_their_bucket(s3: S3) -> None:
    s3.call("PutBucketPolicy", Bucket="bucket", Policy=_POLICY)
    for name in ("a", "b"):
        s3.call("PutBucketMetricsConfiguration", Bucket="bucket", Id=name, MetricsConfiguration={"Id": name})
    s3.call("DeleteBucket", Bucket="bucket")
    with s3.environment.read() as tx:
        assert list(tx.scan("config", b"bucket-setting\0")) == []
    s3.call("CreateBucket", Bucket="bucket")
    assert _refusal(s3, "GetBucketPolicy").code == "NoSuchBucketPolicy"
    assert _access(s3).policy is None


def test_configurations_are_listed_in_pages(s3: S3) -> None:
    names = [f"{number:03}" for number in range(120)]
    for name in names:
        s3.call("PutBucketMetricsConfiguration", Bucket="bucket", Id=name, MetricsConfiguration={"Id": name})
    first = s3.call("ListBucketMetricsConfigurations", Bucket="bucket")
    assert first["IsTruncated"] is True
    token = first["NextContinuationToken"]
    rest = s3.call("ListBucketMetricsConfigurations", Bucket="bucket", ContinuationToken=token)
    found = [*first["MetricsConfigurationList"], *rest["MetricsConfigurationList"]]
    assert [configuration["Id"] for configuration in found] == names
    assert rest["IsTruncated"] is False


_RULE = {"Status": "Enabled", "Filter": {"Prefix": ""}, "Expiration": {"Days": 1}}


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"Status": "On"}, "MalformedXML"),
        ({"Filter": {"Prefix": "a", "Tag": {"Key": "a", "Value": "b"}}}, "MalformedXML"),
        ({"Prefix": "both"}, "MalformedXML"),
        ({"Filter": {"And": {"Prefix": "a"}}}, "MalformedXML"),
        ({"Expiration": {"Days": 0}}, "InvalidArgument"),
        ({"Expiration": {"Days": 1, "ExpiredObjectDeleteMarker": True}}, "MalformedXML"),
        ({"Expiration": {"Date": 1_700_000_000.0}}, "InvalidArgument"),
        ({"Expiration": None}, "InvalidRequest"),
        ({"ID": "x" * 256}, "InvalidArgument"),
        ({"Transitions": [{"Days": 1, "StorageClass": "STANDARD_IA"}]}, "InvalidArgument"),
        ({"Transitions": [{"Days": 1, "StorageClass": "STANDARD"}]}, "MalformedXML"),
        ({"Transitions": [{"StorageClass": "GLACIER"}]}, "MalformedXML"),
        ({"NoncurrentVersionExpiration": {"NoncurrentDays": 0}}, "InvalidArgument"),
        (
            {"NoncurrentVersionExpiration": {"NoncurrentDays": 1, "NewerNoncurrentVersions": 101}},
            "InvalidArgument",
        ),
        ({"AbortIncompleteMultipartUpload": {}}, "InvalidRequest"),
        (
            {
                "Filter": {"Tag": {"Key": "a", "Value": "b"}},
                "AbortIncompleteMultipartUpload": {"DaysAfterInitiation": 1},
            },
            "InvalidRequest",
        ),
    ],
)
def test_refuses_lifecycle_rules_that_contradict_themselves(
    s3: S3, change: dict[str, Any], code: str
) -> None:
    base = {**_RULE, "Expiration": None} if "AbortIncompleteMultipartUpload" in change else _RULE
    rule = {name: value for name, value in {**base, **change}.items() if value is not None}
    refused = _refusal(s3, "PutBucketLifecycleConfiguration", LifecycleConfiguration={"Rules": [rule]})
    assert refused.code == code
    assert _refusal(s3, "GetBucketLifecycleConfiguration").code == "NoSuchLifecycleConfiguration"


def test_a_lifecycle_rule_gets_an_id_of_its_own(s3: S3) -> None:
    midnight = {**_RULE, "Expiration": {"Date": 1_700_006_400.0}}
    document = {"Rules": [_RULE, midnight, {**_RULE, "ID": "mine"}]}
    s3.call("PutBucketLifecycleConfiguration", Bucket="bucket", LifecycleConfiguration=document)
    rules = s3.call("GetBucketLifecycleConfiguration", Bucket="bucket")["Rules"]
    assert rules[2]["ID"] == "mine"
    assert len({rule["ID"] for rule in rules}) == 3
    twice = {"Rules": [{**_RULE, "ID": "a"}, {**_RULE, "ID": "a"}]}
    refused = _refusal(s3, "PutBucketLifecycleConfiguration", LifecycleConfiguration=twice)
    assert refused.message == "Rule ID must be unique. Found same ID for more than one rule"


@pytest.mark.parametrize(
    ("document", "code"),
    [
        ({}, "InvalidArgument"),
        ({"RedirectAllRequestsTo": {"HostName": "a", "Protocol": "ftp"}}, "InvalidRequest"),
        (
            {"RedirectAllRequestsTo": {"HostName": "a"}, "IndexDocument": {"Suffix": "i"}},
            "InvalidArgument",
        ),
        ({"IndexDocument": {"Suffix": "i"}, "RoutingRules": [{"Redirect": {}}]}, "MalformedXML"),
        (
            {
                "IndexDocument": {"Suffix": "i"},
                "RoutingRules": [{"Redirect": {"HttpRedirectCode": "300"}}],
            },
            "InvalidRequest",
        ),
        (
            {
                "IndexDocument": {"Suffix": "i"},
                "RoutingRules": [{"Redirect": {"ReplaceKeyWith": "a", "ReplaceKeyPrefixWith": "b"}}],
            },
            "InvalidRequest",
        ),
    ],
)
def test_refuses_websites_that_contradict_themselves(s3: S3, document: dict[str, Any], code: str) -> None:
    assert _refusal(s3, "PutBucketWebsite", WebsiteConfiguration=document).code == code


@pytest.mark.parametrize(
    ("rule", "code"),
    [
        ({"AllowedMethods": ["GET"]}, "MalformedXML"),
        ({"AllowedMethods": ["GET"], "AllowedOrigins": ["*.*"]}, "InvalidRequest"),
        ({"AllowedMethods": ["GET"], "AllowedOrigins": ["*"], "AllowedHeaders": ["**"]}, "InvalidRequest"),
        ({"AllowedMethods": ["GET"], "AllowedOrigins": ["*"], "ExposeHeaders": ["x-*"]}, "InvalidRequest"),
    ],
)
def test_refuses_cors_rules_that_are_none(s3: S3, rule: dict[str, Any], code: str) -> None:
    assert _refusal(s3, "PutBucketCors", CORSConfiguration={"CORSRules": [rule]}).code == code


@pytest.mark.parametrize(
    ("header", "code"),
    [
        ("=b", "InvalidTag"),
        ("a=1&a=2", "InvalidArgument"),
        ("&".join(f"k{number}=" for number in range(11)), "BadRequest"),
        ("aws%3Ax=1", "InvalidTag"),
        ("a=%3C", "InvalidTag"),
    ],
)
def test_refuses_wrong_tags_in_the_header(s3: S3, header: str, code: str) -> None:
    assert _refusal(s3, "PutObject", Key="key", Tagging=header).code == code


def test_notifications_get_ids_and_are_taken_off_by_an_empty_document(s3: S3) -> None:
    queue = {"QueueArn": "arn:aws:sqs:us-east-1:111122223333:q", "Events": ["s3:ObjectCreated:Put"]}
    document = {"QueueConfigurations": [queue], "EventBridgeConfiguration": {}}
    s3.call("PutBucketNotificationConfiguration", Bucket="bucket", NotificationConfiguration=document)
    found = s3.call("GetBucketNotificationConfiguration", Bucket="bucket")
    assert found["EventBridgeConfiguration"] == {}
    assert found["QueueConfigurations"][0].pop("Id")
    assert found["QueueConfigurations"] == [queue]
    s3.call("PutBucketNotificationConfiguration", Bucket="bucket", NotificationConfiguration={})
    assert s3.call("GetBucketNotificationConfiguration", Bucket="bucket") == {}


@pytest.mark.parametrize(
    "change",
    [
        {"QueueArn": "arn:aws:sns:us-east-1:111122223333:q"},
        {"QueueArn": "queue"},
        {"Filter": {"Key": {"FilterRules": [{"Name": "infix", "Value": "a"}]}}},
        {"Filter": {"Key": {"FilterRules": [{"Name": "prefix", "Value": "a"}] * 2}}},
    ],
)
def test_refuses_notifications_that_could_not_be_sent(s3: S3, change: dict[str, Any]) -> None:
    queue = {"QueueArn": "arn:aws:sqs:us-east-1:111122223333:q", "Events": ["s3:ObjectCreated:*"]}
    document = {"QueueConfigurations": [queue | change]}
    refused = _refusal(s3, "PutBucketNotificationConfiguration", NotificationConfiguration=document)
    assert refused.code == "InvalidArgument"


def test_a_redirect_is_not_copied_with_its_object(s3: S3) -> None:
    s3.put("key", b"x", WebsiteRedirectLocation="/other", ContentType="text/plain")
    s3.call("CopyObject", Bucket="bucket", Key="copy", CopySource="bucket/key")
    copied = s3.get("copy")[1]
    assert copied["ContentType"] == "text/plain"
    assert "WebsiteRedirectLocation" not in copied
    wrong = _refusal(s3, "PutObject", Key="key", WebsiteRedirectLocation="other")
    assert wrong.code == "InvalidRedirectLocation"
