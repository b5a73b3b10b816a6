"""S3: event names, data or management, and what an operation's record takes from its request and answer.

Source: reference sheet `cloudtrail-records.md`, sections 3.1 to 3.5. Our choices, where AWS publishes nothing
or two forms:

- `ListMultipartUploads` is a data event, like the other lists of what is in a bucket.
- `HeadBucket` names the empty prefix in `resources`, because selectors match it as if it touched that prefix.
- `List…Configurations` keep their operation's name.
- `PutObjectRetention` and its kin have the names of real records (`PutObjectLockRetention`), not those of the
  user guide.
- `PostObject` (a browser's form) and `PreflightRequest` (HTTP OPTIONS) are in no model; they are operations
  here.
"""

from __future__ import annotations

from s3trail.audit.facts.fact import ResourceKind, S3Fact, Service, table, words

__all__ = ["CONTROL_OPERATIONS", "OPERATIONS", "SERVICE"]

SERVICE = Service(source="s3.amazonaws.com")

_NAMES = """
    AbortMultipartUpload CompleteMultipartUpload CopyObject CreateBucket CreateBucketMetadataConfiguration
    CreateBucketMetadataTableConfiguration CreateMultipartUpload CreateSession DeleteBucket
    DeleteBucketAnalyticsConfiguration DeleteBucketCors DeleteBucketEncryption
    DeleteBucketIntelligentTieringConfiguration DeleteBucketInventoryConfiguration DeleteBucketLifecycle
    DeleteBucketMetadataConfiguration DeleteBucketMetadataTableConfiguration
    DeleteBucketMetricsConfiguration DeleteBucketOwnershipControls DeleteBucketPolicy
    DeleteBucketReplication DeleteBucketTagging DeleteBucketWebsite DeleteObject DeleteObjectAnnotation
    DeleteObjectTagging DeleteObjects DeletePublicAccessBlock GetBucketAbac
    GetBucketAccelerateConfiguration GetBucketAcl GetBucketAnalyticsConfiguration GetBucketCors
    GetBucketEncryption GetBucketIntelligentTieringConfiguration GetBucketInventoryConfiguration
    GetBucketLifecycle GetBucketLifecycleConfiguration GetBucketLocation GetBucketLogging
    GetBucketMetadataConfiguration GetBucketMetadataTableConfiguration GetBucketMetricsConfiguration
    GetBucketNotification GetBucketNotificationConfiguration GetBucketOwnershipControls GetBucketPolicy
    GetBucketPolicyStatus GetBucketReplication GetBucketRequestPayment GetBucketTagging
    GetBucketVersioning GetBucketWebsite GetObject GetObjectAcl GetObjectAnnotation GetObjectAttributes
    GetObjectLegalHold GetObjectLockConfiguration GetObjectRetention GetObjectTagging GetObjectTorrent
    GetPublicAccessBlock HeadBucket HeadObject ListBucketAnalyticsConfigurations
    ListBucketIntelligentTieringConfigurations ListBucketInventoryConfigurations
    ListBucketMetricsConfigurations ListBuckets ListDirectoryBuckets ListMultipartUploads
    ListObjectAnnotations ListObjectVersions ListObjects ListObjectsV2 ListParts PutBucketAbac
    PutBucketAccelerateConfiguration PutBucketAcl PutBucketAnalyticsConfiguration PutBucketCors
    PutBucketEncryption PutBucketIntelligentTieringConfiguration PutBucketInventoryConfiguration
    PutBucketLifecycle PutBucketLifecycleConfiguration PutBucketLogging PutBucketMetricsConfiguration
    PutBucketNotification PutBucketNotificationConfiguration PutBucketOwnershipControls PutBucketPolicy
    PutBucketReplication PutBucketRequestPayment PutBucketTagging PutBucketVersioning PutBucketWebsite
    PutObject PutObjectAcl PutObjectAnnotation PutObjectLegalHold PutObjectLockConfiguration
    PutObjectRetention PutObjectTagging PutPublicAccessBlock RenameObject RestoreObject
    SelectObjectContent UpdateBucketMetadataAnnotationTableConfiguration
    UpdateBucketMetadataInventoryTableConfiguration UpdateBucketMetadataJournalTableConfiguration
    UpdateObjectEncryption UploadPart UploadPartCopy WriteGetObjectResponse
    PostObject PreflightRequest
"""

_RENAMED = {
    "DeletePublicAccessBlock": "DeleteBucketPublicAccessBlock",
    "GetBucketAccelerateConfiguration": "GetAccelerateConfiguration",
    "GetBucketLifecycleConfiguration": "GetBucketLifecycle",
    "GetBucketNotificationConfiguration": "GetBucketNotification",
    "GetObjectLegalHold": "GetObjectLockLegalHold",
    "GetObjectLockConfiguration": "GetBucketObjectLockConfiguration",
    "GetObjectRetention": "GetObjectLockRetention",
    "GetPublicAccessBlock": "GetBucketPublicAccessBlock",
    "ListObjectsV2": "ListObjects",
    "PutBucketAccelerateConfiguration": "PutAccelerateConfiguration",
    "PutBucketLifecycleConfiguration": "PutBucketLifecycle",
    "PutBucketNotificationConfiguration": "PutBucketNotification",
    "PutObjectLegalHold": "PutObjectLockLegalHold",
    "PutObjectLockConfiguration": "PutBucketObjectLockConfiguration",
    "PutObjectRetention": "PutObjectLockRetention",
    "PutPublicAccessBlock": "PutBucketPublicAccessBlock",
}

_ON_OBJECTS = words("""
    AbortMultipartUpload CompleteMultipartUpload CopyObject CreateMultipartUpload DeleteObject
    DeleteObjectAnnotation DeleteObjectTagging GetObject GetObjectAcl GetObjectAnnotation GetObjectAttributes
    GetObjectLegalHold GetObjectRetention GetObjectTagging GetObjectTorrent HeadObject ListObjectAnnotations
    ListParts PostObject PreflightRequest PutObject PutObjectAcl PutObjectAnnotation PutObjectLegalHold
    PutObjectRetention PutObjectTagging RenameObject RestoreObject SelectObjectContent UpdateObjectEncryption
    UploadPart UploadPartCopy
    """)
_ON_PREFIXES = words("""
    DeleteObjects HeadBucket ListMultipartUploads ListObjectVersions ListObjects ListObjectsV2
    """)
_ON_NOTHING = words("CreateBucket ListBuckets ListDirectoryBuckets WriteGetObjectResponse")
"""CreateBucket's records have no `resources`, whether it succeeded or not."""

_XML_BODIES = words("""
    CompleteMultipartUpload CreateBucket CreateBucketMetadataConfiguration
    CreateBucketMetadataTableConfiguration PutBucketAbac PutBucketAccelerateConfiguration PutBucketAcl
    PutBucketAnalyticsConfiguration PutBucketCors PutBucketEncryption PutBucketIntelligentTieringConfiguration
    PutBucketInventoryConfiguration PutBucketLifecycle PutBucketLifecycleConfiguration PutBucketLogging
    PutBucketMetricsConfiguration PutBucketNotification PutBucketNotificationConfiguration
    PutBucketOwnershipControls PutBucketReplication PutBucketRequestPayment PutBucketTagging
    PutBucketVersioning PutBucketWebsite PutObjectAcl PutObjectLockConfiguration PutObjectTagging
    PutPublicAccessBlock RestoreObject SelectObjectContent UpdateBucketMetadataAnnotationTableConfiguration
    UpdateBucketMetadataInventoryTableConfiguration UpdateBucketMetadataJournalTableConfiguration
    UpdateObjectEncryption
    """)
"""All documents but DeleteObjects' list, Retention and LegalHold, which real records don't show."""

_ENCRYPTION = frozenset(
    {
        "x-amz-server-side-encryption",
        "x-amz-server-side-encryption-aws-kms-key-id",
        "x-amz-server-side-encryption-bucket-key-enabled",
        "x-amz-server-side-encryption-customer-algorithm",
    }
)
_VERSION = frozenset({"x-amz-version-id"})
_STORED = _ENCRYPTION | _VERSION | {"x-amz-expiration", "x-amz-request-charged"}
_ANSWER_HEADERS = {
    "CompleteMultipartUpload": _STORED,
    "CopyObject": _STORED | {"x-amz-copy-source-version-id"},
    "CreateMultipartUpload": _ENCRYPTION | {"x-amz-abort-date", "x-amz-abort-rule-id"},
    "DeleteObjectTagging": _VERSION,
    "PostObject": _STORED,
    "PutObject": _STORED,
    "PutObjectLegalHold": _VERSION,
    "PutObjectRetention": _VERSION,
    "PutObjectTagging": _VERSION,
    "UploadPart": _ENCRYPTION,
    "UploadPartCopy": _ENCRYPTION | {"x-amz-copy-source-version-id"},
}


def _resources(name: str) -> ResourceKind:
    if name in _ON_OBJECTS:
        return "object"
    if name in _ON_PREFIXES:
        return "prefix"
    return "none" if name in _ON_NOTHING else "bucket"


def _s3(name: str) -> S3Fact:
    return S3Fact(
        resources=_resources(name),
        body="policy" if name == "PutBucketPolicy" else "xml" if name in _XML_BODIES else "",
        answer_headers=_ANSWER_HEADERS.get(name, frozenset()),
    )


OPERATIONS = table(
    SERVICE,
    _NAMES,
    reads=("PreflightRequest", "SelectObjectContent"),
    data=_ON_OBJECTS | _ON_PREFIXES | {"CreateSession", "WriteGetObjectResponse"},
    renamed=_RENAMED,
    s3={name: _s3(name) for name in _NAMES.split()},
)

_CONTROL_NAMES = "DeletePublicAccessBlock GetPublicAccessBlock PutPublicAccessBlock"

CONTROL_OPERATIONS = table(
    SERVICE,
    _CONTROL_NAMES,
    renamed={name: name.replace("Public", "AccountPublic") for name in _CONTROL_NAMES.split()},
    s3={name: S3Fact(body="xml" if name.startswith("Put") else "") for name in _CONTROL_NAMES.split()},
)
"""Account-level calls of S3 Control that are named differently; they address no bucket."""
