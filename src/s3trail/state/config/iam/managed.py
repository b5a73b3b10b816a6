"""AWS managed policies: the ones that concern what is here, under AWS's own names and ARNs.

Their documents follow the AWS Managed Policy Reference Guide, cut to the services that this server offers.
They are part of the program, not of the data directory, so that they need no upgrade.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from s3trail.state.config.iam.policies import AWS_OWNED, POLICIES, ManagedPolicy, split_arn
from s3trail.state.environment import Tx

__all__ = ["AWS_MANAGED", "find"]

_LAUNCH = 1423222799.0
"""2015-02-06T11:39:59Z, about when AWS made the oldest of them."""

_S3_READS = ("s3:Get*", "s3:List*", "s3:Describe*")
_CLOUDTRAIL_READS = (
    "cloudtrail:Describe*",
    "cloudtrail:Get*",
    "cloudtrail:List*",
    "cloudtrail:LookupEvents",
)
_IAM_READS = (
    "iam:GenerateCredentialReport",
    "iam:GenerateServiceLastAccessedDetails",
    "iam:Get*",
    "iam:List*",
    "iam:SimulateCustomPolicy",
    "iam:SimulatePrincipalPolicy",
)


def _allow(*actions: str, resource: str | list[str] = "*", **more: Any) -> dict[str, Any]:
    return {"Effect": "Allow", "Action": list(actions), "Resource": resource, **more}


def _policy(number: int, name: str, description: str, *statements: Mapping[str, Any]) -> ManagedPolicy:
    document = json.dumps({"Version": "2012-10-17", "Statement": statements}, indent=4)
    return ManagedPolicy(
        account_id=AWS_OWNED,
        policy_name=name,
        policy_id=f"ANPAS3TRAILAWS{number:07d}",
        created=_LAUNCH,
        updated=_LAUNCH,
        document=document,
        versions={"v1": _LAUNCH},
        description=description,
    )


AWS_MANAGED: Mapping[str, ManagedPolicy] = {
    policy.arn: policy
    for policy in (
        _policy(
            1,
            "AdministratorAccess",
            "Provides full access to AWS services and resources.",
            _allow("*"),
        ),
        _policy(
            2,
            "AmazonS3FullAccess",
            "Provides full access to all buckets via the AWS Management Console.",
            _allow("s3:*"),
        ),
        _policy(
            3,
            "AmazonS3ReadOnlyAccess",
            "Provides read only access to all buckets via the AWS Management Console.",
            _allow(*_S3_READS),
        ),
        _policy(
            4,
            "AWSCloudTrail_FullAccess",
            "Provides full access to AWS CloudTrail.",
            _allow(
                "sns:AddPermission",
                "sns:CreateTopic",
                "sns:SetTopicAttributes",
                "sns:GetTopicAttributes",
                resource=["arn:aws:sns:*:*:aws-cloudtrail-logs*"],
            ),
            _allow("sns:ListTopics"),
            _allow(
                "s3:CreateBucket",
                "s3:PutBucketPolicy",
                "s3:PutBucketPublicAccessBlock",
                resource=["arn:aws:s3:::aws-cloudtrail-logs*"],
            ),
            _allow("s3:ListAllMyBuckets", "s3:GetBucketLocation", "s3:GetBucketPolicy"),
            _allow("cloudtrail:*"),
            _allow("logs:CreateLogGroup", resource=["arn:aws:logs:*:*:log-group:aws-cloudtrail-logs*"]),
            _allow("iam:ListRoles", "iam:GetRolePolicy", "iam:GetUser"),
            _allow(
                "iam:PassRole",
                Condition={"StringEquals": {"iam:PassedToService": "cloudtrail.amazonaws.com"}},
            ),
            _allow("lambda:ListFunctions"),
        ),
        _policy(
            5,
            "AWSCloudTrail_ReadOnlyAccess",
            "Provides read only access to AWS CloudTrail.",
            _allow(*_CLOUDTRAIL_READS),
        ),
        _policy(
            6,
            "IAMFullAccess",
            "Provides full access to IAM via the AWS Management Console.",
            _allow("iam:*"),
        ),
        _policy(
            7,
            "IAMReadOnlyAccess",
            "Provides read only access to IAM via the AWS Management Console.",
            _allow(*_IAM_READS),
        ),
        _policy(
            8,
            "ReadOnlyAccess",
            "Provides read-only access to AWS services and resources.",
            _allow(
                "athena:BatchGet*",
                "athena:Get*",
                "athena:List*",
                *_CLOUDTRAIL_READS,
                "cloudwatch:Describe*",
                "cloudwatch:Get*",
                "cloudwatch:List*",
                "events:Describe*",
                "events:List*",
                "events:Test*",
                "glacier:Describe*",
                "glacier:Get*",
                "glacier:List*",
                *_IAM_READS,
                "lambda:Get*",
                "lambda:List*",
                "logs:Describe*",
                "logs:FilterLogEvents",
                "logs:Get*",
                "logs:List*",
                "logs:StartQuery",
                "logs:StopQuery",
                "logs:TestMetricFilter",
                *_S3_READS,
                "sns:Get*",
                "sns:List*",
                "sts:GetAccessKeyInfo",
                "sts:GetCallerIdentity",
                "sts:GetSessionToken",
            ),
        ),
    )
}
"""By ARN."""


def find(tx: Tx, arn: str) -> ManagedPolicy | None:
    """The managed policy of an ARN, AWS's or an account's; None when there is none."""
    account_id, name = split_arn(arn)
    if account_id == AWS_OWNED:
        return AWS_MANAGED.get(arn)
    policy = POLICIES.find(tx, account_id, name) if name else None
    return policy if policy is not None and policy.arn == arn else None
