"""GetCallerIdentity, GetAccessKeyInfo and DecodeAuthorizationMessage."""

from __future__ import annotations

import json

import pytest

from s3trail.state.config import identities
from s3trail.state.config.authorization_messages import encode
from tests.unit.services.sts.conftest import ACCOUNT, OTHER_ACCOUNT, Sts


def test_a_caller_learns_who_it_is(sts: Sts) -> None:
    assert sts.call("GetCallerIdentity", sts.ann) == {
        "UserId": sts.ann.principal_id,
        "Account": ACCOUNT,
        "Arn": f"arn:aws:iam::{ACCOUNT}:user/ann",
    }
    session = sts.caller(sts.call("GetFederationToken", sts.root, Name="jane"))
    assert sts.call("GetCallerIdentity", session) == {
        "UserId": f"{ACCOUNT}:jane",
        "Account": ACCOUNT,
        "Arn": f"arn:aws:sts::{ACCOUNT}:federated-user/jane",
    }


def test_an_access_key_tells_its_account(sts: Sts) -> None:
    with sts.environment.read() as tx:
        key = identities.root_key(tx, OTHER_ACCOUNT)
    assert key is not None
    assert sts.call("GetAccessKeyInfo", sts.ann, AccessKeyId=key.key_id) == {"Account": OTHER_ACCOUNT}


@pytest.mark.parametrize("key", ["AKIA", "AKIAIOSFODNN7EXAMPLE", "AKIA/OSFODNN7EXAMPLE"])
def test_refuses_what_is_no_access_key_of_the_server(sts: Sts, key: str) -> None:
    error = sts.error("GetAccessKeyInfo", sts.ann, AccessKeyId=key)
    assert (error.code, error.status) == ("ValidationError", 400)
    assert key in error.message


def test_an_encoded_message_is_decoded_in_the_account_that_it_is_for(sts: Sts) -> None:
    message = {"allowed": False, "explicitDeny": True, "context": {"action": "s3:GetObject"}}
    text = encode(sts.secrets, ACCOUNT, message)
    answer = sts.call("DecodeAuthorizationMessage", sts.ann, EncodedMessage=text)
    assert json.loads(answer["DecodedMessage"]) == message
    stranger = sts.user("bob", account=OTHER_ACCOUNT)
    error = sts.error("DecodeAuthorizationMessage", stranger, EncodedMessage=text)
    assert (error.code, error.status) == ("InvalidAuthorizationMessageException", 400)


@pytest.mark.parametrize("text", ["", "x", "é" * 20, "A" * 10_241])
def test_refuses_what_is_no_encoded_message(sts: Sts, text: str) -> None:
    error = sts.error("DecodeAuthorizationMessage", sts.ann, EncodedMessage=text)
    assert error.code == "InvalidAuthorizationMessageException"
