"""Shell commands that a caller's input becomes part of."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from dagcheck.model.values import Span
from dagcheck_rules.security._detection.places import Lines
from dagcheck_rules.security._detection.slots import slots
from dagcheck_rules.security._flow.commands import is_bash_task, runs_in_shell, shell_text
from dagcheck_rules.security._flow.steps import Step, steps
from dagcheck_rules.security._flow.templates import checked_params, named, taken

if TYPE_CHECKING:
    from dagcheck.rule.context import FileContext


def injections(context: FileContext) -> set[tuple[Span, str]]:
    """The places where `params` or `dag_run.conf` become part of a command, each with what it takes, in words."""
    return {*_in_templates(context), *_in_code(context)}


def _in_templates(context: FileContext) -> Iterator[tuple[Span, str]]:
    source = context.source
    if source is None or not ("params" in source.text or "dag_run" in source.text):
        return
    lines, checked = Lines(source), checked_params(context.tree)
    for slot in slots(source):
        if runs_in_shell(slot):
            uses = list(taken(slot.text.value, checked))
            for node, start, end in slot.text.literals(uses[0].start, uses[0].end)[:1] if uses else ():
                yield Span(source.path, *lines.within(node, start, end)), named(uses)


_RUNS = re.compile(r"subprocess|os\.system|popen|getoutput|_shell|task\.bash|bash_task")


def _in_code(context: FileContext) -> Iterator[tuple[Span, str]]:
    if context.source is None or not _RUNS.search(context.source.text):
        return
    for step in steps(context.tree):
        for value in _commands(step):
            if "caller" in step.names.of(value):
                yield context.span(value), "`dag_run.conf` or `params`"


def _commands(step: Step) -> Iterator[ast.expr]:
    for call in step.calls():
        command = shell_text(call)
        if command is not None:
            yield command
    if isinstance(step.statement, ast.Return) and step.statement.value is not None and is_bash_task(step.function):
        yield step.statement.value
