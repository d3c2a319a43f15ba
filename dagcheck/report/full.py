"""`--format full`: each finding with its source line, related places, help and fix."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator

from dagcheck.engine.outcome import Outcome
from dagcheck.model.visible import visible
from dagcheck.report.excerpt import INDENT, WIDTH, excerpts
from dagcheck.report.formats import Look
from dagcheck.report.summary import COLORS, coverage, statistics, tally
from dagcheck.report.terminal import Kind
from dagcheck.rule import Finding, Fix


class FullReport:
    """For people: what is wrong, where, why it matters and how to mend it."""

    kind: Kind = "text"
    tells_summary = True

    def render(self, outcome: Outcome, look: Look) -> Iterator[str]:
        """A block for each finding, the statistics where they are asked for, and the summary."""
        for told in outcome.findings:
            yield from _block(told.finding, look)
            yield ""
        if look.statistics and outcome.findings:
            yield from statistics(outcome)
            yield ""
        if look.summary:
            yield coverage(outcome)
            yield tally(outcome, look.paint)


def _block(finding: Finding, look: Look) -> Iterator[str]:
    severity = finding.severity or "info"
    place = f"{look.paint(finding.span.path, 'bold')}:{finding.span.line}:{finding.span.column}"
    yield f"{place}: {look.paint(severity, COLORS[severity], 'bold')} {look.paint(finding.code, 'bold')} {finding.name}{_subject(finding)}"
    yield from _wrap(finding.message)
    yield from excerpts(finding, look)
    if finding.help:
        yield from _wrap(finding.help, f"{look.paint('help', 'green')}: ", 6)
    if finding.fix:
        yield _fix(finding.fix, look)


def _subject(finding: Finding) -> str:
    names = ([f"DAG {finding.dag_id}"] if finding.dag_id else []) + ([f"task {finding.task_id}"] if finding.task_id else [])
    return visible(f" ({', '.join(names)})") if names else ""


def _wrap(text: str, lead: str = "", width_of_lead: int = 0) -> Iterator[str]:
    for paragraph in text.splitlines():
        lines = textwrap.wrap(paragraph, WIDTH - width_of_lead, break_long_words=False, break_on_hyphens=False) or [""]
        for line in lines:
            yield f"{INDENT}{lead}{line}"
            lead = " " * width_of_lead


def _fix(fix: Fix, look: Look) -> str:
    option = "--fix" if fix.safety == "safe" else "--fix --unsafe-fixes"
    return f"{INDENT}{look.paint('fix', 'green')}: {fix.title} ({option})"
