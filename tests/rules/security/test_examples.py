"""The examples of the security rules hold."""

from __future__ import annotations

import importlib
import pkgutil

import pytest

import dagcheck_rules.security
from dagcheck.rule import Rule
from tests.rules.security.examining import findings, marked

RULES = [
    rule
    for found in pkgutil.iter_modules(dagcheck_rules.security.__path__)
    if not found.ispkg
    for rule in vars(importlib.import_module(f"dagcheck_rules.security.{found.name}")).values()
    if isinstance(rule, type) and issubclass(rule, Rule) and hasattr(rule, "meta") and rule.__module__.endswith(f".{found.name}")
]


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.meta.code)
def test_bad_examples_are_flagged_on_the_marked_lines_alone(rule: type[Rule]) -> None:
    for example in rule.bad:
        assert [finding.span.line for finding in findings(rule, example.source)] == marked(example.source, rule.meta.code), example.title


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.meta.code)
def test_good_examples_are_left_alone(rule: type[Rule]) -> None:
    for example in rule.good:
        assert findings(rule, example.source) == [], example.title


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.meta.code)
def test_a_rule_has_three_examples_of_each_sort(rule: type[Rule]) -> None:
    assert len(rule.bad) >= 3
    assert len(rule.good) >= 3
