"""GetCallerIdentity: who the caller is, whatever it may do."""

from __future__ import annotations

from typing import Any

from s3trail.testing.server import ANONYMOUS, Credentials, Server
from tests.api.expect import refused
from tests.api.sts.records import recorded


def test_root_and_users_learn_who_they_are(server: Server, sts: Any, account: str) -> None:
    answer = sts.get_caller_identity()
    assert answer["Arn"] == f"arn:aws:iam::{account}:root"
    assert answer["UserId"] == answer["Account"] == account
    record = recorded(server, answer, "GetCallerIdentity")
    assert record["requestParameters"] is None
    assert record["responseElements"] is None
    assert record["recipientAccountId"] == account


def test_a_user_without_rights_may_ask(server: Server) -> None:
    nobody = server.add_user("asks-who-it-is", "none")
    answer = server.client("sts", credentials=nobody).get_caller_identity()
    assert answer["Arn"].endswith(":user/asks-who-it-is")
    assert answer["UserId"].startswith("AIDA")
    recorded(server, answer, "GetCallerIdentity")


def test_a_session_learns_who_it_is(server: Server, user: Credentials) -> None:
    made = server.client("sts", credentials=user).get_session_token()
    answer = server.client("sts", credentials=Credentials.of(made)).get_caller_identity()
    assert answer["Arn"].endswith(f":user/{user.user_name}")


def test_nobody_asks_without_a_signature(server: Server) -> None:
    client = server.client("sts", credentials=ANONYMOUS)
    error = refused(client.get_caller_identity, "MissingAuthenticationToken", 403)
    recorded(server, error, "GetCallerIdentity")
