"""The public keys of identity providers, as they publish them (OpenID Connect Discovery 1.0).

`https://ISSUER/.well-known/openid-configuration` names `jwks_uri`, which gives the keys. Both are asked for
over HTTPS alone, with certificates that the system trusts (`SSL_CERT_FILE` adds to them), and kept for ten
minutes; a token signed with a key that isn't known yet makes the server ask again, at most twice a minute.
Whoever sends tokens needs no credentials, so an issuer is asked by one thread at a time, and left alone for a
while after it failed to answer: threads that wait for it would be missing elsewhere. Keys that were given
(`state.config.oidc_keys`) are used instead.
"""

from __future__ import annotations

import http.client
import ssl
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import orjson

from s3trail.kernel.clock import Clock
from s3trail.kernel.errors import AwsError
from s3trail.services.sts.errors import IDPCommunicationError, InvalidIdentityToken
from s3trail.services.sts.identity_tokens import IdentityToken, check_signature
from s3trail.state.config import oidc_keys
from s3trail.state.environment import Tx

__all__ = ["IssuerKeys"]

_SECONDS_KEPT = 600.0
_SECONDS_BETWEEN = 30.0
_SECONDS_AFTER_FAILURE = 10.0
_TIMEOUT = 5.0
_LONGEST = 256 * 1024


@dataclass(frozen=True, slots=True)
class _Fetched:
    keys: Sequence[dict[str, Any]]
    time: float


class IssuerKeys:
    """Keys by issuer, for the threads of one process.

    Args:
        clock: says how old fetched keys are.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        # All by issuer without `https://`, and under the lock.
        self._fetched: dict[str, _Fetched] = {}
        self._failed: dict[str, float] = {}
        self._asked: set[str] = set()

    def prove(self, tx: Tx, issuer: str, token: IdentityToken) -> None:
        """Check that the issuer signed a token. Blocking: the issuer may have to be asked.

        Args:
            tx: where keys that were given are.
            issuer: its URL without `https://`.
            token: what was presented.

        Raises:
            InvalidIdentityToken: none of its keys did.
            IDPCommunicationError: the issuer doesn't give its keys.
        """
        given = oidc_keys.find(tx, issuer)
        if given is not None:
            if not check_signature(token, given):
                raise _not_signed()
            return
        now = self._clock.now()
        with self._lock:
            known = self._fetched.get(issuer)
        if known is not None and now - known.time < _SECONDS_KEPT:
            if check_signature(token, known.keys):
                return
            if now - known.time < _SECONDS_BETWEEN:
                raise _not_signed()
        if not check_signature(token, self._ask(issuer, now)):
            raise _not_signed()

    def _ask(self, issuer: str, now: float) -> Sequence[dict[str, Any]]:
        with self._lock:
            if issuer in self._asked or now - self._failed.get(issuer, 0.0) < _SECONDS_AFTER_FAILURE:
                raise IDPCommunicationError(f"The keys of {issuer} aren't there yet; try again.")
            self._asked.add(issuer)
        try:
            keys = _fetch(issuer)
        except AwsError:
            with self._lock:
                self._failed[issuer] = now
            raise
        else:
            with self._lock:
                self._fetched[issuer] = _Fetched(keys, now)
            return keys
        finally:
            with self._lock:
                self._asked.discard(issuer)


def _not_signed() -> InvalidIdentityToken:
    return InvalidIdentityToken("Couldn't retrieve verification key from your identity provider")


def _fetch(issuer: str) -> list[dict[str, Any]]:
    configuration = _document(f"https://{issuer}/.well-known/openid-configuration")
    if configuration.get("issuer") != f"https://{issuer}":
        raise InvalidIdentityToken(f"The configuration of {issuer} names another issuer.")
    location = configuration.get("jwks_uri")
    if not isinstance(location, str) or not location.startswith("https://"):
        raise IDPCommunicationError(f"The configuration of {issuer} names no jwks_uri with https.")
    keys = _document(location).get("keys")
    if not isinstance(keys, list):
        raise IDPCommunicationError(f"The key set of {issuer} holds no keys.")
    return [key for key in keys if isinstance(key, dict)]


def _document(url: str) -> dict[str, Any]:
    """A JSON object; redirections aren't followed, since nobody vouches for where they lead."""
    parts = urlsplit(url)
    try:
        connection = http.client.HTTPSConnection(
            parts.hostname or "", parts.port, timeout=_TIMEOUT, context=ssl.create_default_context()
        )
        try:
            path = parts.path or "/"
            connection.request("GET", f"{path}?{parts.query}" if parts.query else path)
            response = connection.getresponse()
            body = response.read(_LONGEST + 1)
        finally:
            connection.close()
        if response.status != 200 or len(body) > _LONGEST:
            raise IDPCommunicationError(f"{url} answered with status {response.status}.")
        document = orjson.loads(body)
    except (OSError, ValueError, http.client.HTTPException) as error:
        raise IDPCommunicationError(f"{url} can't be read: {type(error).__name__}") from None
    if not isinstance(document, dict):
        raise IDPCommunicationError(f"{url} holds no JSON object.")
    return document
