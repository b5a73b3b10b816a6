"""The errors that only S3's operations raise.

Code, status and wording are S3's (Amazon S3 API Reference, "Error responses").
"""

from __future__ import annotations

from s3trail.kernel.errors import AwsError

__all__ = [
    "AccessControlListNotSupported",
    "BadDigest",
    "BucketAlreadyExists",
    "BucketAlreadyOwnedByYou",
    "BucketNotEmpty",
    "EntityTooLarge",
    "EntityTooSmall",
    "IllegalLocationConstraint",
    "IllegalVersioningConfiguration",
    "IncompleteBody",
    "InvalidBucketAclWithBlockPublicAccess",
    "InvalidBucketAclWithObjectOwnership",
    "InvalidBucketName",
    "InvalidBucketState",
    "InvalidDigest",
    "InvalidKey",
    "InvalidLocationConstraint",
    "InvalidPart",
    "InvalidPartNumber",
    "InvalidPartOrder",
    "InvalidRange",
    "InvalidRedirectLocation",
    "InvalidStorageClass",
    "InvalidTag",
    "InvalidTargetBucketForLogging",
    "KeyTooLong",
    "MalformedACL",
    "MetadataTooLarge",
    "MethodNotAllowed",
    "MissingContentLength",
    "MissingSecurityHeader",
    "NoSuchBucket",
    "NoSuchBucketPolicy",
    "NoSuchCORSConfiguration",
    "NoSuchKey",
    "NoSuchLifecycleConfiguration",
    "NoSuchPublicAccessBlockConfiguration",
    "NoSuchTagSet",
    "NoSuchUpload",
    "NoSuchVersion",
    "NoSuchWebsiteConfiguration",
    "NotFound",
    "NotModified",
    "OwnershipControlsNotFound",
    "PreconditionFailed",
    "ReplicationConfigurationNotFound",
    "ServerSideEncryptionConfigurationNotFound",
    "TooManyTags",
    "UnexpectedContent",
    "UnresolvableGrantByEmailAddress",
    "UserKeyMustBeSpecified",
]


class NoSuchBucket(AwsError):
    """No bucket of that name; member BucketName."""

    code = "NoSuchBucket"
    status = 404
    message = "The specified bucket does not exist"


class NoSuchKey(AwsError):
    """No object of that key; member Key."""

    code = "NoSuchKey"
    status = 404
    message = "The specified key does not exist."


class NoSuchVersion(AwsError):
    """No version of that id; members Key and VersionId."""

    code = "NoSuchVersion"
    status = 404
    message = "The specified version does not exist."


class MethodNotAllowed(AwsError):
    """The version is a delete marker, which can only be deleted; members Method and ResourceType."""

    code = "MethodNotAllowed"
    status = 405
    message = "The specified method is not allowed against this resource."


class NotFound(AwsError):
    """A setting that the bucket doesn't have; each has its own code and wording. Member BucketName."""

    code = "NoSuchConfiguration"
    status = 404
    message = "The specified configuration does not exist."


class NoSuchBucketPolicy(NotFound):
    """The bucket has no policy."""

    code = "NoSuchBucketPolicy"
    message = "The bucket policy does not exist"


class NoSuchTagSet(NotFound):
    """The bucket has no tags."""

    code = "NoSuchTagSet"
    message = "The TagSet does not exist"


class NoSuchPublicAccessBlockConfiguration(NotFound):
    """The bucket's Block Public Access was deleted."""

    code = "NoSuchPublicAccessBlockConfiguration"
    message = "The public access block configuration was not found"


class OwnershipControlsNotFound(NotFound):
    """The bucket's ownership controls were deleted."""

    code = "OwnershipControlsNotFoundError"
    message = "The bucket ownership controls were not found"


class NoSuchCORSConfiguration(NotFound):
    """The bucket has no CORS configuration."""

    code = "NoSuchCORSConfiguration"
    message = "The CORS configuration does not exist"


class NoSuchWebsiteConfiguration(NotFound):
    """The bucket isn't a website."""

    code = "NoSuchWebsiteConfiguration"
    message = "The specified bucket does not have a website configuration"


class NoSuchLifecycleConfiguration(NotFound):
    """The bucket has no lifecycle rules."""

    code = "NoSuchLifecycleConfiguration"
    message = "The lifecycle configuration does not exist"


class ServerSideEncryptionConfigurationNotFound(NotFound):
    """The bucket has no default encryption."""

    code = "ServerSideEncryptionConfigurationNotFoundError"
    message = "The server side encryption configuration was not found"


class ReplicationConfigurationNotFound(NotFound):
    """The bucket has no replication rules."""

    code = "ReplicationConfigurationNotFoundError"
    message = "The replication configuration was not found"


class AccessControlListNotSupported(AwsError):
    """Object Ownership has disabled the bucket's ACLs."""

    code = "AccessControlListNotSupported"
    status = 400
    message = "The bucket does not allow ACLs"


class InvalidBucketAclWithObjectOwnership(AwsError):
    """An ACL that grants something, and ownership controls that disable ACLs."""

    code = "InvalidBucketAclWithObjectOwnership"
    status = 400
    message = "Bucket cannot have ACLs set with ObjectOwnership's BucketOwnerEnforced setting"


class InvalidBucketAclWithBlockPublicAccess(AwsError):
    """A new bucket's public ACL, which its Block Public Access forbids."""

    code = "InvalidBucketAclWithBlockPublicAccessError"
    status = 400
    message = "Bucket cannot have public ACLs set with BlockPublicAccess enabled"


class MissingSecurityHeader(AwsError):
    """A request to set an ACL without any; member MissingHeaderName."""

    code = "MissingSecurityHeader"
    status = 400
    message = "Your request was missing a required header"


class UnexpectedContent(AwsError):
    """An ACL in the headers and another in the body."""

    code = "UnexpectedContent"
    status = 400
    message = "This request does not support content"


class MalformedACL(AwsError):
    """An ACL in the body that isn't one."""

    code = "MalformedACLError"
    status = 400
    message = "The XML you provided was not well-formed or did not validate against our published schema"


class UnresolvableGrantByEmailAddress(AwsError):
    """No account is known by that address."""

    code = "UnresolvableGrantByEmailAddress"
    status = 400
    message = "The e-mail address you provided does not match any account on record."


class InvalidTag(AwsError):
    """A tag against the rules; members TagKey or TagValue."""

    code = "InvalidTag"
    status = 400
    message = "The tag provided was not a valid tag."


class TooManyTags(AwsError):
    """More tags than a resource may have."""

    code = "BadRequest"
    status = 400
    message = "Object tags cannot be greater than 10"


class InvalidBucketState(AwsError):
    """The bucket's other settings don't let this one change."""

    code = "InvalidBucketState"
    status = 409
    message = "The request is not valid with the current state of the bucket."


class IllegalVersioningConfiguration(AwsError):
    """A versioning status that there isn't."""

    code = "IllegalVersioningConfigurationException"
    status = 400
    message = "The versioning element must be specified"


class InvalidTargetBucketForLogging(AwsError):
    """The bucket for the log doesn't exist or is another account's; member TargetBucket."""

    code = "InvalidTargetBucketForLogging"
    status = 400
    message = "The target bucket for logging does not exist"


class NoSuchUpload(AwsError):
    """No open upload of that id for that key; member UploadId."""

    code = "NoSuchUpload"
    status = 404
    message = (
        "The specified upload does not exist. The upload ID may be invalid, or the upload may have been "
        "aborted or completed."
    )


class InvalidBucketName(AwsError):
    """A name against the naming rules; member BucketName."""

    code = "InvalidBucketName"
    status = 400
    message = "The specified bucket is not valid."


class BucketAlreadyExists(AwsError):
    """Another account has a bucket of that name."""

    code = "BucketAlreadyExists"
    status = 409
    message = (
        "The requested bucket name is not available. The bucket namespace is shared by all users of the "
        "system. Please select a different name and try again."
    )


class BucketAlreadyOwnedByYou(AwsError):
    """The caller's account has a bucket of that name."""

    code = "BucketAlreadyOwnedByYou"
    status = 409
    message = "Your previous request to create the named bucket succeeded and you already own it."


class BucketNotEmpty(AwsError):
    """The bucket still holds objects."""

    code = "BucketNotEmpty"
    status = 409
    message = "The bucket you tried to delete is not empty"


class IllegalLocationConstraint(AwsError):
    """The location constraint (or its absence) doesn't fit the region that was called."""

    code = "IllegalLocationConstraintException"
    status = 400
    message = (
        "The unspecified location constraint is incompatible for the region specific endpoint this request "
        "was sent to."
    )


class InvalidLocationConstraint(AwsError):
    """No such region; member LocationConstraint."""

    code = "InvalidLocationConstraint"
    status = 400
    message = "The specified location-constraint is not valid"


class KeyTooLong(AwsError):
    """Over 1,024 bytes; members Size and MaxSizeAllowed."""

    code = "KeyTooLongError"
    status = 400
    message = "Your key is too long"


class InvalidKey(AwsError):
    """The key isn't UTF-8."""

    code = "InvalidURI"
    status = 400
    message = "Couldn't parse the specified URI."


class UserKeyMustBeSpecified(AwsError):
    """An empty key."""

    code = "UserKeyMustBeSpecified"
    status = 400
    message = "The request must name a key."


class MissingContentLength(AwsError):
    """A payload of undeclared length."""

    code = "MissingContentLength"
    status = 411
    message = "You must provide the Content-Length HTTP header."


class IncompleteBody(AwsError):
    """Fewer or more bytes than declared."""

    code = "IncompleteBody"
    status = 400
    message = "You did not provide the number of bytes specified by the Content-Length HTTP header"


class EntityTooLarge(AwsError):
    """Over 5 GiB in one request; members ProposedSize and MaxSizeAllowed."""

    code = "EntityTooLarge"
    status = 400
    message = "Your proposed upload exceeds the maximum allowed size"


class EntityTooSmall(AwsError):
    """A part below 5 MiB that isn't the last; members ProposedSize, MinSizeAllowed, PartNumber, ETag."""

    code = "EntityTooSmall"
    status = 400
    message = "Your proposed upload is smaller than the minimum allowed size"


class MetadataTooLarge(AwsError):
    """Over 2 KB of user metadata; members Size and MaxSizeAllowed."""

    code = "MetadataTooLarge"
    status = 400
    message = "Your metadata headers exceed the maximum allowed metadata size"


class InvalidStorageClass(AwsError):
    """No such storage class, or none of a general purpose bucket."""

    code = "InvalidStorageClass"
    status = 400
    message = "The storage class you specified is not valid"


class InvalidDigest(AwsError):
    """Content-MD5 isn't base64 of 16 bytes."""

    code = "InvalidDigest"
    status = 400
    message = "The Content-MD5 you specified was invalid."


class BadDigest(AwsError):
    """A declared digest differs from that of the bytes."""

    code = "BadDigest"
    status = 400
    message = "The Content-MD5 you specified did not match what we received."


class PreconditionFailed(AwsError):
    """A condition of the request doesn't hold; member Condition names its header."""

    code = "PreconditionFailed"
    status = 412
    message = "At least one of the pre-conditions you specified did not hold"


class NotModified(AwsError):
    """The client has it already; answered without a body, with ETag and Last-Modified."""

    code = "NotModified"
    status = 304
    message = "Not Modified"


class InvalidRedirectLocation(AwsError):
    """`x-amz-website-redirect-location` is neither a path nor a web address."""

    code = "InvalidRedirectLocation"
    status = 400
    message = "The website redirect location must have a prefix of 'http://' or 'https://' or '/'."


class InvalidRange(AwsError):
    """No byte of the range exists; members RangeRequested and ActualObjectSize."""

    code = "InvalidRange"
    status = 416
    message = "The requested range is not satisfiable"


class InvalidPartNumber(AwsError):
    """The object has no such part; members PartNumberRequested and ActualPartCount."""

    code = "InvalidPartNumber"
    status = 416
    message = "The requested partnumber is not satisfiable"


class InvalidPart(AwsError):
    """A listed part isn't there, or its ETag differs; members UploadId, PartNumber, ETag."""

    code = "InvalidPart"
    status = 400
    message = (
        "One or more of the specified parts could not be found.  The part may not have been uploaded, or the "
        "specified entity tag may not match the part's entity tag."
    )


class InvalidPartOrder(AwsError):
    """Part numbers don't ascend; member UploadId."""

    code = "InvalidPartOrder"
    status = 400
    message = "The list of parts was not in ascending order. Parts must be ordered by part number."
