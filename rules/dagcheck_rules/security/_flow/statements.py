"""SQL that run-time values or a caller's input become part of."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from dagcheck.model.values import Span
from dagcheck_rules.security._detection.facts import words
from dagcheck_rules.security._detection.names import parts
from dagcheck_rules.security._detection.places import Lines
from dagcheck_rules.security._detection.slots import slots
from dagcheck_rules.security._flow.queries import put_in, query_of, runs_as_sql
from dagcheck_rules.security._flow.steps import steps
from dagcheck_rules.security._flow.templates import checked_params, named, taken

if TYPE_CHECKING:
    from dagcheck.rule.context import FileContext


_WORTH = re.compile(r"(?i)\b(?:select|insert|update|delete|merge)\b")


def injections(context: FileContext) -> set[tuple[Span, str]]:
    """The places where a value becomes part of a statement's text, each with the finding's message."""
    if context.source is None or not _WORTH.search(context.source.text):
        return set()
    return {*_in_templates(context), *_in_code(context)}


def _in_templates(context: FileContext) -> Iterator[tuple[Span, str]]:
    source = context.source
    if source is None or not ("params" in source.text or "dag_run" in source.text):
        return
    lines, checked = Lines(source), checked_params(context.tree)
    for slot in slots(source):
        if runs_as_sql(slot):
            uses = [use for use in taken(slot.text.value, checked) if put_in(slot.text.value, use.start) and use.what == "dag_run.conf"]
            for node, start, end in slot.text.literals(uses[0].start, uses[0].end)[:1] if uses else ():
                yield (
                    Span(source.path, *lines.within(node, start, end)),
                    f"{named(uses)} becomes part of the SQL text: whoever triggers the DAG can change the statement",
                )


def _in_code(context: FileContext) -> Iterator[tuple[Span, str]]:
    for step in steps(context.tree):
        for call in step.calls():
            query = query_of(call, step.scope.lookup)
            at = 0
            for piece in query.pieces if query is not None else ():
                labels = step.names.of(piece.unknown)
                if labels & {"runtime", "caller"} and not _harmless(piece.unknown) and query is not None and put_in(query.value, at):
                    yield (
                        context.span(call.args[0]),
                        "A run-time value is formatted into SQL: a quote in it breaks or changes the statement",
                    )
                    break
                at += len(piece.text)


def _harmless(node: ast.expr | None) -> bool:
    """A constant by its name, or a name of a table or the like."""
    if isinstance(node, ast.Name | ast.Attribute):
        name = node.id if isinstance(node, ast.Name) else node.attr
        return name.isupper() or bool(words("flows", "identifiers") & set(parts(name)))
    return node is None
