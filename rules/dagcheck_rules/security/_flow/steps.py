"""The steps of a file's functions in order, each with what its variables carry at that point."""

from __future__ import annotations

import ast
import weakref
from collections import deque
from collections.abc import Iterator

from dagcheck.records import dataclass
from dagcheck.rule.context import imported_names
from dagcheck.source.nodes import children
from dagcheck_rules.security._detection.scope import Function, Scope, statements
from dagcheck_rules.security._flow.labels import Names

_calls: weakref.WeakKeyDictionary[ast.stmt, list[ast.Call]] = weakref.WeakKeyDictionary()


@dataclass(frozen=True)
class Step:
    """A statement of a function (`function` is None at module level), the labels of its variables before it, and the names known around it."""

    statement: ast.stmt
    names: Names
    scope: Scope
    function: Function | None

    def expressions(self) -> Iterator[ast.expr]:
        """The expressions of the statement itself, without those of the statements inside it, outermost first."""
        waiting: deque[ast.AST] = deque(
            [child for child in children(self.statement) if not isinstance(child, ast.stmt | ast.ExceptHandler | ast.match_case)]
        )
        while waiting:
            node = waiting.popleft()
            if isinstance(node, ast.expr):
                yield node
            if not isinstance(node, ast.Lambda):
                waiting.extend(children(node))

    def calls(self) -> list[ast.Call]:
        """The calls in the statement, gathered once for all rules."""
        if self.statement not in _calls:
            _calls[self.statement] = [node for node in self.expressions() if isinstance(node, ast.Call)]
        return _calls[self.statement]


def steps(tree: ast.Module) -> Iterator[Step]:
    """Every statement of a module and of its functions, each function from its first to its last."""
    waiting: list[tuple[list[ast.stmt], Scope, Function | None]] = [(tree.body, Scope(tree.body), None)]
    imports = dict(imported_names(tree))
    while waiting:
        body, scope, function = waiting.pop()
        names = Names(imports)
        if function is not None:
            names.parameters(function.args)
        for statement in statements(body):
            if isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef):
                waiting.append((statement.body, Scope(statement.body, scope, statement.args), statement))
            elif isinstance(statement, ast.ClassDef):
                waiting.append((statement.body, Scope(statement.body, scope), None))
            yield Step(statement, names, scope, function)
            _follow(statement, names)


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
