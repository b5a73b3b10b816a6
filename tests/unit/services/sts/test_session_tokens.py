"""GetSessionToken and GetFederationToken: how long, for whom, and what their sessions are."""

from __future__ import annotations

import json

import pytest

from tests.unit.services.sts.conftest import ACCOUNT, NOW, Sts

READ_ONLY = "arn:aws:iam::aws:policy/ReadOnlyAccess"
SESSION_POLICY = json.dumps(
    {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"}]}
)
_CONTEXT = {"attributes": {"creationDate": "2026-09-21T14:13:20Z", "mfaAuthenticated": "false"}}


def test_a_session_token_stands_for_its_user(sts: Sts) -> None:
    answer = sts.call("GetSessionToken", sts.ann)
    caller = sts.caller(answer)
    assert caller.type == "IAMUser"
    assert (caller.arn, caller.user_name, caller.principal_id) == (
        sts.ann.arn,
        "ann",
        sts.ann.principal_id,
    )
    assert caller.session == _CONTEXT
    assert caller.temporary is not None
    assert caller.temporary.principal_id == sts.ann.principal_id
    assert not caller.temporary.limited
    assert answer["Credentials"]["Expiration"] == int(NOW) + 43_200


def test_a_session_token_of_root_lasts_an_hour_at_most(sts: Sts) -> None:
    for asked in ({}, {"DurationSeconds": 7200}):
        answer = sts.call("GetSessionToken", sts.root, **asked)
        assert answer["Credentials"]["Expiration"] == int(NOW) + 3600
    assert sts.caller(answer).type == "Root"
    answer = sts.call("GetSessionToken", sts.root, DurationSeconds=900)
    assert answer["Credentials"]["Expiration"] == int(NOW) + 900


@pytest.mark.parametrize(("seconds", "constraint"), [(899, "greater"), (129_601, "less")])
@pytest.mark.parametrize("operation", ["GetSessionToken", "GetFederationToken"])
def test_refuses_durations_out_of_range(sts: Sts, operation: str, seconds: int, constraint: str) -> None:
    error = sts.error(operation, sts.ann, Name="jane", DurationSeconds=seconds)
    assert (error.code, error.status) == ("ValidationError", 400)
    assert f"Value '{seconds}' at 'durationSeconds'" in error.message
    assert f"Member must have value {constraint} than" in error.message


@pytest.mark.parametrize("operation", ["GetSessionToken", "GetFederationToken"])
def test_refuses_temporary_credentials(sts: Sts, operation: str) -> None:
    caller = sts.caller(sts.call("GetSessionToken", sts.ann))
    error = sts.error(operation, caller, Name="jane")
    assert (error.code, error.status) == ("AccessDenied", 403)
    assert error.message == f"Cannot call {operation} with session credentials"


def test_a_code_of_the_mfa_device_is_noted(sts: Sts) -> None:
    serial = sts.device(sts.ann)
    answer = sts.call("GetSessionToken", sts.ann, SerialNumber=serial, TokenCode=sts.code())
    caller = sts.caller(answer)
    assert caller.session["attributes"]["mfaAuthenticated"] == "true"
    assert caller.temporary is not None
    assert caller.temporary.mfa_authenticated


def test_a_code_counts_once(sts: Sts) -> None:
    serial = sts.device(sts.ann)
    sts.call("GetSessionToken", sts.ann, SerialNumber=serial, TokenCode=sts.code())
    error = sts.error("GetSessionToken", sts.ann, SerialNumber=serial, TokenCode=sts.code())
    assert error.message == "MultiFactorAuthentication failed with invalid MFA one time pass code."
    sts.clock.advance(30)
    sts.call("GetSessionToken", sts.ann, SerialNumber=serial, TokenCode=sts.code())


@pytest.mark.parametrize(("steps", "taken"), [(-2, False), (-1, True), (1, True), (2, False)])
def test_the_clock_of_a_device_may_be_one_step_off(sts: Sts, steps: int, taken: bool) -> None:
    shown = {"SerialNumber": sts.device(sts.ann), "TokenCode": sts.code(steps)}
    if taken:
        sts.call("GetSessionToken", sts.ann, **shown)
    else:
        assert sts.error("GetSessionToken", sts.ann, **shown).code == "AccessDenied"


def test_refuses_the_device_of_another(sts: Sts) -> None:
    serial = sts.device(sts.root)
    error = sts.error("GetSessionToken", sts.ann, SerialNumber=serial, TokenCode=sts.code())
    assert error.code == "AccessDenied"
    assert "unable to validate MFA code" in error.message
    unknown = f"arn:aws:iam::{ACCOUNT}:mfa/none"
    error = sts.error("GetSessionToken", sts.ann, SerialNumber=unknown, TokenCode="000000")
    assert "unable to validate MFA code" in error.message


def test_refuses_half_a_proof(sts: Sts) -> None:
    serial = sts.device(sts.ann)
    for half in ({"SerialNumber": serial}, {"TokenCode": "123456"}):
        assert "must provide both" in sts.error("GetSessionToken", sts.ann, **half).message
    error = sts.error("GetSessionToken", sts.ann, SerialNumber=serial, TokenCode="12345")
    assert (error.code, "tokenCode" in error.message) == ("ValidationError", True)


def test_a_federation_token_has_a_name_of_its_own(sts: Sts) -> None:
    answer = sts.call(
        "GetFederationToken",
        sts.ann,
        Name="jane",
        Policy=SESSION_POLICY,
        PolicyArns=[{"arn": READ_ONLY}],
        Tags=[{"Key": "team", "Value": "blue"}],
        DurationSeconds=900,
    )
    arn = f"arn:aws:sts::{ACCOUNT}:federated-user/jane"
    assert answer["FederatedUser"] == {"FederatedUserId": f"{ACCOUNT}:jane", "Arn": arn}
    assert 0 < answer["PackedPolicySize"] <= 100
    caller = sts.caller(answer)
    assert (caller.type, caller.arn, caller.principal_id) == ("FederatedUser", arn, f"{ACCOUNT}:jane")
    assert caller.user_name == ""
    assert caller.session["sessionIssuer"] == {
        "type": "IAMUser",
        "principalId": sts.ann.principal_id,
        "arn": sts.ann.arn,
        "accountId": ACCOUNT,
        "userName": "ann",
    }
    assert caller.temporary is not None
    assert caller.temporary.policy == SESSION_POLICY
    assert caller.temporary.policy_arns == (READ_ONLY,)
    assert caller.temporary.tags == {"team": "blue"}


def test_a_federation_token_without_policies_is_limited_all_the_same(sts: Sts) -> None:
    answer = sts.call("GetFederationToken", sts.root, Name="jane")
    assert answer["PackedPolicySize"] is None
    caller = sts.caller(answer)
    assert caller.temporary is not None
    assert caller.temporary.limited
    assert caller.session["sessionIssuer"]["type"] == "Root"
    assert "userName" not in caller.session["sessionIssuer"]


@pytest.mark.parametrize(
    ("params", "code"),
    [
        ({"Name": "j"}, "ValidationError"),
        ({"Name": "jane doe"}, "ValidationError"),
        ({"Name": "j" * 33}, "ValidationError"),
        ({"Name": "jane", "Policy": "{"}, "MalformedPolicyDocument"),
        ({"Name": "jane", "Policy": SESSION_POLICY[:-1] + " " * 9 + "}"}, ""),
        ({"Name": "jane", "PolicyArns": [{"arn": "arn:aws:iam::aws:policy/None"}]}, "ValidationError"),
        ({"Name": "jane", "PolicyArns": [{"arn": "x"}]}, "ValidationError"),
        ({"Name": "jane", "PolicyArns": [{"arn": READ_ONLY}] * 11}, "ValidationError"),
        ({"Name": "jane", "Tags": [{"Key": "aws:x", "Value": ""}]}, "ValidationError"),
        ({"Name": "jane", "Tags": [{"Key": "k", "Value": "*"}]}, "ValidationError"),
        (
            {"Name": "jane", "Tags": [{"Key": "k", "Value": "a"}, {"Key": "K", "Value": "b"}]},
            "InvalidParameterValue",
        ),
        (
            {"Name": "jane", "Tags": [{"Key": f"{n:0100}", "Value": "v" * 250} for n in range(50)]},
            "PackedPolicyTooLarge",
        ),
    ],
)
def test_refuses_what_is_no_name_policy_or_tag(sts: Sts, params: dict[str, object], code: str) -> None:
    if code:
        error = sts.error("GetFederationToken", sts.ann, **params)
        assert (error.code, error.status) == (code, 400)
    else:
        sts.call("GetFederationToken", sts.ann, **params)
