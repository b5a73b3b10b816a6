"""Authentication: the claim in a request becomes a caller, or the service's own error.

A call that fails here is recorded as type `Unknown` with the key id that it named, if that is one by its
form.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from hashlib import sha256

from s3trail.gateway.capture import Progress
from s3trail.kernel.call import Call, Signature
from s3trail.kernel.caller import ANONYMOUS, UNKNOWN, Caller
from s3trail.kernel.clock import Clock
from s3trail.kernel.errors import AwsError
from s3trail.state.config import identities, sessions
from s3trail.state.config.identities import AccessKey
from s3trail.state.config.secrets import Secrets, SecretsError
from s3trail.state.config.sessions import OpenTokens, Session
from s3trail.state.environment import Tx
from s3trail.state.objects import buckets
from s3trail.state.objects.buckets import Bucket
from s3trail.wire.auth.claim import Claim, wrong_region
from s3trail.wire.auth.failures import (
    ExpiredToken,
    InvalidAccessKeyId,
    InvalidToken,
    MissingAuthenticationToken,
    for_protocol,
)
from s3trail.wire.auth.payload import BodyDecoder, body_decoder
from s3trail.wire.auth.verify import KeyCache, Verified, verify
from s3trail.wire.http import Request, parse_form
from s3trail.wire.locate import Located
from s3trail.wire.models import SERVICES
from s3trail.wire.s3_locate import host_bucket

__all__ = ["Authenticator", "Identified"]

_KEY_ID = re.compile(r"A[KS]IA[A-Z0-9]{12,124}")
_REGION = re.compile(r"[a-z]{2,}(-[a-z]+)+-\d+")
_SECRETS_CACHED = 10_000
_UNSIGNED = frozenset({("sts", "AssumeRoleWithSAML"), ("sts", "AssumeRoleWithWebIdentity")})
"""Calls that carry the token of an identity provider in place of a signature."""


@dataclass(slots=True)
class Identified:
    """What a request says of itself, and, once it is verified, how its payload is signed."""

    request: Request
    claim: Claim | None
    located: Located
    failure: AwsError | None
    """The claim couldn't be read."""
    verified: Verified | None = field(default=None)

    def unknown_caller(self) -> Caller:
        """The caller of a call that isn't authenticated, with its key id if it is one by its form."""
        key_id = self.claim.access_key_id if self.claim else ""
        return Caller(type="Unknown", access_key_id=key_id if _KEY_ID.fullmatch(key_id) else "")

    def decoder(self) -> BodyDecoder:
        """Takes the body off the wire and checks it as it was signed."""
        return body_decoder(self.request, self.verified)


class Authenticator:
    """Verifies callers of one process.

    Args:
        domains: base domains of virtual-host style addresses.
        default_region: what a region that isn't one is answered with.
        secrets: opens sealed secret keys. Opened ones are kept in memory, keyed by their sealed form: a
            changed or deleted key is
            never found there again.
    """

    def __init__(self, secrets: Secrets, clock: Clock, domains: tuple[str, ...], default_region: str) -> None:
        self._default_region = default_region
        self._secrets = secrets
        self._domains = domains
        self._clock = clock
        self._keys = KeyCache()
        self._opened: dict[str, str] = {}
        self._tokens = OpenTokens(secrets)

    def bucket(self, tx: Tx, located: Located) -> Bucket | None:
        """The bucket that an S3 call addresses, if it exists."""
        name = located.labels.get("Bucket") if located.service == "s3" else None
        return buckets.get(tx, name) if name else None

    def authenticate(self, tx: Tx, identified: Identified, progress: Progress, bucket: Bucket | None) -> Call:
        """The call with its caller and signature.

        Raises:
            AwsError: the failure in the words of the service's protocol.
        """
        try:
            return self._authenticate(tx, identified, progress, bucket)
        except AwsError as error:
            raise for_protocol(error, identified.located.protocol) from None

    def _authenticate(
        self, tx: Tx, identified: Identified, progress: Progress, bucket: Bucket | None
    ) -> Call:
        claim, located, call = identified.claim, identified.located, progress.call
        if identified.failure is not None:
            raise identified.failure
        if claim is None:
            if (located.service, located.operation) in _UNSIGNED:
                return call._replace(caller=UNKNOWN)
            if located.service != "s3":
                raise MissingAuthenticationToken
            return call._replace(caller=ANONYMOUS, region=bucket.region if bucket else call.region)
        session: Session | None = None
        if claim.session_token and claim.access_key_id.startswith("ASIA"):
            session = self._session(claim)
            caller, secret = session.caller, session.secret
        else:
            key = self._lasting(tx, claim)
            caller, secret = identities.caller(key), self._secret(key)
        s3 = located.service == "s3"
        if claim.version == "SigV4" and not _REGION.fullmatch(claim.region):
            # Some clients begin with a made-up region and take the right one from this answer.
            raise wrong_region(claim, bucket.region if bucket else self._default_region)
        identified.verified = verify(
            identified.request,
            claim,
            secret,
            now=self._clock.now(),
            keys=self._keys,
            service=_signing_name(located.service),
            bucket=host_bucket(call.host, self._domains) if s3 else "",
            body_hash="" if s3 else sha256(progress.body).hexdigest(),
        )
        if session is not None:
            standing = sessions.standing(tx, session)
            if standing is None:
                raise ExpiredToken
            if located.service == "iam" and not _may_call_iam(standing):
                raise InvalidToken
            caller = standing
        region = call.region
        if s3 and bucket is not None:
            region = bucket.region
            if claim.version == "SigV4" and claim.region != region and located.operation != "CreateBucket":
                raise wrong_region(claim, region)
        if identified.verified.plus_is_space:
            identified.request.query[:] = parse_form(identified.request.query_string)
        return call._replace(
            caller=caller,
            signature=Signature(claim.version, claim.method),
            region=region,
        )

    def _session(self, claim: Claim) -> Session:
        """The temporary credentials that the claim's token holds, if they haven't expired."""
        try:
            session = self._tokens.open(claim.access_key_id, claim.session_token)
        except SecretsError:
            raise InvalidToken from None
        if self._clock.now() >= session.temporary.expires:
            raise ExpiredToken
        return session

    @staticmethod
    def _lasting(tx: Tx, claim: Claim) -> AccessKey:
        """The active access key that the claim names."""
        key = identities.find_access_key(tx, claim.access_key_id)
        if key is None or key.status != "Active":
            raise InvalidAccessKeyId(AWSAccessKeyId=claim.access_key_id)
        if claim.session_token:
            raise InvalidToken
        return key

    def _secret(self, key: AccessKey) -> str:
        secret = self._opened.get(key.sealed_secret)
        if secret is None:
            if len(self._opened) >= _SECRETS_CACHED:
                self._opened.clear()
            secret = self._opened[key.sealed_secret] = key.secret(self._secrets)
        return secret


def _may_call_iam(caller: Caller) -> bool:
    """Session tokens without MFA and federation tokens can't; AWS STS API Reference, GetSessionToken."""
    temporary = caller.temporary
    return caller.type == "AssumedRole" or (temporary is not None and temporary.mfa_authenticated)


def _signing_name(service: str) -> str:
    """What a scope must name; a service that isn't there is taken at its word, and refused later."""
    return SERVICES[service].signing_name if service in SERVICES else service
