"""AssumeRoleWithWebIdentity: which tokens are taken, what trust policies ask of them, how keys are had."""

from __future__ import annotations

import base64
from typing import Any

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature

from s3trail.kernel.call import Call
from s3trail.kernel.caller import UNKNOWN
from s3trail.kernel.errors import AwsError
from s3trail.services.sts import issuer_keys
from s3trail.services.sts.errors import IDPCommunicationError
from s3trail.state.config import oidc_keys
from s3trail.state.config.iam.oidc_providers import OIDC_PROVIDERS, OidcProvider
from tests.unit.services.sts.conftest import ACCOUNT, NOW, OTHER_ACCOUNT, Sts, encoded

ISSUER = "token.example.org/tenant"
PROVIDER = f"arn:aws:iam::{ACCOUNT}:oidc-provider/{ISSUER}"
RSA = rsa.generate_private_key(65537, 2048)
EC = ec.generate_private_key(ec.SECP256R1())
CLAIMS = {
    "iss": f"https://{ISSUER}",
    "sub": "repo:octo/app:ref:refs/heads/main",
    "aud": "sts.amazonaws.com",
    "exp": NOW + 300,
    "iat": NOW,
}


def number(value: int, size: int) -> str:
    """A number of a key, as JSON Web Keys hold it."""
    return base64.urlsafe_b64encode(value.to_bytes(size, "big")).rstrip(b"=").decode()


def keys() -> list[dict[str, Any]]:
    """The issuer's public keys."""
    of_rsa, of_ec = RSA.public_key().public_numbers(), EC.public_key().public_numbers()
    return [
        {"kty": "OKP", "crv": "Ed25519", "kid": "other", "x": "AA"},
        {"kty": "RSA", "kid": "rsa", "use": "sig", "n": number(of_rsa.n, 256), "e": number(of_rsa.e, 3)},
        {"kty": "EC", "crv": "P-256", "kid": "ec", "x": number(of_ec.x, 32), "y": number(of_ec.y, 32)},
    ]


def token(algorithm: str = "RS256", *, key: Any = RSA, kid: str | None = "rsa", **claims: Any) -> str:
    """A signed token; a claim that is None is left out."""
    content = {name: value for name, value in {**CLAIMS, **claims}.items() if value is not None}
    header = {"alg": algorithm, "typ": "JWT", **({"kid": kid} if kid else {})}
    signed = f"{encoded(header)}.{encoded(content)}"
    if algorithm == "ES256":
        r, s = decode_dss_signature(key.sign(signed.encode(), ec.ECDSA(hashes.SHA256())))
        signature = r.to_bytes(32, "big") + s.to_bytes(32, "big")
    else:
        signature = key.sign(signed.encode(), padding.PKCS1v15(), hashes.SHA256())
    return f"{signed}.{base64.urlsafe_b64encode(signature).rstrip(b'=').decode()}"


def trusts(**more: Any) -> dict[str, Any]:
    """A statement that trusts the provider."""
    return {"Principal": {"Federated": PROVIDER}, "Action": "sts:AssumeRoleWithWebIdentity", **more}


@pytest.fixture
def idp(sts: Sts) -> Sts:
    """STS, which knows the provider and its keys."""
    with sts.environment.write() as tx:
        OIDC_PROVIDERS.put(tx, OidcProvider(ACCOUNT, ISSUER, NOW, client_ids=("sts.amazonaws.com",)))
        oidc_keys.put(tx, ISSUER, keys())
    return sts


def assume(sts: Sts, arn: str, text: str, **params: Any) -> Any:
    """Show a token."""
    return sts.call(
        "AssumeRoleWithWebIdentity", RoleArn=arn, RoleSessionName="build", WebIdentityToken=text, **params
    )


def refused(sts: Sts, arn: str, text: str, **params: Any) -> tuple[str, int]:
    """Code and status of the refusal of a token."""
    error = sts.error(
        "AssumeRoleWithWebIdentity", RoleArn=arn, RoleSessionName="build", WebIdentityToken=text, **params
    )
    return error.code, error.status


def test_a_token_of_a_trusted_provider_is_enough(idp: Sts) -> None:
    answer = assume(idp, idp.role("Deploy", trusts()), token())
    assert answer["SubjectFromWebIdentityToken"] == CLAIMS["sub"]
    assert answer["Provider"] == PROVIDER
    assert answer["Audience"] == "sts.amazonaws.com"
    caller = idp.caller(answer)
    assert caller.arn == f"arn:aws:sts::{ACCOUNT}:assumed-role/Deploy/build"
    assert list(caller.session) == ["sessionIssuer", "webIdFederationData", "attributes"]
    assert caller.session["webIdFederationData"] == {
        "federatedProvider": PROVIDER,
        "attributes": {f"{ISSUER}:aud": "sts.amazonaws.com", f"{ISSUER}:sub": CLAIMS["sub"]},
    }
    assert caller.temporary is not None
    assert caller.temporary.federated_provider == PROVIDER


@pytest.mark.parametrize(("algorithm", "key", "kid"), [("ES256", EC, "ec"), ("RS256", RSA, None)])
def test_keys_are_found_by_their_id_or_by_trying(idp: Sts, algorithm: str, key: Any, kid: str | None) -> None:
    assume(idp, idp.role("Deploy", trusts()), token(algorithm, key=key, kid=kid))


@pytest.mark.parametrize(("kid", "proven"), [("rsa", True), ("ec", False)])
def test_the_record_may_name_the_caller_once_the_token_is_proven(idp: Sts, kid: str, proven: bool) -> None:
    arn = idp.role("Private", trusts(Principal={"AWS": ACCOUNT}))
    params: dict[str, Any] = {
        "RoleArn": arn,
        "RoleSessionName": "build",
        "WebIdentityToken": token(kid=kid),
    }
    call = Call("", "", "sts", "AssumeRoleWithWebIdentity", "us-east-1", NOW, "", caller=UNKNOWN)
    with idp.environment.read() as tx, pytest.raises(AwsError):
        idp.operations[call.operation].run(tx, call, params)
    found = params.get("_caller")
    assert (found is not None) is proven
    if found is not None:
        assert found.type == "WebIdentityUser"
        assert found.principal_id == f"{PROVIDER}:sts.amazonaws.com:{CLAIMS['sub']}"


@pytest.mark.parametrize(
    ("condition", "let_in"),
    [
        ({"StringEquals": {f"{ISSUER}:aud": "sts.amazonaws.com"}}, True),
        ({"StringLike": {f"{ISSUER}:sub": "repo:octo/app:*"}}, True),
        ({"StringLike": {f"{ISSUER}:sub": "repo:octo/other:*"}}, False),
        ({"ForAnyValue:StringEquals": {f"{ISSUER}:amr": "authenticated"}}, True),
        ({"ForAnyValue:StringEquals": {f"{ISSUER}:amr": "unauthenticated"}}, False),
        ({"StringEquals": {"aws:FederatedProvider": PROVIDER}}, True),
    ],
)
def test_a_trust_policy_asks_for_claims(idp: Sts, condition: dict[str, Any], let_in: bool) -> None:
    arn = idp.role("Deploy", trusts(Condition=condition))
    text = token(amr=["authenticated", "pwd"])
    if let_in:
        assume(idp, arn, text)
    else:
        assert refused(idp, arn, text) == ("AccessDenied", 403)


def test_a_role_that_trusts_others_or_is_not_there_is_refused(idp: Sts) -> None:
    others = ({"AWS": ACCOUNT}, {"Federated": f"{PROVIDER}x"})
    for number_of, other in enumerate(others):
        arn = idp.role(f"Private{number_of}", trusts(Principal=other))
        assert refused(idp, arn, token()) == ("AccessDenied", 403)
    assert refused(idp, f"arn:aws:iam::{ACCOUNT}:role/None", token()) == ("AccessDenied", 403)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "a.b",
        "a.b.c",
        "é.b.c",
        ".".join((encoded({"alg": "none"}), encoded(CLAIMS), "AA")),
        ".".join((encoded({"alg": "HS256"}), encoded(CLAIMS), "AA")),
        ".".join((encoded([]), encoded(CLAIMS), "AA")),
        ".".join((encoded({"alg": "RS256", "kid": 1}), encoded(CLAIMS), "AA")),
        "A" * 20_001,
        token()[:-6] + "AAAAAA",
        token(kid="ec"),
        token(kid="none"),
        token(key=rsa.generate_private_key(65537, 2048)),
        token(iss="https://token.example.org/other"),
        token(iss=f"http://{ISSUER}"),
        token(iss=None),
        token(sub=None),
        token(aud=None),
        token(aud=["x"]),
        token(aud="x"),
        token(exp=None),
        token(exp="soon"),
        token(nbf=NOW + 120),
        token(iat=NOW + 120),
    ],
)
def test_refuses_what_is_no_token_of_the_provider_for_us(idp: Sts, text: str) -> None:
    assert refused(idp, idp.role("Deploy", trusts()), text) == ("InvalidIdentityToken", 400)


def test_refuses_a_token_that_has_expired(idp: Sts) -> None:
    arn = idp.role("Deploy", trusts())
    text = token()
    idp.clock.advance(300)
    assert refused(idp, arn, text) == ("ExpiredTokenException", 400)


def test_a_provider_of_another_account_does_not_vouch(idp: Sts) -> None:
    arn = f"arn:aws:iam::{OTHER_ACCOUNT}:role/Deploy"
    assert refused(idp, arn, token()) == ("InvalidIdentityToken", 400)


def test_a_token_may_tag_the_session_and_name_a_source_identity(idp: Sts) -> None:
    claims: dict[str, Any] = {
        "https://aws.amazon.com/tags": {
            "principal_tags": {"team": ["blue"], "job": ["7"]},
            "transitive_tag_keys": ["team"],
        },
        "https://aws.amazon.com/source_identity": "ann",
    }
    text = token(**claims)
    assert refused(idp, idp.role("Plain", trusts()), text) == ("AccessDenied", 403)
    answer = assume(idp, idp.role("Deploy", trusts(Action="sts:*")), text)
    assert answer["SourceIdentity"] == "ann"
    temporary = idp.caller(answer).temporary
    assert temporary is not None
    assert temporary.tags == {"team": "blue", "job": "7"}
    assert temporary.transitive_tags == ("team",)


@pytest.mark.parametrize(
    "claims",
    [
        {"https://aws.amazon.com/tags": "x"},
        {"https://aws.amazon.com/tags": {"principal_tags": {"team": ["a", "b"]}}},
        {"https://aws.amazon.com/tags": {"principal_tags": {"team": [1]}}},
        {"https://aws.amazon.com/tags": {"principal_tags": {}, "transitive_tag_keys": ["team"]}},
        {"https://aws.amazon.com/source_identity": 7},
    ],
)
def test_refuses_claims_about_the_session_that_cannot_be_read(idp: Sts, claims: dict[str, Any]) -> None:
    text = token(**claims)
    assert refused(idp, idp.role("Deploy", trusts(Action="sts:*")), text) == ("IDPRejectedClaim", 403)


def test_keys_are_fetched_kept_and_fetched_again(idp: Sts, monkeypatch: pytest.MonkeyPatch) -> None:
    served: list[list[dict[str, Any]]] = []

    def fetch(issuer: str) -> list[dict[str, Any]]:
        assert issuer == ISSUER
        served.append(keys()[:1] if not served else keys())
        return served[-1]

    monkeypatch.setattr(issuer_keys, "_fetch", fetch)
    with idp.environment.write() as tx:
        oidc_keys.remove(tx, ISSUER)
    arn, text = idp.role("Deploy", trusts()), token(exp=NOW + 3600)
    assert refused(idp, arn, text) == ("InvalidIdentityToken", 400)
    assert refused(idp, arn, text) == ("InvalidIdentityToken", 400)
    assert len(served) == 1
    idp.clock.advance(30)
    assume(idp, arn, text)
    assume(idp, arn, text)
    assert len(served) == 2
    idp.clock.advance(600)
    assume(idp, arn, text)
    assert len(served) == 3


def test_an_issuer_that_cannot_be_reached_is_left_alone_for_a_while(
    idp: Sts, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []

    def fetch(issuer: str) -> list[dict[str, Any]]:
        asked.append(issuer)
        if len(asked) < 2:
            raise IDPCommunicationError
        return keys()

    monkeypatch.setattr(issuer_keys, "_fetch", fetch)
    with idp.environment.write() as tx:
        oidc_keys.remove(tx, ISSUER)
    arn = idp.role("Deploy", trusts())
    for _ in range(3):
        assert refused(idp, arn, token()) == ("IDPCommunicationError", 400)
    assert asked == [ISSUER]
    idp.clock.advance(10)
    assume(idp, arn, token())


def test_an_issuer_is_asked_once_at_a_time(idp: Sts, monkeypatch: pytest.MonkeyPatch) -> None:
    arn = idp.role("Deploy", trusts())

    def fetch(_issuer: str) -> list[dict[str, Any]]:
        assert refused(idp, arn, token()) == ("IDPCommunicationError", 400)
        return keys()

    monkeypatch.setattr(issuer_keys, "_fetch", fetch)
    with idp.environment.write() as tx:
        oidc_keys.remove(tx, ISSUER)
    assume(idp, arn, token())


def test_a_document_is_asked_for_over_https_alone() -> None:
    with pytest.raises(IDPCommunicationError, match="can't be read"):
        issuer_keys._fetch("127.0.0.1:1")
