"""Credentials handed out: the `Credentials` member of an answer, and the record's `sessionContext`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from s3trail.kernel.caller import Caller
from s3trail.kernel.clock import Clock, iso_seconds
from s3trail.kernel.ids import Ids
from s3trail.state.config import sessions
from s3trail.state.config.secrets import Secrets
from s3trail.state.config.sessions import Holder

__all__ = ["Issuer", "session_context"]


@dataclass(frozen=True, slots=True)
class Issuer:
    """Makes credentials."""

    secrets: Secrets
    ids: Ids
    clock: Clock

    def issue(self, caller: Caller, holder: Holder) -> dict[str, Any]:
        """`Credentials` for a caller to be (`sessions.issue`)."""
        made = sessions.issue(self.secrets, self.ids, caller, holder)
        return {
            "AccessKeyId": made.access_key_id,
            "SecretAccessKey": made.secret,
            "SessionToken": made.token,
            "Expiration": made.expires,
        }


def session_context(
    issued: float,
    *,
    mfa_authenticated: bool,
    issuer: Mapping[str, str] | None = None,
    web_identity: Mapping[str, Any] | None = None,
    source_identity: str = "",
) -> dict[str, Any]:
    """`sessionContext` of the records of later calls; members that don't apply are absent.

    Order: CloudTrail User Guide, "CloudTrail userIdentity element".

    Args:
        issued: epoch seconds when the credentials were made.
        mfa_authenticated: whether a code was shown.
        issuer: `sessionIssuer`, the role, or the user or root that asked for a federation token.
        web_identity: `webIdFederationData`.
        source_identity: who stands behind a role's session.
    """
    context: dict[str, Any] = {}
    if issuer:
        context["sessionIssuer"] = dict(issuer)
    if web_identity:
        context["webIdFederationData"] = dict(web_identity)
    context["attributes"] = {
        "creationDate": iso_seconds(issued),
        "mfaAuthenticated": "true" if mfa_authenticated else "false",
    }
    if source_identity:
        context["sourceIdentity"] = source_identity
    return context
