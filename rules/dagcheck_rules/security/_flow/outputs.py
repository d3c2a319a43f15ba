"""Where secrets are printed, logged, pushed as XCom or put into documentation."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import TYPE_CHECKING

from dagcheck.model.values import Span
from dagcheck.patterns import late
from dagcheck.rule.tasks import given, is_one_of
from dagcheck_rules.security._detection.arguments import prints
from dagcheck_rules.security._detection.around import is_docs
from dagcheck_rules.security._detection.names import reading
from dagcheck_rules.security._detection.scope import Function, dotted
from dagcheck_rules.security._detection.slots import Slot, slots
from dagcheck_rules.security._detection.text import called
from dagcheck_rules.security._flow.labels import may_hold_secrets
from dagcheck_rules.security._flow.steps import Step, steps

if TYPE_CHECKING:
    from dagcheck.rule.context import FileContext

_WORTH = (
    *("passw", "passphrase", "pwd", "secret", "token", "credential"),
    *("get_connection", "api_key", "apikey", "get_uri"),
)
_ECHO = late(r"(?:^|[\n;&|]|&&)\s{0,20}echo\s(?P<said>[^\n;&|>]{0,400})(?P<after>[|>])?")
_CONNECTION = late(
    r"\{\{[^{}]{0,80}\bconn\.[\w.]{1,80}\.(?:password|get_password|get_uri|extra_dejson\.\w*(?:password|secret|token|key)\w*)[^{}]{0,80}\}\}"
)
_VARIABLE = late(r"\{\{[^{}]{0,80}\bvar\.(?:value|json)\.(?P<name>\w{1,80})[^{}]{0,80}\}\}")


def outputs(context: FileContext) -> dict[Span, str]:
    """The places where a secret goes out, each with how."""
    source = context.source
    if source is None or not (source.mentions(*_WORTH) or source.says("connection")):
        return {}
    found: dict[Span, str] = {}
    if may_hold_secrets(source, context.imports):
        callables = _callables(context)
        found = {context.span(node): how for step in steps(context.tree, context.imports) for node, how in _shown(step, callables)}
    return found | {
        context.span(slot.node): "printed by a command" for slot in slots(source) if "echo" in slot.text.value and _echoes(slot)
    }


def _echoes(slot: Slot) -> bool:
    """Whether a shell command echoes a connection's password or a Variable that is named as a secret, to its own output."""
    if not slot.around.shell:
        return False
    for echo in _ECHO.finditer(slot.text.value):
        said = echo.group("said")
        if echo.group("after"):
            continue
        if _CONNECTION.search(said) or any(reading(found.group("name")).firm for found in _VARIABLE.finditer(said)):
            return True
    return False


def _callables(context: FileContext) -> frozenset[int]:
    """The lines of the file's functions whose result a task pushes as XCom."""
    every = [task for dag in context.file.dags for task in dag.tasks]
    tasks = [task for task in every if given(task, "do_xcom_push", True) is True and not is_one_of(task, ("BashOperator",))]
    return frozenset(task.callable.line for task in tasks if task.callable is not None and task.callable.path == context.file.path)


def _shown(step: Step, callables: frozenset[int]) -> Iterator[tuple[ast.expr, str]]:
    for call in step.calls():
        given = [*call.args, *(keyword.value for keyword in call.keywords)]
        if prints(call):
            yield from ((value, "logged" if called(call) != "print" else "printed") for value in given if "secret" in step.names.of(value))
        elif called(call) == "xcom_push":
            yield from ((value, "pushed as XCom") for value in given if "secret" in step.names.of(value))
        else:
            yield from (
                (k.value, "put into documentation")
                for k in call.keywords
                if k.arg and is_docs(k.arg) and "secret" in step.names.of(k.value)
            )
    match step.statement:
        case ast.Return(value=ast.expr() as value) if (
            step.function is not None
            and (_is_task(step.function) or step.function.lineno in callables)
            and "secret" in step.names.of(value)
        ):
            yield value, "returned as XCom"
        case ast.Assign(targets=[ast.Attribute(attr=name)], value=value) if is_docs(name) and "secret" in step.names.of(value):
            yield value, "put into documentation"


def _is_task(function: Function) -> bool:
    """Whether a function is a TaskFlow task, whose result becomes an XCom."""
    for decorator in function.decorator_list:
        path = dotted(decorator.func if isinstance(decorator, ast.Call) else decorator)
        if path == "task" or (path.startswith("task.") and path != "task.bash"):
            return not (isinstance(decorator, ast.Call) and any(k.arg == "do_xcom_push" for k in decorator.keywords))
    return False
