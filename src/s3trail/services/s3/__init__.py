"""Amazon S3: its operations over the embedded store, one function each, in one module per resource.

`operations` is what the server is given; the list below is what it can do.
"""

from __future__ import annotations

from functools import partial

from s3trail.kernel.clock import Clock
from s3trail.kernel.ids import Ids
from s3trail.kernel.operation import Operation
from s3trail.services.s3 import buckets, copies, listing, multipart, multipart_listing, objects
from s3trail.services.s3.store import Store
from s3trail.state.objects.files import Files

__all__ = ["operations"]

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
)

_WRITES = (
    ("CreateBucket", buckets.create_bucket),
    ("DeleteBucket", buckets.delete_bucket),
    ("DeleteObject", objects.delete_object),
    ("DeleteObjects", objects.delete_objects),
    ("CreateMultipartUpload", multipart.create_multipart_upload),
    ("CompleteMultipartUpload", multipart.complete_multipart_upload),
    ("AbortMultipartUpload", multipart.abort_multipart_upload),
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
