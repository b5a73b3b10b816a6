"""OpenID Connect providers: whose tokens AssumeRoleWithWebIdentity takes."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any
from urllib.parse import urlsplit

from s3trail.kernel.call import Call
from s3trail.kernel.clock import Clock
from s3trail.kernel.operation import Operation, Result
from s3trail.services.iam import views
from s3trail.services.iam.errors import EntityAlreadyExists, InvalidInput, LimitExceeded, NoSuchEntity, quota
from s3trail.services.iam.tagging import checked_tags, tag_operations
from s3trail.state.config.iam import oidc_providers
from s3trail.state.config.iam.oidc_providers import OIDC_PROVIDERS, OidcProvider
from s3trail.state.environment import Tx

__all__ = ["MOST_PROVIDERS", "operations"]

MOST_PROVIDERS = 100
_MOST_CLIENT_IDS = 100
_MOST_THUMBPRINTS = 5
_LONGEST_CLIENT_ID = 255
_THUMBPRINT = re.compile(r"[0-9A-Fa-f]{40}")


def operations(clock: Clock) -> tuple[Operation, ...]:
    """The operations on OpenID Connect providers.

    Args:
        clock: times of creation.
    """

    def create_provider(tx: Tx, call: Call, params: dict[str, Any]) -> Result:
        account_id, url = call.caller.account_id, _checked_url(params["Url"])
        provider = OidcProvider(
            account_id,
            url,
            clock.now(),
            client_ids=_checked_client_ids(params.get("ClientIDList") or ()),
            thumbprints=_checked_thumbprints(params.get("ThumbprintList") or ()),
            tags=checked_tags(params.get("Tags")),
        )
        if OIDC_PROVIDERS.find(tx, account_id, url) is not None:
            raise EntityAlreadyExists(f"Provider with url {params['Url']} already exists.")
        if OIDC_PROVIDERS.count(tx, account_id) >= MOST_PROVIDERS:
            raise quota("OpenIdConnectProvidersPerAccount", MOST_PROVIDERS)
        OIDC_PROVIDERS.put(tx, provider)
        return {"OpenIDConnectProviderArn": provider.arn, "Tags": views.tags(provider.tags)}

    return (
        Operation("iam", "CreateOpenIDConnectProvider", create_provider, writes=True),
        Operation("iam", "GetOpenIDConnectProvider", _get_provider),
        Operation("iam", "ListOpenIDConnectProviders", _list_providers),
        Operation("iam", "DeleteOpenIDConnectProvider", _delete_provider, writes=True),
        Operation("iam", "AddClientIDToOpenIDConnectProvider", _add_client_id, writes=True),
        Operation("iam", "RemoveClientIDFromOpenIDConnectProvider", _remove_client_id, writes=True),
        Operation("iam", "UpdateOpenIDConnectProviderThumbprint", _update_thumbprint, writes=True),
        *tag_operations("OpenIDConnectProvider", _provider, OIDC_PROVIDERS.put),
    )


def _checked_url(url: str) -> str:
    """The issuer without its scheme."""
    try:
        parts = urlsplit(url)
        good = parts.scheme == "https" and bool(parts.hostname) and parts.port is None
    except ValueError:
        good = False
    if not good or parts.query or parts.fragment or parts.username is not None:
        raise InvalidInput("Invalid Open ID Connect Provider URL")
    return url.removeprefix("https://")


def _checked_client_ids(client_ids: Iterable[str]) -> tuple[str, ...]:
    found = tuple(dict.fromkeys(client_ids))
    if any(not 1 <= len(client_id) <= _LONGEST_CLIENT_ID for client_id in found):
        raise InvalidInput(f"A client id has 1 to {_LONGEST_CLIENT_ID} characters.")
    if len(found) > _MOST_CLIENT_IDS:
        raise quota("ClientIdsPerOpenIdConnectProvider", _MOST_CLIENT_IDS)
    return found


def _checked_thumbprints(thumbprints: Iterable[str]) -> tuple[str, ...]:
    found = tuple(dict.fromkeys(thumbprint.lower() for thumbprint in thumbprints))
    if len(found) > _MOST_THUMBPRINTS:
        raise LimitExceeded(f"Thumbprint list must contain at most {_MOST_THUMBPRINTS} entries.")
    for thumbprint in found:
        if not _THUMBPRINT.fullmatch(thumbprint):
            raise InvalidInput(f"A thumbprint has 40 hexadecimal digits: {thumbprint}")
    return found


def _provider(tx: Tx, call: Call, params: Mapping[str, Any]) -> OidcProvider:
    arn = params["OpenIDConnectProviderArn"]
    found = oidc_providers.find(tx, arn)
    if found is None or found.account_id != call.caller.account_id:
        raise NoSuchEntity(f"OpenIDConnect Provider not found for arn {arn}")
    return found


def _get_provider(tx: Tx, call: Call, params: dict[str, Any]) -> Result:
    found = _provider(tx, call, params)
    return {
        "Url": found.url,
        "ClientIDList": list(found.client_ids),
        "ThumbprintList": list(found.thumbprints),
        "CreateDate": found.created,
        "Tags": views.tags(found.tags),
    }


def _list_providers(tx: Tx, call: Call, _params: dict[str, Any]) -> Result:
    found = OIDC_PROVIDERS.of_account(tx, call.caller.account_id)
    return {"OpenIDConnectProviderList": [{"Arn": provider.arn} for provider in found]}


def _delete_provider(tx: Tx, call: Call, params: dict[str, Any]) -> Result:
    OIDC_PROVIDERS.delete(tx, _provider(tx, call, params))
    return {}


def _add_client_id(tx: Tx, call: Call, params: dict[str, Any]) -> Result:
    found = _provider(tx, call, params)
    client_ids = _checked_client_ids((*found.client_ids, params["ClientID"]))
    OIDC_PROVIDERS.put(tx, replace(found, client_ids=client_ids))
    return {}


def _remove_client_id(tx: Tx, call: Call, params: dict[str, Any]) -> Result:
    # Harmless when it isn't there (IAM API, RemoveClientIDFromOpenIDConnectProvider).
    found = _provider(tx, call, params)
    left = tuple(client_id for client_id in found.client_ids if client_id != params["ClientID"])
    OIDC_PROVIDERS.put(tx, replace(found, client_ids=left))
    return {}


def _update_thumbprint(tx: Tx, call: Call, params: dict[str, Any]) -> Result:
    found = _provider(tx, call, params)
    OIDC_PROVIDERS.put(tx, replace(found, thumbprints=_checked_thumbprints(params["ThumbprintList"])))
    return {}
