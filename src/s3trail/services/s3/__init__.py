"""Amazon S3: its operations over the embedded store, one function each, in one module per resource.

`operations` is what the server is given; the list below is what it can do.
"""

from __future__ import annotations

from functools import partial

from s3trail.kernel.clock import Clock
from s3trail.kernel.ids import Ids
from s3trail.kernel.operation import Operation
from s3trail.services.s3 import (
    acl,
    buckets,
    configurations,
    copies,
    lifecycle_configuration,
    listing,
    multipart,
    multipart_listing,
    object_attributes,
    objects,
    ownership,
    payment,
    policy,
    public_access,
    settings,
    tagging,
    versioning,
)
from s3trail.services.s3.accelerate import ACCELERATE
from s3trail.services.s3.cors import CORS
from s3trail.services.s3.encryption_configuration import ENCRYPTION
from s3trail.services.s3.logging_configuration import LOGGING
from s3trail.services.s3.notification import NOTIFICATION
from s3trail.services.s3.replication_configuration import REPLICATION
from s3trail.services.s3.store import Store
from s3trail.services.s3.website_configuration import WEBSITE
from s3trail.state.objects.files import Files

__all__ = ["operations"]

_SETTINGS = (ACCELERATE, CORS, ENCRYPTION, LOGGING, NOTIFICATION, REPLICATION, WEBSITE)

_READS = (
    ("ListBuckets", buckets.list_buckets),
    ("HeadBucket", buckets.head_bucket),
    ("GetBucketLocation", buckets.get_bucket_location),
    ("ListObjects", listing.list_objects),
    ("ListObjectsV2", listing.list_objects_v2),
    ("ListObjectVersions", listing.list_object_versions),
    ("GetObject", objects.get_object),
    ("HeadObject", objects.head_object),
    ("ListParts", multipart_listing.list_parts),
    ("ListMultipartUploads", multipart_listing.list_multipart_uploads),
    ("GetObjectAttributes", object_attributes.get_object_attributes),
    ("GetObjectTorrent", object_attributes.get_object_torrent),
    ("GetBucketPolicy", policy.get_bucket_policy),
    ("GetBucketPolicyStatus", policy.get_bucket_policy_status),
    ("GetPublicAccessBlock", public_access.get_public_access_block),
    ("GetBucketOwnershipControls", ownership.get_bucket_ownership_controls),
    ("GetBucketAcl", acl.get_bucket_acl),
    ("GetObjectAcl", acl.get_object_acl),
    ("GetBucketTagging", tagging.get_bucket_tagging),
    ("GetObjectTagging", tagging.get_object_tagging),
    ("GetBucketVersioning", versioning.get_bucket_versioning),
    ("GetBucketLifecycleConfiguration", lifecycle_configuration.get_bucket_lifecycle_configuration),
    ("GetBucketRequestPayment", payment.get_bucket_request_payment),
    *configurations.reads(),
    *[found for setting in _SETTINGS for found in settings.reads(setting)],
)

_WRITES = (
    ("CreateBucket", buckets.create_bucket),
    ("DeleteBucket", buckets.delete_bucket),
    ("DeleteObject", objects.delete_object),
    ("DeleteObjects", objects.delete_objects),
    ("CreateMultipartUpload", multipart.create_multipart_upload),
    ("CompleteMultipartUpload", multipart.complete_multipart_upload),
    ("AbortMultipartUpload", multipart.abort_multipart_upload),
    ("PutBucketPolicy", policy.put_bucket_policy),
    ("DeleteBucketPolicy", policy.delete_bucket_policy),
    ("PutPublicAccessBlock", public_access.put_public_access_block),
    ("DeletePublicAccessBlock", public_access.delete_public_access_block),
    ("PutBucketOwnershipControls", ownership.put_bucket_ownership_controls),
    ("DeleteBucketOwnershipControls", ownership.delete_bucket_ownership_controls),
    ("PutBucketAcl", acl.put_bucket_acl),
    ("PutObjectAcl", acl.put_object_acl),
    ("PutBucketTagging", tagging.put_bucket_tagging),
    ("DeleteBucketTagging", tagging.delete_bucket_tagging),
    ("PutObjectTagging", tagging.put_object_tagging),
    ("DeleteObjectTagging", tagging.delete_object_tagging),
    ("PutBucketVersioning", versioning.put_bucket_versioning),
    ("PutBucketLifecycleConfiguration", lifecycle_configuration.put_bucket_lifecycle_configuration),
    ("DeleteBucketLifecycle", lifecycle_configuration.delete_bucket_lifecycle),
    ("PutBucketRequestPayment", payment.put_bucket_request_payment),
    *configurations.writes(),
    *[found for setting in _SETTINGS for found in settings.writes(setting)],
)

_RECEIVES = (
    ("PutObject", objects.receive_object, objects.put_object),
    ("CopyObject", copies.receive_copy, copies.copy_object),
    ("UploadPart", multipart.receive_part, multipart.upload_part),
    ("UploadPartCopy", copies.receive_part_copy, copies.upload_part_copy),
)
"""With bytes to make durable before the transaction: a payload, or a copy's source."""


def operations(files: Files, ids: Ids, clock: Clock) -> tuple[Operation, ...]:
    """The operations of S3.

    Args:
        files: where bytes are kept.
        ids: where random names come from.
        clock: where the time comes from.
    """
    store = Store(files, ids, clock)
    return (
        *[Operation("s3", name, partial(run, store)) for name, run in _READS],
        *[Operation("s3", name, partial(run, store), writes=True) for name, run in _WRITES],
        *[
            Operation("s3", name, partial(run, store), writes=True, receive=partial(receive, store))
            for name, receive, run in _RECEIVES
        ],
    )
