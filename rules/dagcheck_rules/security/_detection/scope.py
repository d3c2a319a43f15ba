"""What names stand for in one file: constants assigned once, imports, the parameters of functions and classes."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import cached_property

from dagcheck_rules.security._detection.text import literal

Function = ast.FunctionDef | ast.AsyncFunctionDef


_BLOCKS: dict[type, tuple[str, ...]] = {
    **dict.fromkeys(
        (ast.Expr, ast.Assign, ast.AnnAssign, ast.AugAssign, ast.Import, ast.ImportFrom, ast.Return, ast.Pass, ast.Raise, ast.Assert), ()
    ),
    **dict.fromkeys((ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef), ()),
    **dict.fromkeys((ast.With, ast.AsyncWith), ("body",)),
    **dict.fromkeys((ast.If, ast.For, ast.AsyncFor, ast.While), ("orelse", "body")),
}
"""The blocks of the most frequent statements, the last one first; those of functions and classes are left out."""
_BINDING_NOTHING = frozenset([ast.Expr, ast.Import, ast.ImportFrom, ast.Return, ast.With, ast.If, ast.Pass, ast.Raise, ast.Try])
"""The most frequent statements that give no name a value."""


class _Names:
    """What a body binds: names to expressions (None where it is not exactly one), functions, and classes."""

    def __init__(self, body: list[ast.stmt], parameters: ast.arguments | None) -> None:
        self.once: dict[str, ast.expr | None] = {}
        self.functions: dict[str, Function] = {}
        self.classes: dict[str, Scope] = {}
        self.bases: dict[str, ast.ClassDef] = {}
        for name in [argument.arg for argument in every_parameter(parameters)] if parameters else []:
            self.once[name] = None
        for statement in statements(body):
            if type(statement) not in _BINDING_NOTHING:
                self._add(statement)

    def _add(self, statement: ast.stmt) -> None:
        match statement:
            case ast.Assign(targets=targets, value=value):
                for target in targets:
                    self._bind(target, value)
            case ast.AnnAssign(target=target, value=ast.expr() as value):
                self._bind(target, value)
            case ast.AugAssign(target=ast.Name(id=name)) | ast.For(target=ast.Name(id=name)):
                self.once[name] = None
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name):
                self.functions[name] = statement
            case ast.ClassDef(name=name, body=body):
                self.classes[name] = Scope(body)
                self.bases[name] = statement

    def _bind(self, target: ast.expr, value: ast.expr) -> None:
        if isinstance(target, ast.Name):
            self.once[target.id] = None if target.id in self.once else value


class Scope:
    """The names of a module, class or function that are assigned exactly once, and those around it; gathered when one is asked for.

    `function` is the name of a function whose body it is; of a module, `callables` are the names of all functions and classes in it, so that nobody looks for others.
    """

    def __init__(
        self,
        body: list[ast.stmt],
        outer: Scope | None = None,
        parameters: ast.arguments | None = None,
        function: str = "",
        callables: frozenset[str] | None = None,
    ) -> None:
        self.outer, self.function = outer, function
        self.callables: frozenset[str] | None = callables if outer is None else outer.callables
        self._body, self._parameters = body, parameters

    @cached_property
    def names(self) -> _Names:
        """What its body binds."""
        return _Names(self._body, self._parameters)

    def constant(self, name: str) -> ast.expr | None:
        """The expression that a name is assigned, if it is assigned once in the nearest scope that knows it."""
        scope: Scope | None = self
        while scope is not None:
            if name in scope.names.once:
                return scope.names.once[name]
            scope = scope.outer
        return None

    def lookup(self, node: ast.expr) -> ast.expr | None:
        """What a name, an attribute of one of the file's classes or a constant key of a constant dict stands for."""
        match node:
            case ast.Name(id=name):
                return self.constant(name)
            case ast.Attribute(value=ast.Name(id=owner), attr=name):
                found = self.find_class(owner)
                return found.names.once.get(name) if found else None
            case ast.Subscript(value=ast.Name(id=owner), slice=ast.Constant(value=str(key))):
                holder = self.constant(owner)
                if isinstance(holder, ast.Dict):
                    return next(
                        (value for name, value in zip(holder.keys, holder.values) if name is not None and literal(name) == key), None
                    )
        return None

    def find_class(self, name: str) -> Scope | None:
        """The names of a class of this file."""
        scope: Scope | None = self
        while scope is not None:
            if name in scope.names.classes:
                return scope.names.classes[name]
            scope = scope.outer
        return None

    def parameters_of(self, name: str) -> list[str]:
        """The names of the positional parameters of a function or class of this file, without `self`; empty where it has none of that name."""
        scope: Scope | None = self if self.callables is None or name in self.callables else None
        while scope is not None:
            if name in scope.names.functions:
                return positional(scope.names.functions[name])
            if name in scope.names.classes:
                return _of_class(scope.names.bases[name], scope.names.classes[name])
            scope = scope.outer
        return []


def _of_class(node: ast.ClassDef, inside: Scope) -> list[str]:
    if "__init__" in inside.names.functions:
        return positional(inside.names.functions["__init__"])
    return [
        statement.target.id for statement in node.body if isinstance(statement, ast.AnnAssign) and isinstance(statement.target, ast.Name)
    ]


def positional(function: Function) -> list[str]:
    """The positional parameters of a function, without `self` and `cls`."""
    names = [argument.arg for argument in [*function.args.posonlyargs, *function.args.args]]
    return names[1:] if names and names[0] in ("self", "cls") else names


def every_parameter(arguments: ast.arguments) -> list[ast.arg]:
    """All parameters, of every kind."""
    starred = [argument for argument in (arguments.vararg, arguments.kwarg) if argument]
    return [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs, *starred]


def statements(body: list[ast.stmt]) -> Iterator[ast.stmt]:
    """The statements of a body and of the blocks in it, but not of the functions and classes in it."""
    waiting = list(reversed(body))
    while waiting:
        statement = waiting.pop()
        yield statement
        blocks = _BLOCKS.get(type(statement))
        if blocks is None:
            waiting += _inner(statement)
            continue
        for block in blocks:
            waiting.extend(reversed(getattr(statement, block)))


def _inner(statement: ast.stmt) -> Iterator[ast.stmt]:
    """The statements in the blocks of a statement of any kind, the last one first."""
    for block in ("finalbody", "orelse", "handlers", "cases", "body"):
        inner = getattr(statement, block, [])
        if isinstance(inner, list):
            yield from (child for child in reversed(inner) if isinstance(child, ast.stmt))
            for child in reversed(inner):
                if isinstance(child, ast.ExceptHandler | ast.match_case):
                    yield from reversed(child.body)


def dotted(node: ast.expr) -> str:
    """`a.b.c` of a name or attribute chain; what comes before a call or an index is left out."""
    if type(node) is ast.Name:  # as most are
        return node.id
    found: list[str] = []
    while isinstance(node, ast.Attribute):
        found.append(node.attr)
        node = node.value
    if isinstance(node, ast.Name):
        found.append(node.id)
    return ".".join(reversed(found))
