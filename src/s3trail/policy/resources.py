"""ARN of what an operation is about, as policies name it.

Input are service, operation and the operation's parameters; output is one ARN, or `*` for operations
without a resource of their own. Source: Service Authorization Reference, the "Resource types" of each
service, and the ARNs that the services' refusals quote: a log group's ends in `:log-stream:`, `ListVaults`
is about `vaults/`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import unquote

from s3trail.kernel.arn import bucket_arn, object_arn

__all__ = ["copy_source", "resource_of"]

_EVERY_BUCKET = "arn:aws:s3:::*"


@dataclass(frozen=True, slots=True)
class _Rules:
    """How a service's resources are found."""

    operations: Mapping[str, str] = field(default_factory=dict)
    """Operation to ARN, where its parameters don't tell."""
    members: tuple[tuple[str, str], ...] = ()
    """Parameter to ARN, in order of preference; a parameter that is an ARN already is taken as it is."""


_RULES = {
    "glacier": _Rules(
        operations={"ListVaults": "arn:aws:glacier:{region}:{account}:vaults/"},
        members=(("vaultName", "arn:aws:glacier:{region}:{account}:vaults/{value}"),),
    ),
    "sts": _Rules(
        members=(
            ("RoleArn", "{value}"),
            ("TargetPrincipal", "arn:aws:iam::{value}:root"),
            ("Name", "arn:aws:sts::{account}:federated-user/{value}"),
        ),
    ),
    "cloudtrail": _Rules(
        operations={
            "CreateEventDataStore": "arn:aws:cloudtrail:{region}:{account}:eventdatastore/*",
            "CreateChannel": "arn:aws:cloudtrail:{region}:{account}:channel/*",
            "CreateDashboard": "arn:aws:cloudtrail:{region}:{account}:dashboard/{Name}",
        },
        members=(
            ("EventDataStore", "arn:aws:cloudtrail:{region}:{account}:eventdatastore/{value}"),
            ("Channel", "arn:aws:cloudtrail:{region}:{account}:channel/{value}"),
            ("DashboardId", "arn:aws:cloudtrail:{region}:{account}:dashboard/{value}"),
            ("ResourceArn", "{value}"),
            ("ResourceId", "{value}"),
            ("TrailName", "arn:aws:cloudtrail:{region}:{account}:trail/{value}"),
            ("Name", "arn:aws:cloudtrail:{region}:{account}:trail/{value}"),
        ),
    ),
    "logs": _Rules(
        operations={
            "DescribeLogGroups": "arn:aws:logs:{region}:{account}:log-group::log-stream:",
            "ListLogGroups": "arn:aws:logs:{region}:{account}:log-group::log-stream:",
            "PutDestination": "arn:aws:logs:{region}:{account}:destination:{destinationName}",
            "PutDestinationPolicy": "arn:aws:logs:{region}:{account}:destination:{destinationName}",
            "DeleteDestination": "arn:aws:logs:{region}:{account}:destination:{destinationName}",
        },
        members=(
            ("logGroupName", "arn:aws:logs:{region}:{account}:log-group:{value}:log-stream:"),
            ("logGroupIdentifier", "arn:aws:logs:{region}:{account}:log-group:{value}:log-stream:"),
            ("resourceArn", "{value}"),
        ),
    ),
    "cloudwatch": _Rules(
        operations={
            "DescribeAlarms": "arn:aws:cloudwatch:{region}:{account}:alarm:*",
            "DescribeAlarmHistory": "arn:aws:cloudwatch:{region}:{account}:alarm:*",
            "DescribeInsightRules": "*",
            "PutMetricStream": "arn:aws:cloudwatch:{region}:{account}:metric-stream/{Name}",
            "GetMetricStream": "arn:aws:cloudwatch:{region}:{account}:metric-stream/{Name}",
            "DeleteMetricStream": "arn:aws:cloudwatch:{region}:{account}:metric-stream/{Name}",
        },
        members=(
            ("AlarmName", "arn:aws:cloudwatch:{region}:{account}:alarm:{value}"),
            ("AlarmNames", "arn:aws:cloudwatch:{region}:{account}:alarm:{value}"),
            ("DashboardName", "arn:aws:cloudwatch::{account}:dashboard/{value}"),
            ("DashboardNames", "arn:aws:cloudwatch::{account}:dashboard/{value}"),
            ("RuleName", "arn:aws:cloudwatch:{region}:{account}:insight-rule/{value}"),
            ("RuleNames", "arn:aws:cloudwatch:{region}:{account}:insight-rule/{value}"),
            ("ResourceARN", "{value}"),
        ),
    ),
    "events": _Rules(
        operations={
            "ListRules": "arn:aws:events:{region}:{account}:rule/*",
            "ListRuleNamesByTarget": "arn:aws:events:{region}:{account}:rule/*",
            "CreateEventBus": "arn:aws:events:{region}:{account}:event-bus/{Name}",
            "DeleteEventBus": "arn:aws:events:{region}:{account}:event-bus/{Name}",
            "UpdateEventBus": "arn:aws:events:{region}:{account}:event-bus/{Name}",
            "CreateConnection": "arn:aws:events:{region}:{account}:connection/{Name}",
            "DescribeConnection": "arn:aws:events:{region}:{account}:connection/{Name}",
            "UpdateConnection": "arn:aws:events:{region}:{account}:connection/{Name}",
            "DeleteConnection": "arn:aws:events:{region}:{account}:connection/{Name}",
            "CreateApiDestination": "arn:aws:events:{region}:{account}:api-destination/{Name}",
            "DescribeApiDestination": "arn:aws:events:{region}:{account}:api-destination/{Name}",
            "UpdateApiDestination": "arn:aws:events:{region}:{account}:api-destination/{Name}",
            "DeleteApiDestination": "arn:aws:events:{region}:{account}:api-destination/{Name}",
        },
        members=(
            ("ResourceARN", "{value}"),
            ("ArchiveName", "arn:aws:events:{region}:{account}:archive/{value}"),
            ("ReplayName", "arn:aws:events:{region}:{account}:replay/{value}"),
        ),
    ),
    "sns": _Rules(
        operations={
            "CreateTopic": "arn:aws:sns:{region}:{account}:{Name}",
            "ListTopics": "arn:aws:sns:{region}:{account}:*",
            "ListSubscriptions": "arn:aws:sns:{region}:{account}:*",
        },
        members=(("TopicArn", "{value}"), ("TargetArn", "{value}"), ("ResourceArn", "{value}")),
    ),
    "lambda": _Rules(
        members=(
            ("FunctionName", "arn:aws:lambda:{region}:{account}:function:{value}"),
            ("LayerName", "arn:aws:lambda:{region}:{account}:layer:{value}"),
            ("UUID", "arn:aws:lambda:{region}:{account}:event-source-mapping:{value}"),
            ("CodeSigningConfigArn", "{value}"),
            ("Resource", "{value}"),
            ("ResourceArn", "{value}"),
        ),
    ),
    "athena": _Rules(
        operations={
            "CreateWorkGroup": "arn:aws:athena:{region}:{account}:workgroup/{Name}",
            "CreateDataCatalog": "arn:aws:athena:{region}:{account}:datacatalog/{Name}",
            "DeleteDataCatalog": "arn:aws:athena:{region}:{account}:datacatalog/{Name}",
            "GetDataCatalog": "arn:aws:athena:{region}:{account}:datacatalog/{Name}",
            "UpdateDataCatalog": "arn:aws:athena:{region}:{account}:datacatalog/{Name}",
            "ListDataCatalogs": "*",
            "ListWorkGroups": "*",
            "ListEngineVersions": "*",
        },
        members=(
            ("WorkGroup", "arn:aws:athena:{region}:{account}:workgroup/{value}"),
            ("CatalogName", "arn:aws:athena:{region}:{account}:datacatalog/{value}"),
            ("ResourceARN", "{value}"),
        ),
    ),
}

_ATHENA_QUERIES = frozenset(
    {
        "StartQueryExecution",
        "StopQueryExecution",
        "GetQueryExecution",
        "GetQueryResults",
        "GetQueryRuntimeStatistics",
        "BatchGetQueryExecution",
        "ListQueryExecutions",
        "CreateNamedQuery",
        "GetNamedQuery",
        "DeleteNamedQuery",
        "ListNamedQueries",
        "BatchGetNamedQuery",
    }
)
"""Operations on queries belong to a workgroup; `primary` when the parameters name none."""

_IAM_KINDS = (
    ("GroupName", "group"),
    ("InstanceProfileName", "instance-profile"),
    ("UserName", "user"),
    ("RoleName", "role"),
    ("PolicyArn", "policy"),
    ("PolicyName", "policy"),
    ("OpenIDConnectProviderArn", "oidc-provider"),
    ("SAMLProviderArn", "saml-provider"),
    ("SerialNumber", "mfa"),
    ("VirtualMFADeviceName", "mfa"),
    ("PolicySourceArn", "policy"),
)
"""Parameter to kind of resource. AddUserToGroup is about the group, AttachUserPolicy about the user."""

_IAM_LISTS = {
    "ListUsers": "user/",
    "ListRoles": "role/",
    "ListGroups": "group/",
    "ListPolicies": "policy/",
    "ListInstanceProfiles": "instance-profile/",
}


def resource_of(
    service: str,
    operation: str,
    params: Mapping[str, Any],
    region: str,
    account: str,
    *,
    path_of: Callable[[str, str], str] | None = None,
    own_user: str = "",
) -> str:
    """The ARN that an operation is about.

    Args:
        service: botocore's service name. operation: name in the service's model. params: input members by
            model name. region: the call's region. account: account that the resource belongs to, where its
            ARN says so. path_of: path of an IAM user, role, group or policy (`("user", "alice")` gives
            `/staff/`); without it, or for what doesn't exist yet, the `Path` parameter or `/`. own_user:
            name of the calling user, whom IAM's operations without `UserName` are about.
    """
    if service == "s3":
        return _of_s3(params)
    if service == "iam":
        return _of_iam(operation, params, account, path_of, own_user)
    if service == "events":
        found = _of_events(operation, params, region, account)
        if found:
            return found
    rules = _RULES.get(service)
    if rules is None:
        return "*"
    known = rules.operations.get(operation)
    if known is not None:
        return known.format_map(_Filled(_texts(params), region=region, account=account))
    for member, form in rules.members:
        value = params.get(member)
        if isinstance(value, list) and value:
            value = value[0]
        if isinstance(value, str) and value:
            return _arn(service, params, value, form, region, account)
    if service == "athena" and operation in _ATHENA_QUERIES:
        return f"arn:aws:athena:{region}:{account}:workgroup/primary"
    return "*"


def copy_source(params: Mapping[str, Any]) -> tuple[str, str, str]:
    """Bucket, key and version id of `CopySource`, given as `bucket/key?versionId=…` or as a mapping."""
    source = params.get("CopySource") or ""
    if isinstance(source, Mapping):
        return source.get("Bucket", ""), source.get("Key", ""), source.get("VersionId", "")
    path, _, query = source.partition("?versionId=")
    bucket, _, key = unquote(path).lstrip("/").partition("/")
    return bucket, key, query


def _of_s3(params: Mapping[str, Any]) -> str:
    bucket, key = params.get("Bucket"), params.get("Key")
    if not bucket:
        return _EVERY_BUCKET
    return object_arn(bucket, key) if key else bucket_arn(bucket)


def _of_iam(
    operation: str,
    params: Mapping[str, Any],
    account: str,
    path_of: Callable[[str, str], str] | None,
    own_user: str,
) -> str:
    if operation in _IAM_LISTS:
        return f"arn:aws:iam::{account}:{_IAM_LISTS[operation]}"
    for member, kind in _IAM_KINDS:
        value = params.get(member)
        if not value:
            continue
        if value.startswith("arn:"):
            return str(value)
        path = params.get("Path") or (path_of(kind, value) if path_of is not None else "/")
        return f"arn:aws:iam::{account}:{kind}{path}{value}"
    if own_user and operation in _ABOUT_ONESELF:
        path = path_of("user", own_user) if path_of is not None else "/"
        return f"arn:aws:iam::{account}:user{path}{own_user}"
    return "*"


_ABOUT_ONESELF = frozenset(
    {
        "GetUser",
        "ChangePassword",
        "CreateAccessKey",
        "UpdateAccessKey",
        "DeleteAccessKey",
        "ListAccessKeys",
        "GetAccessKeyLastUsed",
        "ListMFADevices",
        "CreateLoginProfile",
        "GetLoginProfile",
        "UpdateLoginProfile",
        "DeleteLoginProfile",
    }
)


def _of_events(operation: str, params: Mapping[str, Any], region: str, account: str) -> str:
    """A rule's bus is part of its ARN unless it is `default`. Empty when the operation is about no rule."""
    bus = str(params.get("EventBusName") or "default")
    rule = params.get("Rule") or (params.get("Name") if operation in _ON_RULES else None)
    if rule:
        bus = bus.rpartition("/")[2]
        within = "" if bus == "default" else f"{bus}/"
        return f"arn:aws:events:{region}:{account}:rule/{within}{rule}"
    if operation in ("PutEvents", "PutPermission", "RemovePermission", "DescribeEventBus"):
        entries = params.get("Entries")
        if operation == "PutEvents" and entries:
            bus = str(entries[0].get("EventBusName") or "default")
        elif operation == "DescribeEventBus":
            bus = str(params.get("Name") or "default")
        return bus if bus.startswith("arn:") else f"arn:aws:events:{region}:{account}:event-bus/{bus}"
    return ""


_ON_RULES = frozenset({"PutRule", "DeleteRule", "DescribeRule", "EnableRule", "DisableRule"})


def _arn(service: str, params: Mapping[str, Any], value: str, form: str, region: str, account: str) -> str:
    if service == "lambda" and "function:" in form:
        return _function_arn(value, params.get("Qualifier"), region, account)
    if service == "logs" and "log-group:" in form:
        group = value.partition(":log-group:")[2].removesuffix(":*") if value.startswith("arn:") else value
        stream = params.get("logStreamName") or ""
        return f"arn:aws:logs:{region}:{account}:log-group:{group}:log-stream:{stream}"
    return value if value.startswith("arn:") else form.format(region=region, account=account, value=value)


def _function_arn(name: str, qualifier: Any, region: str, account: str) -> str:
    """Of a function's name, `name:qualifier`, `account:function:name`, or its ARN."""
    if not name.startswith("arn:"):
        name = f"arn:aws:lambda:{region}:{account}:function:{name.rpartition('function:')[2]}"
    if isinstance(qualifier, str) and qualifier and name.count(":") == 6:
        name = f"{name}:{qualifier}"
    return name


class _Filled(dict[str, str]):
    """Values of an ARN's places; one that the parameters leave open is `*`."""

    def __missing__(self, key: str) -> str:
        return "*"


def _texts(params: Mapping[str, Any]) -> dict[str, str]:
    return {name: value for name, value in params.items() if isinstance(value, str)}
