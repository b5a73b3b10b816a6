"""Web identity tokens: signed JSON Web Tokens (RFC 7519) of OpenID Connect providers.

`read_token` takes a token apart without believing it; `check_signature` proves it with the issuer's keys, and
`check_claims` looks at what it says (OpenID Connect Core, section 3.1.3.7). Algorithms: RS256, RS384, RS512,
ES256, ES384, ES512 (RFC 7518); a token that names another, `none` above all, isn't taken.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import orjson
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature

from s3trail.services.sts.errors import ExpiredIdentityToken, InvalidIdentityToken

__all__ = ["IdentityToken", "check_claims", "check_signature", "read_token"]

_SKEW = 60
"""Seconds that the issuer's clock may be ahead of ours."""
_PART = re.compile(r"[A-Za-z0-9_-]+")
_LEAST_RSA_BITS = 2048
_HASHES: dict[str, hashes.HashAlgorithm] = {
    "RS256": hashes.SHA256(),
    "RS384": hashes.SHA384(),
    "RS512": hashes.SHA512(),
    "ES256": hashes.SHA256(),
    "ES384": hashes.SHA384(),
    "ES512": hashes.SHA512(),
}
_CURVES: dict[str, tuple[str, ec.EllipticCurve, int]] = {
    "ES256": ("P-256", ec.SECP256R1(), 32),
    "ES384": ("P-384", ec.SECP384R1(), 48),
    "ES512": ("P-521", ec.SECP521R1(), 66),
}
"""Name in a key, curve, and bytes of each of the signature's two numbers."""


@dataclass(frozen=True, slots=True)
class IdentityToken:
    """A token, taken apart. Nothing of it is proven yet."""

    algorithm: str
    key_id: str
    """`kid`; empty when it names none."""
    issuer: str
    """`iss`."""
    subject: str
    """`sub`."""
    audiences: tuple[str, ...]
    """`aud`."""
    claims: Mapping[str, Any]
    signed: bytes = field(repr=False)
    signature: bytes = field(repr=False)


def read_token(text: str) -> IdentityToken:
    """Take a token apart.

    Raises:
        InvalidIdentityToken: it isn't a signed JSON Web Token, or lacks a claim that every ID token has.
    """
    parts = text.split(".")
    if len(parts) != 3 or not all(_PART.fullmatch(part) for part in parts):
        raise InvalidIdentityToken
    try:
        header, claims = orjson.loads(_decoded(parts[0])), orjson.loads(_decoded(parts[1]))
        signature = _decoded(parts[2])
    except ValueError:
        raise InvalidIdentityToken from None
    if not isinstance(header, dict) or not isinstance(claims, dict):
        raise InvalidIdentityToken
    algorithm, key_id = header.get("alg"), header.get("kid", "")
    if algorithm not in _HASHES or not isinstance(key_id, str):
        raise InvalidIdentityToken(f"The ID Token's algorithm {algorithm} is not supported.")
    audience = claims.get("aud")
    audiences = audience if isinstance(audience, list) else [audience]
    for name, value in (("iss", claims.get("iss")), ("sub", claims.get("sub")), ("aud", audiences[:1])):
        wanted = value if name != "aud" else (value[0] if value else None)
        if not isinstance(wanted, str) or not wanted:
            raise InvalidIdentityToken(f"Missing a required claim: {name}")
    return IdentityToken(
        algorithm=algorithm,
        key_id=key_id,
        issuer=claims["iss"],
        subject=claims["sub"],
        audiences=tuple(each for each in audiences if isinstance(each, str)),
        claims=claims,
        signed=f"{parts[0]}.{parts[1]}".encode(),
        signature=signature,
    )


def check_signature(token: IdentityToken, keys: Sequence[Mapping[str, Any]]) -> bool:
    """Whether one of an issuer's keys signed the token.

    Args:
        token: what was presented.
        keys: the `keys` of a JSON Web Key Set. Keys that can't be read, or are for another use, are passed
            over.
    """
    for key in keys:
        if token.key_id and key.get("kid") not in (None, token.key_id):
            continue
        if key.get("use", "sig") != "sig" or key.get("alg", token.algorithm) != token.algorithm:
            continue
        try:
            if _signed_by(token, key):
                return True
        except (KeyError, TypeError, ValueError):
            continue
    return False


def check_claims(token: IdentityToken, client_ids: Sequence[str], now: float) -> str:
    """Look at the claims of a proven token; gives the audience that it is for.

    Raises:
        InvalidIdentityToken: it is for nobody whom the provider was set up for, or isn't valid yet.
        ExpiredIdentityToken: it was valid.
    """
    audience = next((each for each in token.audiences if each in client_ids), None)
    if audience is None:
        raise InvalidIdentityToken("Incorrect token audience")
    expires: Any = token.claims.get("exp")
    if not _is_time(expires):
        raise InvalidIdentityToken("Missing a required claim: exp")
    if now >= expires:
        raise ExpiredIdentityToken(
            f"Token expired: current date/time {int(now)} must be before the expiration date/time "
            f"{int(expires)}"
        )
    for name in ("nbf", "iat"):
        begins = token.claims.get(name)
        if begins is not None and (not _is_time(begins) or begins > now + _SKEW):
            raise InvalidIdentityToken(f"The ID Token is not valid yet ({name}).")
    return audience


def _is_time(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _signed_by(token: IdentityToken, key: Mapping[str, Any]) -> bool:
    algorithm = _HASHES[token.algorithm]
    try:
        if token.algorithm.startswith("RS"):
            if key["kty"] != "RSA":
                return False
            public = rsa.RSAPublicNumbers(_number(key["e"]), _number(key["n"])).public_key()
            if public.key_size < _LEAST_RSA_BITS:
                return False
            public.verify(token.signature, token.signed, padding.PKCS1v15(), algorithm)
            return True
        name, curve, size = _CURVES[token.algorithm]
        if key["kty"] != "EC" or key["crv"] != name or len(token.signature) != 2 * size:
            return False
        point = ec.EllipticCurvePublicNumbers(_number(key["x"]), _number(key["y"]), curve).public_key()
        pair = (
            int.from_bytes(token.signature[:size], "big"),
            int.from_bytes(token.signature[size:], "big"),
        )
        point.verify(encode_dss_signature(*pair), token.signed, ec.ECDSA(algorithm))
        return True
    except InvalidSignature:
        return False


def _number(text: str) -> int:
    return int.from_bytes(_decoded(text), "big")


def _decoded(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
