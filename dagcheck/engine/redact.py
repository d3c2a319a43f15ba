"""Secrets taken out of what is shown of a model: the rules that find secrets say where they stand, and no value that holds one of those texts is shown."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from dagcheck.engine.judge import judge_file
from dagcheck.engine.packs import load_packs
from dagcheck.engine.select import Selected
from dagcheck.model.values import ObjectRef, Span
from dagcheck.rule import FileContext, Rule

if TYPE_CHECKING:
    from dagcheck.model.dag import Dag, File

MASK = "***"
_SHORTEST = 3


def secret_rules(rules: Iterable[type[Rule]] | None = None) -> tuple[Selected, ...]:
    """The rules (default: of all packs) whose findings mark secrets."""
    return tuple(Selected(rule(), hidden=True) for rule in (load_packs() if rules is None else rules) if rule.meta.secret)


def redacted(file: File, context: FileContext, rules: Sequence[Selected]) -> File:
    """The file with `***` for each text in a DAG's `default_args` and `params` that holds a secret which one of the rules finds in the file."""
    if not any(dag.default_args or dag.params for dag in file.dags):
        return file
    secrets = frozenset(_texts(context, [finding.span for finding in judge_file(file, context, rules).hidden if finding.secret]))
    return file.model_copy(update={"dags": tuple(_without(dag, secrets) for dag in file.dags)}) if secrets else file


def _without(dag: Dag, secrets: frozenset[str]) -> Dag:
    return dag.model_copy(update={"default_args": _masked(dag.default_args, secrets), "params": _masked(dag.params, secrets)})


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


def _texts(context: FileContext, spans: Sequence[Span]) -> Iterable[str]:
    """The text constants that stand at the spans, in whichever file."""
    for path in dict.fromkeys(span.path for span in spans):
        source = context.source_of(path)
        for node in ast.walk(source.tree) if source else ():
            if isinstance(node, ast.Constant) and isinstance(node.value, str) and len(node.value) >= _SHORTEST:
                place = source.span(node) if source else None
                if place and any(_meet(place, span) for span in spans):
                    yield node.value


def _meet(one: Span, other: Span) -> bool:
    start, end = (one.line, one.column), (one.end_line, one.end_column)
    return one.path == other.path and start < (other.end_line, other.end_column) and (other.line, other.column) < end
