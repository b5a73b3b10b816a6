"""Records deflated with what most of them have in common; part of the Event history's format.

Input: a CloudTrail record, minified JSON. Output: a raw deflate stream, and the record again.
"""

from __future__ import annotations

import zlib

__all__ = ["DeflateError", "deflate", "inflate"]

DeflateError = zlib.error
_WINDOW = -13
"""8 KiB, no header."""


def deflate(record: bytes) -> bytes:
    """The deflated record."""
    # A copy has the dictionary read in already.
    compressor = _COMPRESSOR.copy()
    return compressor.compress(record) + compressor.flush()


def inflate(deflated: bytes) -> bytes:
    """The record.

    Raises:
        DeflateError: the bytes aren't what `deflate` made.
    """
    return zlib.decompressobj(_WINDOW, zdict=_DICTIONARY).decompress(deflated)


_DICTIONARY = (
    b'"requestParameters":{"Host":"127.0.0.1:9000","bucketName":"","x-amz-acl":"bucket-owner-full-control","key":"",'
    b'"userName":"","accessKeyId":"","roleName":"","policyArn":"arn:aws:iam::aws:policy/","name":"","trailName":"",'
    b'"s3BucketName":"","errorCode":"AccessDenied","errorMessage":"User: arn:aws:iam::is not authorized to'
    b'"resources":[{"type":"AWS::S3::Object","ARN":"arn:aws:s3:::"},{"accountId":"","type":"AWS::S3::Bucket",'
    b'"userAgent":"[Boto3/1.42.0 md/Botocore#1.42.0 ua/2.1 os/linux md/arch#x86_64 lang/python#3.11 cfg/retry'
    b'aws-cli/2.31.0 aws-sdk-go-v2/1.30.0 exec-env/AWS_ECS_FARGATE]",'
    b'{"eventVersion":"1.11","userIdentity":{"type":"IAMUser","principalId":"AIDA","arn":"arn:aws:iam::user/",'
    b'"accountId":"","accessKeyId":"AKIA","userName":"","type":"Root","arn":"arn:aws:iam:::root"},'
    b'"eventTime":"2026-01-01T00:00:00Z","eventSource":"s3.amazonaws.com","eventSource":"cloudtrail.amazonaws.com",'
    b'"eventSource":"iam.amazonaws.com","eventName":"GetBucketPutBucketListBucketsCreateDeleteBucketLookupEvents",'
    b'"awsRegion":"us-east-1","sourceIPAddress":"127.0.0.1","requestParameters":null,"responseElements":null,'
    b'"additionalEventData":{"SignatureVersion":"SigV4","CipherSuite":"TLS_AES_128_GCM_SHA256","bytesTransferredIn":0,'
    b'"AuthenticationMethod":"AuthHeader","x-amz-id-2":"","bytesTransferredOut":0},"requestID":"","eventID":"",'
    b'"readOnly":true,"resources":[{"accountId":"","type":"AWS::S3::Bucket","ARN":"arn:aws:s3:::"}],'
    b'"readOnly":false,"eventType":"AwsApiCall","managementEvent":true,"recipientAccountId":"","eventCategory":'
    b'"Management","tlsDetails":{"tlsVersion":"TLSv1.3","cipherSuite":"TLS_AES_128_GCM_SHA256",'
    b'"clientProvidedHostHeader":"s3.us-east-1.amazonaws.com"}}'
)
"""Text that most records have in common; it belongs to the history's format."""
_COMPRESSOR = zlib.compressobj(1, zlib.DEFLATED, _WINDOW, 7, zlib.Z_DEFAULT_STRATEGY, _DICTIONARY)
