"""Which rules run, and with what."""

from pathlib import Path
from typing import Any

import pytest

from dagcheck.config.table import ConfigError, from_table
from dagcheck.engine.select import select_rules
from dagcheck.rule import Meta, Option, Rule


class OneRule(Rule):
    """One"""

    meta = Meta("DAG101", "one-thing", "error", "0.1.0")
    options = (Option("limit", 3, "a limit"), Option("names", ("a",), "names"), Option("share", 0.5, "a share"))


class TwoRule(Rule):
    """Two"""

    meta = Meta("DAG102", "two-things", "warning", "0.1.0")


class ThreeRule(Rule):
    """Three"""

    meta = Meta("DAG301", "three-things", "info", "0.1.0", default=False)


class SecretRule(Rule):
    """Secret"""

    meta = Meta("DAG401", "secret-thing", "error", "0.1.0", secret=True)


RULES = (OneRule, TwoRule, ThreeRule, SecretRule)


def chosen(config: dict[str, Any], **given: Any) -> list[str]:
    selected = select_rules(RULES, from_table(config, Path("/example")), **given)
    return [item.rule.meta.code for item in selected if not item.hidden]


@pytest.mark.parametrize(
    ("config", "given", "codes"),
    [
        ({}, {}, ["DAG101", "DAG102", "DAG401"]),
        ({"extend-select": ["DAG3"]}, {}, ["DAG101", "DAG102", "DAG301", "DAG401"]),
        ({"select": ["ALL"]}, {}, ["DAG101", "DAG102", "DAG301", "DAG401"]),
        ({"select": ["DAG1"]}, {}, ["DAG101", "DAG102"]),
        ({"select": ["DAG1"]}, {"select": ["DAG301"]}, ["DAG301"]),
        ({"select": ["two-things"]}, {"extend": ["DAG301"]}, ["DAG102", "DAG301"]),
        ({"ignore": ["DAG1"]}, {}, ["DAG401"]),
        ({"ignore": ["DAG1"], "extend-select": ["DAG102"]}, {}, ["DAG102", "DAG401"]),
        ({"select": ["DAG1"], "ignore": ["one-thing"]}, {}, ["DAG102"]),
        ({}, {"select": ["DAG101"], "ignore": ["DAG101"]}, []),
        ({}, {"select": ["DAG101", "DAG102"], "ignore": ["DAG10"]}, ["DAG101", "DAG102"]),
    ],
)
def test_the_more_specific_selector_wins(config: dict[str, Any], given: dict[str, Any], codes: list[str]) -> None:
    assert chosen(config, **given) == codes


def test_a_rule_on_secrets_runs_hidden_where_it_is_not_selected() -> None:
    selected = select_rules(RULES, from_table({"select": ["DAG1"]}, Path("/example")))
    assert [(item.rule.meta.code, item.hidden) for item in selected] == [("DAG101", False), ("DAG102", False), ("DAG401", True)]


def test_severities_are_overridden_by_the_most_specific_selector() -> None:
    config = from_table({"severity": {"DAG1": "info", "one-thing": "warning"}}, Path("/example"))
    assert [item.severity for item in select_rules(RULES, config)] == ["warning", "info", None]


def test_options_are_given_to_the_rule_and_default_otherwise() -> None:
    config = from_table({"rule": {"DAG101": {"limit": 5, "names": ["x", "y"], "share": 1}}}, Path("/example"))
    rule = select_rules(RULES, config)[0].rule
    assert (rule.option("limit"), rule.option("names"), rule.option("share")) == (5, ("x", "y"), 1)
    assert (OneRule().option("limit"), OneRule().option("names")) == (3, ("a",))


@pytest.mark.parametrize(
    ("config", "message"),
    [
        ({"select": ["DAG9"]}, "no rule is called 'DAG9'"),
        ({"ignore": ["one-thign"]}, "no rule is called 'one-thign'; did you mean 'one-thing'?"),
        ({"severity": {"nothing": "info"}}, "no rule is called 'nothing'"),
        ({"per-file-ignores": {"a.py": ["DAG7"]}}, "no rule is called 'DAG7'"),
        ({"rule": {"one-thin": {}}}, "rule.one-thin: no rule is called 'one-thin'; did you mean 'one-thing'?"),
        ({"rule": {"one-thing": {"limt": 1}}}, "one-thing has no option 'limt'; did you mean 'limit'?"),
        ({"rule": {"two-things": {"limit": 1}}}, "two-things has no option 'limit'; it has none"),
        ({"rule": {"one-thing": {"limit": "1"}}}, "rule.one-thing.limit must be a whole number"),
        ({"rule": {"one-thing": {"limit": True}}}, "rule.one-thing.limit must be a whole number"),
        ({"rule": {"one-thing": {"names": "a"}}}, "rule.one-thing.names must be a list of texts"),
    ],
)
def test_a_mistake_names_what_is_wrong_and_what_is_near(config: dict[str, Any], message: str) -> None:
    with pytest.raises(ConfigError) as raised:
        chosen(config)
    assert message in str(raised.value)
