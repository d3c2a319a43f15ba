"""Secrets taken out of what is shown: the rules that find secrets say where they stand, and neither a value nor a message that holds one of those texts is shown."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

from dagcheck.engine.judge import Judged, judge_file
from dagcheck.engine.packs import load_packs
from dagcheck.engine.select import Selected
from dagcheck.model.values import AssetExpression, AssetRef, ObjectRef, Span, Unknown
from dagcheck.records import replace
from dagcheck.rule import FileContext, Finding, Rule
from dagcheck.source.nodes import walk

if TYPE_CHECKING:
    from dagcheck.model.dag import Argument, Dag, File, Misuse, Task

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


def discreet(judged: Judged, file: File, context: FileContext) -> tuple[Judged, File]:
    """The findings with `***` in their messages for each secret that one of them tells of, since other rules quote values and errors; and the file with `***` for each
    secret in any of its values, for whatever is done with it from here on. Ids stay as they are."""
    secrets = _secrets(context, (*judged.findings, *judged.hidden))
    if not secrets:
        return judged, file
    findings, hidden = (tuple(_of_finding(finding, secrets) for finding in found) for found in (judged.findings, judged.hidden))
    crashes = tuple(replace(crash, error=_without(crash.error, secrets), trace=_without(crash.trace, secrets)) for crash in judged.crashes)
    return Judged(findings, hidden, crashes), _of_file(file, secrets)


def _of_file(file: File, secrets: frozenset[str]) -> File:
    return file.model_copy(
        update={
            "errors": tuple(error.model_copy(update={"message": _without(error.message, secrets)}) for error in file.errors),
            "dags": tuple(_of_whole_dag(dag, secrets) for dag in file.dags),
            "misuses": _of_misuses(file.misuses, secrets),
            "effects": tuple(effect.model_copy(update={"name": _without(effect.name, secrets)}) for effect in file.effects),
        }
    )


def _of_whole_dag(dag: Dag, secrets: frozenset[str]) -> Dag:
    schedule = {"given": _masked(dag.schedule.given, secrets), "error": dag.schedule.error and _without(dag.schedule.error, secrets)}
    update = {
        "schedule": dag.schedule.model_copy(update=schedule),
        "tasks": tuple(_of_task(task, secrets) for task in dag.tasks),
        "arguments": _of_arguments(dag.arguments, secrets),
        "inlets": _masked(dag.inlets, secrets),
        "outlets": _masked(dag.outlets, secrets),
        "misuses": _of_misuses(dag.misuses, secrets),
    }
    return _of_dag(dag, secrets).model_copy(update=update)


def _of_task(task: Task, secrets: frozenset[str]) -> Task:
    values = {"inlets": _masked(task.inlets, secrets), "outlets": _masked(task.outlets, secrets)}
    return task.model_copy(update={"arguments": _of_arguments(task.arguments, secrets), **values})


def _of_arguments(arguments: dict[str, Argument], secrets: frozenset[str]) -> dict[str, Argument]:
    return {name: argument.model_copy(update={"value": _masked(argument.value, secrets)}) for name, argument in arguments.items()}


def _of_misuses(misuses: Sequence[Misuse], secrets: frozenset[str]) -> tuple[Misuse, ...]:
    return tuple(
        misuse.model_copy(update={"message": _without(misuse.message, secrets), "values": _masked(misuse.values, secrets)})
        for misuse in misuses
    )


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
    if isinstance(value, bytes):
        return MASK.encode() if any(secret.encode("utf-8", "surrogatepass") in value for secret in secrets) else value
    if isinstance(value, AssetRef):
        return replace(value, name=value.name and _without(value.name, secrets), uri=value.uri and _without(value.uri, secrets))
    if isinstance(value, AssetExpression):
        return replace(value, members=tuple(_masked(member, secrets) for member in value.members))
    if isinstance(value, Unknown):
        parts = tuple(part and _without(part, secrets) for part in value.parts)
        return replace(value, reason=_without(value.reason, secrets), parts=parts)
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
