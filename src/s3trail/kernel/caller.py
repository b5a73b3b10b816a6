"""Who makes a call, as far as authentication could tell."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, NamedTuple

__all__ = ["ANONYMOUS", "ANONYMOUS_PRINCIPAL", "Caller", "Rights"]

Rights = str
"""`admin` (all of its account), `read-only` or `none`; root callers are always `admin`."""

ANONYMOUS_PRINCIPAL = "ANONYMOUS_PRINCIPAL"
"""What CloudTrail writes for a caller without credentials (reference sheet, section 2)."""


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

    @property
    def anonymous(self) -> bool:
        """True for a call without credentials."""
        return self.principal_id == ANONYMOUS_PRINCIPAL


ANONYMOUS = Caller(type="AWSAccount", account_id=ANONYMOUS_PRINCIPAL, principal_id=ANONYMOUS_PRINCIPAL)
"""The caller of an unsigned request."""
