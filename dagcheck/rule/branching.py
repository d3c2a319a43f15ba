"""Branches: which tasks they may choose, as far as the source says."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import TYPE_CHECKING

from dagcheck.model.values import Span
from dagcheck.rule.code import own_nodes
from dagcheck.rule.tasks import given, is_one_of

if TYPE_CHECKING:
    from dagcheck.model.dag import Task
    from dagcheck.rule.context import FileContext

BRANCHES = frozenset({"BaseBranchOperator", "BranchMixIn", "BranchPythonOperator", "BranchSQLOperator"})
_SIDES = ("follow_task_ids_if_true", "follow_task_ids_if_false", "follow_task_ids")
_BY_CALLABLE = frozenset({"BranchPythonOperator", "BranchPythonVirtualenvOperator", "BranchExternalPythonOperator"})


def is_branch(task: Task) -> bool:
    """True for a task that chooses among the tasks after it."""
    return is_one_of(task, BRANCHES)


def branch_targets(task: Task, context: FileContext) -> Iterator[tuple[str, Span]]:
    """Every id that a branch surely names, in its arguments or in the `return`s of its callable, with its place."""
    if not is_branch(task):
        return
    for side in _SIDES:
        if side in task.arguments:
            yield from _of_argument(task, side)
    if task.callable is not None and is_one_of(task, _BY_CALLABLE):
        for node in returned(task, context):
            yield from _ids(node, task, context) or []


def all_known_choices(task: Task, context: FileContext) -> list[set[str]] | None:
    """The sets of ids that a branch can choose; None unless all of them are written out in the source."""
    if any(side in task.arguments for side in _SIDES):
        values = [given(task, side) for side in _SIDES if side in task.arguments]
        lists = [[value] if isinstance(value, str) else value for value in values]
        return [set(value) for value in lists] if all(_is_texts(value) for value in lists) else None
    if task.callable is None or not is_one_of(task, _BY_CALLABLE):
        return None
    found = [_ids(node, task, context) for node in returned(task, context)]
    return None if None in found or not found else [{target for target, _ in ids or []} for ids in found]


def returned(task: Task, context: FileContext) -> Iterator[ast.expr]:
    """The expressions that the callable of a task returns, both sides of a conditional one apart."""
    node = context.function(task.callable) if task.callable is not None else None
    if isinstance(node, ast.Lambda):
        yield from _sides(node.body)
    elif node is not None:
        for inner in own_nodes(node):
            if isinstance(inner, ast.Return) and inner.value is not None:
                yield from _sides(inner.value)


def _sides(node: ast.expr) -> Iterator[ast.expr]:
    if isinstance(node, ast.IfExp):
        yield from _sides(node.body)
        yield from _sides(node.orelse)
    else:
        yield node


def _ids(node: ast.expr, task: Task, context: FileContext) -> list[tuple[str, Span]] | None:
    """The ids that a returned expression gives; None where it is not written out."""
    items = node.elts if isinstance(node, ast.List | ast.Tuple | ast.Set) else [node]
    if isinstance(node, ast.Constant) and not node.value:
        return []
    assert task.callable is not None
    source = context.source_of(task.callable.path)
    if source is None or not all(isinstance(item, ast.Constant) and isinstance(item.value, str) for item in items):
        return None
    return [(item.value, source.span(item)) for item in items if isinstance(item, ast.Constant) and isinstance(item.value, str)]


def _of_argument(task: Task, side: str) -> Iterator[tuple[str, Span]]:
    value = given(task, side)
    for item in [value] if isinstance(value, str) else value if isinstance(value, list | tuple) else []:
        if isinstance(item, str):
            yield item, task.arguments[side].span


def _is_texts(value: object) -> bool:
    return isinstance(value, list | tuple) and all(isinstance(item, str) for item in value)
