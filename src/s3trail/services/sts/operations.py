"""All operations of STS that the server carries out, in one tuple for the composition root.

AssumeRoleWithSAML, AssumeRoot and the newer exchanges of tokens are recognised, recorded and refused.
"""

from __future__ import annotations

from s3trail.kernel.clock import Clock
from s3trail.kernel.ids import Ids
from s3trail.kernel.operation import Operation
from s3trail.services.sts import authorization_messages, caller_identity, roles, session_tokens, web_identity
from s3trail.services.sts.credentials import Issuer
from s3trail.services.sts.issuer_keys import IssuerKeys
from s3trail.services.sts.web_identity import BLOCKING
from s3trail.state.config.secrets import Secrets

__all__ = ["BLOCKING", "operations"]


def operations(secrets: Secrets, clock: Clock, ids: Ids) -> tuple[Operation, ...]:
    """The STS operations.

    Args:
        secrets: seals session tokens.
        clock: when sessions begin and end.
        ids: access keys of sessions.
    """
    issuer = Issuer(secrets, ids, clock)
    return (
        *caller_identity.operations(),
        *session_tokens.operations(issuer),
        *roles.operations(issuer),
        *web_identity.operations(issuer, IssuerKeys(clock)),
        *authorization_messages.operations(secrets),
    )
