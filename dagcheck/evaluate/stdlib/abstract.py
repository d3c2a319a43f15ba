"""Abstract types that only ask what a value can do: `collections.abc` and their twins in `typing`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from dagcheck.evaluate.values import MISSING, Class, Function, Instance, Lazy, Native, NativeClass, Object, Value
from dagcheck.model.values import Unknown

if TYPE_CHECKING:
    from dagcheck.evaluate.interpreter import Interpreter

ASKED = {
    "Iterable": "__iter__", "Iterator": "__next__", "Callable": "__call__", "Sized": "__len__", "Container": "__contains__", "Hashable": "__hash__",
    "Mapping": "keys", "MutableMapping": "keys", "Sequence": "__getitem__", "Collection": "__len__",
}  # fmt: skip
"""The method by which an object of the program counts as one of these types."""


class AbstractType(NativeClass):
    """One such type; subscripting it and `|` give itself."""

    __slots__ = ("dotted", "name", "real")

    def __init__(self, name: str, real: Any) -> None:
        self.name = name
        self.dotted = f"collections.abc.{name}"
        self.real = real

    def tests(self, interp: Interpreter, value: Value) -> bool | Unknown:
        """isinstance(value, this type)."""
        if isinstance(value, Unknown):
            return value
        if isinstance(value, Instance):
            return isinstance(value.cls, Class) and (self in value.cls.mro or self._has(interp, value.cls))
        if isinstance(value, Lazy):
            return self.name in ("Iterable", "Iterator", "Generator")
        if isinstance(value, Object):
            if self.name == "Callable":
                return isinstance(value, Function | Native | Class | NativeClass)
            return interp.unknown(f"whether {value.describe()} is a {self.name} is not followed")
        return isinstance(value, self.real)

    def _has(self, interp: Interpreter, cls: Class) -> bool:
        asked = ASKED.get(self.name)
        return asked is not None and cls.find(interp, asked) is not MISSING

    def get_item(self, interp: Interpreter, key: Value) -> Value:
        return self

    def binary(self, interp: Interpreter, operator: str, other: Value, reflected: bool) -> Value:
        return self if operator == "|" else NotImplemented
