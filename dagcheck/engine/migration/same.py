"""Where ruff and we say the same thing, one finding."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from dagcheck.engine.migration.known import AirRule, air_rules
from dagcheck.patterns import late
from dagcheck.rule import Finding

_MODULE = late(r"`(airflow(?:\.\w+)+)\.\w+`")
"""The module of a name that ruff tells of."""


def without_twins(ours: Sequence[Finding], ruffs: Iterable[Finding]) -> tuple[list[Finding], list[Finding]]:
    """Our findings and ruff's, less those of either that the other says better, by the table of rules."""
    rules = {rule.meta.code: rule for rule in air_rules()}
    at: dict[tuple[str, int], set[str]] = {}
    for finding in ours:
        at.setdefault((finding.span.path, finding.span.line), set()).update((finding.code, finding.name))
    kept = []
    silenced: set[tuple[str, int, str]] = set()
    named: dict[str, set[tuple[str, str]]] = {}
    """By path, the modules that ruff says something of at a name, with the rules of ours that say it of the import."""
    for finding in ruffs:
        rule: type[AirRule] = rules[finding.code]
        if at.get((finding.span.path, finding.span.line), set()).intersection(rule.ours):
            continue
        kept.append(finding)
        silenced.update((finding.span.path, line, key) for line in _lines(finding) for key in rule.theirs)
        if rule.theirs:
            modules = _MODULE.findall(finding.message)
            named.setdefault(finding.span.path, set()).update((module, key) for module in modules for key in rule.theirs)
    return [
        finding
        for finding in ours
        if not silenced.intersection(_keys(finding)) and not _is_named(finding, named.get(finding.span.path, ()))
    ], kept


def _is_named(finding: Finding, named: Iterable[tuple[str, str]]) -> bool:
    """True if ruff says of a name where it is used that the module is gone which ours says of its import."""
    return any(key in (finding.code, finding.name) and f"'{module}'" in finding.message for module, key in named)


def _keys(finding: Finding) -> set[tuple[str, int, str]]:
    return {(finding.span.path, finding.span.line, key) for key in (finding.code, finding.name)}


def _lines(finding: Finding) -> Iterable[int]:
    """The lines that a finding is about: its own, and those that its fix takes something from, such as an import."""
    yield finding.span.line
    for edit in finding.fix.edits if finding.fix else ():
        span = edit.span
        yield from range(span.line, span.end_line + (span.end_column > 1))
