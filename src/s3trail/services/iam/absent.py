"""What IAM knows and this server has none of: certificates, SSH keys, instance profiles, SAML providers.

Clients ask for them before they delete a user or role; the truthful answer is an empty list.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from s3trail.kernel.call import Call
from s3trail.kernel.operation import Operation, Result
from s3trail.services.iam.subjects import role_of, user_or_root
from s3trail.state.environment import Tx

__all__ = ["operations"]

_LISTS: Mapping[str, str] = {
    "ListInstanceProfiles": "InstanceProfiles",
    "ListInstanceProfilesForRole": "InstanceProfiles",
    "ListSAMLProviders": "SAMLProviderList",
    "ListSSHPublicKeys": "SSHPublicKeys",
    "ListServerCertificates": "ServerCertificateMetadataList",
    "ListServiceSpecificCredentials": "ServiceSpecificCredentials",
    "ListSigningCertificates": "Certificates",
}
"""Operation and the member of its answer."""

_ABOUT_USERS = frozenset({"ListSSHPublicKeys", "ListServiceSpecificCredentials", "ListSigningCertificates"})
_IN_ONE_PIECE = frozenset({"ListSAMLProviders"})


def operations() -> tuple[Operation, ...]:
    """The lists that are always empty."""
    return tuple(_empty_list(name, member) for name, member in _LISTS.items())


def _empty_list(name: str, member: str) -> Operation:
    answer = {member: []} if name in _IN_ONE_PIECE else {member: [], "IsTruncated": False}

    def list_nothing(tx: Tx, call: Call, params: dict[str, Any]) -> Result:
        if "RoleName" in params:
            role_of(tx, call, params)
        elif name in _ABOUT_USERS:
            user_or_root(tx, call, params)
        return answer

    return Operation("iam", name, list_nothing)
