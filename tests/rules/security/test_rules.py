"""The security rules show enough examples; that they hold is tested with those of all rules."""

from __future__ import annotations

import importlib
import pkgutil

import pytest

import dagcheck_rules.security
from dagcheck.rule import Rule

RULES = [
    rule
    for found in pkgutil.iter_modules(dagcheck_rules.security.__path__)
    if not found.ispkg
    for rule in vars(importlib.import_module(f"dagcheck_rules.security.{found.name}")).values()
    if isinstance(rule, type) and issubclass(rule, Rule) and hasattr(rule, "meta") and rule.__module__.endswith(f".{found.name}")
]


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.meta.code)
def test_a_rule_has_three_examples_of_each_sort(rule: type[Rule]) -> None:
    assert len(rule.bad) >= 3
    assert len(rule.good) >= 3
