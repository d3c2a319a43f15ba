"""Functions of the program and what is made of them: bound methods, descriptors, `super()`, lazy iterators; and modelled classes."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import TYPE_CHECKING

from dagcheck.evaluate.objects import MISSING, Arguments, Lost, Native, Object, Raised, Value, describe
from dagcheck.model.values import Unknown
from dagcheck.records import dataclass, field

if TYPE_CHECKING:
    from dagcheck.evaluate.instances import Class
    from dagcheck.evaluate.interpreter import Interpreter
    from dagcheck.evaluate.outside import Module
    from dagcheck.evaluate.state import Scope


@dataclass(eq=False, slots=True)
class Function(Object):
    """A function or lambda of the evaluated program."""

    name: str
    node: ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda
    module: Module
    closure: Scope
    defaults: list[Value]
    kw_defaults: dict[str, Value]
    owner: Class | None = None
    attrs: dict[str, Value] = field(default_factory=dict)
    is_generator: bool = False
    wrapped: Value = None

    def describe(self) -> str:
        return f"function {self.name}"

    def call(self, interp: Interpreter, arguments: Arguments) -> Value:
        return interp.call_function(self, arguments)

    @property
    def docstring(self) -> str | None:
        """The text below its `def`."""
        return None if isinstance(self.node, ast.Lambda) else ast.get_docstring(self.node, clean=False)

    def get_attr(self, interp: Interpreter, name: str) -> Value:
        if name in self.attrs:
            return self.attrs[name]
        match name:
            case "__name__" | "__qualname__":
                return self.name
            case "__module__":
                return self.module.namespace.get("__name__", self.module.name)
            case "__doc__":
                return self.docstring
            case "__wrapped__" if self.wrapped is not None:
                return self.wrapped
            case "__dict__":
                return self.attrs
            case "__call__":
                return self
            case "__defaults__":
                return tuple(self.defaults) or None
            case "__kwdefaults__":
                return self.kw_defaults or None
        if name.startswith("__") and name.endswith("__"):
            return interp.unknown(f"{name} of a function is not followed")
        raise Raised(AttributeError(f"'function' object has no attribute {name!r}"), interp.here)

    def set_attr(self, interp: Interpreter, name: str, value: Value) -> None:
        if name == "__defaults__" and (value is None or isinstance(value, tuple)):
            interp.state.touch(self.defaults)
            self.defaults[:] = value or ()
            return
        interp.state.touch(self.attrs)
        if name in ("__name__", "__qualname__") and isinstance(value, str):
            self.name = value
        self.attrs[name] = value


class BoundMethod(Object):
    """A callable with its first argument filled in."""

    __slots__ = ("function", "owner")

    def __init__(self, function: Value, owner: Value) -> None:
        self.function = function
        self.owner = owner

    def describe(self) -> str:
        return describe(self.function)

    def call(self, interp: Interpreter, arguments: Arguments) -> Value:
        return interp.call(self.function, arguments.with_first(self.owner))

    def get_attr(self, interp: Interpreter, name: str) -> Value:
        if name == "__self__":
            return self.owner
        if name == "__func__":
            return self.function
        return interp.get_attr(self.function, name)


@dataclass(eq=False, slots=True)
class Descriptor(Object):
    """`property`, `classmethod`, `staticmethod`, `cached_property` around a callable, by `kind`."""

    kind: str
    function: Value
    setter: Value = None

    def get_attr(self, interp: Interpreter, name: str) -> Value:
        if self.kind == "property" and name == "setter":
            return Native("setter", lambda _, arguments: Descriptor("property", self.function, arguments.get(0, "fset")))
        if self.kind == "property" and name in ("fget", "fset", "fdel"):
            return {"fget": self.function, "fset": self.setter, "fdel": None}[name]
        if self.kind in ("classmethod", "staticmethod") and name == "__func__":
            return self.function
        if self.kind == "property" and name in ("getter", "deleter"):
            return Native(name, lambda _, arguments: self)
        return interp.get_attr(self.function, name)

    def call(self, interp: Interpreter, arguments: Arguments) -> Value:
        return interp.call(self.function, arguments)


class Super(Object):
    """`super()` inside a method."""

    __slots__ = ("cls", "owner")

    def __init__(self, cls: Class, owner: Value) -> None:
        self.cls = cls
        self.owner = owner

    def get_attr(self, interp: Interpreter, name: str) -> Value:
        return interp.super_attr(self.cls, self.owner, name)


class Lazy(Object):
    """An iterator of the program: a generator, `zip`, `map`, … Its items come once."""

    __slots__ = ("items", "label")

    def __init__(self, items: Iterator[Value], label: str = "iterator") -> None:
        self.items = items
        self.label = label

    def describe(self) -> str:
        return self.label

    def iterate(self, interp: Interpreter) -> Iterator[Value] | Unknown:
        interp.state.step(self)
        return self.items

    def lose(self, why: Unknown) -> None:
        """From now on the items are not known."""
        self.items = _lost(why)

    def get_attr(self, interp: Interpreter, name: str) -> Value:
        if name == "__next__":
            return Native(name, lambda i, _: i.next_item(self, MISSING))
        if name == "send":
            return Native(name, lambda i, arguments: i.send(self, arguments.get(0, "value")))
        if name == "close":
            return Native(name, lambda i, _: None)
        return super().get_attr(interp, name)


def _lost(why: Unknown) -> Iterator[Value]:
    yield from map(_raise_lost, [why])


def _raise_lost(why: Unknown) -> Value:
    raise Lost(why)
