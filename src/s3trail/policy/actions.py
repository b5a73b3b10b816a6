"""The IAM actions that an operation needs, and the resources it needs them on.

Most actions are the operation's name under the service's prefix; the tables hold the exceptions. Sources:
Service Authorization Reference, "Actions, resources, and condition keys" of each service; Amazon S3 User
Guide, "Required permissions for Amazon S3 API operations".

Our choices, where the sources differ or the server can't know:

- An upload with the canned ACL `private` or `bucket-owner-full-control` needs no `s3:PutObjectAcl`: the
  policy that CloudTrail asks for on a trail's bucket grants `s3:PutObject` alone and demands that header.
- Tags that a copy takes over from its source need no permission of their own; tags that it sets do.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from s3trail.kernel.arn import bucket_arn, object_arn
from s3trail.policy.resources import copy_source, resource_of

__all__ = ["Need", "action", "actions_of", "needs"]

_S3 = {
    "AbortMultipartUpload": "AbortMultipartUpload",
    "CompleteMultipartUpload": "PutObject",
    "CopyObject": "PutObject",
    "CreateBucketMetadataConfiguration": "CreateBucketMetadataTableConfiguration",
    "CreateMultipartUpload": "PutObject",
    "DeleteBucketAnalyticsConfiguration": "PutAnalyticsConfiguration",
    "DeleteBucketCors": "PutBucketCORS",
    "DeleteBucketEncryption": "PutEncryptionConfiguration",
    "DeleteBucketIntelligentTieringConfiguration": "PutIntelligentTieringConfiguration",
    "DeleteBucketInventoryConfiguration": "PutInventoryConfiguration",
    "DeleteBucketLifecycle": "PutLifecycleConfiguration",
    "DeleteBucketMetadataConfiguration": "DeleteBucketMetadataTableConfiguration",
    "DeleteBucketMetricsConfiguration": "PutMetricsConfiguration",
    "DeleteBucketOwnershipControls": "PutBucketOwnershipControls",
    "DeleteBucketReplication": "PutReplicationConfiguration",
    "DeleteBucketTagging": "PutBucketTagging",
    "DeleteObjects": "DeleteObject",
    "DeletePublicAccessBlock": "PutBucketPublicAccessBlock",
    "GetBucketAccelerateConfiguration": "GetAccelerateConfiguration",
    "GetBucketAnalyticsConfiguration": "GetAnalyticsConfiguration",
    "GetBucketCors": "GetBucketCORS",
    "GetBucketEncryption": "GetEncryptionConfiguration",
    "GetBucketIntelligentTieringConfiguration": "GetIntelligentTieringConfiguration",
    "GetBucketInventoryConfiguration": "GetInventoryConfiguration",
    "GetBucketLifecycle": "GetLifecycleConfiguration",
    "GetBucketLifecycleConfiguration": "GetLifecycleConfiguration",
    "GetBucketMetadataConfiguration": "GetBucketMetadataTableConfiguration",
    "GetBucketMetricsConfiguration": "GetMetricsConfiguration",
    "GetBucketNotificationConfiguration": "GetBucketNotification",
    "GetBucketReplication": "GetReplicationConfiguration",
    "GetObjectLockConfiguration": "GetBucketObjectLockConfiguration",
    "GetPublicAccessBlock": "GetBucketPublicAccessBlock",
    "HeadBucket": "ListBucket",
    "HeadObject": "GetObject",
    "ListBucketAnalyticsConfigurations": "GetAnalyticsConfiguration",
    "ListBucketIntelligentTieringConfigurations": "GetIntelligentTieringConfiguration",
    "ListBucketInventoryConfigurations": "GetInventoryConfiguration",
    "ListBucketMetricsConfigurations": "GetMetricsConfiguration",
    "ListBuckets": "ListAllMyBuckets",
    "ListMultipartUploads": "ListBucketMultipartUploads",
    "ListObjects": "ListBucket",
    "ListObjectVersions": "ListBucketVersions",
    "ListObjectsV2": "ListBucket",
    "ListParts": "ListMultipartUploadParts",
    "PostObject": "PutObject",
    "PutBucketAccelerateConfiguration": "PutAccelerateConfiguration",
    "PutBucketAnalyticsConfiguration": "PutAnalyticsConfiguration",
    "PutBucketCors": "PutBucketCORS",
    "PutBucketEncryption": "PutEncryptionConfiguration",
    "PutBucketIntelligentTieringConfiguration": "PutIntelligentTieringConfiguration",
    "PutBucketInventoryConfiguration": "PutInventoryConfiguration",
    "PutBucketLifecycle": "PutLifecycleConfiguration",
    "PutBucketLifecycleConfiguration": "PutLifecycleConfiguration",
    "PutBucketMetricsConfiguration": "PutMetricsConfiguration",
    "PutBucketNotificationConfiguration": "PutBucketNotification",
    "PutBucketReplication": "PutReplicationConfiguration",
    "PutObjectLockConfiguration": "PutBucketObjectLockConfiguration",
    "PutPublicAccessBlock": "PutBucketPublicAccessBlock",
    "SelectObjectContent": "GetObject",
    "UploadPart": "PutObject",
    "UploadPartCopy": "PutObject",
}

_S3_ELSEWHERE = {
    "CreateSession": "s3express:CreateSession",
    "ListDirectoryBuckets": "s3express:ListAllMyDirectoryBuckets",
    "RenameObject": "s3express:CreateSession",
    "WriteGetObjectResponse": "s3-object-lambda:WriteGetObjectResponse",
}
"""Operations of the S3 model whose actions have another prefix."""

_S3_CONTROL = {
    "DeletePublicAccessBlock": "s3:PutAccountPublicAccessBlock",
    "GetPublicAccessBlock": "s3:GetAccountPublicAccessBlock",
    "PutPublicAccessBlock": "s3:PutAccountPublicAccessBlock",
}

_OTHERS = {
    ("lambda", "GetLayerVersionByArn"): "lambda:GetLayerVersion",
    ("lambda", "Invoke"): "lambda:InvokeFunction",
    ("lambda", "InvokeWithResponseStream"): "lambda:InvokeFunction",
    ("sns", "PublishBatch"): "sns:Publish",
}

_OF_A_VERSION = {
    "s3:DeleteObject": "s3:DeleteObjectVersion",
    "s3:DeleteObjectTagging": "s3:DeleteObjectVersionTagging",
    "s3:GetObject": "s3:GetObjectVersion",
    "s3:GetObjectAcl": "s3:GetObjectVersionAcl",
    "s3:GetObjectAttributes": "s3:GetObjectVersionAttributes",
    "s3:GetObjectTagging": "s3:GetObjectVersionTagging",
    "s3:GetObjectTorrent": "s3:GetObjectVersionTorrent",
    "s3:PutObjectAcl": "s3:PutObjectVersionAcl",
    "s3:PutObjectTagging": "s3:PutObjectVersionTagging",
}
"""Action by the one that a request with a version id needs instead."""

_GRANTS = ("GrantFullControl", "GrantRead", "GrantReadACP", "GrantWrite", "GrantWriteACP")
_PLAIN_ACLS = (None, "", "private", "bucket-owner-full-control")
_STORES = frozenset({"PutObject", "PostObject", "CopyObject", "CreateMultipartUpload"})
_COPIES = frozenset({"CopyObject", "UploadPartCopy"})
_UNCHECKED = frozenset({("s3", "PreflightRequest")})
"""Operations that need no permission: a browser asks before it has any."""

_TAGGING = {
    ("athena", "CreateDataCatalog"): ("Tags", "athena:TagResource"),
    ("athena", "CreateWorkGroup"): ("Tags", "athena:TagResource"),
    ("cloudtrail", "CreateEventDataStore"): ("TagsList", "cloudtrail:AddTags"),
    ("cloudtrail", "CreateTrail"): ("TagsList", "cloudtrail:AddTags"),
    ("cloudwatch", "PutCompositeAlarm"): ("Tags", "cloudwatch:TagResource"),
    ("cloudwatch", "PutMetricAlarm"): ("Tags", "cloudwatch:TagResource"),
    ("events", "CreateEventBus"): ("Tags", "events:TagResource"),
    ("events", "PutRule"): ("Tags", "events:TagResource"),
    ("iam", "CreatePolicy"): ("Tags", "iam:TagPolicy"),
    ("iam", "CreateRole"): ("Tags", "iam:TagRole"),
    ("iam", "CreateUser"): ("Tags", "iam:TagUser"),
    ("lambda", "CreateFunction"): ("Tags", "lambda:TagResource"),
    ("logs", "CreateLogGroup"): ("tags", "logs:TagResource"),
    ("sns", "CreateTopic"): ("Tags", "sns:TagResource"),
    ("sts", "AssumeRole"): ("Tags", "sts:TagSession"),
    ("sts", "GetFederationToken"): ("Tags", "sts:TagSession"),
}
"""Operation to the parameter that sets tags and the action which that needs besides."""

_PASSED_ROLES = {
    ("cloudtrail", "CreateTrail"): "CloudWatchLogsRoleArn",
    ("cloudtrail", "UpdateTrail"): "CloudWatchLogsRoleArn",
    ("events", "PutRule"): "RoleArn",
    ("lambda", "CreateFunction"): "Role",
    ("lambda", "UpdateFunctionConfiguration"): "Role",
    ("logs", "PutDestination"): "roleArn",
    ("logs", "PutSubscriptionFilter"): "roleArn",
}
"""Operation to the parameter with a role that a service takes on; the caller must be allowed to pass it."""

_LISTS = {
    ("cloudwatch", "DeleteAlarms"): "AlarmNames",
    ("cloudwatch", "DeleteDashboards"): "DashboardNames",
    ("cloudwatch", "DeleteInsightRules"): "RuleNames",
    ("cloudwatch", "DisableAlarmActions"): "AlarmNames",
    ("cloudwatch", "DisableInsightRules"): "RuleNames",
    ("cloudwatch", "EnableAlarmActions"): "AlarmNames",
    ("cloudwatch", "EnableInsightRules"): "RuleNames",
}
"""Operation to the parameter that lists several resources, each of which has to be allowed."""


@dataclass(frozen=True, slots=True)
class Need:
    """One permission that an operation needs."""

    action: str
    resource: str
    """ARN."""
    bucket: str = ""
    """Bucket whose policy and account count (S3): of a copy's source not the one addressed."""
    key: str = ""
    """Key of the object, if it is about one (S3)."""
    version_id: str = ""
    """Version, if one was named (S3)."""


def action(service: str, operation: str) -> str:
    """The operation's main action: `s3:ListBucket` for S3's ListObjectsV2, `cloudtrail:CreateTrail`, ..."""
    if service == "s3":
        return _S3_ELSEWHERE.get(operation) or f"s3:{_S3.get(operation, operation)}"
    if service == "s3control":
        return _S3_CONTROL.get(operation, f"s3:{operation}")
    return _OTHERS.get((service, operation)) or f"{service}:{operation}"


def actions_of(service: str, operation: str, params: Mapping[str, Any]) -> tuple[str, ...]:
    """Every action that the operation needs on its own resource, the main one first.

    A copy's source, a passed role and the keys of DeleteObjects are other resources; see `needs`.
    """
    if (service, operation) in _UNCHECKED:
        return ()
    main = action(service, operation)
    if service == "s3":
        return _s3_actions(operation, main, params)
    found = [main]
    tagging = _TAGGING.get((service, operation))
    if tagging is not None and params.get(tagging[0]):
        found.append(tagging[1])
    if service == "sts" and params.get("SourceIdentity"):
        found.append("sts:SetSourceIdentity")
    return tuple(found)


def _s3_actions(operation: str, main: str, params: Mapping[str, Any]) -> tuple[str, ...]:
    if params.get("VersionId"):
        main = _OF_A_VERSION.get(main, main)
    if operation == "GetObjectAttributes":
        return ("s3:GetObjectVersion" if params.get("VersionId") else "s3:GetObject", main)
    found = [main]
    if operation in _STORES:
        if _sets_acl(params):
            found.append("s3:PutObjectAcl")
        if params.get("Tagging"):
            found.append("s3:PutObjectTagging")
        if params.get("ObjectLockMode") or params.get("ObjectLockRetainUntilDate"):
            found.append("s3:PutObjectRetention")
        if params.get("ObjectLockLegalHoldStatus"):
            found.append("s3:PutObjectLegalHold")
    elif operation == "CreateBucket":
        if _sets_acl(params):
            found.append("s3:PutBucketAcl")
        if params.get("ObjectLockEnabledForBucket"):
            found += ["s3:PutBucketObjectLockConfiguration", "s3:PutBucketVersioning"]
        if params.get("ObjectOwnership"):
            found.append("s3:PutBucketOwnershipControls")
        if (params.get("CreateBucketConfiguration") or {}).get("Tags"):
            found.append("s3:TagResource")
    elif operation in ("DeleteObject", "PutObjectRetention") and params.get("BypassGovernanceRetention"):
        found.append("s3:BypassGovernanceRetention")
    return tuple(found)


def _sets_acl(params: Mapping[str, Any]) -> bool:
    return params.get("ACL") not in _PLAIN_ACLS or any(params.get(grant) for grant in _GRANTS)


def needs(
    service: str,
    operation: str,
    params: Mapping[str, Any],
    region: str,
    account: str,
    *,
    path_of: Callable[[str, str], str] | None = None,
    own_user: str = "",
) -> tuple[Need, ...]:
    """Every permission that the operation needs; empty when it needs none.

    The arguments are those of `resource_of`. DeleteObjects needs nothing as a whole: its needs are the
    keys', in their order, and a key that isn't allowed is one error of the answer.
    """
    if service == "s3" and operation == "DeleteObjects":
        return tuple(_bulk_delete(params))
    wanted = actions_of(service, operation, params)
    listed = _LISTS.get((service, operation))
    if listed is not None:
        each = [{**params, listed: [name]} for name in params.get(listed) or ("*",)]
        return tuple(Need(wanted[0], resource_of(service, operation, one, region, account)) for one in each)
    resource = resource_of(service, operation, params, region, account, path_of=path_of, own_user=own_user)
    bucket, key, version = "", "", ""
    if service == "s3":
        bucket, key = params.get("Bucket") or "", params.get("Key") or ""
        version = params.get("VersionId") or ""
    found = [Need(name, resource, bucket, key, version) for name in wanted]
    if service == "s3" and operation in _COPIES:
        found.insert(0, _source(params))
    role = params.get(_PASSED_ROLES.get((service, operation), ""))
    if role:
        found.append(Need("iam:PassRole", role))
    if (service, operation) == ("events", "PutTargets"):
        roles = dict.fromkeys(target.get("RoleArn") for target in params.get("Targets") or ())
        found.extend(Need("iam:PassRole", target_role) for target_role in roles if target_role)
    return tuple(found)


def _source(params: Mapping[str, Any]) -> Need:
    bucket, key, version = copy_source(params)
    wanted = "s3:GetObjectVersion" if version else "s3:GetObject"
    resource = object_arn(bucket, key) if key else bucket_arn(bucket)
    return Need(wanted, resource, bucket, key, version)


def _bulk_delete(params: Mapping[str, Any]) -> list[Need]:
    bucket = params.get("Bucket") or ""
    found = []
    for listed in (params.get("Delete") or {}).get("Objects") or ():
        key, version = listed.get("Key") or "", listed.get("VersionId") or ""
        wanted = ["s3:DeleteObjectVersion" if version else "s3:DeleteObject"]
        if params.get("BypassGovernanceRetention"):
            wanted.append("s3:BypassGovernanceRetention")
        found += [Need(name, object_arn(bucket, key), bucket, key, version) for name in wanted]
    return found
