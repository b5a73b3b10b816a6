"""Names in the CloudTrail API: trail names, trail ARNs, and finding the trail that they mean.

Input: the call and the name that it gives. Output: the trail, or AWS's error. Facts: CreateTrail reference
(trail name requirements); messages and their order from recorded answers.
"""

from __future__ import annotations

import re

from s3trail.kernel.arn import trail_arn
from s3trail.kernel.call import Call
from s3trail.services.cloudtrail.errors import (
    CloudTrailARNInvalidException,
    InvalidHomeRegionException,
    InvalidS3BucketNameException,
    InvalidS3PrefixException,
    InvalidTrailNameException,
    NotOrganizationMasterAccountException,
    TrailNotFoundException,
)
from s3trail.state.config import trails
from s3trail.state.config.trails import Trail
from s3trail.state.environment import Tx

__all__ = ["check_bucket_name", "check_prefix", "check_trail_name", "find", "find_at_home", "split_arn"]

_MIN_LENGTH, _MAX_LENGTH = 3, 128
_ALPHANUMERIC = re.compile(r"[A-Za-z0-9]")
_CHARACTERS = re.compile(r"[A-Za-z0-9._-]+")
_DOUBLED = re.compile(r"[._-]{2}")
_IPV4 = re.compile(r"\d{1,3}(\.\d{1,3}){3}")
_ARN = re.compile(r"arn:aws[a-z-]*:cloudtrail:([a-z0-9-]+):(\d{12}):trail/(.+)")
_BUCKET = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{1,61}[A-Za-z0-9]")
_PREFIX = re.compile(r"[A-Za-z0-9!_.*'()/=@:,+$&; -]*")
_MAX_PREFIX = 200


def check_trail_name(name: str) -> None:
    """Refuse a name that no trail can have.

    Raises:
        InvalidTrailNameException: the message names the rule that is broken.
    """
    if len(name) < _MIN_LENGTH:
        raise InvalidTrailNameException(
            f"Trail name too short. Minimum allowed length: {_MIN_LENGTH} characters. "
            f"Specified name length: {len(name)} characters."
        )
    if len(name) > _MAX_LENGTH:
        raise InvalidTrailNameException(
            f"Trail name too long. Maximum allowed length: {_MAX_LENGTH} characters. "
            f"Specified name length: {len(name)} characters."
        )
    if not _ALPHANUMERIC.fullmatch(name[0]):
        raise InvalidTrailNameException("Trail name must starts with a letter or number.")
    if not _ALPHANUMERIC.fullmatch(name[-1]):
        raise InvalidTrailNameException("Trail name must ends with a letter or number.")
    if not _CHARACTERS.fullmatch(name):
        raise InvalidTrailNameException(
            "Trail name or ARN can only contain uppercase letters, lowercase letters, numbers, periods (.), "
            "hyphens (-), and underscores (_)."
        )
    if _DOUBLED.search(name):
        raise InvalidTrailNameException(
            "Trail name can't have adjacent periods (.), hyphens (-), or underscores (_)."
        )
    if _IPV4.fullmatch(name):
        raise InvalidTrailNameException("Trail name can't be in IP address format.")


def check_bucket_name(bucket: str) -> None:
    """Refuse a name that no bucket can have; capitals pass, for old buckets have them.

    Raises:
        InvalidS3BucketNameException: the message repeats the name.
    """
    if not _BUCKET.fullmatch(bucket) or ".." in bucket or _IPV4.fullmatch(bucket):
        raise InvalidS3BucketNameException(f"The S3 bucket name {bucket} is not valid.")


def check_prefix(prefix: str) -> None:
    """Refuse a prefix for keys of log files that AWS refuses.

    Raises:
        InvalidS3PrefixException: over 200 characters, or a character outside of S3's key-safe set.
    """
    if len(prefix) > _MAX_PREFIX:
        raise InvalidS3PrefixException(
            f"The S3 key prefix has {len(prefix)} characters; the maximum is {_MAX_PREFIX}."
        )
    if not _PREFIX.fullmatch(prefix):
        raise InvalidS3PrefixException(
            f"The S3 key prefix {prefix} contains characters that are not allowed."
        )


def split_arn(arn: str) -> tuple[str, str, str]:
    """Region, account id and name of a trail's ARN.

    Raises:
        CloudTrailARNInvalidException: it is no trail's ARN.
    """
    parts = _ARN.fullmatch(arn)
    if not parts:
        raise CloudTrailARNInvalidException(f"The ARN {arn} is not the ARN of a trail.")
    region, account_id, name = parts.groups()
    return region, account_id, name


def find(tx: Tx, call: Call, name: str, *, unknown_by_arn: bool = False) -> Trail:
    """The trail that a call means by a name or ARN: one of its region, or the shadow of a multi-region trail.

    Args:
        tx: any transaction.
        call: gives account and region.
        name: name or ARN.
        unknown_by_arn: the operation's TrailNotFound message names the ARN instead of the name.

    Raises:
        InvalidTrailNameException: no trail can have the name.
        CloudTrailARNInvalidException: no trail's ARN, or that of a single-region trail of another region.
        TrailNotFoundException: there is no such trail.
    """
    account_id = call.caller.account_id
    if name.startswith("arn:"):
        region, owner, short = split_arn(name)
        found = trails.get(tx, account_id, region, short) if owner == account_id else None
        if found is None and owner != account_id:
            found = _of_organization(tx, owner, region, short)
        if found is not None and (region == call.region or found.rules.multi_region):
            return found
        if owner == account_id and region != call.region:
            raise CloudTrailARNInvalidException(
                f"Region in ARN is wrong, you can only access resources in region {call.region}."
            )
        raise TrailNotFoundException(f"Unknown trail: {name} for the user: {account_id}")
    check_trail_name(name)
    found = trails.get(tx, account_id, call.region, name)
    if found is not None:
        return found
    for trail in trails.of_account(tx, account_id):
        if trail.name == name and trail.rules.multi_region:
            return trail
    unknown = trail_arn(call.region, account_id, name) if unknown_by_arn else name
    raise TrailNotFoundException(f"Unknown trail: {unknown} for the user: {account_id}")


def _of_organization(tx: Tx, owner: str, region: str, name: str) -> Trail | None:
    """A trail that its organization's other accounts see, by ARN."""
    found = trails.get(tx, owner, region, name)
    return found if found is not None and found.rules.organization else None


def find_at_home(tx: Tx, call: Call, name: str) -> Trail:
    """The trail that a change means; changes are made in the trail's home region only.

    Raises:
        InvalidHomeRegionException: it was created in another region.
        NotOrganizationMasterAccountException: it is an organization's trail, and the caller's account isn't
            the one that made it.
        AwsError: see `find`.
    """
    trail = find(tx, call, name)
    if trail.account_id != call.caller.account_id:
        raise NotOrganizationMasterAccountException
    if trail.region != call.region:
        raise InvalidHomeRegionException(
            f"Trail {trail.arn} can only be modified from its home region {trail.region}."
        )
    return trail
