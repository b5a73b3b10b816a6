"""Buckets are made, found, listed and deleted as S3 does it."""

from __future__ import annotations

import pytest

from s3trail.kernel.errors import AccessDenied, AwsError, InvalidArgument, NotImplementedByServer

from .conftest import NOW, OTHER_ACCOUNT, S3


def _code(error: pytest.ExceptionInfo[AwsError]) -> tuple[str, int]:
    return error.value.code, error.value.status


@pytest.mark.parametrize("name", ["abc", "a.b-c", "0-9", "a" * 63, "my.bucket.2"])
def test_takes_valid_names(empty: S3, name: str) -> None:
    assert empty.call("CreateBucket", Bucket=name) == {"Location": f"/{name}"}
    empty.call("HeadBucket", Bucket=name)


@pytest.mark.parametrize(
    "name",
    [
        "ab",
        "a" * 64,
        "Abc",
        "a_b",
        "-ab",
        "ab-",
        ".ab",
        "ab.",
        "a..b",
        "192.168.5.4",
        "xn--abc",
        "sthree-abc",
        "amzn-s3-demo-abc",
        "abc-s3alias",
        "abc--ol-s3",
        "abc.mrap",
        "abc--x-s3",
        "abc--table-s3",
        "ab c",
        "äbc",
        "abc\n",
        "abc\udc80",
    ],
)
def test_refuses_invalid_names(empty: S3, name: str) -> None:
    with pytest.raises(AwsError) as error:
        empty.call("CreateBucket", Bucket=name)
    assert _code(error) == ("InvalidBucketName", 400)
    assert error.value.members == {"BucketName": name}


@pytest.mark.parametrize(
    ("called", "constraint", "region", "shown"),
    [
        ("us-east-1", None, "us-east-1", None),
        ("us-east-1", "eu-west-1", "eu-west-1", "eu-west-1"),
        ("eu-central-1", "eu-central-1", "eu-central-1", "eu-central-1"),
        ("us-east-1", "EU", "eu-west-1", "EU"),
        ("eu-west-1", "EU", "eu-west-1", "EU"),
    ],
)
def test_a_bucket_is_where_its_constraint_says(
    empty: S3, called: str, constraint: str | None, region: str, shown: str | None
) -> None:
    configuration = {"CreateBucketConfiguration": {"LocationConstraint": constraint}} if constraint else {}
    result = empty.call_as(empty.in_region(called), "CreateBucket", Bucket="bucket", **configuration)
    assert result["Location"] == ("/bucket" if region == "us-east-1" else "http://bucket.s3.amazonaws.com/")
    assert empty.call("HeadBucket", Bucket="bucket")["BucketRegion"] == region
    assert empty.call("GetBucketLocation", Bucket="bucket") == {"LocationConstraint": shown}


@pytest.mark.parametrize(
    ("called", "constraint", "code"),
    [
        ("eu-west-1", None, "IllegalLocationConstraintException"),
        ("eu-west-1", "us-west-2", "IllegalLocationConstraintException"),
        ("us-east-1", "us-east-1", "InvalidLocationConstraint"),
        ("us-east-1", "mars-north-1", "InvalidLocationConstraint"),
    ],
)
def test_refuses_a_constraint_that_does_not_fit(
    empty: S3, called: str, constraint: str | None, code: str
) -> None:
    with pytest.raises(AwsError) as error:
        empty.call_as(
            empty.in_region(called),
            "CreateBucket",
            Bucket="bucket",
            CreateBucketConfiguration={"LocationConstraint": constraint} if constraint else {},
        )
    assert _code(error) == (code, 400)
    if constraint and code.startswith("Illegal"):
        assert constraint in error.value.message


def test_making_ones_own_bucket_again_succeeds_in_us_east_1_only(s3: S3) -> None:
    s3.put("key", b"kept")
    assert s3.call("CreateBucket", Bucket="bucket") == {"Location": "/bucket"}
    assert s3.get("key")[0] == b"kept"
    frankfurt = {"Bucket": "other", "CreateBucketConfiguration": {"LocationConstraint": "eu-central-1"}}
    s3.call("CreateBucket", **frankfurt)
    with pytest.raises(AwsError) as error:
        s3.call("CreateBucket", **frankfurt)
    assert _code(error) == ("BucketAlreadyOwnedByYou", 409)


def test_names_are_unique_over_accounts(s3: S3) -> None:
    with pytest.raises(AwsError) as error:
        s3.call_as(s3.as_account(OTHER_ACCOUNT), "CreateBucket", Bucket="bucket")
    assert _code(error) == ("BucketAlreadyExists", 409)


@pytest.mark.parametrize(
    ("params", "header"),
    [
        ({"ObjectLockEnabledForBucket": True}, "x-amz-bucket-object-lock-enabled"),
        ({"BucketNamespace": "account-regional"}, "x-amz-bucket-namespace"),
        ({"CreateBucketConfiguration": {"Bucket": {"Type": "Directory"}}}, "Bucket"),
    ],
)
def test_refuses_kinds_of_buckets_that_there_are_not(
    empty: S3, params: dict[str, object], header: str
) -> None:
    with pytest.raises(NotImplementedByServer) as error:
        empty.call("CreateBucket", Bucket="bucket", **params)
    assert error.value.members == {"Header": header}
    assert header in error.value.message


def test_deletes_only_empty_buckets(s3: S3) -> None:
    s3.put("k" * 1000)
    with pytest.raises(AwsError) as error:
        s3.call("DeleteBucket", Bucket="bucket")
    assert _code(error) == ("BucketNotEmpty", 409)
    s3.call("DeleteObject", Bucket="bucket", Key="k" * 1000)
    assert s3.call("DeleteBucket", Bucket="bucket") == {}
    with pytest.raises(AwsError) as error:
        s3.call("DeleteBucket", Bucket="bucket")
    assert _code(error) == ("NoSuchBucket", 404)


def test_deleting_a_bucket_aborts_its_uploads(s3: S3) -> None:
    upload_id = s3.call("CreateMultipartUpload", Bucket="bucket", Key="key")["UploadId"]
    s3.call("UploadPart", Bucket="bucket", Key="key", UploadId=upload_id, PartNumber=1, Body=b"part")
    s3.call("DeleteBucket", Bucket="bucket")
    assert s3.file_count() == 0
    s3.call("CreateBucket", Bucket="bucket")
    assert s3.call("ListMultipartUploads", Bucket="bucket")["Uploads"] == []


@pytest.mark.parametrize("name", ["HeadBucket", "GetBucketLocation", "DeleteBucket", "ListObjectsV2"])
def test_a_missing_bucket_is_named(empty: S3, name: str) -> None:
    for bucket in ("nowhere", "no\udc80where"):
        with pytest.raises(AwsError) as error:
            empty.call(name, Bucket=bucket)
        assert _code(error) == ("NoSuchBucket", 404)
        assert error.value.members == {"BucketName": bucket}


def test_an_unexpected_owner_is_denied(s3: S3) -> None:
    with pytest.raises(AccessDenied):
        s3.call("HeadBucket", Bucket="bucket", ExpectedBucketOwner=OTHER_ACCOUNT)


def test_lists_the_buckets_of_the_callers_account(empty: S3) -> None:
    for name in ("beta", "alpha"):
        empty.call("CreateBucket", Bucket=name)
    empty.call_as(empty.as_account(OTHER_ACCOUNT), "CreateBucket", Bucket="aside")
    result = empty.call("ListBuckets")
    assert result["Buckets"] == [
        {"Name": "alpha", "CreationDate": NOW},
        {"Name": "beta", "CreationDate": NOW},
    ]
    assert len(result["Owner"]["ID"]) == 64
    assert "ContinuationToken" not in result
    other = empty.call_as(empty.as_account(OTHER_ACCOUNT), "ListBuckets")
    assert [bucket["Name"] for bucket in other["Buckets"]] == ["aside"]
    assert other["Owner"] != result["Owner"]


def test_pages_buckets_by_prefix_and_region(empty: S3) -> None:
    for number in range(5):
        empty.call("CreateBucket", Bucket=f"log-{number}")
    empty.call("CreateBucket", Bucket="other")
    empty.call("CreateBucket", Bucket="log-eu", CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
    found: list[str] = []
    token: dict[str, str] = {}
    while True:
        result = empty.call("ListBuckets", MaxBuckets=2, Prefix="log-", BucketRegion="us-east-1", **token)
        assert all(bucket["BucketRegion"] == "us-east-1" for bucket in result["Buckets"])
        assert result["Prefix"] == "log-"
        found += [bucket["Name"] for bucket in result["Buckets"]]
        if "ContinuationToken" not in result:
            break
        assert len(result["Buckets"]) == 2
        token = {"ContinuationToken": result["ContinuationToken"]}
    assert found == [f"log-{number}" for number in range(5)]


@pytest.mark.parametrize("count", [0, -1, 10_001, "many"])
def test_refuses_page_sizes_out_of_bounds(empty: S3, count: object) -> None:
    with pytest.raises(InvalidArgument) as error:
        empty.call("ListBuckets", MaxBuckets=count)
    assert error.value.members == {"ArgumentName": "max-buckets", "ArgumentValue": str(count)}
