"""OpenID Connect providers: who may vouch for callers of AssumeRoleWithWebIdentity."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from s3trail.state.config.iam.collection import Collection
from s3trail.state.environment import Tx

__all__ = ["OIDC_PROVIDERS", "OidcProvider", "find"]

_KIND = ":oidc-provider/"


@dataclass(frozen=True, slots=True)
class OidcProvider:
    """An identity provider of an account."""

    account_id: str
    url: str
    """Issuer without `https://`, such as `token.actions.githubusercontent.com`."""
    created: float
    """Epoch seconds."""
    client_ids: tuple[str, ...] = ()
    """Audiences that tokens may be for."""
    thumbprints: tuple[str, ...] = ()
    """SHA-1 fingerprints, in hex, of certificates that the provider's endpoint may show."""
    tags: Mapping[str, str] = field(default_factory=dict)

    @property
    def arn(self) -> str:
        """`arn:aws:iam::123456789012:oidc-provider/HOST/PATH`."""
        return f"arn:aws:iam::{self.account_id}{_KIND}{self.url}"


OIDC_PROVIDERS: Collection[OidcProvider] = Collection(
    "iam_oidc_provider", OidcProvider, lambda provider: provider.url
)


def find(tx: Tx, arn: str) -> OidcProvider | None:
    """The provider of an ARN; None when there is none."""
    head, _, url = arn.partition(_KIND)
    if not url or not head.startswith("arn:aws:iam::"):
        return None
    return OIDC_PROVIDERS.find(tx, head.removeprefix("arn:aws:iam::"), url)
