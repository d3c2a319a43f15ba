"""`--format junit`: a test case for each finding, and one that passes for each file without any; for CI systems that read test reports.

The shape suits both schemas that are in use: that of Jenkins' xUnit plug-in, which Maven's and pytest's reports have, and the stricter one of Ant's JUnit task.
"""

from __future__ import annotations

from collections.abc import Iterator
from xml.sax.saxutils import escape, quoteattr

from dagcheck.engine.outcome import Outcome, Told
from dagcheck.engine.select import RANK
from dagcheck.patterns import late
from dagcheck.report.formats import Look
from dagcheck.report.terminal import Kind

_NOT_XML = late("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""What XML 1.0 can't hold, even escaped."""


class JunitReport:
    """One test suite. A finding below the failing severity passes, with its text in the suite's output; an input that could not be looked at is an error."""

    kind: Kind = "text"
    tells_summary = False

    def render(self, outcome: Outcome, look: Look) -> Iterator[str]:
        """The document, line by line."""
        flagged = {told.finding.span.path for told in outcome.findings}
        passed = [path for path in outcome.paths if path not in flagged]
        problems = [*outcome.failures, *(f"rule {crash.rule} crashed: {crash.error}" for crash in outcome.crashes)]
        tests = len(outcome.findings) + len(passed) + len(problems)
        counts = f'tests="{tests}" failures="{outcome.at_least(look.fail_on)}" errors="{len(problems)}" skipped="0"'
        when = f'timestamp="{look.now:%Y-%m-%dT%H:%M:%S}" hostname="localhost" time="{min(outcome.duration_ms, 999_000) / 1000:.3f}"'
        yield '<?xml version="1.0" encoding="UTF-8"?>'
        yield "<testsuites>"
        yield f'  <testsuite name="dagcheck" package="dagcheck" id="0" {counts} {when}>'
        yield "    <properties/>"
        for path in passed:
            yield f'    <testcase classname={_attribute(path)} name="no findings" time="0.000"/>'
        for told in outcome.findings:
            yield from _case(told, look)
        for problem in problems:
            yield '    <testcase classname="dagcheck" name="could be looked at" time="0.000">'
            yield f'      <error type="failure" message={_attribute(problem)}/>'
            yield "    </testcase>"
        yield f"    <system-out>{_text(_passing(outcome, look))}</system-out>"
        yield "    <system-err></system-err>"
        yield "  </testsuite>"
        yield "</testsuites>"


def _case(told: Told, look: Look) -> Iterator[str]:
    finding = told.finding
    name = f"{finding.code} {finding.name} at line {finding.span.line}, column {finding.span.column}"
    opening = f'    <testcase classname={_attribute(finding.span.path)} name={_attribute(name)} time="0.000"'
    if not _fails(told, look):
        yield f"{opening}/>"
        return
    message = " ".join(finding.message.split())
    yield f"{opening}>"
    yield f"      <failure type={_attribute(finding.severity or 'info')} message={_attribute(message)}>{_text(_said(told))}</failure>"
    yield "    </testcase>"


def _fails(told: Told, look: Look) -> bool:
    return RANK[told.finding.severity or "info"] >= RANK[look.fail_on]


def _said(told: Told) -> str:
    finding = told.finding
    return f"{finding.span.path}:{finding.span.line}:{finding.span.column}: {finding.code} {finding.message}\n{finding.help}".strip()


def _passing(outcome: Outcome, look: Look) -> str:
    """What is said of the findings that do not fail the run."""
    return "\n".join(_said(told) for told in outcome.findings if not _fails(told, look))


def _text(text: str) -> str:
    return escape(_NOT_XML.sub("?", text))


def _attribute(text: str) -> str:
    return quoteattr(_NOT_XML.sub("?", text))
