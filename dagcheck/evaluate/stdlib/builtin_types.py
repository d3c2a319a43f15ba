"""The built-in types as callables that know unknown values, and as bases of the program's own classes."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from dagcheck.evaluate.attributes import store_attr
from dagcheck.evaluate.calls import call_pure
from dagcheck.evaluate.classes import lineage
from dagcheck.evaluate.keys import key_of
from dagcheck.evaluate.mappings import mapping_of
from dagcheck.evaluate.values import (
    MISSING,
    Arguments,
    Class,
    Instance,
    Native,
    NativeClass,
    Object,
    Value,
    first_of,
    worst,
)
from dagcheck.model.values import Unknown

if TYPE_CHECKING:
    from dagcheck.evaluate.interpreter import Interpreter

OF_THE_TYPE = frozenset(
    {"__name__", "__qualname__", "__module__", "__doc__", "__dict__", "__bases__", "__mro__", "__class__", "__subclasses__", "mro"}
)
"""What a class derived from a type does not have from it."""
STATIC = (staticmethod, classmethod, type(vars(dict)["fromkeys"]))

Maker = Callable[["Interpreter", Arguments], Value]

TYPE_MODELS: dict[type, BuiltinType] = {}
"""The model of each real type that has one, for `type(x)`."""


class BuiltinType(NativeClass):
    """A built-in type as a callable that knows unknown values; `real` is Python's own type, for isinstance and as a base."""

    __slots__ = ("dotted", "make", "methods", "name", "real")

    def __init__(self, real: type, make: Maker | None = None, methods: dict[str, Maker] | None = None) -> None:
        """`make` makes a value (default: the real type, called as a pure function); `methods` are class-level calls that need the evaluator."""
        self.real = real
        self.name = real.__name__
        self.dotted = f"{real.__module__}.{real.__name__}"
        self.make = make or functools.partial(_construct, real)
        self.methods = methods or {}
        TYPE_MODELS[real] = self

    def call(self, interp: Interpreter, arguments: Arguments) -> Value:
        why = arguments.unknown_unpacking()
        return why if why is not None else self.make(interp, arguments)

    def new(self, interp: Interpreter, cls: Class | NativeClass, arguments: Arguments) -> Value:
        """An object of a class of the program that derives from this type."""
        from dagcheck.evaluate.stdlib.derived_types import derive

        made = derive(interp, self.real, cls, arguments) if isinstance(cls, Class) else MISSING
        return Instance(cls) if made is MISSING else made

    def init(self, interp: Interpreter, instance: Value, arguments: Arguments) -> None:
        """`dict.__init__` and `list.__init__` of such an object."""
        from dagcheck.evaluate.stdlib.derived_types import Derived, fill

        if isinstance(instance, Derived):
            fill(interp, instance, self.make(interp, arguments))

    def tests(self, interp: Interpreter, value: Value) -> bool | Unknown:
        """isinstance(value, this type)."""
        if isinstance(value, Unknown):
            return value
        if isinstance(value, Instance):
            return self.real is object or any(base is self for base in lineage(value.cls))
        if self.real is type:
            return isinstance(value, Class | NativeClass | type)
        if isinstance(value, Object):
            return self.real is object
        return isinstance(value, self.real)

    def lookup(self, interp: Interpreter, name: str, owner: Value) -> Value:
        if owner is not None or name in OF_THE_TYPE:
            return MISSING
        if name in self.methods:
            return Native(f"{self.name}.{name}", self.methods[name])
        found = getattr(self.real, name, MISSING)
        if found is MISSING or not callable(found) or isinstance(found, type):
            return found
        return Native(f"{self.name}.{name}", functools.partial(_unbound, self.real, name))

    def get_item(self, interp: Interpreter, key: Value) -> Value:
        return self

    def binary(self, interp: Interpreter, operator: str, other: Value, reflected: bool) -> Value:
        if operator in ("==", "!="):
            return (self is other) == (operator == "==")
        return self if operator == "|" else NotImplemented


def _construct(real: type, interp: Interpreter, arguments: Arguments) -> Value:
    return call_pure(interp, real, arguments)


def _unbound(real: type, name: str, interp: Interpreter, arguments: Arguments) -> Value:
    """`str.upper(x)`, `dict.fromkeys(…)`: the method of the value, or the class method."""
    first = arguments.get(0, "self")
    from inspect import getattr_static

    static = isinstance(getattr_static(real, name), STATIC)
    if isinstance(first, real) and not static:
        return interp.call(interp.get_attr(first, name), Arguments(arguments.args[1:], arguments.kwargs, span=arguments.span))
    if real is dict and name == "fromkeys":
        keys = interp.items(first)
        value = arguments.get(1, "value")
        return keys if isinstance(keys, Unknown) else dict.fromkeys(keys, value)
    return call_pure(interp, getattr(real, name), arguments)


def _collect(kind: type) -> Any:
    def make(interp: Interpreter, arguments: Arguments) -> Value:
        if not arguments.args:
            return kind()
        items = interp.items(arguments.args[0])
        if isinstance(items, Unknown):
            return items
        if kind in (set, frozenset):
            items = [key_of(interp, item) for item in items]
            unknown = worst(items)
            if unknown is not None:
                return unknown
        return _hashed(interp, kind, items)

    return make


def _hashed(interp: Interpreter, kind: type, items: list[Value]) -> Value:
    try:
        return kind(items)
    except TypeError as error:
        raise interp.raises(error) from None


def _dict(interp: Interpreter, arguments: Arguments) -> Value:
    found: dict[Value, Value] = {}
    if arguments.args:
        source = first_of(mapping_of(interp, arguments.args[0]), arguments.args[0])
        blurred = source if isinstance(source, Unknown) else interp.state.doubtful(source)
        if blurred is not None:
            found.update(source if isinstance(source, dict) else {})
            interp.state.blur(found, blurred)
        elif isinstance(source, dict):
            found.update(source)
        else:
            why = _pairs(interp, source, found)
            if why is not None:
                return why
    found.update(arguments.kwargs)
    return found


def _pairs(interp: Interpreter, source: Value, found: dict[Value, Value]) -> Unknown | None:
    items = interp.items(source)
    if isinstance(items, Unknown):
        return items
    for item in items:
        pair = interp.items(item)
        if isinstance(pair, Unknown):
            return pair
        if len(pair) != 2:
            raise interp.raises(ValueError("dictionary update sequence element has a wrong length; 2 is required"))
        key = key_of(interp, pair[0])
        if isinstance(key, Unknown):
            return key
        found[key] = pair[1]
    return None


def _str(interp: Interpreter, arguments: Arguments) -> Value:
    return interp.text(arguments.args[0]) if len(arguments.args) == 1 and not arguments.kwargs else call_pure(interp, str, arguments)


def _bool(interp: Interpreter, arguments: Arguments) -> Value:
    return interp.truth(arguments.args[0]) if arguments.args else False


def _bytes(kind: type, interp: Interpreter, arguments: Arguments) -> Value:
    size = arguments.get(0, "source")
    if isinstance(size, int) and size > interp.budget.value_size:
        return interp.unknown("a very long bytes value", "budget")
    return call_pure(interp, kind, arguments)


def _type(interp: Interpreter, arguments: Arguments) -> Value:
    if len(arguments.args) != 1:
        from dagcheck.evaluate.metaclasses import dynamic_class

        return dynamic_class(interp, arguments)
    value = arguments.args[0]
    if isinstance(value, Unknown):
        return value
    if isinstance(value, Instance):
        return value.cls
    own = getattr(value, "evaluator_class", None)
    if own is not None and not isinstance(value, Object):
        return own()
    if isinstance(value, Object):
        return interp.unknown(f"the type of {value.describe()} is not followed")
    return TYPE_MODELS.get(type(value), type(value))


def _store(interp: Interpreter, arguments: Arguments) -> Value:
    """`object.__setattr__(x, name, value)`."""
    owner, name, value = arguments.args
    if isinstance(owner, Instance) and isinstance(name, str):
        store_attr(interp, owner, name, value)


def _new_object(interp: Interpreter, arguments: Arguments) -> Value:
    """`object.__new__(cls)`."""
    cls = arguments.get(0, "cls")
    return Instance(cls) if isinstance(cls, Class) else interp.unknown("__new__ of an unknown class")


def _nothing(interp: Interpreter, arguments: Arguments) -> Value:
    return None


def _object(interp: Interpreter, arguments: Arguments) -> Value:
    return Instance(TYPES["object"])


def _range(interp: Interpreter, arguments: Arguments) -> Value:
    return call_pure(interp, range, arguments)


TYPES: dict[str, Value] = {
    "str": BuiltinType(str, _str),
    "bool": BuiltinType(bool, _bool),
    "bytes": BuiltinType(bytes, functools.partial(_bytes, bytes)),
    "bytearray": BuiltinType(bytearray, functools.partial(_bytes, bytearray)),
    "list": BuiltinType(list, _collect(list)),
    "tuple": BuiltinType(tuple, _collect(tuple)),
    "set": BuiltinType(set, _collect(set)),
    "frozenset": BuiltinType(frozenset, _collect(frozenset)),
    "dict": BuiltinType(dict, _dict),
    "type": BuiltinType(type, _type),
    "object": BuiltinType(object, _object, {"__setattr__": _store, "__new__": _new_object, "__init__": _nothing}),
    "int": BuiltinType(int),
    "float": BuiltinType(float),
    "complex": BuiltinType(complex),
    "range": BuiltinType(range, _range),
}
