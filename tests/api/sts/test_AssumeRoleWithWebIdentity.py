"""AssumeRoleWithWebIdentity: an unsigned call that a provider's token stands for, and its record."""

from __future__ import annotations

import json
import ssl
import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from s3trail.state.config.iam.oidc_providers import OIDC_PROVIDERS, OidcProvider
from s3trail.state.environment import Environment
from s3trail.testing.server import ANONYMOUS, Credentials, Server
from tests.api.expect import refused
from tests.api.sts.conftest import Roles
from tests.api.sts.records import recorded
from tests.unit.services.sts.test_web_identity import keys, token

ISSUER = "https://token.example.net"


@pytest.fixture
def provider(server: Server, tmp_path: Path) -> str:
    """ARN of a provider that the account trusts, with keys that were given."""
    iam = server.client("iam")
    file = tmp_path / "keys.json"
    file.write_text(json.dumps({"keys": keys()}))
    assert server.command("session", "issuer-keys", ISSUER, str(file)).returncode == 0
    known = iam.list_open_id_connect_providers()["OpenIDConnectProviderList"]
    arn: str
    for each in known:
        arn = each["Arn"]
        if arn.endswith(ISSUER.removeprefix("https://")):
            return arn
    arn = iam.create_open_id_connect_provider(Url=ISSUER, ClientIDList=["sts.amazonaws.com"])[
        "OpenIDConnectProviderArn"
    ]
    return arn


def fresh(issuer: str = ISSUER, **claims: Any) -> str:
    """A token of now."""
    now = time.time()
    return token(**{"iss": issuer, "iat": now, "exp": now + 300, **claims})


def trusted(provider: str) -> dict[str, Any]:
    """A statement that trusts the provider."""
    return {"Principal": {"Federated": provider}, "Action": "sts:AssumeRoleWithWebIdentity"}


def test_the_record_says_who_asked_and_later_ones_who_vouched(
    server: Server, role: Roles, provider: str, account: str
) -> None:
    arn = role(trusted(provider))
    client = server.client("sts", credentials=ANONYMOUS)
    answer = client.assume_role_with_web_identity(
        RoleArn=arn, RoleSessionName="build", WebIdentityToken=fresh(sub="repo:octo/app")
    )
    assert answer["SubjectFromWebIdentityToken"] == "repo:octo/app"
    assert answer["Provider"] == provider
    record = recorded(server, answer, "AssumeRoleWithWebIdentity")
    assert record["userIdentity"] == {
        "type": "WebIdentityUser",
        "principalId": f"{provider}:sts.amazonaws.com:repo:octo/app",
        "userName": "repo:octo/app",
        "identityProvider": provider,
    }
    assert record["requestParameters"] == {"roleArn": arn, "roleSessionName": "build"}
    assert record["responseElements"]["subjectFromWebIdentityToken"] == "repo:octo/app"
    assert record["resources"] == [{"accountId": account, "type": "AWS::IAM::Role", "ARN": arn}]
    assert record["recipientAccountId"] == account
    session = server.client("sts", credentials=Credentials.of(answer))
    context = server.record_of(session.get_caller_identity())["userIdentity"]["sessionContext"]
    assert context["webIdFederationData"]["federatedProvider"] == provider


def test_a_proven_caller_who_is_denied_is_named(server: Server, role: Roles, provider: str) -> None:
    client = server.client("sts", credentials=ANONYMOUS)
    error = refused(
        client.assume_role_with_web_identity,
        "AccessDenied",
        403,
        RoleArn=role(),
        RoleSessionName="build",
        WebIdentityToken=fresh(),
    )
    record = recorded(server, error, "AssumeRoleWithWebIdentity")
    assert record["userIdentity"]["identityProvider"] == provider
    assert error.response["Error"]["Message"] == "Not authorized to perform sts:AssumeRoleWithWebIdentity"


def test_an_unproven_caller_is_not_named(server: Server, role: Roles, provider: str) -> None:
    client = server.client("sts", credentials=ANONYMOUS)
    text = fresh(iss="https://token.example.com", sub="repo:octo/app")
    error = refused(
        client.assume_role_with_web_identity,
        "InvalidIdentityToken",
        400,
        RoleArn=role(trusted(provider)),
        RoleSessionName="build",
        WebIdentityToken=text,
    )
    record = server.record_of(error)
    assert record["errorCode"] == "InvalidIdentityTokenException"
    assert record["userIdentity"] == {"type": "Unknown"}
    assert text not in str(record)


class _Issuer(BaseHTTPRequestHandler):
    """An identity provider's documents."""

    def do_GET(self) -> None:
        base = f"https://{self.headers['Host']}"
        documents: dict[str, Any] = {
            "/.well-known/openid-configuration": {"issuer": base, "jwks_uri": f"{base}/keys"},
            "/keys": {"keys": keys()},
        }
        body = json.dumps(documents[self.path]).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def issuer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """URL of an identity provider that serves its keys, with a certificate that the server trusts."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "issuer")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
        .sign(key, hashes.SHA256())
    )
    file = tmp_path / "issuer.pem"
    file.write_bytes(
        certificate.public_bytes(serialization.Encoding.PEM)
        + key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
    )
    monkeypatch.setenv("SSL_CERT_FILE", str(file))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(file)
    served = HTTPServer(("127.0.0.1", 0), _Issuer)
    served.socket = context.wrap_socket(served.socket, server_side=True)
    thread = threading.Thread(target=served.serve_forever)
    thread.start()
    yield f"https://127.0.0.1:{served.server_port}"
    served.shutdown()
    thread.join()
    served.server_close()


def test_keys_are_fetched_from_the_issuer(issuer: str, tmp_path: Path) -> None:
    with Server(tmp_path / "data", workers=1) as server:
        iam, client = server.client("iam"), server.client("sts", credentials=ANONYMOUS)
        account = server.client("sts").get_caller_identity()["Account"]
        # IAM takes no URL with a port, as AWS's doesn't; a test can't have the port that needs none.
        known = OidcProvider(
            account, issuer.removeprefix("https://"), time.time(), client_ids=("sts.amazonaws.com",)
        )
        environment = Environment(server.data)
        with environment.write() as tx:
            OIDC_PROVIDERS.put(tx, known)
        environment.close()
        provider = known.arn
        policy = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", **trusted(provider)}]}
        made = iam.create_role(RoleName="Deploy", AssumeRolePolicyDocument=json.dumps(policy))
        answer = client.assume_role_with_web_identity(
            RoleArn=made["Role"]["Arn"], RoleSessionName="build", WebIdentityToken=fresh(issuer)
        )
        assert answer["Provider"] == provider
        identity = server.record_of(answer)["userIdentity"]
        assert identity["identityProvider"] == provider
