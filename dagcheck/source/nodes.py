"""The nodes of a syntax tree, gathered once for everybody who asks: many rules look at the same few functions and modules."""

from __future__ import annotations

import ast
from typing import Any, TypeVar, overload

Node = TypeVar("Node", bound=ast.AST)
Other = TypeVar("Other", bound=ast.AST)

_BARE = frozenset(
    {
        *(
            "arg",
            "asname",
            "attr",
            "conversion",
            "ctx",
            "id",
            "is_async",
            "kind",
            "kwd_attrs",
            "level",
            "module",
            "name",
            "op",
            "ops",
            "rest",
        ),
        *("simple", "tag", "type_comment", "type_ignores"),
    }
)
"""Fields that hold texts, numbers, contexts and operators, in every class that has them."""
_inner: dict[type, tuple[str, ...]] = {type(None): ()}
_BELOW, _KINDS = "_below", "_kinds"
"""The attributes of a node that hold what is below it, in order and by kind: a tree is never changed, and the lists live as long as its node."""


def below(root: ast.AST) -> list[ast.AST]:
    """Every node below a node, in the order of `ast.walk`, without contexts and operators. The list is shared: it must not be changed."""
    found: list[ast.AST] | None = root.__dict__.get(_BELOW)
    if found is None:
        root.__dict__[_BELOW] = found = _gathered(root)
    return found


def walk(root: ast.AST) -> list[ast.AST]:
    """A node and every node below it, in the order of `ast.walk`, without contexts and operators."""
    return [root, *below(root)]


@overload
def every(root: ast.AST, kind: type[Node], /) -> list[Node]: ...
@overload
def every(root: ast.AST, kind: type[Node], other: type[Other], /) -> list[Node | Other]: ...
@overload
def every(root: ast.AST, /, *kinds: type[ast.AST]) -> list[ast.AST]: ...
def every(root: ast.AST, *kinds: type[ast.AST]) -> list[Any]:
    """The nodes of exactly these classes among a node and all below it, in the order of `ast.walk`. The list is shared: it must not be changed."""
    by_kind = _by_kind(root)
    present = [kind for kind in kinds if kind in by_kind]
    found: list[Any] = (
        [node for node in below(root) if type(node) in present] if len(present) > 1 else by_kind[present[0]] if present else []
    )
    if type(root) in kinds:
        found = [root, *found]
    return found


def _by_kind(root: ast.AST) -> dict[type, list[Any]]:
    found: dict[type, list[Any]] | None = root.__dict__.get(_KINDS)
    if found is None:
        found = {}
        for node in below(root):
            kind = type(node)
            if kind in found:
                found[kind].append(node)
            else:
                found[kind] = [node]
        root.__dict__[_KINDS] = found
    return found


def children(node: ast.AST) -> list[ast.AST]:
    """The nodes right below a node, in the order of its fields, without contexts and operators."""
    found: list[ast.AST | None] = []
    for name in _fields(type(node)):
        value = getattr(node, name, None)
        if isinstance(value, list):
            found += value
        else:
            found.append(value)
    return [child for child in found if child is not None]


def texts_of(root: ast.AST) -> set[str]:
    """The names and the texts of the strings in a tree."""
    found = {node.id for node in every(root, ast.Name)}
    found.update([node.attr for node in every(root, ast.Attribute)])
    found.update([node.arg for node in every(root, ast.arg)])
    found.update([node.name for node in every(root, ast.FunctionDef)])
    found.update([node.name for node in every(root, ast.AsyncFunctionDef)])
    found.update([node.name for node in every(root, ast.ClassDef)])
    found.update([name for node in every(root, ast.alias) for name in (node.name, node.asname) if name])
    found.update([node.arg for node in every(root, ast.keyword) if node.arg])
    found.update([node.module for node in every(root, ast.ImportFrom) if node.module])
    for node in every(root, ast.Constant):
        if type(node.value) is str:
            found.add(node.value)
        elif type(node.value) is bytes:
            found.add(node.value.decode("latin-1"))
    return found


def _gathered(root: ast.AST) -> list[ast.AST]:
    found: list[ast.AST | None] = [*children(root)]
    inner = _inner
    for node in found:  # grows on the way
        kind = type(node)
        for name in inner[kind] if kind in inner else _fields(kind):
            value = getattr(node, name, None)
            if isinstance(value, list):
                found += value
            elif value is not None:
                found.append(value)
    return [node for node in found if node is not None]


def _fields(kind: type) -> tuple[str, ...]:
    """The fields of a class of nodes that may hold nodes."""
    if kind not in _inner:
        bare = _BARE | {"value"} if kind in (ast.Constant, ast.MatchSingleton) else _BARE
        named = () if kind in (ast.Global, ast.Nonlocal) else getattr(kind, "_fields", ())
        _inner[kind] = tuple(name for name in named if name not in bare)
    return _inner[kind]
