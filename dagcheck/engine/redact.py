"""Secrets taken out of what is shown: the rules that find secrets say where they stand, and neither a value nor a message that holds one of those texts is shown."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from dagcheck.engine.judge import Judged, judge_file
from dagcheck.engine.packs import load_packs
from dagcheck.engine.select import Selected
from dagcheck.model.values import ObjectRef, Span
from dagcheck.rule import FileContext, Finding, Rule
from dagcheck.source.nodes import walk

if TYPE_CHECKING:
    from dagcheck.model.dag import Dag, File

MASK = "***"
_SHORTEST = 3


def secret_rules(rules: Iterable[type[Rule]] | None = None) -> tuple[Selected, ...]:
    """The rules (default: of all packs) whose findings mark secrets."""
    return tuple(Selected(rule(), hidden=True) for rule in (load_packs() if rules is None else rules) if rule.meta.secret)


def redacted(file: File, context: FileContext, rules: Sequence[Selected]) -> File:
    """The file with `***` for each secret that one of the rules finds in it: in the DAGs' `default_args` and `params`, in errors and in doubts."""
    if not file.errors and not any(dag.default_args or dag.params or dag.doubts for dag in file.dags):
        return file
    secrets = _secrets(context, judge_file(file, context, rules).hidden)
    if not secrets:
        return file
    errors = tuple(error.model_copy(update={"message": _without(error.message, secrets)}) for error in file.errors)
    return file.model_copy(update={"dags": tuple(_of_dag(dag, secrets) for dag in file.dags), "errors": errors})


def secrets_of(file: File, context: FileContext, rules: Sequence[Selected]) -> frozenset[str]:
    """The texts of a file that one of the rules tells of as secrets."""
    return _secrets(context, judge_file(file, context, rules).hidden)


def without(text: str, secrets: frozenset[str]) -> str:
    """The text with `***` for each secret in it."""
    return _without(text, secrets)


def discreet(judged: Judged, context: FileContext) -> Judged:
    """The findings with `***` in their messages for each secret that one of them tells of: other rules quote values and errors."""
    secrets = _secrets(context, (*judged.findings, *judged.hidden))
    if not secrets:
        return judged
    return replace(judged, findings=tuple(_of_finding(finding, secrets) for finding in judged.findings))


def _of_dag(dag: Dag, secrets: frozenset[str]) -> Dag:
    doubts = tuple(doubt.model_copy(update={"message": _without(doubt.message, secrets)}) for doubt in dag.doubts)
    return dag.model_copy(
        update={"default_args": _masked(dag.default_args, secrets), "params": _masked(dag.params, secrets), "doubts": doubts}
    )


def _of_finding(finding: Finding, secrets: frozenset[str]) -> Finding:
    return replace(
        finding,
        message=_without(finding.message, secrets),
        help=_without(finding.help, secrets),
        subject=_without(finding.subject, secrets),
        related=tuple(replace(item, message=_without(item.message, secrets)) for item in finding.related),
    )


def _without(message: str, secrets: frozenset[str]) -> str:
    for secret in sorted(secrets, key=len, reverse=True):
        message = message.replace(secret, MASK)
    return message


def _masked(value: Any, secrets: frozenset[str]) -> Any:
    if isinstance(value, str):
        return MASK if any(secret in value for secret in secrets) else value
    if isinstance(value, dict):
        return {key: _masked(item, secrets) for key, item in value.items()}
    if isinstance(value, list | tuple | set | frozenset) and type(value) in (list, tuple, set, frozenset):
        return type(value)(_masked(item, secrets) for item in value)
    if isinstance(value, ObjectRef):
        return replace(value, args=_masked(value.args, secrets), kwargs=_masked(value.kwargs, secrets))
    return value


def _secrets(context: FileContext, findings: Iterable[Finding]) -> frozenset[str]:
    return frozenset(_texts(context, [finding.span for finding in findings if finding.secret]))


def _texts(context: FileContext, spans: Sequence[Span]) -> Iterable[str]:
    """The text constants that stand at the spans, and the spans' own text, in whichever file."""
    yield from (text for span in spans if len(text := context.text(span).strip("\"'")) >= _SHORTEST)
    for path in dict.fromkeys(span.path for span in spans):
        source = context.source_of(path)
        for node in walk(source.tree) if source else ():
            if isinstance(node, ast.Constant) and isinstance(node.value, str) and len(node.value) >= _SHORTEST:
                place = source.span(node) if source else None
                if place and any(_meet(place, span) for span in spans):
                    yield node.value


def _meet(one: Span, other: Span) -> bool:
    start, end = (one.line, one.column), (one.end_line, one.end_column)
    return one.path == other.path and start < (other.end_line, other.end_column) and (other.line, other.column) < end
