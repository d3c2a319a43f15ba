"""The steps of a file's functions in order, each with what its variables carry at that point."""

from __future__ import annotations

import ast
from bisect import bisect_left
from collections import deque
from collections.abc import Collection, Iterator, Mapping
from typing import NamedTuple

from dagcheck.source.nodes import children
from dagcheck_rules.security._detection.scope import Function, Scope, statements
from dagcheck_rules.security._flow.labels import Names

_BODIES, _CALLS = "_bodies", "_calls"
"""The attributes of a tree and of a statement that hold what was found out of them: neither is ever changed."""


class Body(NamedTuple):
    """The statements of a module, a class or a function in order, and the names known there."""

    statements: list[ast.stmt]
    scope: Scope
    function: Function | None


class Step:
    """A statement of a function (`function` is None at module level), and the names known around it."""

    __slots__ = ("_flow", "_number", "function", "scope", "statement")

    def __init__(self, flow: _Flow, number: int) -> None:
        self._flow, self._number = flow, number
        self.statement, self.scope, self.function = flow.body.statements[number], flow.body.scope, flow.body.function

    @property
    def names(self) -> Names:
        """The labels of the variables before the statement; to be asked for before the next step is taken."""
        return self._flow.before(self._number)

    def calls(self) -> list[ast.Call]:
        """The calls in the statement itself, without those of the statements inside it, outermost first; gathered once for all rules."""
        found: list[ast.Call] | None = self.statement.__dict__.get(_CALLS)
        if found is None:
            self.statement.__dict__[_CALLS] = found = [node for node in _expressions(self.statement) if isinstance(node, ast.Call)]
        return found

    @property
    def lines(self) -> tuple[int, int]:
        """The first and the last line of the statement, decorators and what is inside it included."""
        first = min([self.statement.lineno, *(item.lineno for item in getattr(self.statement, "decorator_list", ()))])
        return first, self.statement.end_lineno or self.statement.lineno


class _Flow:
    """A body whose labels are worked out as far as they are asked for."""

    def __init__(self, body: Body, imports: Mapping[str, str]) -> None:
        self.body = body
        self._names = Names(imports)
        self._followed = 0
        if body.function is not None:
            self._names.parameters(body.function.args)

    def before(self, number: int) -> Names:
        """What the variables carry before a statement."""
        for statement in self.body.statements[self._followed : number]:
            _follow(statement, self._names)
        self._followed = max(self._followed, number)
        return self._names


def steps(tree: ast.Module, imports: Mapping[str, str]) -> Iterator[Step]:
    """Every statement of a module and of its functions, each function from its first to its last."""
    for body in _bodies(tree):
        flow = _Flow(body, imports)
        for number in range(len(body.statements)):
            yield Step(flow, number)


def steps_with(wanted: Collection[ast.Call], tree: ast.Module, imports: Mapping[str, str]) -> Iterator[tuple[Step, list[ast.Call]]]:
    """Every step with those of some calls that are in the statement itself, outermost first."""
    lines = sorted(call.lineno for call in wanted)
    for step in steps(tree, imports):
        first, last = step.lines
        place = bisect_left(lines, first)
        near = place < len(lines) and lines[place] <= last
        yield step, [call for call in step.calls() if call in wanted] if near else []


def _bodies(tree: ast.Module) -> list[Body]:
    """The module and its functions and classes, found once for all rules."""
    found: list[Body] | None = tree.__dict__.get(_BODIES)
    if found is None:
        tree.__dict__[_BODIES] = found = _find_bodies(tree)
    return found


def _find_bodies(tree: ast.Module) -> list[Body]:
    found: list[Body] = []
    waiting: list[tuple[list[ast.stmt], Scope, Function | None]] = [(tree.body, Scope(tree.body), None)]
    while waiting:
        block, scope, function = waiting.pop()
        body = Body(list(statements(block)), scope, function)
        found.append(body)
        for statement in body.statements:
            if isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef):
                waiting.append((statement.body, Scope(statement.body, scope, statement.args), statement))
            elif isinstance(statement, ast.ClassDef):
                waiting.append((statement.body, Scope(statement.body, scope), None))
    return found


def _expressions(statement: ast.stmt) -> Iterator[ast.expr]:
    """The expressions of a statement itself, without those of the statements inside it, outermost first."""
    waiting = deque([child for child in children(statement) if not isinstance(child, ast.stmt | ast.ExceptHandler | ast.match_case)])
    while waiting:
        node = waiting.popleft()
        if isinstance(node, ast.expr):
            yield node
        if not isinstance(node, ast.Lambda):
            waiting.extend(children(node))


def _follow(statement: ast.stmt, names: Names) -> None:
    match statement:
        case ast.Assign(targets=targets, value=value):
            labels = names.of(value)
            for target in targets:
                names.assign(target, labels)
        case ast.AnnAssign(target=target, value=ast.expr() as value):
            names.assign(target, names.of(value))
        case ast.AugAssign(target=ast.Name(id=name), value=value):
            names.labels[name] = names.labels.get(name, frozenset()) | names.of(value)
        case ast.For(target=target, iter=rows) | ast.AsyncFor(target=target, iter=rows):
            names.assign(target, names.of(rows))
        case ast.With(items=items) | ast.AsyncWith(items=items):
            for item in items:
                if item.optional_vars is not None:
                    names.assign(item.optional_vars, names.of(item.context_expr))
