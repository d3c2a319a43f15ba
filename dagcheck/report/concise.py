"""`--format concise`: one line a finding, `path:line:column: CODE message`."""

from __future__ import annotations

from collections.abc import Iterator

from dagcheck.engine.outcome import Outcome
from dagcheck.report.formats import Look
from dagcheck.report.summary import COLORS, coverage, statistics, tally
from dagcheck.report.terminal import Kind


class ConciseReport:
    """One line a finding, for grep and for editors."""

    kind: Kind = "text"
    tells_summary = True

    def render(self, outcome: Outcome, look: Look) -> Iterator[str]:
        """The findings, the statistics where they are asked for, and the summary."""
        for told in outcome.findings:
            finding = told.finding
            severity = finding.severity or "info"
            place = f"{look.paint(finding.span.path, 'bold')}:{finding.span.line}:{finding.span.column}:"
            fixable = " [*]" if finding.fix else ""
            yield f"{place} {look.paint(severity, COLORS[severity])} {look.paint(finding.code, 'bold')}{fixable} {' '.join(finding.message.split())}"
        if look.statistics:
            yield from statistics(outcome)
        if look.summary:
            yield coverage(outcome)
            yield tally(outcome, look.paint)
