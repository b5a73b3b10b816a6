"""OpenID Connect providers: made, changed, listed, deleted."""

from __future__ import annotations

from typing import Any

import pytest

from s3trail.testing.server import Server
from tests.api.expect import recorded, refused

THUMBPRINT = "6938fd4d98bab03faadb97b34396831e3780aea1"


@pytest.fixture
def provider(iam: Any, name: str) -> str:
    """The ARN of a new provider."""
    made = iam.create_open_id_connect_provider(
        Url=f"https://{name}.example/tenant", ClientIDList=["app"], ThumbprintList=[THUMBPRINT]
    )
    arn: str = made["OpenIDConnectProviderArn"]
    return arn


def test_creates_a_provider(server: Server, iam: Any, name: str) -> None:
    url = f"https://{name}.example"
    answer = iam.create_open_id_connect_provider(Url=url, Tags=[{"Key": "a", "Value": "1"}])
    record = recorded(server, answer, "CreateOpenIDConnectProvider")
    arn = answer["OpenIDConnectProviderArn"]
    assert arn == f"arn:aws:iam::{record['recipientAccountId']}:oidc-provider/{name}.example"
    found = iam.get_open_id_connect_provider(OpenIDConnectProviderArn=arn)
    assert (found["Url"], found["ClientIDList"], found["Tags"]) == (
        f"{name}.example",
        [],
        [{"Key": "a", "Value": "1"}],
    )
    refused(iam.create_open_id_connect_provider, "EntityAlreadyExists", 409, Url=url)


@pytest.mark.parametrize("url", ["http://plain.example", "no-url", "https://host.example?query", "https://"])
def test_refuses_a_url_that_is_no_issuer(iam: Any, url: str) -> None:
    refused(iam.create_open_id_connect_provider, "InvalidInput", 400, Url=url)


def test_changes_clients_and_thumbprints(server: Server, iam: Any, provider: str) -> None:
    named = {"OpenIDConnectProviderArn": provider}
    answer = iam.add_client_id_to_open_id_connect_provider(**named, ClientID="other")
    recorded(server, answer, "AddClientIDToOpenIDConnectProvider")
    iam.remove_client_id_from_open_id_connect_provider(**named, ClientID="app")
    iam.remove_client_id_from_open_id_connect_provider(**named, ClientID="app")
    other = "a" * 40
    iam.update_open_id_connect_provider_thumbprint(**named, ThumbprintList=[other])
    found = iam.get_open_id_connect_provider(**named)
    assert (found["ClientIDList"], found["ThumbprintList"]) == (["other"], [other])
    refused(
        iam.update_open_id_connect_provider_thumbprint,
        "InvalidInput",
        400,
        **named,
        ThumbprintList=["z" * 40],
    )


def test_deletes_a_provider(server: Server, iam: Any, provider: str) -> None:
    named = {"OpenIDConnectProviderArn": provider}
    assert {"Arn": provider} in iam.list_open_id_connect_providers()["OpenIDConnectProviderList"]
    recorded(server, iam.delete_open_id_connect_provider(**named), "DeleteOpenIDConnectProvider")
    refused(iam.get_open_id_connect_provider, "NoSuchEntity", 404, **named)
