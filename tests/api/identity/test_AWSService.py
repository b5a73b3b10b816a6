"""userIdentity of a service that acts by itself: CloudTrail, when it delivers log files."""

from __future__ import annotations

import json
import uuid

from s3trail.testing.server import Server


def test_log_delivery(server: Server, bucket: str, account: str) -> None:
    statements = [
        {
            "Effect": "Allow",
            "Principal": {"Service": "cloudtrail.amazonaws.com"},
            "Action": ["s3:GetBucketAcl", "s3:PutObject"],
            "Resource": [f"arn:aws:s3:::{bucket}", f"arn:aws:s3:::{bucket}/*"],
        }
    ]
    s3, cloudtrail = server.client("s3"), server.client("cloudtrail", region="sa-east-1")
    policy = json.dumps({"Version": "2012-10-17", "Statement": statements})
    s3.put_bucket_policy(Bucket=bucket, Policy=policy)
    name = f"trail-{uuid.uuid4().hex[:8]}"
    cloudtrail.create_trail(Name=name, S3BucketName=bucket)
    cloudtrail.start_logging(Name=name)
    server.client("sts", region="sa-east-1").get_caller_identity()
    record = server.wait_for(
        lambda each: (
            each["eventName"] == "PutObject"
            and each["requestParameters"]["bucketName"] == bucket
            and each["userIdentity"]["type"] == "AWSService"
        )
    )
    cloudtrail.delete_trail(Name=name)
    assert record["userIdentity"] == {"type": "AWSService", "invokedBy": "cloudtrail.amazonaws.com"}
    assert record["sourceIPAddress"] == record["userAgent"] == "cloudtrail.amazonaws.com"
    assert record["recipientAccountId"] == account
    assert record["sharedEventID"] != record["eventID"]
