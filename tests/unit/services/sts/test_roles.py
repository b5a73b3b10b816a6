"""AssumeRole: whom trust policies let in, on what conditions, and what the session carries on."""

from __future__ import annotations

import json
from typing import Any

import pytest

from s3trail.kernel.caller import Caller
from s3trail.services.sts import identity_context
from tests.unit.services.sts.conftest import ACCOUNT, NOW, OTHER_ACCOUNT, Sts

ADMINISTRATOR = "arn:aws:iam::aws:policy/AdministratorAccess"
STORE = f"arn:aws:identitystore::{ACCOUNT}:identitystore/d-1234567890"
ANYONE = {"Principal": {"AWS": "*"}, "Action": "sts:*"}


def of_ann(sts: Sts, **more: Any) -> dict[str, Any]:
    """A statement that trusts ann."""
    return {"Principal": {"AWS": sts.ann.arn}, **more}


def assume(sts: Sts, caller: Caller, arn: str, **params: Any) -> Any:
    """Assume a role as the session `job`."""
    return sts.call("AssumeRole", caller, RoleArn=arn, RoleSessionName="job", **params)


def denied(sts: Sts, caller: Caller, arn: str, action: str = "sts:AssumeRole", **params: Any) -> None:
    """The role mustn't be assumed."""
    error = sts.error("AssumeRole", caller, RoleArn=arn, RoleSessionName="job", **params)
    assert (error.code, error.status) == ("AccessDenied", 403)
    assert error.message == f"User: {caller.arn} is not authorized to perform: {action} on resource: {arn}"


def test_the_session_is_the_roles(sts: Sts) -> None:
    arn = sts.role("Reader", of_ann(sts))
    answer = assume(sts, sts.ann, arn)
    caller = sts.caller(answer)
    role_id = caller.principal_id.partition(":")[0]
    session = f"arn:aws:sts::{ACCOUNT}:assumed-role/Reader/job"
    assert role_id.startswith("AROA")
    assert answer["AssumedRoleUser"] == {"AssumedRoleId": f"{role_id}:job", "Arn": session}
    assert answer["Credentials"]["Expiration"] == int(NOW) + 3600
    assert answer["PackedPolicySize"] is None
    assert answer["SourceIdentity"] is None
    assert (caller.type, caller.account_id, caller.arn) == ("AssumedRole", ACCOUNT, session)
    assert caller.session == {
        "sessionIssuer": {
            "type": "Role",
            "principalId": role_id,
            "arn": arn,
            "accountId": ACCOUNT,
            "userName": "Reader",
        },
        "attributes": {"creationDate": "2026-09-21T14:13:20Z", "mfaAuthenticated": "false"},
    }


def test_a_trust_policy_that_names_the_user_is_enough(sts: Sts) -> None:
    assume(sts, sts.ann, sts.role("Reader", of_ann(sts)))
    denied(sts, sts.user("bob", "admin"), sts.role("Other", of_ann(sts)))


def test_where_the_account_is_trusted_the_users_policies_decide(sts: Sts) -> None:
    arn = sts.role("Reader", {"Principal": {"AWS": ACCOUNT}})
    denied(sts, sts.ann, arn)
    sts.attach(sts.ann, ADMINISTRATOR)
    assume(sts, sts.ann, arn)


def test_another_account_needs_both_sides(sts: Sts) -> None:
    arn = sts.role("Reader", {"Principal": {"AWS": OTHER_ACCOUNT}})
    stranger = sts.user("eve", "none", OTHER_ACCOUNT)
    denied(sts, stranger, arn)
    sts.attach(stranger, ADMINISTRATOR)
    assert sts.caller(assume(sts, stranger, arn)).account_id == ACCOUNT
    denied(sts, stranger, sts.role("Private", of_ann(sts)))


def test_root_assumes_no_role(sts: Sts) -> None:
    error = sts.error("AssumeRole", sts.root, RoleArn=sts.role("Reader", ANYONE), RoleSessionName="job")
    assert (error.code, error.message) == ("AccessDenied", "Roles may not be assumed by root accounts.")


def test_a_federated_user_assumes_no_role(sts: Sts) -> None:
    jane = sts.caller(sts.call("GetFederationToken", sts.ann, Name="jane"))
    denied(sts, jane, sts.role("Reader", ANYONE))


def test_a_role_that_is_not_there_is_refused_like_one_that_trusts_others(sts: Sts) -> None:
    denied(sts, sts.ann, f"arn:aws:iam::{ACCOUNT}:role/None")
    arn = sts.role("Reader", of_ann(sts), path="/jobs/")
    denied(sts, sts.ann, arn.replace("/jobs/", "/"))


@pytest.mark.parametrize("arn", ["Reader", "arn:aws:iam::123456789012:user/ann", "arn:aws:iam::1:role/R"])
def test_refuses_what_is_no_role_arn(sts: Sts, arn: str) -> None:
    error = sts.error("AssumeRole", sts.ann, RoleArn=arn, RoleSessionName="job")
    assert (error.code, error.message) == ("ValidationError", f"{arn} is invalid")


def test_the_external_id_must_be_the_one_that_was_agreed(sts: Sts) -> None:
    arn = sts.role("Reader", of_ann(sts, Condition={"StringEquals": {"sts:ExternalId": "abc"}}))
    denied(sts, sts.ann, arn)
    denied(sts, sts.ann, arn, ExternalId="abd")
    assume(sts, sts.ann, arn, ExternalId="abc")


def test_conditions_ask_for_the_session_name(sts: Sts) -> None:
    arn = sts.role(
        "Reader", of_ann(sts, Condition={"StringEquals": {"sts:RoleSessionName": "${aws:username}"}})
    )
    denied(sts, sts.ann, arn)
    sts.call("AssumeRole", sts.ann, RoleArn=arn, RoleSessionName="ann")


def test_conditions_ask_for_mfa(sts: Sts) -> None:
    arn = sts.role("Reader", of_ann(sts, Condition={"Bool": {"aws:MultiFactorAuthPresent": "true"}}))
    serial = sts.device(sts.ann)
    denied(sts, sts.ann, arn)
    caller = sts.caller(assume(sts, sts.ann, arn, SerialNumber=serial, TokenCode=sts.code()))
    assert caller.session["attributes"]["mfaAuthenticated"] == "true"
    sts.clock.advance(30)
    proven = sts.call("GetSessionToken", sts.ann, SerialNumber=serial, TokenCode=sts.code())
    assume(sts, sts.caller(proven), arn)
    denied(sts, sts.caller(sts.call("GetSessionToken", sts.ann)), arn)


def test_a_code_is_not_used_up_by_a_refused_call(sts: Sts) -> None:
    shown = {"SerialNumber": sts.device(sts.ann), "TokenCode": sts.code()}
    denied(sts, sts.ann, f"arn:aws:iam::{ACCOUNT}:role/None", **shown)
    assume(sts, sts.ann, sts.role("Reader", of_ann(sts)), **shown)


def test_tags_need_a_permission_of_their_own(sts: Sts) -> None:
    tags = [{"Key": "Team", "Value": "blue"}]
    denied(sts, sts.ann, sts.role("Reader", of_ann(sts)), "sts:TagSession", Tags=tags)
    arn = sts.role(
        "Tagged",
        of_ann(
            sts,
            Action=["sts:AssumeRole", "sts:TagSession"],
            Condition={"StringEquals": {"aws:RequestTag/Team": "blue"}},
        ),
    )
    temporary = sts.caller(assume(sts, sts.ann, arn, Tags=tags)).temporary
    assert temporary is not None
    assert temporary.tags == {"Team": "blue"}
    assert temporary.transitive_tags == ()
    denied(sts, sts.ann, arn, Tags=[{"Key": "Team", "Value": "red"}])


def test_transitive_tags_go_on_and_others_do_not(sts: Sts) -> None:
    first, second = sts.role("First", ANYONE), sts.role("Second", ANYONE)
    sts.attach(sts.ann, ADMINISTRATOR)
    tags = [{"Key": "Team", "Value": "blue"}, {"Key": "Job", "Value": "7"}]
    session = sts.caller(assume(sts, sts.ann, first, Tags=tags, TransitiveTagKeys=["team"]))
    temporary = sts.caller(assume(sts, session, second, Tags=[{"Key": "Job", "Value": "8"}])).temporary
    assert temporary is not None
    assert temporary.tags == {"Team": "blue", "Job": "8"}
    assert temporary.transitive_tags == ("Team",)
    error = sts.error(
        "AssumeRole", session, RoleArn=second, RoleSessionName="job", Tags=[{"Key": "team", "Value": "red"}]
    )
    assert (error.code, "'Team' is transitive" in error.message) == ("InvalidParameterValue", True)


def test_a_transitive_key_must_name_a_tag(sts: Sts) -> None:
    error = sts.error(
        "AssumeRole",
        sts.ann,
        RoleArn=sts.role("Reader", ANYONE),
        RoleSessionName="job",
        TransitiveTagKeys=["Team"],
    )
    assert (error.code, "'Team'" in error.message) == ("ValidationError", True)


def test_a_source_identity_needs_a_permission_and_stays(sts: Sts) -> None:
    denied(sts, sts.ann, sts.role("Reader", of_ann(sts)), "sts:SetSourceIdentity", SourceIdentity="ann")
    first, second = sts.role("First", ANYONE), sts.role("Second", ANYONE)
    answer = assume(sts, sts.ann, first, SourceIdentity="ann")
    assert answer["SourceIdentity"] == "ann"
    session = sts.caller(answer)
    assert session.session["sourceIdentity"] == "ann"
    chained = assume(sts, session, second)
    assert chained["SourceIdentity"] == "ann"
    assert sts.caller(chained).session["sourceIdentity"] == "ann"
    error = sts.error("AssumeRole", session, RoleArn=second, RoleSessionName="job", SourceIdentity="bob")
    assert (error.code, "source identity" in error.message) == ("AccessDenied", True)


def test_a_session_lasts_as_long_as_its_role_allows(sts: Sts) -> None:
    arn = sts.role("Reader", of_ann(sts), max_session=7200)
    assert assume(sts, sts.ann, arn, DurationSeconds=7200)["Credentials"]["Expiration"] == int(NOW) + 7200
    for seconds, told in ((7201, "MaxSessionDuration"), (899, "greater than"), (43_201, "less than")):
        error = sts.error("AssumeRole", sts.ann, RoleArn=arn, RoleSessionName="job", DurationSeconds=seconds)
        assert (error.code, told in error.message) == ("ValidationError", True)


def test_a_chained_session_lasts_an_hour_at_most(sts: Sts) -> None:
    arn = sts.role("Reader", ANYONE, max_session=7200)
    session = sts.caller(assume(sts, sts.ann, arn))
    assume(sts, session, arn, DurationSeconds=3600)
    error = sts.error("AssumeRole", session, RoleArn=arn, RoleSessionName="job", DurationSeconds=3601)
    assert (error.code, "role chaining" in error.message) == ("ValidationError", True)


def test_a_session_policy_narrows_the_session(sts: Sts) -> None:
    first = sts.role("First", ANYONE, attached=(ADMINISTRATOR,))
    second = sts.role("Second", {"Principal": {"AWS": ACCOUNT}})
    policy = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:*", "Resource": "*"}]}
    assume(sts, sts.caller(assume(sts, sts.ann, first)), second)
    narrowed = sts.caller(assume(sts, sts.ann, first, Policy=json.dumps(policy)))
    assert narrowed.temporary is not None
    assert narrowed.temporary.limited
    denied(sts, narrowed, second)
    managed = [{"arn": ADMINISTRATOR}]
    assume(sts, sts.caller(assume(sts, sts.ann, first, PolicyArns=managed)), second)


def test_a_managed_session_policy_is_the_accounts_or_awss(sts: Sts) -> None:
    arn = sts.role("Reader", of_ann(sts))
    for policy in (f"arn:aws:iam::{ACCOUNT}:policy/None", f"arn:aws:iam::{OTHER_ACCOUNT}:policy/P"):
        error = sts.error(
            "AssumeRole", sts.ann, RoleArn=arn, RoleSessionName="job", PolicyArns=[{"arn": policy}]
        )
        assert (error.code, policy in error.message) == ("ValidationError", True)


@pytest.mark.parametrize("name", ["j", "a job", "j" * 65, "job/1"])
def test_refuses_what_is_no_session_name(sts: Sts, name: str) -> None:
    error = sts.error("AssumeRole", sts.ann, RoleArn=sts.role("Reader", ANYONE), RoleSessionName=name)
    assert (error.code, "roleSessionName" in error.message) == ("ValidationError", True)


def test_a_provided_context_says_on_whose_behalf(sts: Sts) -> None:
    arn = sts.role("Portal", of_ann(sts, Action=["sts:AssumeRole", "sts:SetContext"]))
    assertion = identity_context.seal(
        sts.secrets,
        ACCOUNT,
        user_id="u-1",
        identity_store_arn=STORE,
        credential_id="c-1",
        expires=NOW + 60,
    )
    given = [{"ProviderArn": identity_context.IDENTITY_CENTER, "ContextAssertion": assertion}]
    denied(sts, sts.ann, sts.role("Plain", of_ann(sts)), "sts:SetContext", ProvidedContexts=given)
    session = sts.caller(assume(sts, sts.ann, arn, ProvidedContexts=given))
    expected = {"onBehalfOf": {"userId": "u-1", "identityStoreArn": STORE}, "credentialId": "c-1"}
    assert session.further == expected
    chained = sts.role("Next", ANYONE)
    assert sts.caller(assume(sts, session, chained)).further == expected
    sts.clock.advance(60)
    error = sts.error("AssumeRole", sts.ann, RoleArn=arn, RoleSessionName="job", ProvidedContexts=given)
    assert (error.code, "expired" in error.message) == ("ValidationError", True)


@pytest.mark.parametrize(
    "given",
    [
        [{"ProviderArn": "arn:aws:iam::aws:contextProvider/Other", "ContextAssertion": "x" * 9}],
        [{"ProviderArn": identity_context.IDENTITY_CENTER, "ContextAssertion": "x" * 9}],
        [{"ProviderArn": identity_context.IDENTITY_CENTER, "ContextAssertion": "x" * 2049}],
        [{"ProviderArn": identity_context.IDENTITY_CENTER}] * 2,
    ],
)
def test_refuses_contexts_that_are_not_ours(sts: Sts, given: list[dict[str, str]]) -> None:
    arn = sts.role("Portal", ANYONE)
    error = sts.error("AssumeRole", sts.ann, RoleArn=arn, RoleSessionName="job", ProvidedContexts=given)
    assert (error.code, error.status) == ("ValidationError", 400)
