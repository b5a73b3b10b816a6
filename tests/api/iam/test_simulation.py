"""SimulatePrincipalPolicy and SimulateCustomPolicy: decisions of the evaluator."""

from __future__ import annotations

import json
from typing import Any

import pytest

from s3trail.testing.server import Server
from tests.api.expect import recorded, refused
from tests.api.iam.conftest import document

OBJECT = "arn:aws:s3:::photos/cat.jpg"


def _decisions(answer: Any) -> dict[tuple[str, str], str]:
    return {
        (result["EvalActionName"], result["EvalResourceName"]): result["EvalDecision"]
        for result in answer["EvaluationResults"]
    }


def test_simulates_a_user_with_its_groups(server: Server, iam: Any, user: str, group: str) -> None:
    iam.add_user_to_group(UserName=user, GroupName=group)
    iam.put_group_policy(GroupName=group, PolicyName="read", PolicyDocument=document("s3:GetObject"))
    iam.put_user_policy(UserName=user, PolicyName="never", PolicyDocument=document("s3:DeleteObject", "Deny"))
    arn = iam.get_user(UserName=user)["User"]["Arn"]
    actions = ["s3:GetObject", "s3:PutObject", "s3:DeleteObject"]
    answer = iam.simulate_principal_policy(PolicySourceArn=arn, ActionNames=actions, ResourceArns=[OBJECT])
    record = recorded(server, answer, "SimulatePrincipalPolicy")
    assert record["readOnly"] is True
    assert _decisions(answer) == {
        ("s3:GetObject", OBJECT): "allowed",
        ("s3:PutObject", OBJECT): "implicitDeny",
        ("s3:DeleteObject", OBJECT): "explicitDeny",
    }
    allowed, missing, denied = answer["EvaluationResults"]
    assert allowed["MatchedStatements"][0]["SourcePolicyId"] == f"group_{group}_read"
    assert missing["MatchedStatements"] == []
    assert denied["MatchedStatements"][0]["SourcePolicyId"] == f"user_{user}_never"


def test_simulates_a_role_within_its_boundary(iam: Any, role: str, policy: str) -> None:
    iam.attach_role_policy(RoleName=role, PolicyArn="arn:aws:iam::aws:policy/AmazonS3FullAccess")
    iam.put_role_permissions_boundary(RoleName=role, PermissionsBoundary=policy)
    arn = iam.get_role(RoleName=role)["Role"]["Arn"]
    answer = iam.simulate_principal_policy(PolicySourceArn=arn, ActionNames=["s3:GetObject", "s3:PutObject"])
    assert list(_decisions(answer).values()) == ["allowed", "implicitDeny"]
    details = [
        result["PermissionsBoundaryDecisionDetail"]["AllowedByPermissionsBoundary"]
        for result in answer["EvaluationResults"]
    ]
    assert details == [True, False]


def test_simulates_policies_that_are_not_attached(iam: Any) -> None:
    conditional = json.loads(document())
    conditional["Statement"][0]["Condition"] = {"StringEquals": {"aws:RequestedRegion": "eu-west-1"}}
    given = {"PolicyInputList": [json.dumps(conditional)], "ActionNames": ["s3:GetObject"]}
    (result,) = iam.simulate_custom_policy(**given)["EvaluationResults"]
    assert (result["EvalDecision"], result["MissingContextValues"]) == (
        "implicitDeny",
        ["aws:RequestedRegion"],
    )
    entry = {
        "ContextKeyName": "aws:RequestedRegion",
        "ContextKeyValues": ["eu-west-1"],
        "ContextKeyType": "string",
    }
    (result,) = iam.simulate_custom_policy(**given, ContextEntries=[entry])["EvaluationResults"]
    assert (result["EvalDecision"], result["MissingContextValues"]) == ("allowed", [])
    assert result["MatchedStatements"][0]["SourcePolicyId"] == "PolicyInputList.1"


def test_tells_the_keys_that_policies_ask_for(iam: Any, user: str) -> None:
    conditional = json.loads(document())
    conditional["Statement"][0]["Condition"] = {"StringEquals": {"aws:RequestedRegion": "eu-west-1"}}
    text = json.dumps(conditional)
    answer = iam.get_context_keys_for_custom_policy(PolicyInputList=[text])
    assert answer["ContextKeyNames"] == ["aws:RequestedRegion"]
    iam.put_user_policy(UserName=user, PolicyName="own", PolicyDocument=text)
    arn = iam.get_user(UserName=user)["User"]["Arn"]
    answer = iam.get_context_keys_for_principal_policy(PolicySourceArn=arn)
    assert answer["ContextKeyNames"] == ["aws:RequestedRegion"]


def test_leaves_out_what_is_excluded_and_adds_what_is_given(iam: Any, user: str, policy: str) -> None:
    iam.attach_user_policy(UserName=user, PolicyArn=policy)
    arn = iam.get_user(UserName=user)["User"]["Arn"]
    answer = iam.simulate_principal_policy(
        PolicySourceArn=arn,
        ActionNames=["s3:GetObject", "s3:PutObject"],
        PolicyInputList=[document("s3:PutObject")],
        PolicyExclusionList=[{"PolicyArn": policy}],
    )
    assert list(_decisions(answer).values()) == ["implicitDeny", "allowed"]


@pytest.mark.parametrize("action", ["GetObject", "s3:*", ":GetObject"])
def test_refuses_what_is_no_action(iam: Any, action: str) -> None:
    refused(
        iam.simulate_custom_policy,
        "InvalidInput",
        400,
        PolicyInputList=[document()],
        ActionNames=[action],
    )


def test_refuses_an_unknown_principal(server: Server, iam: Any) -> None:
    account = server.record_of(iam.get_user())["recipientAccountId"]
    refused(
        iam.simulate_principal_policy,
        "NoSuchEntity",
        404,
        PolicySourceArn=f"arn:aws:iam::{account}:user/nobody-here",
        ActionNames=["s3:GetObject"],
    )
