"""Every rule does what its own examples say, and has the shape of a rule."""

import inspect
import re

import pytest

from dagcheck.engine.packs import load_packs
from dagcheck.rule import Rule
from dagcheck.testing.rule_examples import Example, examples_of

RULES = load_packs()


@pytest.mark.parametrize("example", examples_of(*RULES), ids=str)
def test_a_rule_flags_the_marked_lines_and_fixes_them(example: Example) -> None:
    example.check()


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.meta.code)
def test_a_rule_is_documented_and_named_for_the_bad_thing(rule: type[Rule]) -> None:
    summary = (inspect.getdoc(rule) or "").partition("\n")[0]
    words = "".join(part.capitalize() for part in rule.meta.name.split("-"))
    assert 0 < len(summary) <= 72
    assert rule.bad
    assert rule.good
    assert rule.__name__.lower() == words.lower()
    assert rule.__module__.rpartition(".")[2] == rule.meta.name.replace("-", "_")
    assert re.fullmatch(r"DAG\d{3}", rule.meta.code)


@pytest.mark.parametrize("rule", [rule for rule in RULES if rule.meta.fix], ids=lambda rule: rule.meta.code)
def test_a_rule_with_a_fix_shows_the_fixed_text(rule: type[Rule]) -> None:
    assert any(example.fixed is not None for example in rule.bad)


@pytest.mark.parametrize("rule", [rule for rule in RULES if rule.__module__.startswith("dagcheck_rules.")], ids=lambda rule: rule.meta.code)
def test_a_built_in_rule_has_three_bad_and_three_good_examples(rule: type[Rule]) -> None:
    assert len({(example.source, example.path, example.files) for example in rule.bad}) >= 3
    assert len({(example.source, example.path, example.files) for example in rule.good}) >= 3
