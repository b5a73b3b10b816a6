"""STS. Every operation only reads, and those that hand out credentials have `responseElements` all the same.

Real records hold the session token there; ours don't, because a token is a secret as long as it is valid.
"""

from __future__ import annotations

from s3trail.audit.facts.fact import Service, exceptions, table, words

__all__ = ["OPERATIONS", "SERVICE"]

SERVICE = Service(
    source="sts.amazonaws.com",
    secrets=words("""
        ContextAssertion DecodedMessage EncodedMessage SAMLAssertion SecretAccessKey SessionToken TokenCode
        TradeInToken WebIdentityToken
        """),
    times=frozenset({"Expiration"}),
    error_names=exceptions(
        """
        IDPCommunicationError IDPRejectedClaim InvalidIdentityToken MalformedPolicyDocument
        PackedPolicyTooLarge
        """
    ),
    denied_without_parameters=True,
)

_CREDENTIALS = (
    "AssumeRole",
    "AssumeRoleWithSAML",
    "AssumeRoleWithWebIdentity",
    "AssumeRoot",
    "GetDelegatedAccessToken",
    "GetFederationToken",
    "GetSessionToken",
)

OPERATIONS = table(
    SERVICE,
    """
    AssumeRole AssumeRoleWithSAML AssumeRoleWithWebIdentity AssumeRoot DecodeAuthorizationMessage
    GetAccessKeyInfo GetCallerIdentity GetDelegatedAccessToken GetFederationToken GetSessionToken
    GetWebIdentityToken
    """,
    reads=(
        "AssumeRole",
        "AssumeRoleWithSAML",
        "AssumeRoleWithWebIdentity",
        "AssumeRoot",
        "DecodeAuthorizationMessage",
    ),
    answered=_CREDENTIALS,
)
