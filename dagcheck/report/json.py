"""`--format json`: the public shape, version 1."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from dagcheck.engine.outcome import Outcome, Told
from dagcheck.model.values import Span
from dagcheck.report.formats import Look
from dagcheck.report.terminal import Kind

VERSION = 1


class JsonReport:
    """One JSON object, as INTERFACE describes it."""

    kind: Kind = "json"
    tells_summary = False

    def render(self, outcome: Outcome, look: Look) -> Iterator[str]:
        """The object, indented."""
        yield json.dumps(as_plain(outcome), indent=2, ensure_ascii=False)


def as_plain(outcome: Outcome) -> dict[str, Any]:
    """The outcome as plain data in the public shape."""
    return {
        "version": VERSION,
        "files": outcome.files,
        "dags": outcome.dags,
        "inexact": outcome.inexact,
        "duration_ms": outcome.duration_ms,
        "findings": [_finding(told, outcome) for told in outcome.findings],
    }


def _finding(told: Told, outcome: Outcome) -> dict[str, Any]:
    """One finding as plain data in the public shape; without its fix where that may hold a secret."""
    finding = told.finding
    fix = finding.fix if finding.fix and outcome.may_show(finding.fix) else None
    return {
        "code": finding.code,
        "name": finding.name,
        "severity": finding.severity,
        "message": finding.message,
        **_place(finding.span),
        "dag_id": finding.dag_id,
        "task_id": finding.task_id,
        "related": [
            {"path": item.span.path, "line": item.span.line, "column": item.span.column, "message": item.message}
            for item in finding.related
        ],
        "fix": None
        if fix is None
        else {"safety": fix.safety, "title": fix.title, "edits": [{**_place(edit.span), "text": edit.text} for edit in fix.edits]},
        "fingerprint": told.fingerprint,
    }


def _place(span: Span) -> dict[str, Any]:
    return {"path": span.path, "line": span.line, "column": span.column, "end_line": span.end_line, "end_column": span.end_column}
