"""Rules that are made when the program runs can be handed to another process."""

import pickle

import pytest

from dagcheck.config.policy import read_policy
from dagcheck.engine.migration import air_rules
from dagcheck.engine.policies.rules import rule_of
from dagcheck.rule import Rule

POLICY = {
    "code": "ORG001",
    "tasks": "id match ^a and retries < 2",
    "require": ["execution_timeout <= 2h", "owner in [a, b]"],
    "message": "Why.",
}


@pytest.mark.parametrize("rule", [rule_of(read_policy(POLICY)), air_rules()[0]], ids=["policy", "ruff"])
def test_a_rule_comes_back_as_the_same_class(rule: type[Rule]) -> None:
    again = pickle.loads(pickle.dumps(rule()))
    assert type(again) is rule
    assert again.meta == rule.meta


def test_the_same_policy_is_the_same_rule() -> None:
    assert rule_of(read_policy(POLICY)) is rule_of(read_policy(dict(POLICY)))
