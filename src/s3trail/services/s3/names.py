"""Bucket names and regions: the rules of general purpose buckets (S3 User Guide, "Bucket naming rules")."""

from __future__ import annotations

import re

from s3trail.services.s3.errors import IllegalLocationConstraint, InvalidBucketName, InvalidLocationConstraint

__all__ = ["REGIONS", "check_bucket_name", "region_of_constraint"]

_NAME = re.compile(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]", re.ASCII)
_ADDRESS = re.compile(r"\d+\.\d+\.\d+\.\d+", re.ASCII)
_PREFIXES = ("xn--", "sthree-", "amzn-s3-demo-")
_SUFFIXES = ("-s3alias", "--ol-s3", ".mrap", "--x-s3", "--table-s3", "-an")

US_EAST_1 = "us-east-1"

REGIONS = frozenset(
    (
        *("af-south-1", "ap-east-1", "ap-east-2", "ap-northeast-1", "ap-northeast-2", "ap-northeast-3"),
        *("ap-south-1", "ap-south-2", "ap-southeast-1", "ap-southeast-2", "ap-southeast-3", "ap-southeast-4"),
        *("ap-southeast-5", "ap-southeast-6", "ap-southeast-7", "ca-central-1", "ca-west-1", "cn-north-1"),
        *("cn-northwest-1", "eu-central-1", "eu-central-2", "eu-north-1", "eu-south-1", "eu-south-2"),
        *(
            "eu-west-1",
            "eu-west-2",
            "eu-west-3",
            "il-central-1",
            "me-central-1",
            "me-south-1",
            "mx-central-1",
        ),
        *("sa-east-1", "us-east-2", "us-gov-east-1", "us-gov-west-1", "us-west-1", "us-west-2"),
    )
)
"""What CreateBucket takes as a location constraint besides `EU` (`BucketLocationConstraint`, S3 model)."""


def check_bucket_name(name: str) -> None:
    """Refuse names that S3 refuses for a new bucket.

    Raises:
        InvalidBucketName: the name breaks a rule.
    """
    if (
        _NAME.fullmatch(name) is None
        or ".." in name
        or _ADDRESS.fullmatch(name) is not None
        or name.startswith(_PREFIXES)
        or name.endswith(_SUFFIXES)
    ):
        raise InvalidBucketName(BucketName=name)


def region_of_constraint(constraint: str | None, called: str) -> str:
    """The region of a new bucket.

    us-east-1 makes buckets anywhere, and without constraint in itself; every other region makes them in
    itself and wants it said.

    Args:
        constraint: `LocationConstraint`; None or empty when there is none.
        called: the region that the request was sent to.

    Raises:
        InvalidLocationConstraint: no such region (us-east-1 isn't a valid constraint either).
        IllegalLocationConstraint: not the region that was called.
    """
    if not constraint:
        if called != US_EAST_1:
            raise IllegalLocationConstraint()
        return US_EAST_1
    region = "eu-west-1" if constraint == "EU" else constraint
    if region not in REGIONS:
        raise InvalidLocationConstraint(LocationConstraint=constraint)
    if called not in (US_EAST_1, region):
        raise IllegalLocationConstraint(
            f"The {constraint} location constraint is incompatible for the region specific endpoint this "
            "request was sent to."
        )
    return region
