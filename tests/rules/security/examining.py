"""Runs rules of the security family over source in memory, without the engine."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from dagcheck.model.dag import File
from dagcheck.rule import Finding, Rule
from dagcheck.rule.context import FileContext, Setting
from dagcheck.source.project import ProjectFiles

PATH = Path("/project/dags/example.py")


def findings(rule: type[Rule], source: str) -> list[Finding]:
    """What a rule says of a source."""
    return findings_of([rule], source)


def findings_of(rules: Sequence[type[Rule]], source: str) -> list[Finding]:
    """What several rules say of a source."""
    sources = ProjectFiles([PATH.parent], base=PATH.parents[1], texts={PATH: source.encode()})
    file = File(path="dags/example.py")
    context = FileContext(file, sources, Setting("3.3"))
    return [finding for rule in rules for finding in rule().check_file(file, context)]
