"""`--format full`: each finding with its source line, related places, help and fix."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator

from dagcheck.engine.outcome import Outcome
from dagcheck.model.values import Span
from dagcheck.report.formats import Look
from dagcheck.report.summary import COLORS, coverage, statistics, tally
from dagcheck.rule import Finding, Fix

_WIDTH = 110
_INDENT = "  "
_LONGEST = 160


class FullReport:
    """For people: what is wrong, where, why it matters and how to mend it."""

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
    yield from excerpt(finding.span, look, COLORS[severity])
    for related in finding.related:
        yield f"{_INDENT}{look.paint('also', 'cyan')} {_where(related.span, finding.span)}: {related.message}"
        if related.span.path != finding.span.path or related.span.line != finding.span.line:
            yield from excerpt(related.span, look, "cyan")
    if finding.help:
        yield from _wrap(finding.help, f"{look.paint('help', 'green')}: ", 6)
    if finding.fix:
        yield _fix(finding.fix, look)


def _subject(finding: Finding) -> str:
    names = ([f"DAG {finding.dag_id}"] if finding.dag_id else []) + ([f"task {finding.task_id}"] if finding.task_id else [])
    return f" ({', '.join(names)})" if names else ""


def _where(span: Span, beside: Span) -> str:
    return f"line {span.line}" if span.path == beside.path else f"{span.path}:{span.line}:{span.column}"


def _wrap(text: str, lead: str = "", width_of_lead: int = 0) -> Iterator[str]:
    for paragraph in text.splitlines():
        lines = textwrap.wrap(paragraph, _WIDTH - width_of_lead, break_long_words=False, break_on_hyphens=False) or [""]
        for line in lines:
            yield f"{_INDENT}{lead}{line}"
            lead = " " * width_of_lead


def _fix(fix: Fix, look: Look) -> str:
    option = "--fix" if fix.safety == "safe" else "--fix --unsafe-fixes"
    return f"{_INDENT}{look.paint('fix', 'green')}: {fix.title} ({option})"


def excerpt(span: Span, look: Look, color: str) -> Iterator[str]:
    """The source line of a span with a mark below it; the last line too where the span is longer; nothing where the line may not be shown."""
    text = look.line(span.path, span.line)
    if text is None or not text.strip():
        return
    width = max(4, len(str(span.end_line)))
    end = span.end_column if span.end_line == span.line else len(text) + 1
    shown, start, stop = _cut(text, span.column - 1, end - 1)
    bar = look.paint("|", "dim")
    yield f"{_INDENT}{look.paint(str(span.line).rjust(width), 'dim')} {bar} {shown}"
    yield f"{_INDENT}{' ' * width} {bar} {' ' * start}{look.paint('^' * max(stop - start, 1), color)}"


def _cut(text: str, start: int, stop: int) -> tuple[str, int, int]:
    """A line cut to a readable length around the marked columns, with control characters made visible and tabs as one blank."""
    clean = "".join(" " if char == "\t" else char if char.isprintable() else "?" for char in text)
    stop = max(start, min(stop, len(clean.rstrip())))
    if len(clean) <= _LONGEST:
        return clean.rstrip(), start, stop
    first = max(0, min(start - 20, len(clean) - _LONGEST))
    last = first + _LONGEST
    shown = ("…" if first else "") + clean[first:last] + ("…" if last < len(clean) else "")
    shift = first - (1 if first else 0)
    return shown, start - shift, min(stop, last) - shift
