"""`s3trail trail quickstart`: bucket, bucket policy, trail, selectors, started: what the AWS console does.

It is a client of the running server like any other, signed with root's key, so that each of its calls is
recorded. What is there already is used again, so that it may be repeated.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import TYPE_CHECKING, Annotated, Any

import typer

from s3trail.cli import options

if TYPE_CHECKING:
    from s3trail.config import Settings

__all__ = ["bucket_policy", "trail"]

trail = typer.Typer(help="Trails.", no_args_is_help=True, rich_markup_mode=None)

_SERVICE = {"Service": "cloudtrail.amazonaws.com"}


@trail.callback()
def _trail() -> None:
    """Trails that deliver log files."""


@trail.command("quickstart")
def quickstart(
    name: Annotated[str, typer.Argument(help="The trail's name.")],
    bucket: Annotated[
        str | None,
        typer.Option(metavar="B", help="Bucket for the log files; default: cloudtrail-logs-ACCOUNT-NAME."),
    ] = None,
    data_events: Annotated[
        list[str] | None,
        typer.Option(
            metavar="BUCKET/PREFIX", help="Object calls to record too; `all`: of every bucket. Repeatable."
        ),
    ] = None,
    validate: Annotated[bool, typer.Option("--validate", help="Deliver signed digests too.")] = False,
    data: options.Data = None,
    config: options.ConfigFile = None,
    output: Annotated[
        options.Report, typer.Option("--output", "-o", help="Form of the output.")
    ] = options.Report.text,
) -> None:
    """Make a trail with its bucket and policy, and start it. The server must run."""
    settings = options.settings(config, data=data)
    client, account_id = _clients(settings)
    s3, cloudtrail = client("s3"), client("cloudtrail")
    bucket = bucket or f"cloudtrail-logs-{account_id}-{name}".lower().replace("_", "-")[:63].rstrip("-.")
    arn = f"arn:aws:cloudtrail:{settings.server.region}:{account_id}:trail/{name}"
    if not _made(
        lambda: s3.create_bucket(**_place(bucket, settings.server.region)), "BucketAlreadyOwnedByYou"
    ):
        _answer(lambda: s3.head_bucket(Bucket=bucket))
    policy = json.dumps(bucket_policy(bucket, account_id, arn))
    existing = _existing_policy(s3, bucket)
    if existing is None:
        _answer(lambda: s3.put_bucket_policy(Bucket=bucket, Policy=policy))
    wanted = {"S3BucketName": bucket, "EnableLogFileValidation": validate}
    if not _made(lambda: cloudtrail.create_trail(Name=name, **wanted), "TrailAlreadyExistsException"):
        _answer(lambda: cloudtrail.update_trail(Name=name, **wanted))
    if data_events:
        selectors = [_selector(data_events)]
        _answer(lambda: cloudtrail.put_event_selectors(TrailName=name, EventSelectors=selectors))
    _answer(lambda: cloudtrail.start_logging(Name=name))
    if output is options.Report.json:
        print(json.dumps({"TrailARN": arn, "S3BucketName": bucket, "IsLogging": True}))
        return
    print(f"trail {name} records into s3://{bucket}/AWSLogs/{account_id}/")
    print(f"the first log file comes within {settings.trails.delivery_interval:g} s of an event; see")
    print(f"  aws cloudtrail get-trail-status --name {name}")
    print(f"  aws s3 ls --recursive s3://{bucket}")


def bucket_policy(bucket: str, account_id: str, trail_arn: str) -> dict[str, Any]:
    """The policy by which a trail may write into a bucket.

    As in the CloudTrail User Guide, "Amazon S3 bucket policy for CloudTrail".
    """
    source = {"aws:SourceArn": trail_arn}
    return {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Sid": "AWSCloudTrailAclCheck",
                "Effect": "Allow",
                "Principal": _SERVICE,
                "Action": "s3:GetBucketAcl",
                "Resource": f"arn:aws:s3:::{bucket}",
                "Condition": {"StringEquals": source},
            },
            {
                "Sid": "AWSCloudTrailWrite",
                "Effect": "Allow",
                "Principal": _SERVICE,
                "Action": "s3:PutObject",
                "Resource": f"arn:aws:s3:::{bucket}/AWSLogs/{account_id}/*",
                "Condition": {"StringEquals": {"s3:x-amz-acl": "bucket-owner-full-control", **source}},
            },
        ],
    }


def _clients(settings: Settings) -> tuple[Callable[[str], Any], str]:
    """Makes clients of the server with root's key; and root's account id."""
    import botocore.session

    from s3trail.cli.directory import endpoint, open_environment, open_secrets
    from s3trail.state.config import identities

    with open_environment(settings.data) as environment, environment.read() as tx:
        account = identities.first_account(tx)
        key = identities.root_key(tx, account.account_id) if account else None
        if account is None or key is None:
            raise options.Failure(f"no account has a root key in {settings.data}")
        secret = key.secret(open_secrets(settings.data))
    session = botocore.session.get_session()
    url = endpoint(settings)

    def client(service: str) -> Any:
        return session.create_client(
            service,
            region_name=settings.server.region,
            endpoint_url=url,
            aws_access_key_id=key.key_id,
            aws_secret_access_key=secret,
        )

    return client, account.account_id


def _place(bucket: str, region: str) -> dict[str, Any]:
    if region == "us-east-1":
        return {"Bucket": bucket}
    return {"Bucket": bucket, "CreateBucketConfiguration": {"LocationConstraint": region}}


def _existing_policy(s3: Any, bucket: str) -> str | None:
    from botocore.exceptions import ClientError

    try:
        return str(s3.get_bucket_policy(Bucket=bucket)["Policy"])
    except ClientError as error:
        if error.response["Error"]["Code"] == "NoSuchBucketPolicy":
            return None
        raise _refused(error) from error


def _made(call: Callable[[], Any], there: str) -> bool:
    """Carry out a call; False when it fails with the code that says that the thing is there already."""
    from botocore.exceptions import ClientError

    try:
        _answer(call)
    except options.Failure as failure:
        cause = failure.__cause__
        if isinstance(cause, ClientError) and cause.response["Error"]["Code"] == there:
            return False
        raise
    return True


def _answer(call: Callable[[], Any]) -> Any:
    """The answer of a call.

    Raises:
        Failure: it was refused, or the server doesn't answer.
    """
    from botocore.exceptions import BotoCoreError, ClientError

    try:
        return call()
    except ClientError as error:
        raise _refused(error) from error
    except BotoCoreError as error:
        raise options.Failure(f"the server doesn't answer: {error}") from error


def _refused(error: Any) -> options.Failure:
    told = error.response["Error"]
    return options.Failure(f"{error.operation_name}: {told['Code']}: {told['Message']}")


def _selector(places: list[str]) -> dict[str, Any]:
    """A basic selector: all management events, and the object calls of some places."""
    values = []
    for place in places:
        bucket, slash, prefix = place.partition("/")
        values.append("arn:aws:s3" if place == "all" else f"arn:aws:s3:::{bucket}/{prefix if slash else ''}")
    return {
        "ReadWriteType": "All",
        "IncludeManagementEvents": True,
        "DataResources": [{"Type": "AWS::S3::Object", "Values": values}],
    }
