"""What a check ends with: findings as they are told, and what was looked at. Plain data that every report is made from."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Literal

from dagcheck.digests import sha256
from dagcheck.engine.examined import Reference
from dagcheck.engine.judge import Crash
from dagcheck.engine.select import RANK
from dagcheck.model.values import Span
from dagcheck.records import dataclass, field, replace
from dagcheck.rule import Finding, Fix, Rule

_SHOWN_IDS = 3


@dataclass(frozen=True, slots=True)
class Told:
    """A finding as it is told, with the fingerprint that baselines and code scanning match on."""

    finding: Finding
    fingerprint: str


@dataclass(frozen=True, slots=True)
class SetAside:
    """A finding that is known and does not count: by a comment in the source, or by the baseline. `reason` is what the comment says."""

    told: Told
    by: Literal["comment", "baseline"]
    reason: str = ""


@dataclass(frozen=True)
class Outcome:
    """The answer of a check. `files` and `dags` count what was looked at, `inexact` the DAGs that are not exact, `failing` the files that
    Airflow would report as broken. `skipped` counts by reason.

    `set_aside` are the findings that do not count, `paths` the files that were looked at as they are shown, `rules` those that ran,
    `anchors` the paths that fingerprints hold by those that are shown. `dag_ids` and `references` are those of all files that were judged.
    `failures` are inputs that could not be looked at, `crashes` rules that raised, `notes` what is worth telling; `hidden_lines` hold secrets by path.
    """

    findings: tuple[Told, ...] = ()
    files: int = 0
    dags: int = 0
    inexact: int = 0
    failing: int = 0
    skipped: Mapping[str, int] = field(default_factory=dict)
    failures: tuple[str, ...] = ()
    crashes: tuple[Crash, ...] = ()
    notes: tuple[str, ...] = ()
    hidden_lines: Mapping[str, frozenset[int]] = field(default_factory=dict)
    duration_ms: int = 0
    set_aside: tuple[SetAside, ...] = ()
    paths: tuple[str, ...] = ()
    rules: tuple[type[Rule], ...] = ()
    anchors: Mapping[str, str] = field(default_factory=dict)
    dag_ids: frozenset[str] = frozenset()
    references: tuple[Reference, ...] = ()
    keepable: bool = True
    """False where no cache may hold what was looked for, because a name in it holds a secret."""

    def may_show(self, fix: Fix) -> bool:
        """False for a fix whose edits touch a line that holds a secret, so that their texts may hold it, too."""
        return not touches(fix, self.hidden_lines)

    @property
    def is_broken(self) -> bool:
        """True if something could not be looked at, or a rule crashed."""
        return bool(self.failures or self.crashes)

    def at_least(self, severity: str) -> int:
        """How many findings are of this severity or worse."""
        return sum(RANK[told.finding.severity or "info"] >= RANK[severity] for told in self.findings)


def tell(findings: Iterable[Finding], anchor: Mapping[str, str]) -> tuple[Told, ...]:
    """Findings in the order of their places, each place and rule once, with fingerprints. `anchor` gives the path that a fingerprint holds, by shown path.

    What is alike in a file is told apart by its order, so findings that are set aside must be among these: then the others keep their fingerprints.
    """
    ordered = sorted(_merge(findings), key=_order)
    seen: Counter[tuple[str, ...]] = Counter()
    told = []
    for finding in ordered:
        key = _identity(finding, anchor.get(finding.span.path, finding.span.path))
        told.append(Told(finding, _fingerprint(key, seen[finding.span.path, *key])))
        seen[finding.span.path, *key] += 1
    return tuple(told)


def part(told: Iterable[Told], suppressed: Iterable[tuple[Finding, str]]) -> tuple[tuple[Told, ...], tuple[SetAside, ...]]:
    """Findings parted into those that count and those that a comment suppresses."""
    reasons = {(finding.code, finding.span): reason for finding, reason in suppressed}
    counting: list[Told] = []
    aside: list[SetAside] = []
    for item in told:
        key = (item.finding.code, item.finding.span)
        if key in reasons:
            aside.append(SetAside(item, "comment", reasons[key]))
        else:
            counting.append(item)
    return tuple(counting), tuple(aside)


def hidden_lines(findings: Iterable[Finding]) -> dict[str, frozenset[int]]:
    """The lines that no report may show, by path: those of findings that say their lines hold a secret, and of their related places."""
    found: dict[str, set[int]] = {}
    for finding in findings:
        if finding.secret:
            for span in (finding.span, *(related.span for related in finding.related)):
                found.setdefault(span.path, set()).update(range(span.line, span.end_line + 1))
    return {path: frozenset(lines) for path, lines in found.items()}


def touches(fix: Fix, lines: Mapping[str, frozenset[int]]) -> bool:
    """True for a fix that edits one of the lines."""
    return any(number in lines.get(edit.span.path, ()) for edit in fix.edits for number in range(edit.span.line, edit.span.end_line + 1))


def _order(finding: Finding) -> tuple[Span, str, str, str]:
    return finding.span, finding.code, finding.dag_id or "", finding.task_id or ""


def _merge(findings: Iterable[Finding]) -> list[Finding]:
    """One finding for each rule and place: a loop that makes fifty DAGs has one line to mend."""
    groups: dict[tuple[str, Span], list[Finding]] = {}
    for finding in findings:
        groups.setdefault((finding.code, finding.span), []).append(finding)
    return [_as_one(group) for group in groups.values()]


def _as_one(group: list[Finding]) -> Finding:
    """The gravest of a group, the first of those alike, with the names of the others."""
    first = max(group, key=lambda finding: RANK[finding.severity or "info"])
    others = list(dict.fromkeys(name for finding in group if (name := _named(finding)) != _named(first)))
    if not others:
        return first
    more = f" and {len(others) - _SHOWN_IDS} more" if len(others) > _SHOWN_IDS else ""
    return replace(first, message=f"{first.message} (The same here for {', '.join(others[:_SHOWN_IDS])}{more}.)")


def _named(finding: Finding) -> str:
    return ".".join(filter(None, (finding.dag_id, finding.task_id))) or finding.subject or finding.message


def _identity(finding: Finding, path: str) -> tuple[str, ...]:
    subject = finding.subject or re.sub(r"\d+(?:[.,:]\d+)*", "", finding.message if not finding.secret else "")
    return finding.code, path, finding.dag_id or "", finding.task_id or "", subject


def _fingerprint(key: tuple[str, ...], occurrence: int) -> str:
    text = "\0".join((*key, str(occurrence)))
    return sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:32]
