"""Which rules a run asks for, and which of them run under a configuration."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from dagcheck.commands.workspace import Scope
from dagcheck.engine.migration import air_rules, applicable
from dagcheck.engine.packs import load_packs
from dagcheck.engine.policies import policy_rules
from dagcheck.engine.select import Selected, check_selector, select_rules
from dagcheck.records import dataclass
from dagcheck.rule import Rule


@dataclass(frozen=True)
class Choice:
    """Which rules a run asks for beside the configuration."""

    select: tuple[str, ...] | None = None
    extend: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()

    def check(self, known: Sequence[type[Rule]], scopes: Sequence[Scope]) -> None:
        """Raise `ConfigError` for a selector that no rule answers to: none that is known, and no policy of any configuration."""
        rules = (*known, *(rule for scope in scopes for rule in policy_rules(scope.configuration, known)))
        for selector in (*(self.select or ()), *self.extend, *self.ignore):
            check_selector(selector, rules)


class Chosen(NamedTuple):
    """The rules that exist under a configuration, and those of them that run."""

    known: tuple[type[Rule], ...]
    running: tuple[Selected, ...]


def known_rules() -> tuple[type[Rule], ...]:
    """The rules of every installed pack, and ruff's. Raises `PackError`."""
    return (*load_packs(), *air_rules())


def choose(scope: Scope, known: Sequence[type[Rule]], choice: Choice) -> Chosen:
    """The rules of a scope. Raises `ConfigError`."""
    configuration = scope.configuration
    rules = (*known, *policy_rules(configuration, known))
    running = select_rules(rules, configuration, select=choice.select, extend=choice.extend, ignore=choice.ignore)
    selectors = (*(choice.select or configuration.select or ()), *choice.extend, *configuration.extend_select)
    meant = set(applicable([type(selected.rule) for selected in running], scope.setting.airflow, selectors))
    return Chosen(rules, tuple(selected for selected in running if type(selected.rule) in meant))
