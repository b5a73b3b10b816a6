"""The cases of `cases/*.json`, written from AWS's documentation; one test per case, named by its fact."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from s3trail.kernel.errors import AwsError
from s3trail.policy import principals
from s3trail.policy.actions import needs
from s3trail.policy.conditions import compile_condition
from s3trail.policy.context import fold
from s3trail.policy.document import PolicyKind, is_public, parse_policy
from s3trail.policy.evaluate import evaluate
from s3trail.policy.principals import compile_principals, principal_of
from s3trail.policy.public_access import PublicAccessBlock
from s3trail.policy.request import AttachedPolicy, AuthorizationRequest, Grant, Policies
from s3trail.policy.wildcards import compile_parts, match_any, split_wildcards
from tests.unit.policy.callers import ACCOUNT, CALLERS, CANONICAL_USER, PROVIDER

_CASES = Path(__file__).parent / "cases"
_STATEMENT = {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::photos/*"}


def _cases(name: str) -> list[Any]:
    found = json.loads((_CASES / f"{name}.json").read_text())["cases"]
    return [pytest.param(case, id=case.get("fact") or str(number)) for number, case in enumerate(found)]


@pytest.mark.parametrize("case", _cases("wildcards"))
def test_wildcard(case: dict[str, Any]) -> None:
    one = compile_parts(split_wildcards(case["pattern"]))
    among_others = match_any(["zzz", case["pattern"], "zz?z*zz"])

    assert one(case["text"]) is case["fits"]
    assert among_others(case["text"]) is case["fits"]


@pytest.mark.parametrize("case", _cases("conditions"))
def test_condition(case: dict[str, Any]) -> None:
    condition = compile_condition(
        case["condition"], variables=case.get("version", "2012-10-17") == "2012-10-17"
    )
    holds = condition is None or condition(fold(case["context"]))

    assert holds is case["holds"]


@pytest.mark.parametrize("case", _cases("principals"))
def test_principal(case: dict[str, Any]) -> None:
    element = compile_principals(case["principal"], excluded=case.get("excluded", False))
    federated = PROVIDER if case["caller"] == "web" else ""
    canonical_user = CANONICAL_USER if case["caller"] == "user" else ""
    caller = principal_of(CALLERS[case["caller"]], federated=federated, canonical_user=canonical_user)

    assert element.names(caller) == getattr(principals, case["named"])


@pytest.mark.parametrize("case", _cases("public"))
def test_public(case: dict[str, Any]) -> None:
    document = {"Version": "2012-10-17", "Statement": {**_STATEMENT, **case["statement"]}}
    policy = parse_policy(json.dumps(document), "resource", max_size=20480, bucket="photos")

    assert is_public(policy) is case["public"]


@pytest.mark.parametrize("case", _cases("documents"))
def test_refused_document(case: dict[str, Any]) -> None:
    document = case["document"] if isinstance(case["document"], str) else json.dumps(case["document"])
    kind: PolicyKind = "resource" if case["kind"] == "bucket" else case["kind"]
    bucket = "photos" if case["kind"] == "bucket" else None

    with pytest.raises(AwsError) as refused:
        parse_policy(document, kind, max_size=case.get("max_size", 20480), bucket=bucket)

    assert (refused.value.code, refused.value.message) == (case["code"], case["message"])


@pytest.mark.parametrize("case", _cases("operations"))
def test_operation(case: dict[str, Any]) -> None:
    found = needs(case["service"], case["operation"], case["params"], "us-east-1", ACCOUNT)

    assert [[need.action, need.resource] for need in found] == case["needs"]


def _attached(
    case: dict[str, Any], name: str, kind: PolicyKind, defaults: dict[str, Any]
) -> AttachedPolicy | None:
    if not case.get(name):
        return None
    statements = []
    for given in case[name]:
        statement = {**defaults, **given}
        for replaced in ("Action", "Resource", "Principal"):
            if f"Not{replaced}" in given:
                statement.pop(replaced, None)
        statements.append(statement)
    document = {"Version": "2012-10-17", "Statement": statements}
    return AttachedPolicy(parse_policy(json.dumps(document), kind, max_size=20480), name=name)


def _policies(case: dict[str, Any]) -> Policies:
    identity = [_attached(case, name, "identity", _STATEMENT) for name in ("identity", "group")]
    session = _attached(case, "session", "session", _STATEMENT)
    trust = _attached(case, "trust", "trust", {"Effect": "Allow"})
    sessions: tuple[AttachedPolicy, ...] | None = None
    if "session" in case:
        sessions = (session,) if session is not None else ()
    return Policies(
        identity=tuple(policy for policy in identity if policy is not None),
        boundary=_attached(case, "boundary", "boundary", _STATEMENT),
        session=sessions,
        resource=trust or _attached(case, "resource_policy", "resource", _STATEMENT),
        vpc_endpoint=_attached(case, "endpoint", "vpc-endpoint", _STATEMENT),
        service_rule=case.get("service_rule", ""),
        acl=tuple(Grant(grantee, permission) for grantee, permission in case.get("acl", ())),
        acl_of_object=case.get("acl_of_object", False),
        ownership=case.get("ownership", "BucketOwnerEnforced"),
        object_owner=case.get("object_owner", ""),
        public_access=PublicAccessBlock(**dict.fromkeys(case.get("block", ()), True)),
    )


@pytest.mark.parametrize("case", _cases("decisions"))
def test_decision(case: dict[str, Any]) -> None:
    caller = CALLERS[case["caller"]]
    request = AuthorizationRequest(
        caller,
        case.get("action", "s3:GetObject"),
        case.get("resource", "arn:aws:s3:::photos/cat.jpg"),
        case.get("owner", ACCOUNT),
        fold(case.get("context", {})),
        federated=PROVIDER if case["caller"] == "web" else "",
        makes_public=case.get("makes_public", ""),
    )
    decision = evaluate(request, _policies(case))

    assert (decision.reason.outcome, decision.reason.policy_type) == (case["decision"], case["by"])
    assert decision.allowed is (case["decision"] == "allow")
    if "message" in case:
        message = decision.message(caller, request.action, request.resource, quoted=case.get("quoted", True))
        assert message == case["message"]
