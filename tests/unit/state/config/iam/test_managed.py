"""AWS managed policies and an account's own, by ARN."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from s3trail.policy.document import parse_policy
from s3trail.state.config.iam import managed
from s3trail.state.config.iam.managed import AWS_MANAGED
from s3trail.state.config.iam.policies import POLICIES, ManagedPolicy, split_arn
from s3trail.state.environment import Environment

ACCOUNT = "111122223333"


@pytest.fixture
def environment(tmp_path: Path) -> Iterator[Environment]:
    """An empty environment."""
    opened = Environment(tmp_path)
    yield opened
    opened.close()


@pytest.mark.parametrize("arn", sorted(AWS_MANAGED))
def test_every_document_may_be_attached(arn: str) -> None:
    policy = AWS_MANAGED[arn]
    assert policy.arn == arn
    assert parse_policy(policy.document, "identity", max_size=6144).statements


def test_unique_ids_are_unique() -> None:
    assert len({policy.policy_id for policy in AWS_MANAGED.values()}) == len(AWS_MANAGED)


def test_finds_by_the_whole_arn(environment: Environment) -> None:
    policy = ManagedPolicy(ACCOUNT, "P", "ANPAP", 1.0, 1.0, "{}", path="/staff/")
    with environment.write() as tx:
        POLICIES.put(tx, policy)
        assert managed.find(tx, f"arn:aws:iam::{ACCOUNT}:policy/staff/P") == policy
        assert managed.find(tx, f"arn:aws:iam::{ACCOUNT}:policy/P") is None
        assert managed.find(tx, "arn:aws:iam::aws:policy/NoSuchPolicy") is None


@pytest.mark.parametrize(
    "text", ["", "P", "arn:aws:s3:::policy/P", "arn:aws:iam::1:policy/", "arn:aws:iam::1:user/P"]
)
def test_other_texts_are_no_arn_of_a_policy(text: str) -> None:
    assert split_arn(text) == ("", "")
