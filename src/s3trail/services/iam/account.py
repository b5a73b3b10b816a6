"""The account as a whole: alias, summary, authorization details."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from s3trail.kernel.call import Call
from s3trail.kernel.operation import Operation, Result
from s3trail.services.iam import views
from s3trail.services.iam.access_keys import MOST_KEYS
from s3trail.services.iam.attachments import MOST_ATTACHED
from s3trail.services.iam.errors import EntityAlreadyExists, NoSuchEntity
from s3trail.services.iam.groups import MOST_GROUPS, MOST_GROUPS_OF_USER
from s3trail.services.iam.paging import page
from s3trail.services.iam.policies import LONGEST_POLICY, MOST_POLICIES, MOST_VERSIONS
from s3trail.services.iam.roles import LONGEST_TRUST_POLICY, MOST_ROLES
from s3trail.services.iam.subjects import KINDS
from s3trail.services.iam.users import MOST_USERS
from s3trail.state.config import identities
from s3trail.state.config.iam import account_aliases, mfa_devices, policies
from s3trail.state.config.iam.groups import GROUPS, Group
from s3trail.state.config.iam.managed import AWS_MANAGED
from s3trail.state.config.iam.mfa_devices import MFA_DEVICES
from s3trail.state.config.iam.oidc_providers import OIDC_PROVIDERS
from s3trail.state.config.iam.policies import POLICIES, ManagedPolicy, Usage
from s3trail.state.config.iam.roles import ROLES, Role
from s3trail.state.config.identities import User
from s3trail.state.environment import Tx

__all__ = ["operations"]

_VERSIONS_IN_USE = 10000


def operations() -> tuple[Operation, ...]:
    """The operations on accounts."""
    return (
        Operation("iam", "CreateAccountAlias", _create_alias, writes=True),
        Operation("iam", "DeleteAccountAlias", _delete_alias, writes=True),
        Operation("iam", "ListAccountAliases", _list_aliases),
        Operation("iam", "GetAccountSummary", _get_account_summary),
        Operation("iam", "GetAccountAuthorizationDetails", _get_authorization_details),
    )


def _create_alias(tx: Tx, call: Call, params: dict[str, Any]) -> Result:
    account_id, alias = call.caller.account_id, params["AccountAlias"]
    if account_aliases.owner_of(tx, alias) not in (None, account_id):
        raise EntityAlreadyExists(f"The account alias {alias} already exists.")
    account_aliases.put(tx, account_id, alias)
    return {}


def _delete_alias(tx: Tx, call: Call, params: dict[str, Any]) -> Result:
    alias = params["AccountAlias"]
    if account_aliases.owner_of(tx, alias) != call.caller.account_id:
        raise NoSuchEntity(f"The account alias {alias} cannot be found.")
    account_aliases.delete(tx, alias)
    return {}


def _list_aliases(tx: Tx, call: Call, _params: dict[str, Any]) -> Result:
    alias = account_aliases.alias_of(tx, call.caller.account_id)
    return {"AccountAliases": [] if alias is None else [alias], "IsTruncated": False}


def _get_account_summary(tx: Tx, call: Call, _params: dict[str, Any]) -> Result:
    account_id = call.caller.account_id
    own = list(POLICIES.of_account(tx, account_id))
    devices = list(MFA_DEVICES.of_account(tx, account_id))
    sizes = {f"{kind.noun}PolicySizeQuota": kind.inline_size for kind in KINDS}
    attached = {f"AttachedPoliciesPer{kind.noun}Quota": MOST_ATTACHED for kind in KINDS}
    return {
        "SummaryMap": {
            "AccessKeysPerUserQuota": MOST_KEYS,
            "AccountAccessKeysPresent": int(identities.root_key(tx, account_id) is not None),
            "AccountMFAEnabled": int(mfa_devices.root_is_protected(tx, account_id)),
            "AccountSigningCertificatesPresent": 0,
            "AssumeRolePolicySizeQuota": LONGEST_TRUST_POLICY,
            **attached,
            **sizes,
            "Groups": GROUPS.count(tx, account_id),
            "GroupsPerUserQuota": MOST_GROUPS_OF_USER,
            "GroupsQuota": MOST_GROUPS,
            "InstanceProfiles": 0,
            "MFADevices": len(devices),
            "MFADevicesInUse": sum(1 for device in devices if device.user_id),
            "Policies": len(own),
            "PoliciesQuota": MOST_POLICIES,
            "PolicySizeQuota": LONGEST_POLICY,
            "PolicyVersionsInUse": sum(len(policy.versions) for policy in own),
            "PolicyVersionsInUseQuota": _VERSIONS_IN_USE,
            "Providers": OIDC_PROVIDERS.count(tx, account_id),
            "Roles": ROLES.count(tx, account_id),
            "RolesQuota": MOST_ROLES,
            "ServerCertificates": 0,
            "Users": identities.count_users(tx, account_id),
            "UsersQuota": MOST_USERS,
            "VersionsPerPolicyQuota": MOST_VERSIONS,
        }
    }


def _get_authorization_details(tx: Tx, call: Call, params: dict[str, Any]) -> Result:
    account_id = call.caller.account_id
    usage = policies.usage(tx, account_id)
    wanted = params.get("Filter") or ()
    found = [entry for entry in _details(tx, account_id, usage) if not wanted or entry[0] in wanted]
    shown, more = page(found, params, lambda entry: f"{entry[1]}/{entry[2]}")
    answer: dict[str, Any] = {
        "UserDetailList": [],
        "GroupDetailList": [],
        "RoleDetailList": [],
        "Policies": [],
    }
    for _, member, _, value in shown:
        answer[member].append(_detail(tx, value, usage))
    return {**answer, **more}


def _details(tx: Tx, account_id: str, usage: Usage) -> Iterator[tuple[str, str, str, Any]]:
    """Filter, member of the answer, name and value of everything in the account."""
    for user in identities.users(tx, account_id):
        yield "User", "UserDetailList", user.user_name, user
    for group in GROUPS.of_account(tx, account_id):
        yield "Group", "GroupDetailList", group.group_name, group
    for role in ROLES.of_account(tx, account_id):
        yield "Role", "RoleDetailList", role.role_name, role
    for policy in POLICIES.of_account(tx, account_id):
        yield "LocalManagedPolicy", "Policies", policy.arn, policy
    for policy in AWS_MANAGED.values():
        # Of AWS's own the answer shows those in use (IAM API, GetAccountAuthorizationDetails).
        if policy.arn in usage.attachments or policy.arn in usage.boundaries:
            yield "AWSManagedPolicy", "Policies", policy.arn, policy


def _detail(tx: Tx, value: User | Group | Role | ManagedPolicy, usage: Usage) -> dict[str, Any]:
    if isinstance(value, ManagedPolicy):
        return _policy_detail(tx, value, usage)
    attached = views.attached(value.attached)
    if isinstance(value, Group):
        own = {"GroupPolicyList": views.inline(value.inline), "AttachedManagedPolicies": attached}
        return {**views.group(value), **own}
    if isinstance(value, Role):
        shown = {**views.role(value), "RolePolicyList": views.inline(value.inline), "InstanceProfileList": []}
    else:
        shown = {
            **views.user(value),
            "UserPolicyList": views.inline(value.inline),
            "GroupList": list(value.groups),
        }
    return {**shown, "AttachedManagedPolicies": attached}


def _policy_detail(tx: Tx, policy: ManagedPolicy, usage: Usage) -> dict[str, Any]:
    return {
        **views.listed_policy(policy, usage),
        "Description": policy.description,
        "PolicyVersionList": [
            {
                "Document": views.document(policies.version_document(tx, policy, version)),
                "VersionId": version,
                "IsDefaultVersion": version == policy.default,
                "CreateDate": policy.versions[version],
            }
            for version in reversed(list(policy.versions))
        ],
    }
