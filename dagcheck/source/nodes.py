"""The nodes of a syntax tree, gathered once for everybody who asks: many rules look at the same few functions and modules."""

from __future__ import annotations

import ast
from typing import TypeVar

Node = TypeVar("Node", bound=ast.AST)

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
_SAYING: dict[type, tuple[str, ...]] = {
    ast.Name: ("id",),
    ast.Attribute: ("attr",),
    ast.Constant: ("value",),
    ast.keyword: ("arg",),
    ast.arg: ("arg",),
    ast.alias: ("name", "asname"),
    ast.ImportFrom: ("module",),
    ast.FunctionDef: ("name",),
    ast.AsyncFunctionDef: ("name",),
    ast.ClassDef: ("name",),
}
"""Fields that hold names and the texts of strings."""
_inner: dict[type, tuple[str, ...]] = {type(None): ()}
_BELOW = "_below"
"""The attribute of a node that holds what is below it: a tree is never changed, and the list lives as long as its node."""


def below(root: ast.AST) -> list[ast.AST]:
    """Every node below a node, in the order of `ast.walk`, without contexts and operators. The list is shared: it must not be changed."""
    found: list[ast.AST] | None = root.__dict__.get(_BELOW)
    if found is None:
        root.__dict__[_BELOW] = found = _gathered(root)
    return found


def walk(root: ast.AST) -> list[ast.AST]:
    """A node and every node below it, in the order of `ast.walk`, without contexts and operators."""
    return [root, *below(root)]


def every(root: ast.AST, *kinds: type[Node]) -> list[Node]:
    """The nodes of some kinds among a node and all below it, in the order of `ast.walk`."""
    found = [node for node in below(root) if isinstance(node, kinds)]
    return [root, *found] if isinstance(root, kinds) else found


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


def texts_of(root: ast.AST) -> list[str]:
    """The names and the texts of the strings below a node."""
    found: list[str] = []
    for node in below(root):
        for field in _SAYING.get(type(node), ()):
            value = getattr(node, field)
            if type(value) is str:
                found.append(value)
            elif type(value) is bytes:
                found.append(value.decode("latin-1"))
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
