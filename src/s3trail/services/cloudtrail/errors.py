"""The errors of the CloudTrail API, by their names in its model. All are answered with status 400.

Messages are AWS's where they are known (recorded answers); their variable parts are filled in by the raiser.
"""

from __future__ import annotations

from s3trail.kernel.errors import AwsError

__all__ = [
    "ChannelNotFoundException",
    "CloudTrailARNInvalidException",
    "EventDataStoreNotFoundException",
    "InsightNotEnabledException",
    "InsufficientS3BucketPolicyException",
    "InvalidEventCategoryException",
    "InvalidHomeRegionException",
    "InvalidLookupAttributesException",
    "InvalidMaxResultsException",
    "InvalidNextTokenException",
    "InvalidParameterCombinationException",
    "InvalidParameterException",
    "InvalidS3BucketNameException",
    "InvalidS3PrefixException",
    "InvalidTagParameterException",
    "InvalidTimeRangeException",
    "InvalidTokenException",
    "InvalidTrailNameException",
    "MaximumNumberOfTrailsExceededException",
    "NotOrganizationMasterAccountException",
    "ResourceNotFoundException",
    "ResourceTypeNotSupportedException",
    "S3BucketDoesNotExistException",
    "TagsLimitExceededException",
    "TrailAlreadyExistsException",
    "TrailNotFoundException",
    "UnsupportedOperationException",
]


class ChannelNotFoundException(AwsError):
    """There is no such channel."""

    code = "ChannelNotFoundException"
    status = 400


class CloudTrailARNInvalidException(AwsError):
    """An ARN that is no trail's, or that of a trail which can't be reached from here."""

    code = "CloudTrailARNInvalidException"
    status = 400


class EventDataStoreNotFoundException(AwsError):
    """There is no such event data store."""

    code = "EventDataStoreNotFoundException"
    status = 400


class InsightNotEnabledException(AwsError):
    """The trail has no Insight selectors."""

    code = "InsightNotEnabledException"
    status = 400


class InsufficientS3BucketPolicyException(AwsError):
    """The trail's account may not write to the bucket."""

    code = "InsufficientS3BucketPolicyException"
    status = 400


class InvalidEventCategoryException(AwsError):
    """An `EventCategory` other than `insight`."""

    code = "InvalidEventCategoryException"
    status = 400


class InvalidHomeRegionException(AwsError):
    """A change of a trail outside of the region in which it was created."""

    code = "InvalidHomeRegionException"
    status = 400


class InvalidLookupAttributesException(AwsError):
    """More than one attribute, an unknown one, or a value that is missing or too long."""

    code = "InvalidLookupAttributesException"
    status = 400


class InvalidMaxResultsException(AwsError):
    """`MaxResults` outside of 1 to 50."""

    code = "InvalidMaxResultsException"
    status = 400


class InvalidNextTokenException(AwsError):
    """A token that this server didn't make, or that belongs to other parameters."""

    code = "InvalidNextTokenException"
    status = 400
    message = "The NextToken is invalid, or was used with different parameters."


class InvalidParameterCombinationException(AwsError):
    """Members that exclude each other."""

    code = "InvalidParameterCombinationException"
    status = 400


class InvalidParameterException(AwsError):
    """A value that is outside of what the operation takes."""

    code = "InvalidParameterException"
    status = 400


class InvalidS3BucketNameException(AwsError):
    """No bucket can have that name."""

    code = "InvalidS3BucketNameException"
    status = 400


class InvalidS3PrefixException(AwsError):
    """A prefix that is too long or holds characters that keys of log files may not have."""

    code = "InvalidS3PrefixException"
    status = 400


class InvalidTagParameterException(AwsError):
    """A tag key or value that is not allowed, or a key that is given twice."""

    code = "InvalidTagParameterException"
    status = 400


class InvalidTimeRangeException(AwsError):
    """The range begins after its end."""

    code = "InvalidTimeRangeException"
    status = 400


class InvalidTokenException(AwsError):
    """A token that this server did not make."""

    code = "InvalidTokenException"
    status = 400


class InvalidTrailNameException(AwsError):
    """A name that breaks the rules for trail names."""

    code = "InvalidTrailNameException"
    status = 400


class MaximumNumberOfTrailsExceededException(AwsError):
    """The account has as many trails in the region as it may have."""

    code = "MaximumNumberOfTrailsExceededException"
    status = 400


class NotOrganizationMasterAccountException(AwsError):
    """What only the management account of the organization may do."""

    code = "NotOrganizationMasterAccountException"
    status = 400
    message = "Only the management account of the organization can make or change an organization trail."


class ResourceNotFoundException(AwsError):
    """There is no such resource."""

    code = "ResourceNotFoundException"
    status = 400


class ResourceTypeNotSupportedException(AwsError):
    """A resource that cannot have tags."""

    code = "ResourceTypeNotSupportedException"
    status = 400


class S3BucketDoesNotExistException(AwsError):
    """The bucket for log files doesn't exist."""

    code = "S3BucketDoesNotExistException"
    status = 400


class TagsLimitExceededException(AwsError):
    """More tags than a resource may have."""

    code = "TagsLimitExceededException"
    status = 400


class TrailAlreadyExistsException(AwsError):
    """The name is taken in the region, be it by the shadow of a multi-region trail."""

    code = "TrailAlreadyExistsException"
    status = 400


class TrailNotFoundException(AwsError):
    """The account has no such trail here."""

    code = "TrailNotFoundException"
    status = 400


class UnsupportedOperationException(AwsError):
    """A part of the API that this server doesn't offer; the message names the member."""

    code = "UnsupportedOperationException"
    status = 400
