"""Branches: which tasks they may choose, as far as the source says."""

from __future__ import annotations

import ast
import re
from collections.abc import Collection, Iterator, Sequence
from typing import TYPE_CHECKING, TypeGuard

from dagcheck.model.values import Span
from dagcheck.rule.code import own_nodes
from dagcheck.rule.tasks import given, is_one_of
from dagcheck.source.nodes import walk

if TYPE_CHECKING:
    from dagcheck.model.dag import Task
    from dagcheck.rule.context import FileContext
    from dagcheck.source.text import Source

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
    source, nodes = _chosen(task, context)
    if source is not None:
        for node in nodes:
            yield from _ids(node, source) or []


def all_known_choices(task: Task, context: FileContext, ways: Collection[str], groups: Collection[str]) -> list[set[str]] | None:
    """The sets of ids that a branch can choose; None unless all of them can be told from the source.

    A text that is put together when the branch runs (an f-string) chooses one of those ways, the tasks directly after the branch, that are like it; `groups` are the ids of the
    DAG's groups, whose choice is not followed.
    """
    if any(side in task.arguments for side in _SIDES):
        values = [given(task, side) for side in _SIDES if side in task.arguments]
        lists = [[value] if isinstance(value, str) else value for value in values]
        return [set(value) for value in lists] if all(_is_texts(value) for value in lists) else None
    source, nodes = _chosen(task, context)
    if source is None:
        return None
    choices: list[set[str]] = []
    for node in nodes:
        found = _ids(node, source)
        like = _pattern(node) if found is None else None
        if like is not None and not any(like.fullmatch(group) for group in groups):
            choices += [{way} for way in sorted(ways) if like.fullmatch(way)] or [set()]
        elif found is not None:
            choices.append({target for target, _ in found})
        else:
            return None
    return choices or None


def _chosen(task: Task, context: FileContext) -> tuple[Source | None, list[ast.expr]]:
    """The file of the function that chooses, and what it returns: both sides of a conditional one apart, and for a variable all that it is set to. None where it can't be found."""
    if task.callable is not None and is_one_of(task, _BY_CALLABLE):
        source, node = context.source_of(task.callable.path), context.function(task.callable)
    else:
        source, node = context.source, _method(task, context)
    if node is None or source is None:
        return None, []
    scopes = (node, source.tree)
    if isinstance(node, ast.Lambda):
        return source, list(_sides(node.body, scopes))
    values = [inner.value for inner in own_nodes(node) if isinstance(inner, ast.Return) and inner.value is not None]
    return source, [side for value in values for side in _sides(value, scopes)]


def _method(task: Task, context: FileContext) -> ast.FunctionDef | None:
    """`choose_branch` of a branch whose own class is in the file."""
    for node in walk(context.tree):
        if isinstance(node, ast.ClassDef) and node.name == task.operator:
            return next((item for item in node.body if isinstance(item, ast.FunctionDef) and item.name == "choose_branch"), None)
    return None


def _sides(node: ast.expr, scopes: Sequence[ast.AST]) -> Iterator[ast.expr]:
    if isinstance(node, ast.IfExp):
        yield from _sides(node.body, scopes)
        yield from _sides(node.orelse, scopes)
    elif isinstance(node, ast.Name) and (values := _set_to(node.id, scopes)):
        for value in values:
            yield from _sides(value, scopes[1:])
    else:
        yield node


def _set_to(name: str, scopes: Sequence[ast.AST]) -> list[ast.expr]:
    """The texts that a variable is set to in the first scope that binds it; nothing where it is bound in some other way as well."""
    for scope in scopes:
        if isinstance(scope, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda) and any(
            arg.arg == name for arg in walk(scope.args) if isinstance(arg, ast.arg)
        ):
            return []
        nodes = own_nodes(scope)
        bound = [node for node in nodes if isinstance(node, ast.Name) and node.id == name and not isinstance(node.ctx, ast.Load)]
        values = [node.value for node in nodes if isinstance(node, ast.Assign) and any(target in bound for target in node.targets)]
        if bound:
            return values if len(values) == len(bound) and all(_is_one_text(value) for value in values) else []
    return []


def _is_one_text(node: ast.expr) -> bool:
    """True for what gives one text, or None, and no list that may be added to."""
    if isinstance(node, ast.IfExp):
        return _is_one_text(node.body) and _is_one_text(node.orelse)
    return isinstance(node, ast.Constant) or (isinstance(node, ast.Name) and node.id.isupper()) or _pattern(node) is not None


def _pattern(node: ast.expr) -> re.Pattern[str] | None:
    """What a text that is put together looks like, by its known parts; None for anything else."""
    parts: list[str] = []
    if isinstance(node, ast.JoinedStr):
        parts = [re.escape(str(part.value)) if isinstance(part, ast.Constant) else ".*" for part in node.values]
    elif isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
        parts = [re.escape(str(side.value)) if _is_text(side) else ".*" for side in (node.left, node.right)]
        if not (_is_text(node.left) or _is_text(node.right)):
            return None
    return re.compile("".join(parts), re.DOTALL) if parts else None


def _is_text(node: ast.expr) -> TypeGuard[ast.Constant]:
    return isinstance(node, ast.Constant) and isinstance(node.value, str)


def _ids(node: ast.expr, source: Source) -> list[tuple[str, Span]] | None:
    """The ids that a returned expression gives; None where it is not written out."""
    items = node.elts if isinstance(node, ast.List | ast.Tuple | ast.Set) else [node]
    if isinstance(node, ast.Constant) and not node.value:
        return []
    if not all(isinstance(item, ast.Constant) and isinstance(item.value, str) for item in items):
        return None
    return [(item.value, source.span(item)) for item in items if isinstance(item, ast.Constant) and isinstance(item.value, str)]


def _of_argument(task: Task, side: str) -> Iterator[tuple[str, Span]]:
    value = given(task, side)
    for item in [value] if isinstance(value, str) else value if isinstance(value, list | tuple) else []:
        if isinstance(item, str):
            yield item, task.arguments[side].span


def _is_texts(value: object) -> bool:
    return isinstance(value, list | tuple) and all(isinstance(item, str) for item in value)
