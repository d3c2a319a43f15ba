"""SQL that run-time values or a caller's input become part of."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import TYPE_CHECKING

from dagcheck.model.values import Span
from dagcheck.patterns import late
from dagcheck.source.nodes import every
from dagcheck_rules.security._detection.facts import words
from dagcheck_rules.security._detection.names import parts
from dagcheck_rules.security._detection.places import Lines
from dagcheck_rules.security._detection.slots import slots
from dagcheck_rules.security._detection.text import Text
from dagcheck_rules.security._flow.queries import put_in, query_of, runs_as_sql, sql_argument
from dagcheck_rules.security._flow.steps import Step, steps_with
from dagcheck_rules.security._flow.templates import caller_sets_params, checked_params, named, taken

if TYPE_CHECKING:
    from dagcheck.rule.context import FileContext


_WORTH = ("select", "insert", "update", "delete", "merge", "drop", "truncate", "alter", "create")


_PULLED = late(r"\{\{[^{}]{0,200}\bxcom_pull\b[^{}]{0,300}\}\}")
_FORMATTED = "A run-time value is formatted into SQL: a quote in it breaks or changes the statement"


def injections(context: FileContext) -> set[tuple[Span, str]]:
    """The places where a value becomes part of a statement's text, each with the finding's message."""
    if context.source is None or not context.source.says(*_WORTH):
        return set()
    return {*_in_templates(context), *_in_code(context)}


def _in_templates(context: FileContext) -> Iterator[tuple[Span, str]]:
    source = context.source
    if source is None or "{{" not in source.text:
        return
    statements = [slot for slot in slots(source) if runs_as_sql(slot) and "{{" in slot.text.value]
    checked = checked_params(context) if statements else frozenset()
    lines, params = Lines(source), caller_sets_params(context.setting)
    for slot in statements:
        text = slot.text.value
        uses = [use for use in taken(text, checked, params) if use.what == "dag_run.conf" or put_in(text, use.start)]
        pulled = (
            [found for found in _PULLED.finditer(text) if put_in(text, found.start()) and "date" not in found.group()] if not uses else []
        )
        message = f"{named(uses)} part of the SQL text: whoever triggers the DAG can change the statement" if uses else _FORMATTED
        for start, end in [(use.start, use.end) for use in uses[:1]] or [found.span() for found in pulled[:1]]:
            for node, low, high in slot.text.literals(start, end)[:1]:
                yield Span(source.path, *lines.within(node, low, high)), message


def _in_code(context: FileContext) -> Iterator[tuple[Span, str]]:
    if context.source is None or not context.source.says(*words("flows", "queries")):
        return
    put_together = {call for call in every(context.tree, ast.Call) if _is_put_together(sql_argument(call))}
    for step, calls in steps_with(put_together, context.tree, context.imports) if put_together else ():
        for call in calls:
            query, given = query_of(call, step.scope.lookup), sql_argument(call)
            if query is not None and given is not None and _is_open(query, step):
                yield context.span(given), _FORMATTED


def _is_put_together(given: ast.expr | None) -> bool:
    return given is not None and not isinstance(given, ast.Constant)


def _is_open(query: Text, step: Step) -> bool:
    """Whether a value from outside stands in a statement: a caller's input anywhere, another run-time value where values stand."""
    at = 0
    for piece in query.pieces:
        labels = step.names.of(piece.unknown)
        if "caller" in labels or ("runtime" in labels and not _harmless(piece.unknown) and put_in(query.value, at)):
            return True
        at += len(piece.text)
    return False


def _harmless(node: ast.expr | None) -> bool:
    """A constant by its name, or a name of a table or the like."""
    if isinstance(node, ast.Name | ast.Attribute):
        name = node.id if isinstance(node, ast.Name) else node.attr
        return name.isupper() or bool(words("flows", "identifiers") & set(parts(name)))
    return node is None
