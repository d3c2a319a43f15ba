"""Which loop makes the same id again, and with which values."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from dagcheck.model.values import Span
from dagcheck.records import dataclass
from dagcheck.source.nodes import walk

if TYPE_CHECKING:
    from dagcheck.source.text import Source

_MOST_SHOWN = 60


@dataclass(frozen=True)
class Loop:
    """A loop around a place: its head as it is written, its place, and the values that it goes through where they are written out."""

    head: str
    span: Span
    values: tuple[object, ...] = ()

    def repeated(self) -> str | None:
        """The first value that comes twice, as it is written."""
        seen: list[object] = []
        for value in self.values:
            if value in seen:
                return repr(value)
            seen.append(value)
        return None


def loop_around(source: Source, span: Span) -> Loop | None:
    """The innermost loop or comprehension around a place; None where there is none in its function."""
    found: Loop | None = None
    for node in walk(source.tree):
        if isinstance(node, ast.For | ast.ListComp | ast.SetComp | ast.GeneratorExp | ast.DictComp) and _holds(node, span):
            head = node if isinstance(node, ast.For) else node.generators[-1]
            written = f"for {ast.unparse(head.target)} in {ast.unparse(head.iter)}"
            place = source.span(node)
            shown = written if len(written) <= _MOST_SHOWN else f"{written[: _MOST_SHOWN - 1]}…"
            found = Loop(shown, Span(place.path, place.line, place.column, place.line, place.column), _values(head.iter, source.tree))
    return found


def _holds(node: ast.For | ast.expr, span: Span) -> bool:
    """True if the place is in what the loop repeats, and in no function inside it."""
    if not node.lineno <= span.line <= (node.end_lineno or node.lineno):
        return False
    body = node.body if isinstance(node, ast.For) else [node]
    if not any(part.lineno <= span.line <= (part.end_lineno or part.lineno) for part in body):
        return False
    functions = (inner for part in body for inner in walk(part) if isinstance(inner, ast.FunctionDef | ast.AsyncFunctionDef))
    return not any(inner.lineno <= span.line <= (inner.end_lineno or inner.lineno) for inner in functions)


def _values(node: ast.expr, tree: ast.Module) -> tuple[object, ...]:
    """The values of a list that is written out, there or in an assignment at the top of the file."""
    if isinstance(node, ast.Name):
        bound = [
            statement.value
            for statement in tree.body
            if isinstance(statement, ast.Assign)
            and any(isinstance(target, ast.Name) and target.id == node.id for target in statement.targets)
        ]
        if len(bound) != 1:
            return ()
        node = bound[0]
    try:
        found = ast.literal_eval(node)
    except (ValueError, TypeError, SyntaxError, MemoryError, RecursionError):
        return ()
    return tuple(found) if isinstance(found, list | tuple) else ()
