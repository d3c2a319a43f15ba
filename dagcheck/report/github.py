"""`--format github`: workflow commands, which GitHub shows as annotations beside the changed lines.

https://docs.github.com/actions/reference/workflow-commands-for-github-actions
"""

from __future__ import annotations

from collections.abc import Iterator

from dagcheck.engine.outcome import Outcome
from dagcheck.report.formats import Look
from dagcheck.report.terminal import Kind
from dagcheck.rule import Finding

_COMMANDS = {"error": "error", "warning": "warning", "info": "notice"}


class GithubReport:
    """One workflow command a finding."""

    kind: Kind = "commands"
    tells_summary = False

    def render(self, outcome: Outcome, look: Look) -> Iterator[str]:
        """The commands, in the order of the findings."""
        for told in outcome.findings:
            finding = told.finding
            properties = ",".join(f"{name}={_property(value)}" for name, value in _properties(finding, look).items())
            text = f"{finding.message}\n{finding.help}".strip()
            yield f"::{_COMMANDS[finding.severity or 'info']} {properties}::{_data(text)}"


def _properties(finding: Finding, look: Look) -> dict[str, str]:
    """Where the annotation is put. GitHub takes columns only where a finding is on one line."""
    span = finding.span
    place = {"file": look.in_checkout(span.path), "line": str(span.line), "endLine": str(span.end_line)}
    if span.line == span.end_line:
        place |= {"col": str(span.column), "endColumn": str(max(span.column, span.end_column - 1))}
    return {**place, "title": f"{finding.code} {finding.name}"}


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
