"""Rights: deny by default, the owner's account decides, the wording is AWS's."""

from __future__ import annotations

import pytest

from s3trail.kernel.caller import ANONYMOUS, Caller
from s3trail.policy.actions import action
from s3trail.policy.rights import decide, refusal


def _user(rights: str, account: str = "111111111111") -> Caller:
    return Caller(type="IAMUser", account_id=account, arn=f"arn:aws:iam::{account}:user/u", rights=rights)


@pytest.mark.parametrize(
    ("caller", "read_only", "owner", "allowed", "reason"),
    [
        (_user("admin"), False, "111111111111", True, "same account"),
        (_user("admin"), False, "", True, "same account"),
        (_user("admin"), True, "222222222222", False, "cross-account"),
        (_user("read-only"), True, "111111111111", True, "same account"),
        (_user("read-only"), False, "111111111111", False, "rights"),
        (_user("none"), True, "111111111111", False, "rights"),
        (_user("none"), True, "", False, "rights"),
        (ANONYMOUS, True, "111111111111", False, "anonymous"),
        (ANONYMOUS, True, "", False, "anonymous"),
        (Caller(type="Unknown"), True, "", False, "rights"),
    ],
)
def test_decides(caller: Caller, read_only: bool, owner: str, allowed: bool, reason: str) -> None:
    decision = decide(caller, read_only=read_only, owner=owner)

    assert (decision.allowed, decision.reason) == (allowed, reason)


def test_a_refused_user_of_the_account_learns_action_and_resource() -> None:
    caller = _user("none")
    error = refusal(
        decide(caller, read_only=True, owner=""), caller, "s3", "ListObjectsV2", "arn:aws:s3:::photos"
    )

    assert error.code == "AccessDenied"
    assert error.message == (
        "User: arn:aws:iam::111111111111:user/u is not authorized to perform: s3:ListBucket on resource: "
        '"arn:aws:s3:::photos" because no identity-based policy allows the s3:ListBucket action'
    )


@pytest.mark.parametrize("caller", [_user("admin"), ANONYMOUS])
def test_strangers_learn_nothing(caller: Caller) -> None:
    error = refusal(
        decide(caller, read_only=True, owner="222222222222"), caller, "s3", "GetObject", "arn:aws:s3:::b/k"
    )

    assert error.message == "Access Denied"


@pytest.mark.parametrize(
    ("service", "operation", "name"),
    [
        ("s3", "GetObject", "s3:GetObject"),
        ("s3", "HeadObject", "s3:GetObject"),
        ("s3", "ListBuckets", "s3:ListAllMyBuckets"),
        ("s3", "UploadPart", "s3:PutObject"),
        ("cloudtrail", "CreateTrail", "cloudtrail:CreateTrail"),
    ],
)
def test_names_the_action(service: str, operation: str, name: str) -> None:
    assert action(service, operation) == name
