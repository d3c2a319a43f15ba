"""`--format sarif`: SARIF 2.1.0 (OASIS Standard, errata 01), for code-scanning pages.

https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from itertools import groupby
from typing import Any

from dagcheck.engine.outcome import Outcome, SetAside, Told
from dagcheck.model.values import Span
from dagcheck.records import replace
from dagcheck.report.formats import Look
from dagcheck.report.rule_page import page, summary
from dagcheck.report.terminal import Kind
from dagcheck.report.uri import as_uri
from dagcheck.rule import Finding, Fix, Rule
from dagcheck.version import __version__

SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
LEVELS = {"error": "error", "warning": "warning", "info": "note"}
_SECURITY_SEVERITY = {"error": "8.0", "warning": "5.0", "info": "2.0"}
"""What code scanning sorts security findings by: high, medium, low."""


class SarifReport:
    """One run with its rules, results and what went wrong. Findings that are set aside are there, as suppressed."""

    kind: Kind = "json"
    tells_summary = False

    def render(self, outcome: Outcome, look: Look) -> Iterator[str]:
        """The log, indented."""
        yield json.dumps({"$schema": SCHEMA, "version": "2.1.0", "runs": [_run(outcome, look)]}, indent=2, ensure_ascii=True)


def _run(outcome: Outcome, look: Look) -> dict[str, Any]:
    everything = [*((told, None) for told in outcome.findings), *((aside.told, aside) for aside in outcome.set_aside)]
    rules = _rules(outcome, [told.finding for told, _ in everything])
    places = {rule["id"]: index for index, rule in enumerate(rules)}
    return {
        "tool": {"driver": {"name": "dagcheck", "version": __version__, "semanticVersion": __version__, "rules": rules}},
        "columnKind": "unicodeCodePoints",
        "originalUriBaseIds": {"SRCROOT": {"description": {"text": "The root of the repository."}}},
        "invocations": [
            {
                "executionSuccessful": not (outcome.failures or outcome.crashes),
                "toolExecutionNotifications": [_notification(text) for text in _problems(outcome)],
            }
        ],
        "results": [_result(_without_secret(told, outcome), aside, places, look) for told, aside in everything],
    }


def _without_secret(told: Told, outcome: Outcome) -> Told:
    """The finding without its fix where that may hold a secret."""
    fix = told.finding.fix
    return told if fix is None or outcome.may_show(fix) else replace(told, finding=replace(told.finding, fix=None))


def _problems(outcome: Outcome) -> Iterator[str]:
    yield from outcome.failures
    yield from (f"{crash.rule} crashed on {crash.path or 'the project'}: {crash.error}" for crash in outcome.crashes)


def _notification(text: str) -> dict[str, Any]:
    return {"level": "error", "message": {"text": text}}


def _rules(outcome: Outcome, findings: list[Finding]) -> list[dict[str, Any]]:
    """The descriptor of every rule that ran, and of those that are only known by a finding."""
    described = {rule.meta.code: _descriptor(rule) for rule in outcome.rules}
    for finding in findings:
        described.setdefault(finding.code, {"id": finding.code, "name": finding.name})
    return [described[code] for code in sorted(described)]


def _descriptor(rule: type[Rule]) -> dict[str, Any]:
    meta = rule.meta
    family = rule.__module__.split(".")[1] if "." in rule.__module__ else ""
    properties: dict[str, Any] = {"tags": sorted({"airflow", family} - {""})}
    if family == "security":
        properties["security-severity"] = _SECURITY_SEVERITY[meta.severity]
    text = page(rule)
    return {
        "id": meta.code,
        "name": "".join(word.capitalize() for word in meta.name.split("-")),
        "shortDescription": {"text": summary(rule) or meta.name},
        "help": {"text": text, "markdown": text},
        "defaultConfiguration": {"enabled": meta.default, "level": LEVELS[meta.severity]},
        "properties": properties,
    }


def _result(told: Told, aside: SetAside | None, places: Mapping[str, int], look: Look) -> dict[str, Any]:
    finding = told.finding
    location = {"physicalLocation": _physical(finding.span, look), **_logical(finding)}
    result: dict[str, Any] = {
        "ruleId": finding.code,
        "ruleIndex": places[finding.code],
        "level": LEVELS[finding.severity or "info"],
        "message": {"text": f"{finding.message}\n{finding.help}".strip()},
        "locations": [location],
        "partialFingerprints": {"dagcheck/v1": told.fingerprint},
    }
    if finding.related:
        result["relatedLocations"] = [
            {"id": number, "physicalLocation": _physical(related.span, look), "message": {"text": related.message}}
            for number, related in enumerate(finding.related, 1)
        ]
    if finding.fix and finding.fix.edits:
        result["fixes"] = [_fix(finding.fix, look)]
    if aside is not None:
        kind = "inSource" if aside.by == "comment" else "external"
        result["suppressions"] = [{"kind": kind, "status": "accepted", **({"justification": aside.reason} if aside.reason else {})}]
    return result


def _logical(finding: Finding) -> dict[str, Any]:
    """The DAG and the task as a logical location, where they are known."""
    if not finding.dag_id:
        return {}
    name = ".".join(filter(None, (finding.dag_id, finding.task_id)))
    return {"logicalLocations": [{"fullyQualifiedName": name, "kind": "function" if finding.task_id else "module"}]}


def _physical(span: Span, look: Look) -> dict[str, Any]:
    return {"artifactLocation": _artifact(span.path, look), "region": _region(span)}


def _artifact(path: str, look: Look) -> dict[str, Any]:
    uri = as_uri(look.in_checkout(path))
    return {"uri": uri} if uri.startswith("file:") else {"uri": uri, "uriBaseId": "SRCROOT"}


def _region(span: Span) -> dict[str, int]:
    return {"startLine": span.line, "startColumn": span.column, "endLine": span.end_line, "endColumn": span.end_column}


def _fix(fix: Fix, look: Look) -> dict[str, Any]:
    by_path = groupby(sorted(fix.edits, key=lambda edit: edit.span), key=lambda edit: edit.span.path)
    return {
        "description": {"text": f"{fix.title} ({fix.safety})"},
        "artifactChanges": [
            {
                "artifactLocation": _artifact(path, look),
                "replacements": [{"deletedRegion": _region(edit.span), "insertedContent": {"text": edit.text}} for edit in edits],
            }
            for path, edits in by_path
        ],
    }
