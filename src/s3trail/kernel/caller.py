"""Who makes a call, as far as authentication could tell."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, NamedTuple

__all__ = ["ANONYMOUS", "ANONYMOUS_PRINCIPAL", "UNKNOWN", "Caller", "Rights", "TemporaryCredentials"]

Rights = str
"""`admin` (all of its account), `read-only` or `none`; root callers are always `admin`."""

ANONYMOUS_PRINCIPAL = "ANONYMOUS_PRINCIPAL"
"""What CloudTrail writes for a caller without credentials (reference sheet, section 2)."""


@dataclass(frozen=True, slots=True)
class TemporaryCredentials:
    """What temporary credentials carry besides an identity: what policies and conditions ask for."""

    issued: float
    """Epoch seconds when they were made."""
    expires: float
    """Epoch seconds when they end."""
    principal_id: str
    """Unique id of whose permissions they have: `AIDA…` of a user, `AROA…` of a role, root's account id."""
    mfa_authenticated: bool = False
    """Whether an MFA code was shown when they were made."""
    source_identity: str = ""
    """Set when the role was assumed; kept through role chaining."""
    tags: Mapping[str, str] = field(default_factory=dict)
    """Session tags; they win over the tags of the user or role."""
    transitive_tags: tuple[str, ...] = ()
    """Keys of the session tags that go on to a role which this session assumes."""
    federated_provider: str = ""
    """ARN of the identity provider that vouched for the caller; `aws:FederatedProvider`."""
    policy: str = ""
    """Inline session policy as JSON; empty without one."""
    policy_arns: tuple[str, ...] = ()
    """Managed policies given as session policies."""
    limited: bool = False
    """True when only what a session policy allows is allowed; true for federation tokens even without any."""


class Caller(NamedTuple):
    """An identity, named with CloudTrail's `userIdentity` words."""

    type: str
    """`Root`, `IAMUser`, `AssumedRole`, `AWSAccount` (anonymous), `AWSService`, `Unknown`, ..."""
    account_id: str = ""
    """Twelve digits; empty for AWSService and Unknown."""
    principal_id: str = ""
    """`AIDA…` of a user, the account id of root, `ANONYMOUS_PRINCIPAL`; empty when there is none."""
    arn: str = ""
    """Empty for anonymous, AWSService and Unknown callers."""
    access_key_id: str = ""
    """The key that signed the call (also for Unknown, if it is one by its form)."""
    user_name: str = ""
    """IAM user name."""
    invoked_by: str = ""
    """Service principal, such as `cloudtrail.amazonaws.com`, when a service acts."""
    rights: Rights = "none"
    """What the caller may do in its own account until policies decide."""
    session: Mapping[str, Any] = MappingProxyType({})
    """`sessionContext` as it goes into the record; empty without temporary credentials."""
    temporary: TemporaryCredentials | None = None
    """What the temporary credentials say besides; None for a call with lasting credentials or none."""
    further: Mapping[str, Any] = MappingProxyType({})
    """Further members of `userIdentity` as they go into the record: `onBehalfOf`, `credentialId`,
    `identityProvider`."""

    @property
    def anonymous(self) -> bool:
        """True for a call without credentials."""
        return self.principal_id == ANONYMOUS_PRINCIPAL


ANONYMOUS = Caller(type="AWSAccount", account_id=ANONYMOUS_PRINCIPAL, principal_id=ANONYMOUS_PRINCIPAL)
"""The caller of an unsigned request."""

UNKNOWN = Caller(type="Unknown")
"""A caller whom nobody has vouched for yet."""
