"""Laws of evaluation that hold whatever the policies say."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from s3trail.policy.conditions import compile_condition
from s3trail.policy.document import MalformedPolicy, parse_policy
from s3trail.policy.evaluate import evaluate
from s3trail.policy.request import AttachedPolicy, AuthorizationRequest, Policies
from s3trail.policy.wildcards import compile_parts, match_any, split_wildcards
from tests.unit.policy.callers import ACCOUNT, CALLERS

Statements = list[dict[str, Any]]

_ACTIONS = ("s3:GetObject", "s3:PutObject", "s3:Get*", "s3:*", "*", "s3:DeleteObject")
_RESOURCES = ("arn:aws:s3:::a/x", "arn:aws:s3:::a/*", "arn:aws:s3:::b/*", "arn:aws:s3:::*/x", "*")
_CONDITIONS: tuple[dict[str, Any], ...] = (
    {},
    {"Bool": {"aws:SecureTransport": "true"}},
    {"StringNotEquals": {"aws:username": "ann"}},
    {"StringEqualsIfExists": {"s3:prefix": "x"}},
)
_PRINCIPALS: tuple[Any, ...] = (
    "*",
    {"AWS": ACCOUNT},
    {"AWS": CALLERS["user"].arn},
    {"AWS": f"arn:aws:iam::{ACCOUNT}:role/app"},
    {"AWS": CALLERS["session"].arn},
    {"AWS": CALLERS["stranger"].arn},
    {"Service": "cloudtrail.amazonaws.com"},
)


def _statements(*, principals: bool = False) -> st.SearchStrategy[dict[str, Any]]:
    members: dict[str, st.SearchStrategy[Any]] = {
        "Effect": st.sampled_from(("Allow", "Deny")),
        "Action": st.sampled_from(_ACTIONS),
        "Resource": st.sampled_from(_RESOURCES),
        "Condition": st.sampled_from(_CONDITIONS),
    }
    if principals:
        members["Principal"] = st.sampled_from(_PRINCIPALS)
    return st.fixed_dictionaries(members)


_identity = st.lists(_statements(), max_size=4)
_resource = st.lists(_statements(principals=True), max_size=4)
_requests = st.builds(
    AuthorizationRequest,
    st.sampled_from(list(CALLERS.values())),
    st.sampled_from(("s3:GetObject", "s3:PutObject", "s3:DeleteObject")),
    st.sampled_from(("arn:aws:s3:::a/x", "arn:aws:s3:::a/y", "arn:aws:s3:::b/x")),
    st.sampled_from((ACCOUNT, "222222222222")),
    st.sampled_from(({}, {"aws:securetransport": "true"}, {"aws:username": "ann", "s3:prefix": "y"})),
)


def _attached(statements: Statements, kind: Any) -> AttachedPolicy | None:
    if not statements:
        return None
    document = {"Version": "2012-10-17", "Statement": statements}
    return AttachedPolicy(parse_policy(json.dumps(document), kind, max_size=100_000))


def _policies(
    identity: Statements,
    resource: Statements,
    boundary: Statements | None = None,
    session: Statements | None = None,
) -> Policies:
    own = _attached(identity, "identity")
    limits = _attached(session, "session") if session else None
    return Policies(
        identity=(own,) if own else (),
        resource=_attached(resource, "resource"),
        boundary=_attached(boundary, "boundary") if boundary else None,
        session=(limits,) if limits else None,
    )


def _everything(effect: str, **more: Any) -> dict[str, Any]:
    return {"Effect": effect, "Action": "*", "Resource": "*", **more}


@given(_requests, _identity, _resource)
def test_a_deny_in_an_identity_based_policy_always_wins(
    request: AuthorizationRequest, identity: Statements, resource: Statements
) -> None:
    decision = evaluate(request, _policies([*identity, _everything("Deny")], resource))

    assert (decision.allowed, decision.reason.outcome) == (False, "explicit deny")


@given(_requests, _identity, _resource)
def test_a_deny_in_a_resource_policy_always_wins(
    request: AuthorizationRequest, identity: Statements, resource: Statements
) -> None:
    decision = evaluate(request, _policies(identity, [*resource, _everything("Deny", Principal="*")]))

    assert (decision.allowed, decision.reason.outcome) == (False, "explicit deny")


@given(_requests, _identity, _resource, _statements(), _statements(principals=True))
def test_adding_an_allow_never_removes_access(
    request: AuthorizationRequest,
    identity: Statements,
    resource: Statements,
    own: dict[str, Any],
    others: dict[str, Any],
) -> None:
    before = evaluate(request, _policies(identity, resource))
    after = evaluate(
        request,
        _policies([*identity, {**own, "Effect": "Allow"}], [*resource, {**others, "Effect": "Allow"}]),
    )

    assert after.allowed or not before.allowed


@given(_requests, _identity, _resource)
def test_removing_a_deny_never_removes_access(
    request: AuthorizationRequest, identity: Statements, resource: Statements
) -> None:
    before = evaluate(request, _policies(identity, resource))
    after = evaluate(
        request,
        _policies(
            [statement for statement in identity if statement["Effect"] == "Allow"],
            [statement for statement in resource if statement["Effect"] == "Allow"],
        ),
    )

    assert after.allowed or not before.allowed


@given(_requests, _identity, _resource, _identity, _identity)
def test_a_boundary_and_a_session_policy_never_add_access(
    request: AuthorizationRequest,
    identity: Statements,
    resource: Statements,
    boundary: Statements,
    session: Statements,
) -> None:
    within = evaluate(request, _policies(identity, resource, boundary, session))
    without = evaluate(request, _policies(identity, resource))

    assert without.allowed or not within.allowed


@given(_requests, _identity, _resource)
def test_the_order_of_statements_never_matters(
    request: AuthorizationRequest, identity: Statements, resource: Statements
) -> None:
    one = evaluate(request, _policies(identity, resource))
    other = evaluate(request, _policies(identity[::-1], resource[::-1]))

    assert (one.allowed, one.reason.outcome, one.reason.policy_type) == (
        other.allowed,
        other.reason.outcome,
        other.reason.policy_type,
    )


@given(_requests, _resource)
def test_across_accounts_no_resource_policy_suffices_for_an_identity(
    request: AuthorizationRequest, resource: Statements
) -> None:
    decision = evaluate(request, _policies([], resource))

    if decision.allowed and request.caller.type in ("IAMUser", "AssumedRole", "FederatedUser"):
        assert request.caller.account_id == request.resource_account


@given(_requests, _identity, _resource)
def test_a_refusal_always_has_words(
    request: AuthorizationRequest, identity: Statements, resource: Statements
) -> None:
    decision = evaluate(request, _policies(identity, resource))

    if not decision.allowed:
        assert decision.message(request.caller, request.action, request.resource, quoted=True)


# -- wildcards and conditions

_small = st.text("ab:/", max_size=8)
_pattern = st.text("ab:*?", max_size=8)


def _fits(pattern: str, text: str) -> bool:
    """The definition of the two wildcards, letter by letter."""
    if not pattern:
        return not text
    if pattern[0] == "*":
        return any(_fits(pattern[1:], text[skipped:]) for skipped in range(len(text) + 1))
    return bool(text) and pattern[0] in ("?", text[0]) and _fits(pattern[1:], text[1:])


@given(_pattern, _small)
def test_wildcards_fit_as_defined(pattern: str, text: str) -> None:
    assert compile_parts(split_wildcards(pattern))(text) is _fits(pattern, text)


@given(st.lists(_pattern, max_size=4), _small)
def test_one_of_several_patterns(patterns: list[str], text: str) -> None:
    assert match_any(patterns)(text) is any(_fits(pattern, text) for pattern in patterns)


def test_many_stars_cost_no_more_than_few() -> None:
    matches = compile_parts(split_wildcards("a*" * 200 + "?b"))

    assert not matches("a" * 20_000)


_OPERATORS = ("StringEquals", "StringNotEquals", "StringLike", "StringNotLike", "StringEqualsIgnoreCase")
_values = st.lists(_small, min_size=1, max_size=3)
_contexts = st.one_of(
    st.just({}), st.builds(lambda value: {"k": value}, st.one_of(_small, st.lists(_small, max_size=3)))
)


def _holds(operator: str, values: list[str], context: dict[str, Any]) -> bool:
    condition = compile_condition({operator: {"k": values}}, variables=True)
    assert condition is not None
    return condition(context)


@given(st.sampled_from(_OPERATORS), _values, _contexts)
def test_if_exists_differs_only_without_the_key(
    operator: str, values: list[str], context: dict[str, Any]
) -> None:
    expected = _holds(operator, values, context) if context.get("k", []) != [] else True

    assert _holds(operator + "IfExists", values, context) is expected


@given(st.sampled_from(("StringEquals", "StringLike")), _values, _contexts)
def test_not_is_the_opposite(operator: str, values: list[str], context: dict[str, Any]) -> None:
    negated = operator.replace("String", "StringNot")

    assert _holds(negated, values, context) is not _holds(operator, values, context)


@given(st.sampled_from(_OPERATORS), _values, st.lists(_small, max_size=3))
def test_for_all_values_is_every_value_alone(operator: str, values: list[str], given_: list[str]) -> None:
    alone = [_holds(operator, values, {"k": value}) for value in given_]

    assert _holds(f"ForAllValues:{operator}", values, {"k": given_}) is all(alone)
    assert _holds(f"ForAnyValue:{operator}", values, {"k": given_}) is any(alone)


@given(st.text(max_size=20))
def test_a_value_from_the_request_is_never_a_pattern(name: str) -> None:
    condition = compile_condition({"StringLike": {"s3:prefix": "${aws:username}/*"}}, variables=True)
    assert condition is not None

    assert condition({"aws:username": name, "s3:prefix": f"{name}/x"})
    assert not condition({"aws:username": f"{name}*", "s3:prefix": f"{name}other/x"})


@given(st.text(st.characters(), max_size=60))
def test_no_short_text_is_a_policy(text: str) -> None:
    with pytest.raises(MalformedPolicy):
        parse_policy(text, "resource", max_size=50, bucket="photos")
