"""What the Event history tells about an event besides its record: user name, access key, resources.

Input: a decoded CloudTrail record. Output: the members of LookupEvents' `Event` that are derived from it.
Pure.

AWS derives `Resources` from request and response, not from the record's own `resources` (CloudTrail User
Guide, "Resource types supported by CloudTrail Event history"; LookupEvents reference). The table below names
the members that hold them.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

__all__ = ["access_key_id", "resources", "username"]


def username(record: Mapping[str, Any]) -> str:
    """IAM user name, role session name, `root`, or the service that acted; empty when none is known."""
    identity = record.get("userIdentity") or {}
    kind = identity.get("type")
    if kind == "Root":
        return "root"
    if kind in {"AssumedRole", "FederatedUser"}:
        # principalId is AROA…:session, or account:name.
        return str(identity.get("principalId") or "").partition(":")[2]
    if kind == "AWSService" or kind is None:
        return str(identity.get("invokedBy") or "")
    return str(identity.get("userName") or "")


def access_key_id(record: Mapping[str, Any]) -> str:
    """The access key that signed the call; empty when there was none."""
    return str((record.get("userIdentity") or {}).get("accessKeyId") or "")


def resources(record: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Type and name of the resources that the call dealt with, without repeats, in the table's order."""
    source = record.get("eventSource")
    request = record.get("requestParameters") or {}
    if source == "s3.amazonaws.com":
        return _s3(record, request)
    table = _MEMBERS.get(source or "")
    if table is None:
        return []
    response = record.get("responseElements") or {}
    found = []
    for path, resource_type in table:
        for document in (request, response):
            name = _member(document, path)
            if name and (resource_type, name) not in found:
                found.append((resource_type, name))
    return found


def _s3(record: Mapping[str, Any], request: Mapping[str, Any]) -> list[tuple[str, str]]:
    bucket = request.get("bucketName")
    if not isinstance(bucket, str) or not bucket:
        return []
    found = [("AWS::S3::Bucket", bucket)]
    key = request.get("key")
    if isinstance(key, str) and key and record.get("eventCategory") == "Data":
        found.append(("AWS::S3::Object", f"arn:aws:s3:::{bucket}/{key}"))
    return found


def _member(document: Any, path: tuple[str, ...]) -> str:
    for name in path:
        if not isinstance(document, dict):
            return ""
        document = document.get(name)
    return document if isinstance(document, str) else ""


_TRAIL = "AWS::CloudTrail::Trail"
_MEMBERS: dict[str, tuple[tuple[tuple[str, ...], str], ...]] = {
    "cloudtrail.amazonaws.com": (
        (("name",), _TRAIL),
        (("trailName",), _TRAIL),
        (("trailARN",), _TRAIL),
        (("s3BucketName",), "AWS::S3::Bucket"),
    ),
    "iam.amazonaws.com": (
        (("userName",), "AWS::IAM::User"),
        (("user", "userName"), "AWS::IAM::User"),
        (("user", "arn"), "AWS::IAM::User"),
        (("accessKeyId",), "AWS::IAM::AccessKey"),
        (("accessKey", "accessKeyId"), "AWS::IAM::AccessKey"),
        (("groupName",), "AWS::IAM::Group"),
        (("roleName",), "AWS::IAM::Role"),
        (("policyArn",), "AWS::IAM::Policy"),
        (("policyName",), "AWS::IAM::Policy"),
    ),
    "sts.amazonaws.com": (
        (("roleArn",), "AWS::IAM::Role"),
        (("assumedRoleUser", "arn"), "AWS::STS::AssumedRole"),
        (("credentials", "accessKeyId"), "AWS::IAM::AccessKey"),
    ),
    "kms.amazonaws.com": ((("keyId",), "AWS::KMS::Key"),),
    "lambda.amazonaws.com": ((("functionName",), "AWS::Lambda::Function"),),
    "sns.amazonaws.com": ((("topicArn",), "AWS::SNS::Topic"),),
    "sqs.amazonaws.com": ((("queueUrl",), "AWS::SQS::Queue"),),
    "glacier.amazonaws.com": ((("vaultName",), "AWS::Glacier::Vault"),),
}
"""Members of requests and responses that name resources, by event source."""
