"""Identity contexts: assertions that a role acts on behalf of a user of IAM Identity Center.

`ProvidedContexts` of AssumeRole carries them (IAM Identity Center User Guide, "Identity-enhanced IAM role
sessions"). An assertion is a JSON document with `userId`, `identityStoreArn`, `credentialId` and an end,
sealed under the master key: only this server makes them, for the role's account.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import orjson

from s3trail.services.sts.errors import ValidationError
from s3trail.state.config.secrets import Secrets, SecretsError

__all__ = ["IDENTITY_CENTER", "on_behalf_of", "seal"]

IDENTITY_CENTER = "arn:aws:iam::aws:contextProvider/IdentityCenter"
"""`ProviderArn` of the contexts that are taken."""
_LONGEST = 2048


def seal(
    secrets: Secrets,
    account_id: str,
    *,
    user_id: str,
    identity_store_arn: str,
    credential_id: str,
    expires: float,
) -> str:
    """A `ContextAssertion`.

    Args:
        secrets: seals it.
        account_id: in whose roles it may be used.
        user_id: the user in the identity store.
        identity_store_arn: `arn:aws:identitystore::123456789012:identitystore/d-1234567890`.
        credential_id: id of the user's sign-in.
        expires: epoch seconds until which it may be used.
    """
    document = {
        "userId": user_id,
        "identityStoreArn": identity_store_arn,
        "credentialId": credential_id,
        "expires": expires,
    }
    return secrets.seal(orjson.dumps(document).decode(), _context(account_id))


def on_behalf_of(
    secrets: Secrets, account_id: str, provided: Sequence[Mapping[str, Any]], now: float
) -> dict[str, Any]:
    """`onBehalfOf` and `credentialId` of a session, from `ProvidedContexts`; empty without any.

    Raises:
        ValidationError: another provider, an assertion that isn't ours or has run out, or more than one.
    """
    if not provided:
        return {}
    if len(provided) > 1:
        raise ValidationError("ProvidedContexts may hold one context.")
    given = provided[0]
    if given.get("ProviderArn") != IDENTITY_CENTER:
        raise ValidationError(f"The context provider {given.get('ProviderArn', '')} is not valid.")
    assertion = given.get("ContextAssertion", "")
    if len(assertion) > _LONGEST:
        raise ValidationError("The ContextAssertion is too long.")
    try:
        document = orjson.loads(secrets.open(assertion, _context(account_id)))
    except (SecretsError, ValueError):
        raise ValidationError("The ContextAssertion is not valid for the role's account.") from None
    if now >= document["expires"]:
        raise ValidationError("The ContextAssertion has expired.")
    return {
        "onBehalfOf": {"userId": document["userId"], "identityStoreArn": document["identityStoreArn"]},
        "credentialId": document["credentialId"],
    }


def _context(account_id: str) -> str:
    return f"identity_context/{account_id}"
