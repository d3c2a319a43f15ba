"""`--format gitlab`: a Code Quality report, which GitLab shows on merge requests.

https://docs.gitlab.com/ci/testing/code_quality/#code-quality-report-format
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from typing import Any

from dagcheck.engine.outcome import Outcome
from dagcheck.report.formats import Look
from dagcheck.report.terminal import Kind

_SEVERITIES = {"error": "critical", "warning": "major", "info": "info"}


class GitlabReport:
    """One JSON list. Fingerprints are unique in it, as GitLab demands."""

    kind: Kind = "json"
    tells_summary = False

    def render(self, outcome: Outcome, look: Look) -> Iterator[str]:
        """The list, indented."""
        seen: set[str] = set()
        yield json.dumps([_entry(told, look, seen) for told in outcome.findings], indent=2, ensure_ascii=False)


def _entry(told: Any, look: Look, seen: set[str]) -> dict[str, Any]:
    finding = told.finding
    path = look.in_checkout(finding.span.path)
    fingerprint = told.fingerprint
    if fingerprint in seen:  # the same thing in two projects of one repository
        fingerprint = hashlib.sha256(f"{fingerprint}\0{path}".encode("utf-8", "surrogateescape")).hexdigest()[:32]
    seen.add(fingerprint)
    return {
        "description": " ".join(f"{finding.code} {finding.name}: {finding.message}".split()),
        "check_name": finding.code,
        "fingerprint": fingerprint,
        "severity": _SEVERITIES[finding.severity or "info"],
        "location": {"path": path, "lines": {"begin": finding.span.line, "end": finding.span.end_line}},
    }
