"""DecodeAuthorizationMessage: what a denied caller was given, in clear."""

from __future__ import annotations

import json
import os
from typing import Any

from s3trail.state.config import secrets
from s3trail.state.config.authorization_messages import encode
from s3trail.testing.server import Server
from tests.api.expect import refused
from tests.api.sts.records import recorded


def test_decodes_a_message_of_the_account(server: Server, sts: Any, account: str) -> None:
    message = {"allowed": False, "explicitDeny": False}
    text = encode(secrets.load(server.data, os.environ), account, message)
    answer = sts.decode_authorization_message(EncodedMessage=text)
    assert json.loads(answer["DecodedMessage"]) == message
    record = recorded(server, answer, "DecodeAuthorizationMessage")
    assert record["requestParameters"] is None
    assert text not in str(record)


def test_refuses_what_is_no_message(server: Server, sts: Any) -> None:
    call = sts.decode_authorization_message
    error = refused(call, "InvalidAuthorizationMessageException", 400, EncodedMessage="x")
    recorded(server, error, "DecodeAuthorizationMessage")
