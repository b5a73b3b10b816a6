"""AssumeRoleWithWebIdentity: whoever an OpenID Connect provider vouches for takes on a role.

The call isn't signed; the provider's token stands for it. The provider must be one that the role's account
trusts (IAM, OpenID Connect providers), and the role's trust policy must let it in. What the trust policy can
ask for are the token's claims, `ISSUER:sub` and the like. A token may carry session tags and a source
identity under the claim names `https://aws.amazon.com/tags` and `https://aws.amazon.com/source_identity`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from s3trail.kernel.call import Call
from s3trail.kernel.caller import ANONYMOUS, Caller
from s3trail.kernel.errors import AccessDenied
from s3trail.kernel.operation import Operation, Result
from s3trail.policy.context import ContextFacts
from s3trail.policy.variables import Value
from s3trail.services.sts.credentials import Issuer
from s3trail.services.sts.errors import IDPRejectedClaim, InvalidIdentityToken, ValidationError
from s3trail.services.sts.identity_tokens import IdentityToken, check_claims, read_token
from s3trail.services.sts.issuer_keys import IssuerKeys
from s3trail.services.sts.parameters import check_policy_arns, checked, duration, session_limits
from s3trail.services.sts.roles import NewSession, find_role, permitted, start_session
from s3trail.state.config.iam.oidc_providers import OIDC_PROVIDERS, OidcProvider
from s3trail.state.environment import Tx

__all__ = ["BLOCKING", "operations"]

BLOCKING = frozenset({"AssumeRoleWithWebIdentity"})
"""It may have to ask the provider for its keys."""

_DEFAULT = 3_600
_LONGEST = 43_200
_LONGEST_TOKEN = 20_000
_NAME = re.compile(r"[\w+=,.@-]*", re.ASCII)
_TAGS = "https://aws.amazon.com/tags"
_SOURCE_IDENTITY = "https://aws.amazon.com/source_identity"
_NOT_AUTHORIZED = "Not authorized to perform sts:AssumeRoleWithWebIdentity"


def operations(issuer: Issuer, keys: IssuerKeys) -> tuple[Operation, ...]:
    """The operation of this module."""

    def assume_role_with_web_identity(tx: Tx, call: Call, params: dict[str, Any]) -> Result:
        return _assume(tx, call, params, issuer, keys)

    return (Operation("sts", "AssumeRoleWithWebIdentity", assume_role_with_web_identity),)


def _assume(tx: Tx, call: Call, params: dict[str, Any], issuer: Issuer, keys: IssuerKeys) -> Result:
    now = issuer.clock.now()
    name = checked(params["RoleSessionName"], "roleSessionName", _NAME, 2, 64)
    seconds = duration(params, most=_LONGEST, default=_DEFAULT)
    if params.get("ProviderId"):
        raise ValidationError("ProviderId is for OAuth 2.0 access tokens, which are not taken.")
    if len(params["WebIdentityToken"]) > _LONGEST_TOKEN:
        raise InvalidIdentityToken
    role = find_role(tx, params["RoleArn"])
    token = read_token(params["WebIdentityToken"])
    provider = _provider(tx, params["RoleArn"].split(":")[4], token)
    keys.prove(tx, provider.url, token)
    audience = check_claims(token, provider.client_ids, now)
    # Proven, so that the record may name who asks, whatever comes of it.
    params["_caller"] = Caller(
        type="WebIdentityUser",
        principal_id=f"{provider.arn}:{audience}:{token.subject}",
        user_name=token.subject,
        further={"identityProvider": provider.arn},
    )
    if role is None:
        raise AccessDenied(_NOT_AUTHORIZED)
    tags, transitive = _session_tags(token)
    limits = session_limits({**params, "Tags": [{"Key": key, "Value": tags[key]} for key in tags]})
    source = token.claims.get(_SOURCE_IDENTITY, "")
    if not isinstance(source, str):
        raise IDPRejectedClaim("The source identity of the ID Token is no text.")
    if source:
        checked(source, "sourceIdentity", _NAME, 2, 64)
    asked = {
        **params,
        "Tags": [{"Key": key, "Value": value} for key, value in tags.items()],
        "TransitiveTagKeys": list(transitive),
        "SourceIdentity": source,
    }
    facts = ContextFacts(
        federated_provider=provider.arn, resource_account=role.account_id, resource_tags=lambda: role.tags
    )
    denied = permitted(
        call._replace(caller=ANONYMOUS), asked, role, facts, provider.arn, _condition_keys(provider, token)
    )
    if denied:
        raise AccessDenied(_NOT_AUTHORIZED)
    if seconds > role.max_session:
        raise ValidationError(
            "The requested DurationSeconds exceeds the MaxSessionDuration set for this role."
        )
    check_policy_arns(tx, role.account_id, limits.policy_arns)
    answer = start_session(
        issuer,
        NewSession(
            role=role,
            name=name,
            now=now,
            seconds=seconds,
            limits=limits,
            tags=tags,
            transitive_tags=transitive,
            source_identity=source,
            federated_provider=provider.arn,
            web_identity={
                "federatedProvider": provider.arn,
                "attributes": {f"{provider.url}:aud": audience, f"{provider.url}:sub": token.subject},
            },
        ),
    )
    return {
        **answer,
        "SubjectFromWebIdentityToken": token.subject,
        "Provider": provider.arn,
        "Audience": audience,
    }


def _provider(tx: Tx, account_id: str, token: IdentityToken) -> OidcProvider:
    if token.issuer.startswith("https://"):
        found = OIDC_PROVIDERS.find(tx, account_id, token.issuer.removeprefix("https://"))
        # Names of documents have no case, issuers have.
        if found is not None and found.url == token.issuer.removeprefix("https://"):
            return found
    raise InvalidIdentityToken(f"No OpenIDConnect provider found in your account for {token.issuer}")


def _session_tags(token: IdentityToken) -> tuple[dict[str, str], tuple[str, ...]]:
    """Session tags of a token; IAM User Guide, "Pass session tags in AWS STS"."""
    claim = token.claims.get(_TAGS)
    if claim is None:
        return {}, ()
    try:
        principal, transitive = claim["principal_tags"], claim.get("transitive_tag_keys", [])
        tags = {key: values[0] for key, values in principal.items() if len(values) == 1}
        if len(tags) != len(principal) or not all(isinstance(value, str) for value in tags.values()):
            raise IDPRejectedClaim("A session tag of the ID Token hasn't one text as its value.")
        if any(key not in tags for key in transitive):
            raise IDPRejectedClaim("A transitive tag key of the ID Token names no session tag.")
        return tags, tuple(transitive)
    except (AttributeError, KeyError, TypeError):
        raise IDPRejectedClaim("The session tags of the ID Token can't be read.") from None


def _condition_keys(provider: OidcProvider, token: IdentityToken) -> Mapping[str, Value]:
    """The token's claims as condition keys: `ISSUER:sub`, `ISSUER:aud`, `ISSUER:amr`, ...

    Claims that are texts, or lists of texts; IAM User Guide, "Available keys for AWS OIDC federation".
    """
    found: dict[str, Value] = {}
    for name, value in token.claims.items():
        key = f"{provider.url}:{name}".lower()
        if isinstance(value, str):
            found[key] = value
        elif isinstance(value, list) and value and all(isinstance(each, str) for each in value):
            found[key] = tuple(value) if len(value) > 1 or name != "aud" else value[0]
    return found
