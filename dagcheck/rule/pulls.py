"""XComs that a task pulls, in its templates and in its callable."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import TYPE_CHECKING

from dagcheck.model.values import FunctionRef, Span, XComRef
from dagcheck.rule.tasks import parts
from dagcheck.rule.templates import Pull, make_pull, parse
from dagcheck.source.nodes import every

if TYPE_CHECKING:
    from dagcheck.model.dag import Dag, Task
    from dagcheck.rule.context import FileContext

_WITH_REFERENCES = (XComRef, dict, list, tuple, set, frozenset)
_PARAMETERS = ("task_ids", "dag_id", "key")


def pulls_of(dag: Dag, context: FileContext) -> Iterator[tuple[Task, Pull, Span]]:
    """The pulls that are written out: who pulls, and where. A pull from another DAG, or one without tasks, is left out. `FileContext.pulls` remembers them."""
    for task in dag.tasks:
        for template in context.templates(task):
            if "xcom_pull" in template.text:
                yield from ((task, pull, template.span) for pull in parse(template.text).pulls if _is_own(pull, dag))
        if task.callable is not None:
            yield from ((task, pull, span) for pull, span in _in_function(task.callable, context) if _is_own(pull, dag))


def _in_function(ref: FunctionRef, context: FileContext) -> Iterator[tuple[Pull, Span]]:
    source = context.source_of(ref.path)
    node = context.function(ref) if source is not None and source.says("xcom_pull") else None
    for call in every(node, ast.Call) if node is not None else ():
        if isinstance(call.func, ast.Attribute) and call.func.attr == "xcom_pull" and source is not None:
            yield _pull(call), source.span(call)


def keyed_references(task: Task) -> Iterator[tuple[XComRef, Span]]:
    """The XCom arguments of a task that name a key, with their places."""
    for argument in task.arguments.values():
        if isinstance(argument.value, _WITH_REFERENCES):
            yield from ((part, argument.span) for part in parts(argument.value) if isinstance(part, XComRef) and part.key != "return_value")


def _is_own(pull: Pull, dag: Dag) -> bool:
    return pull.tasks is not None and (not pull.has_dag or pull.dag_id == dag.dag_id)


def _pull(call: ast.Call) -> Pull:
    if any(isinstance(item, ast.Starred) for item in call.args) or any(item.arg is None for item in call.keywords):
        return Pull(None, None)
    given = {name: _constant(value) for name, value in zip(_PARAMETERS, call.args)}
    given.update({item.arg: _constant(item.value) for item in call.keywords if item.arg is not None})
    return make_pull(given)


def _constant(node: ast.expr) -> object:
    if isinstance(node, ast.Constant):
        return node.value
    if isinstance(node, ast.List | ast.Tuple):
        return [_constant(item) for item in node.elts]
    return ...
