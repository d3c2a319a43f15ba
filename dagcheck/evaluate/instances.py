"""Classes, modelled ones and the program's own, and their objects."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from dagcheck.evaluate.functions import BoundMethod
from dagcheck.evaluate.objects import MISSING, Arguments, Object, Raised, Value
from dagcheck.evaluate.outside import External, Opaque
from dagcheck.model.values import Unknown
from dagcheck.records import dataclass, field

if TYPE_CHECKING:
    from dagcheck.evaluate.interpreter import Interpreter
    from dagcheck.evaluate.outside import Module


class NativeClass(Object):
    """A class that we model, and that the program's own classes may derive from."""

    __slots__ = ()
    name: str
    dotted: str

    def describe(self) -> str:
        return f"class {self.name}"

    def ancestors(self) -> tuple[NativeClass, ...]:
        """The modelled classes that it derives from, nearest first."""
        return ()

    def new(self, interp: Interpreter, cls: Class | NativeClass, arguments: Arguments) -> Value:
        """A fresh object of `cls`, before `__init__`."""
        return Instance(cls)

    def prepare(self, interp: Interpreter, instance: Value, init: Value, arguments: Arguments) -> Arguments:
        """What the metaclass makes of the arguments before each `__init__` of the program's own subclasses."""
        return arguments

    def init(self, interp: Interpreter, instance: Value, arguments: Arguments) -> None:
        """`__init__` of this class."""

    def finish(self, interp: Interpreter, instance: Value) -> Value:
        """After the outermost `__init__`; gives the value of the call."""
        return instance

    def lookup(self, interp: Interpreter, name: str, owner: Value) -> Value:
        """A class attribute or method (unbound: called with the instance first), or MISSING."""
        return MISSING

    def call(self, interp: Interpreter, arguments: Arguments) -> Value:
        return interp.instantiate(self, arguments)

    def get_attr(self, interp: Interpreter, name: str) -> Value:
        if name in ("__name__", "__qualname__"):
            return self.name
        if name == "__module__":
            return self.dotted.rpartition(".")[0]
        value = self.lookup(interp, name, None)
        return interp.unknown(f"{self.name}.{name} is not followed") if value is MISSING else value

    def get_item(self, interp: Interpreter, key: Value) -> Value:
        return self


@dataclass(eq=False, slots=True)
class Class(Object):
    """A class of the evaluated program. `mro` starts with itself and may hold NativeClass, External and real Python types."""

    name: str
    node: ast.ClassDef
    module: Module
    bases: list[Value]
    namespace: dict[str, Value]
    mro: list[Value] = field(default_factory=list)
    metaclass: Value = None
    """The metaclass of the program, if any."""
    special: Any = None
    """What a decorator or base made of it: a `Shape` for dataclasses, enums and named tuples."""

    def describe(self) -> str:
        return f"class {self.name}"

    def call(self, interp: Interpreter, arguments: Arguments) -> Value:
        if self.metaclass is not None:
            from dagcheck.evaluate.metaclasses import call_metaclass

            made = call_metaclass(interp, self, arguments)
            if made is not MISSING:
                return made
        return interp.instantiate(self, arguments)

    def find(self, interp: Interpreter, name: str, after: Value = None, owner: Value = None) -> Value:
        """The attribute as the class hierarchy holds it (unbound), or MISSING; with `after`, only in the classes behind that one."""
        start = self.mro.index(after) + 1 if after is not None else 0
        for cls in self.mro[start:]:
            if isinstance(cls, Class):
                if name in cls.namespace:
                    return cls.namespace[name]
            elif isinstance(cls, NativeClass):
                value = cls.lookup(interp, name, owner)
                if value is not MISSING:
                    return value
        return MISSING

    def native(self) -> NativeClass | None:
        return next((cls for cls in self.mro if isinstance(cls, NativeClass)), None)

    def unknown_base(self) -> Value:
        """The first ancestor that is not followed, or None."""
        return next((cls for cls in self.mro if isinstance(cls, External | Unknown)), None)

    def get_attr(self, interp: Interpreter, name: str) -> Value:
        return interp.class_attr(self, name)

    def set_attr(self, interp: Interpreter, name: str, value: Value) -> None:
        interp.state.touch(self.namespace)
        self.namespace[name] = value

    def get_item(self, interp: Interpreter, key: Value) -> Value:
        return interp.class_item(self, key)

    def iterate(self, interp: Interpreter) -> Iterator[Value] | Unknown:
        return interp.class_items(self)

    def binary(self, interp: Interpreter, operator: str, other: Value, reflected: bool) -> Value:
        base = self.metaclass if self.metaclass is not None else self.unknown_base()
        if base is None or operator in ("==", "!="):
            return NotImplemented
        return interp.unknown(f"the operator {operator} of {self.describe()} is not followed")

    def contains(self, interp: Interpreter, item: Value) -> Value:
        items = interp.class_items(self)
        return items if isinstance(items, Unknown) else item in list(items)


class Instance(Object):
    """An object of one of the program's classes (or of a modelled class): its class and attributes."""

    __slots__ = ("attrs", "cls")

    def __init__(self, cls: Value) -> None:
        self.cls = cls
        self.attrs: dict[str, Value] = {}

    def describe(self) -> str:
        return f"an object of {getattr(self.cls, 'name', 'a class')}"

    def get_attr(self, interp: Interpreter, name: str) -> Value:
        return interp.instance_attr(self, name)

    def set_attr(self, interp: Interpreter, name: str, value: Value) -> None:
        interp.set_instance_attr(self, name, value)

    def _special(self, interp: Interpreter, name: str, *args: Value) -> Value:
        """The result of a `__special__` method of the program's class, or MISSING."""
        method = self.cls.find(interp, name, owner=self) if isinstance(self.cls, Class) else MISSING
        if method is MISSING:
            return MISSING
        return interp.call(BoundMethod(method, self), Arguments(list(args), span=interp.spot))

    def get_item(self, interp: Interpreter, key: Value) -> Value:
        value = self._special(interp, "__getitem__", key)
        return super().get_item(interp, key) if value is MISSING else value

    def set_item(self, interp: Interpreter, key: Value, value: Value) -> None:
        self._special(interp, "__setitem__", key, value)

    def delete_item(self, interp: Interpreter, key: Value) -> None:
        self._special(interp, "__delitem__", key)

    def contains(self, interp: Interpreter, item: Value) -> Value:
        value = self._special(interp, "__contains__", item)
        return super().contains(interp, item) if value is MISSING else value

    def call(self, interp: Interpreter, arguments: Arguments) -> Value:
        method = self.cls.find(interp, "__call__", owner=self) if isinstance(self.cls, Class) else MISSING
        return super().call(interp, arguments) if method is MISSING else interp.call(BoundMethod(method, self), arguments)

    def iterate(self, interp: Interpreter) -> Iterator[Value] | Unknown:
        value = self._special(interp, "__iter__")
        return super().iterate(interp) if value is MISSING else interp.iterate(value)

    def keys(self, interp: Interpreter) -> list[Value] | Unknown | None:
        found = self._special(interp, "keys")
        return None if found is MISSING else interp.items(found)

    def enter(self, interp: Interpreter) -> Value:
        value = self._special(interp, "__enter__")
        return super().enter(interp) if value is MISSING else value

    def leave(self, interp: Interpreter) -> None:
        self._special(interp, "__exit__", None, None, None)

    def leave_raising(self, interp: Interpreter, error: Raised) -> bool | Unknown:
        kind = error.value.cls if isinstance(error.value, Instance) else type(error.value)
        if isinstance(error.value, Opaque):
            kind = External(error.value.dotted)
        value = self._special(interp, "__exit__", kind, error.value, None)
        return False if value is MISSING else interp.truth(value)

    def binary(self, interp: Interpreter, operator: str, other: Value, reflected: bool) -> Value:
        value = self._special(interp, interp.special_name(operator, reflected), other)
        if value is not MISSING:
            return value
        if operator == "!=":
            equal = self._special(interp, "__eq__", other)
            if equal is MISSING or equal is NotImplemented:
                return self is not other
            verdict = interp.truth(equal)
            return verdict if isinstance(verdict, Unknown) else not verdict
        return self is other if operator == "==" else NotImplemented

    def unary(self, interp: Interpreter, operator: str) -> Value:
        value = self._special(interp, {"-": "__neg__", "+": "__pos__", "~": "__invert__"}[operator])
        return super().unary(interp, operator) if value is MISSING else value

    def in_place(self, interp: Interpreter, operator: str, other: Value) -> Value:
        """`self operator= other` by a method of the class; NotImplemented for none."""
        value = self._special(interp, f"__i{interp.special_name(operator, False)[2:]}", other)
        return NotImplemented if value is MISSING else value

    def truth(self, interp: Interpreter) -> bool | Unknown:
        for name in ("__bool__", "__len__"):
            value = self._special(interp, name)
            if value is not MISSING:
                return interp.truth(value)
        if isinstance(self.cls, Class) and self.cls.unknown_base() is not None:
            return interp.unknown(f"the truth of {self.describe()} is not followed")
        return True

    def text(self, interp: Interpreter) -> str | Unknown:
        for name in ("__str__", "__repr__"):
            value = self._special(interp, name)
            if value is not MISSING:
                return value if isinstance(value, str | Unknown) else interp.unknown(f"{name} gave no text")
        args = self.attrs.get("args")
        if isinstance(args, tuple) and isinstance(self.cls, Class) and any(isinstance(base, type) for base in self.cls.mro):
            if len(args) == 1 and not any(base is KeyError for base in self.cls.mro):
                return interp.text(args[0])
            return interp.text(args if len(args) != 1 else repr(args[0]) if isinstance(args[0], str) else args[0]) if args else ""
        from dagcheck.evaluate.representations import representation

        return super().text(interp) if isinstance(self.cls, Class) else representation(interp, self)
