"""`--format junit`: a test case for each finding, and one that passes for each file without any; for CI systems that read test reports.

The shape is that of the XSD that Jenkins' xUnit plug-in publishes, which Maven's and pytest's reports have, too.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from xml.sax.saxutils import escape, quoteattr

from dagcheck.engine.outcome import Outcome, Told
from dagcheck.engine.select import RANK
from dagcheck.report.formats import Look

_NOT_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""What XML 1.0 can't hold, even escaped."""


class JunitReport:
    """One test suite. A finding below the failing severity passes, with its text as output; an input that could not be looked at is an error."""

    tells_summary = False

    def render(self, outcome: Outcome, look: Look) -> Iterator[str]:
        """The document, line by line."""
        flagged = {told.finding.span.path for told in outcome.findings}
        passed = [path for path in outcome.paths if path not in flagged]
        problems = [*outcome.failures, *(f"{crash.rule} crashed: {crash.error}" for crash in outcome.crashes)]
        counts = f'tests="{len(outcome.findings) + len(passed) + len(problems)}" failures="{outcome.at_least(look.fail_on)}" errors="{len(problems)}"'
        yield '<?xml version="1.0" encoding="UTF-8"?>'
        yield f'<testsuites name="dagcheck" {counts}>'
        yield f'  <testsuite name="dagcheck" {counts} skipped="0" time="{min(outcome.duration_ms, 999_000) / 1000:.3f}">'
        for path in passed:
            yield f'    <testcase classname={_attribute(path)} name="no findings" time="0.000"/>'
        for told in outcome.findings:
            yield from _case(told, look)
        for problem in problems:
            yield '    <testcase classname="dagcheck" name="could be looked at" time="0.000">'
            yield f"      <error message={_attribute(problem)}/>"
            yield "    </testcase>"
        yield "  </testsuite>"
        yield "</testsuites>"


def _case(told: Told, look: Look) -> Iterator[str]:
    finding = told.finding
    text = f"{finding.span.path}:{finding.span.line}:{finding.span.column}: {finding.message}\n{finding.help}".strip()
    name = f"{finding.code} {finding.name} at line {finding.span.line}, column {finding.span.column}"
    yield f'    <testcase classname={_attribute(finding.span.path)} name={_attribute(name)} time="0.000">'
    if RANK[finding.severity or "info"] >= RANK[look.fail_on]:
        message = " ".join(finding.message.split())
        yield f"      <failure type={_attribute(finding.severity or 'info')} message={_attribute(message)}>{_text(text)}</failure>"
    else:
        yield f"      <system-out>{_text(text)}</system-out>"
    yield "    </testcase>"


def _text(text: str) -> str:
    return escape(_NOT_XML.sub("?", text))


def _attribute(text: str) -> str:
    return quoteattr(_NOT_XML.sub("?", text))
