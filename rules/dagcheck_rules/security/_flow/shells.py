"""Shell commands that a caller's input becomes part of."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import TYPE_CHECKING

from dagcheck.model.values import Span
from dagcheck.source.nodes import every
from dagcheck_rules.security._detection.places import Lines
from dagcheck_rules.security._detection.scope import Scope
from dagcheck_rules.security._detection.slots import slots
from dagcheck_rules.security._detection.text import Folding, Text, literal
from dagcheck_rules.security._flow.commands import is_bash_task, runs_in_shell, shell_text, starts_shell
from dagcheck_rules.security._flow.labels import Names
from dagcheck_rules.security._flow.steps import steps_with
from dagcheck_rules.security._flow.templates import caller_sets_params, checked_params, named, taken

if TYPE_CHECKING:
    from dagcheck.rule.context import FileContext
    from dagcheck.source.text import Source


_STARTED_BY = ("cmds", "command", "entrypoint")
"""Where a container is told what to start."""


def injections(context: FileContext) -> set[tuple[Span, str]]:
    """The places where `params` or `dag_run.conf` become part of a command, each with what it takes, in words."""
    return {*_in_templates(context), *_in_code(context)}


def _in_templates(context: FileContext) -> Iterator[tuple[Span, str]]:
    source = context.source
    if source is None or not ("params" in source.text or "dag_run" in source.text):
        return
    commands = [slot.text for slot in slots(source) if runs_in_shell(slot)]
    started = _after_a_shell(context.tree) if source.says(*_STARTED_BY) else ()
    filled = [text for text in (*commands, *started) if "{{" in text.value]
    checked = checked_params(context) if filled else frozenset()
    lines, params = Lines(source), caller_sets_params(context.setting)
    for text in filled:
        uses = list(taken(text.value, checked, params))
        for node, start, end in text.literals(uses[0].start, uses[0].end)[:1] if uses else ():
            yield Span(source.path, *lines.within(node, start, end)), named(uses)


def _after_a_shell(tree: ast.Module) -> Iterator[Text]:
    """The texts of `arguments=["…"]` beside `cmds=["sh", "-c"]`, in calls and in dictionaries of pod specifications."""
    folding = Folding(Scope(tree.body).lookup)
    for node in every(tree, ast.Call, ast.Dict):
        given: dict[str, ast.expr] = {}
        if isinstance(node, ast.Call):
            given = {keyword.arg: keyword.value for keyword in node.keywords if keyword.arg}
        else:
            given = {name: value for key, value in zip(node.keys, node.values) if key is not None and (name := literal(key)) is not None}
        if any(starts_shell(given[name]) for name in _STARTED_BY if name in given):
            for name in ("arguments", "args", "command", "cmds"):
                value = given.get(name)
                for element in value.elts if isinstance(value, ast.List | ast.Tuple) else [value] if value is not None else []:
                    text = folding.text(element)
                    if text is not None:
                        yield text


_RUNS = ("subprocess", "popen", "getoutput", "_shell", "bash_task", "_command")
_RUN_WORDS = ("system", "bash")
_GIVEN = ("params", "dag_run", "conf")
"""Without one of these, nothing of the caller's reaches the code."""


def _takes_and_runs(source: Source) -> bool:
    return source.mentions(*_GIVEN) and (source.mentions(*_RUNS) or source.says(*_RUN_WORDS))


def _in_code(context: FileContext) -> Iterator[tuple[Span, str]]:
    if context.source is None or not _takes_and_runs(context.source):
        return
    names = Names(context.imports)
    commands: dict[ast.Call, ast.expr] = {}
    for call in every(context.tree, ast.Call):
        command = shell_text(call, names.path(call.func))
        if command is not None:
            commands[call] = command
    tasks = {node for node in every(context.tree, ast.FunctionDef, ast.AsyncFunctionDef) if is_bash_task(node, names)}
    for step, calls in steps_with(commands, context.tree, context.imports) if commands or tasks else ():
        given = [commands[call] for call in calls]
        if isinstance(step.statement, ast.Return) and step.statement.value is not None and step.function in tasks:
            given.append(step.statement.value)
        for value in given:
            if "caller" in step.names.of(value):
                yield context.span(value), "`dag_run.conf` or `params` becomes"
