"""Walks through the syntax of callables."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence
from functools import lru_cache

from dagcheck.source.nodes import children

_INNER = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda, ast.ClassDef)


@lru_cache(maxsize=256)  # many rules look at the same function
def own_nodes(node: ast.AST) -> Sequence[ast.AST]:
    """Every node of a function's (or module's) own code, without those of functions and classes inside it, in the order of the source.

    A nested function or class is given itself; its decorators, defaults and body are not.
    """
    waiting = list(reversed(_body(node)))
    nodes: list[ast.AST] = []
    while waiting:
        found = waiting.pop()
        nodes.append(found)
        if not isinstance(found, _INNER):
            waiting.extend(reversed(children(found)))
    return nodes


def own_calls(node: ast.AST) -> Iterator[ast.Call]:
    """The calls in a function's own code."""
    return (found for found in own_nodes(node) if isinstance(found, ast.Call))


def _body(node: ast.AST) -> list[ast.AST]:
    body = getattr(node, "body", [])
    return list(body) if isinstance(body, list) else [body]


def constant(node: ast.AST | None) -> object:
    """The value of a literal constant; None for anything else."""
    return node.value if isinstance(node, ast.Constant) else None


def keyword(call: ast.Call, name: str) -> ast.expr | None:
    """The value of a keyword argument."""
    return next((item.value for item in call.keywords if item.arg == name), None)


def argument(call: ast.Call, position: int, name: str) -> ast.expr | None:
    """The value of an argument that may be given by position or by name; None where it is not given, or where it stands behind a `*`."""
    if position < len(call.args) and not any(isinstance(item, ast.Starred) for item in call.args[: position + 1]):
        return call.args[position]
    return keyword(call, name)
