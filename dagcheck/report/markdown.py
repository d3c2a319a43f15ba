"""`--format markdown`: a comment for a pull request: a summary, a table, and a drawing for each circle."""

from __future__ import annotations

import re
from collections.abc import Iterator

from dagcheck.engine.outcome import Outcome, Told
from dagcheck.report.formats import Look
from dagcheck.report.summary import coverage, statistics, tally
from dagcheck.report.terminal import Kind, Paint
from dagcheck.rule import Finding

MOST = 60_000
"""How many characters the table may have; GitHub refuses comments above 65,536."""

MOST_DRAWN = 5
"""How many circles are drawn."""

_MARKS = {"error": "🔴", "warning": "🟡", "info": "🔵"}


class MarkdownReport:
    """A heading, what was found, the table, the drawings, what was looked at."""

    kind: Kind = "text"
    tells_summary = True

    def render(self, outcome: Outcome, look: Look) -> Iterator[str]:
        """The comment, line by line."""
        yield "### dagcheck"
        yield ""
        yield f"**{tally(outcome, Paint())}**"
        if outcome.findings:
            yield ""
            yield from _table(outcome.findings, look)
        for told in [told for told in outcome.findings if told.finding.cycle][:MOST_DRAWN]:
            yield from ("", *_drawing(told.finding, look))
        if look.statistics and outcome.findings:
            yield from ("", "```text", *statistics(outcome), "```")
        if look.summary:
            yield from ("", f"<sub>{_plain(coverage(outcome))}</sub>")


def _table(findings: tuple[Told, ...], look: Look) -> Iterator[str]:
    yield "| | Rule | Where | What |"
    yield "| --- | --- | --- | --- |"
    used = 0
    for shown, told in enumerate(findings):
        row = _row(told.finding, look)
        used += len(row) + 1
        if used > MOST:
            yield ""
            yield f"… and {len(findings) - shown:,} more."
            return
        yield row


def _row(finding: Finding, look: Look) -> str:
    severity = finding.severity or "info"
    where = f"`{_code(look.in_checkout(finding.span.path))}:{finding.span.line}`"
    help_ = f"<br>*{_plain(finding.help)}*" if finding.help else ""
    return f"| {_MARKS[severity]} {severity} | **{finding.code}** {finding.name} | {where} | {_plain(finding.message)}{help_} |"


def _drawing(finding: Finding, look: Look) -> Iterator[str]:
    """The circle as a Mermaid graph; its edges are numbered as they are walked."""
    where = f"`{_code(look.in_checkout(finding.span.path))}:{finding.span.line}`"
    yield f"<details><summary>The circle at {where.replace('`', '')}</summary>"
    yield from ("", "```mermaid", "graph LR")
    count = len(finding.cycle)
    yield from (f'  n{index}["{_label(name)}"]' for index, name in enumerate(finding.cycle))
    yield from (f"  n{index} --> n{(index + 1) % count}" for index in range(count))
    yield from ("```", "", "</details>")


def _plain(text: str) -> str:
    """A text that Markdown and HTML leave alone, on one line; code in backticks stays code."""
    parts = re.split(r"(`[^`]*`)", " ".join(text.split()))
    return "".join(part.replace("|", "\\|") if part.startswith("`") else _escaped(part) for part in parts)


def _escaped(text: str) -> str:
    text = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return re.sub(r"([\\*_`|\[\]@#~])", r"\\\1", text)


def _code(text: str) -> str:
    return text.replace("`", "'").replace("|", "\\|")


def _label(text: str) -> str:
    return "".join(f"#{ord(char)};" if char in '"#;<>&`' or not char.isprintable() else char for char in text)
