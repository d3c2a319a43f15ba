"""Which rules run, with which severity and options."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property
from typing import Any

from dagcheck.config.table import ConfigError, Configuration, nearest
from dagcheck.records import dataclass
from dagcheck.rule import Option, Rule
from dagcheck.rule.finding import Severity

SEVERITIES: dict[str, Severity] = {"error": "error", "warning": "warning", "info": "info"}
RANK: dict[str, int] = {"info": 0, "warning": 1, "error": 2}
"""Severities from the least to the worst."""


@dataclass(frozen=True)
class Selected:
    """A rule that runs. `severity` is set where the configuration overrides the rule's. `hidden`: it runs only so that its lines are hidden; its findings are not told."""

    rule: Rule
    severity: Severity | None = None
    hidden: bool = False

    @cached_property
    def hooks(self) -> frozenset[str]:
        """What the rule judges, by the names of the functions that it overrides."""
        return frozenset(name for name in Rule.HOOKS if getattr(type(self.rule), name) is not getattr(Rule, name))


def select_rules(
    rules: Sequence[type[Rule]],
    configuration: Configuration,
    *,
    select: Sequence[str] | None = None,
    extend: Sequence[str] = (),
    ignore: Sequence[str] = (),
) -> tuple[Selected, ...]:
    """The rules that run under a configuration; what is given beside it (the command line's) is added to its `ignore` and `extend-select` and wins over its `select`.

    A selector is a code, a prefix of codes or a rule name. Where one selects and another ignores a rule, the more specific one wins, and `ignore` wins a tie.
    Raises `ConfigError` for a selector of the configuration that no rule answers to, an unknown rule in `rule`, and an option that the rule does not have.
    """
    wanted = select if select is not None else configuration.select
    wanted_more = (*configuration.extend_select, *extend)
    unwanted = (*configuration.ignore, *ignore)
    for selector in (
        *(configuration.select or ()),
        *configuration.extend_select,
        *configuration.ignore,
        *configuration.severity,
        *(code for codes in configuration.per_file_ignores.values() for code in codes),
    ):
        check_selector(selector, rules)
    options = _options(rules, configuration)
    chosen = []
    for rule in rules:
        base = _weight(rule, wanted) if wanted is not None else int(rule.meta.default)
        on = max(base, _weight(rule, wanted_more)) > _weight(rule, unwanted)
        if on or rule.meta.secret:
            chosen.append(Selected(rule(options.get(rule.meta.name)), _severity(rule, configuration.severity), not on))
    return tuple(chosen)


def answers(rule: type[Rule] | Rule, selector: str) -> bool:
    """True if a selector means the rule."""
    return selector == rule.meta.name or (selector.isupper() and rule.meta.code.startswith(selector)) or selector == "ALL"


def check_selector(selector: str, rules: Iterable[type[Rule]]) -> None:
    """Raises `ConfigError` if no rule answers to the selector."""
    known = list(rules)
    if not any(answers(rule, selector) for rule in known):
        names = [rule.meta.code for rule in known] + [rule.meta.name for rule in known]
        raise ConfigError(f"no rule is called {selector!r}{_hint(selector, names)}")


def _hint(selector: str, names: list[str]) -> str:
    hint = nearest(selector, names)
    return hint if hint.startswith("; did") else "; `dagcheck rules` lists them"


def _weight(rule: type[Rule], selectors: Sequence[str]) -> int:
    """How specific the most specific selector is that means the rule; 0 if none does. A full code and a name weigh the same, `ALL` the least."""
    weights = [
        1 if selector == "ALL" else 100 if selector in (rule.meta.name, rule.meta.code) else 1 + len(selector)
        for selector in selectors
        if answers(rule, selector)
    ]
    return max(weights, default=0)


def _severity(rule: type[Rule], overrides: Mapping[str, str]) -> Severity | None:
    heaviest = max(
        (selector for selector in overrides if answers(rule, selector)), key=lambda selector: _weight(rule, [selector]), default=None
    )
    return None if heaviest is None else SEVERITIES[overrides[heaviest]]


def _options(rules: Sequence[type[Rule]], configuration: Configuration) -> dict[str, dict[str, Any]]:
    by_key = {key: rule for rule in rules for key in (rule.meta.name, rule.meta.code)}
    found: dict[str, dict[str, Any]] = {}
    for name, given in configuration.rule.items():
        if name not in by_key:
            raise ConfigError(f"{configuration.place('rule', name)}: rule.{name}: no rule is called {name!r}{_hint(name, list(by_key))}")
        rule = by_key[name]
        for key, value in given.items():
            options = {option.name: option for option in rule.options}
            where = configuration.place("rule", name, key)
            if key not in options:
                known = nearest(key, options) if options else "; it has none"
                raise ConfigError(f"{where}: rule.{name}: {rule.meta.name} has no option {key!r}{known}")
            found.setdefault(rule.meta.name, {})[key] = _checked(value, options[key], f"{where}: rule.{name}.{key}")
    return found


def _checked(value: Any, option: Option, where: str) -> Any:
    """The value, if it is one for the option."""
    typed = _typed(value, option.default, where)
    if option.pattern:
        from dagcheck.regex_cost import problem_with

        for pattern in typed if isinstance(typed, tuple) else (typed,):
            problem = problem_with(pattern)
            if problem is not None:
                raise ConfigError(f"{where}: {problem}")
    return typed


def _typed(value: Any, default: object, where: str) -> Any:
    """The value, if it is of the type of the option's default."""
    if isinstance(default, tuple):
        if isinstance(value, list | tuple) and all(isinstance(item, str) for item in value):
            return tuple(value)
        raise ConfigError(f"{where} must be a list of texts")
    kinds: dict[type, str] = {bool: "true or false", int: "a whole number", float: "a number", str: "a text"}
    right = isinstance(value, type(default)) and isinstance(value, bool) == isinstance(default, bool)
    if right or (isinstance(default, float) and isinstance(value, int) and not isinstance(value, bool)):
        return value
    raise ConfigError(f"{where} must be {kinds[type(default)]}")
