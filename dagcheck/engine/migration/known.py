"""Ruff's rules as ours, so that selection, suppression, severities and reports treat them as any other."""

from __future__ import annotations

import os
from collections.abc import Sequence
from functools import cache
from typing import Any, ClassVar

from dagcheck.rule import Meta, Rule
from dagcheck.rule.finding import SAFETIES

PREFIX = "AIR"


class AirRule(Rule):
    """A rule of ruff. It judges nothing itself: its findings come from ruff's own run. It can be pickled."""

    since_airflow: ClassVar[str] = ""
    ours: ClassVar[tuple[str, ...]] = ()
    theirs: ClassVar[tuple[str, ...]] = ()

    def __reduce__(self) -> tuple[Any, ...]:
        return _instance, (self.meta.code,)


@cache
def air_rules() -> tuple[type[AirRule], ...]:
    """Ruff's rules for Airflow, by code, from `rules.json`: data in JSON are read many times faster than in TOML, and this is read in every run."""
    import json

    with open(os.path.join(os.path.dirname(__file__), "rules.json"), "rb") as file:
        table = json.load(file)["rules"]
    return tuple(_rule(code, entry) for code, entry in sorted(table.items()))


def applicable(rules: Sequence[type[Rule]], airflow: str, selectors: Sequence[str]) -> tuple[type[Rule], ...]:
    """The rules less those of ruff that are about a newer Airflow than the target, unless they are asked for by name."""
    asked = [selector for selector in selectors if selector.startswith(PREFIX)]
    target = _number(airflow)

    def is_about(rule: type[Rule]) -> bool:
        if not issubclass(rule, AirRule) or not rule.since_airflow or target >= _number(rule.since_airflow):
            return True
        return any(rule.meta.code.startswith(selector) or rule.meta.name == selector for selector in asked)

    return tuple(rule for rule in rules if is_about(rule))


def _rule(code: str, entry: dict[str, Any]) -> type[AirRule]:
    meta = Meta(code, entry["name"], entry["severity"], "0.1.0", SAFETIES.get(entry.get("fix", "")), entry.get("default", True))
    page = f"https://docs.astral.sh/ruff/rules/{entry['name']}"
    about = f" It is about Airflow {entry['since']} and newer." if "since" in entry else ""
    doc = f"{entry['summary']}\n\nThis is a rule of ruff, which dagcheck runs beside its own.{about} Ruff's `# noqa: {code}` suppresses it, too. See {page}."
    values = {"since_airflow": entry.get("since", ""), "ours": tuple(entry.get("ours", ())), "theirs": tuple(entry.get("theirs", ()))}
    return type(code, (AirRule,), {"meta": meta, "__doc__": doc, "__module__": "ruff.airflow", **values})


def _instance(code: str) -> AirRule:
    return next(rule for rule in air_rules() if rule.meta.code == code)()


def _number(version: str) -> tuple[int, int]:
    major, minor = version.split(".")[:2]
    return int(major), int(minor)
