"""Principals: who a policy names, who calls, and how closely the one names the other.

Input is the `Principal` or `NotPrincipal` element of a resource-based policy, compiled once; a caller is
compared with it by its ARNs, account, service name or identity provider. Rules: IAM User Guide, "AWS JSON
policy elements: Principal" and "… NotPrincipal".

How closely a caller is named decides what else limits it (IAM User Guide, "Policy evaluation logic",
resource-based policies within one account):

- `ACCOUNT`: its account. The account's administrator still has to allow the call by an identity-based
  policy.
- `ROLE`: the role behind its session. The session still has to stay within the role's permissions
  boundary and the session policies.
- `DIRECT`: the caller itself, user, session or service. Nothing else has to allow the call.
- `*` names users, services and anonymous callers directly, and sessions by their role.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from s3trail.kernel.caller import Caller

__all__ = [
    "ACCOUNT",
    "DIRECT",
    "NOBODY",
    "ROLE",
    "InvalidPrincipal",
    "Principal",
    "Principals",
    "compile_principals",
    "principal_of",
]

NOBODY, ACCOUNT, ROLE, DIRECT = range(4)
"""How closely a policy names a caller, in rising order."""

_ACCOUNT_ID = re.compile(r"\d{12}", re.ASCII)
_ROOT_ARN = re.compile(r"arn:aws[a-z-]*:iam::(\d{12}):root", re.ASCII)
_PRINCIPAL_ARN = re.compile(
    r"arn:aws[a-z-]*:(iam::\d{12}:(user|role)/[^*?\s]+"
    r"|sts::\d{12}:assumed-role/[^/*?\s]+/[^/*?\s]+|sts::\d{12}:federated-user/[^/*?\s]+)",
    re.ASCII,
)
_UNIQUE_ID = re.compile(r"A(IDA|ROA)[A-Z0-9]{12,}", re.ASCII)
_SERVICE = re.compile(r"[a-z0-9-]+(\.[a-z0-9-]+)*\.amazonaws\.com(\.cn)?", re.ASCII)
_FEDERATED = re.compile(
    r"arn:aws[a-z-]*:iam::\d{12}:(oidc|saml)-provider/[^*\s]+|[a-z0-9-]+(\.[a-z0-9-]+)+", re.ASCII
)
_CANONICAL_USER = re.compile(r"[0-9a-f]{64}", re.ASCII)


class InvalidPrincipal(ValueError):
    """The element names no principals; the text says what is wrong."""


@dataclass(frozen=True, slots=True)
class Principal:
    """A caller, as policies may name it. Empty members name nobody."""

    account: str = ""
    """Account id."""
    arn: str = ""
    """Its own ARN: root, user, role session, federated session."""
    role: str = ""
    """ARN of the role (or of the user, for a federated session) whose permissions the session has."""
    unique_id: str = ""
    """`AIDA…`, or `AROA…` of the role: what is left in a policy of a principal that was deleted."""
    service: str = ""
    """`cloudtrail.amazonaws.com`."""
    federated: str = ""
    """Identity provider that vouches for a caller without AWS credentials."""
    canonical_user: str = ""
    """Canonical user id of the account (S3)."""


def principal_of(caller: Caller, *, federated: str = "", canonical_user: str = "") -> Principal:
    """The principal that a caller is.

    Args:
        caller: who calls; a session carries the role's ARN in `sessionIssuer`.
        federated: provider of the web identity or SAML assertion that a call to STS carries.
        canonical_user: canonical user id of the caller's account, where S3 knows it.
    """
    if caller.anonymous:
        return Principal(federated=federated)
    if caller.type == "AWSService":
        return Principal(account=caller.account_id, service=caller.invoked_by)
    issuer = caller.session.get("sessionIssuer") if caller.session else None
    role = issuer.get("arn", "") if isinstance(issuer, Mapping) else ""
    return Principal(
        account=caller.account_id,
        arn=caller.arn,
        role=role if role != caller.arn else "",
        unique_id=caller.principal_id.partition(":")[0],
        federated=federated,
        canonical_user=canonical_user,
    )


@dataclass(frozen=True, slots=True)
class Principals:
    """The principals that an element lists."""

    anyone: bool = False
    """`*`, or `{"AWS": "*"}`, which means the same."""
    excluded: bool = False
    """True for `NotPrincipal`: everyone but these."""
    accounts: frozenset[str] = frozenset()
    arns: frozenset[str] = frozenset()
    """ARNs of users, roles and sessions; unique ids of deleted ones."""
    services: frozenset[str] = frozenset()
    federated: frozenset[str] = frozenset()
    canonical_users: frozenset[str] = frozenset()

    def names(self, principal: Principal) -> int:
        """How closely the element names the caller: `NOBODY`, `ACCOUNT`, `ROLE` or `DIRECT`."""
        if self.excluded:
            return NOBODY if self._lists_all_of(principal) else self._anyone(principal)
        if principal.arn and principal.arn in self.arns:
            return DIRECT
        if self.anyone:
            return self._anyone(principal)
        if principal.service:
            return DIRECT if principal.service in self.services else NOBODY
        if principal.federated and principal.federated in self.federated:
            return DIRECT
        if principal.role and principal.role in self.arns:
            return ROLE
        if principal.unique_id and principal.unique_id in self.arns:
            return ROLE if principal.role else DIRECT
        if principal.account in self.accounts or principal.canonical_user in self.canonical_users:
            # The root user is its account.
            return DIRECT if principal.arn.endswith(":root") else ACCOUNT
        return NOBODY

    @staticmethod
    def _anyone(principal: Principal) -> int:
        return ROLE if principal.role else DIRECT

    def _lists_all_of(self, principal: Principal) -> bool:
        """`NotPrincipal` spares a caller only if it lists its account, its role and itself."""
        if self.anyone:
            return True
        if principal.service:
            return principal.service in self.services
        if principal.federated in self.federated and principal.federated:
            return True
        if not principal.account or principal.account not in self.accounts:
            return False
        if principal.arn.endswith(":root"):
            return True
        return principal.arn in self.arns and (not principal.role or principal.role in self.arns)


def compile_principals(element: Any, *, excluded: bool = False) -> Principals:
    """Compile a `Principal` element (or `NotPrincipal`, with `excluded`).

    Raises:
        InvalidPrincipal: it lists nobody, or something that is no principal.
    """
    if element == "*":
        return Principals(anyone=True, excluded=excluded)
    if not isinstance(element, Mapping) or not element:
        raise InvalidPrincipal("must be * or an object")
    accounts: set[str] = set()
    arns: set[str] = set()
    anyone = False
    named: dict[str, frozenset[str]] = {}
    for kind, value in element.items():
        names = [value] if isinstance(value, str) else value
        if not isinstance(names, list) or not names or not all(isinstance(name, str) for name in names):
            raise InvalidPrincipal(f"{kind} must hold strings")
        if kind == "AWS":
            for name in names:
                if name == "*":
                    anyone = True
                elif root := _ROOT_ARN.fullmatch(name):
                    accounts.add(root[1])
                elif _ACCOUNT_ID.fullmatch(name):
                    accounts.add(name)
                elif _PRINCIPAL_ARN.fullmatch(name) or _UNIQUE_ID.fullmatch(name):
                    arns.add(name)
                else:
                    raise InvalidPrincipal(f'"AWS":"{name}"')
            continue
        form = _FORMS.get(kind)
        if form is None:
            raise InvalidPrincipal(f"{kind} is no kind of principal")
        for name in names:
            if not form.fullmatch(name):
                raise InvalidPrincipal(f'"{kind}":"{name}"')
        named[kind] = frozenset(names)
    return Principals(
        anyone=anyone,
        excluded=excluded,
        accounts=frozenset(accounts),
        arns=frozenset(arns),
        services=named.get("Service", frozenset()),
        federated=named.get("Federated", frozenset()),
        canonical_users=named.get("CanonicalUser", frozenset()),
    )


_FORMS = {"Service": _SERVICE, "Federated": _FEDERATED, "CanonicalUser": _CANONICAL_USER}
