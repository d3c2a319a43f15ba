"""`collections`: its containers are Python's own where they can be, with factories and items that the evaluator computes."""

from __future__ import annotations

import collections
import collections.abc
from typing import TYPE_CHECKING, Any, Self

from dagcheck.evaluate.calls import call_pure
from dagcheck.evaluate.stdlib.abstract import AbstractType
from dagcheck.evaluate.stdlib.builtin_types import TYPES, BuiltinType
from dagcheck.evaluate.stdlib.modelling import first_problem, natives
from dagcheck.evaluate.stdlib.named_tuples import namedtuple
from dagcheck.evaluate.values import Arguments, Module, NativeClass, Value
from dagcheck.model.values import Unknown

if TYPE_CHECKING:
    from dagcheck.evaluate.interpreter import Interpreter


class DefaultDict(dict[Value, Value]):
    """A `collections.defaultdict`: a missing key gets what the program's factory gives."""

    def __init__(self, factory: Value = None, *args: Any) -> None:
        super().__init__(*args)
        self.default_factory = factory

    def __copy__(self) -> Self:
        return type(self)(self.default_factory, self)

    def copy(self) -> Self:
        return self.__copy__()

    def on_missing(self, interp: Interpreter, key: Value) -> Value:
        """The value that reading a missing key puts there. Raises Raised(KeyError) without a factory."""
        if self.default_factory is None:
            raise interp.raises(KeyError(key))
        value = interp.call_values(self.default_factory)
        interp.state.touch(self)
        self[key] = value
        return value

    def __repr__(self) -> str:
        name = getattr(self.default_factory, "name", "…")
        return f"defaultdict(<class '{name}'>, {dict.__repr__(self)})"


def _defaultdict(interp: Interpreter, arguments: Arguments) -> Value:
    plain = TYPES["dict"].make(interp, Arguments(arguments.args[1:], arguments.kwargs, span=arguments.span))
    if isinstance(plain, Unknown):
        return plain
    return _blurred_as(interp, plain, DefaultDict(arguments.get(0, "default_factory"), plain))


def _ordered(interp: Interpreter, arguments: Arguments) -> Value:
    plain = TYPES["dict"].make(interp, arguments)
    return plain if isinstance(plain, Unknown) else _blurred_as(interp, plain, collections.OrderedDict(plain))


def _blurred_as(interp: Interpreter, source: Value, made: Value) -> Value:
    why = interp.state.doubtful(source)
    if why is not None:
        interp.state.blur(made, why)
    return made


def _counter(interp: Interpreter, arguments: Arguments) -> Value:
    problem = first_problem(arguments)
    if problem is not None:
        return problem
    if not arguments.args or isinstance(arguments.args[0], dict):
        return call_pure(interp, collections.Counter, arguments)
    items = interp.items(arguments.args[0])
    if isinstance(items, Unknown):
        return items
    unknown = next((item for item in items if isinstance(item, Unknown)), None)
    return collections.Counter(items) if unknown is None else unknown


def _deque(interp: Interpreter, arguments: Arguments) -> Value:
    items = interp.items(arguments.get(0, "iterable", ()))
    limit = arguments.get(1, "maxlen")
    if isinstance(items, Unknown) or isinstance(limit, Unknown):
        return items if isinstance(items, Unknown) else limit
    return call_pure(interp, lambda length: collections.deque(items, length), arguments.but(limit))


def _chain_map(interp: Interpreter, arguments: Arguments) -> Value:
    """The maps as one dict, the first one winning. (Writes to it do not reach the first map.)"""
    merged: dict[Value, Value] = {}
    for mapping in reversed(arguments.args):
        why = mapping if isinstance(mapping, Unknown) else interp.state.blurry(mapping)
        if why is not None:
            return why
        if not isinstance(mapping, dict):
            return interp.unknown("a ChainMap of objects is not followed")
        merged.update(mapping)
    return merged


class DictBase(NativeClass):
    """`UserDict`, `UserList`, `UserString` as bases: not followed."""

    __slots__ = ("dotted", "name")

    def __init__(self, name: str) -> None:
        self.name = name
        self.dotted = f"collections.{name}"


def collections_names(interp: Interpreter) -> dict[str, Value]:
    """The names of `collections`."""
    return {
        "OrderedDict": ORDERED,
        "defaultdict": DEFAULT,
        "Counter": COUNTER,
        "deque": DEQUE,
        **natives({"namedtuple": namedtuple, "ChainMap": _chain_map}),
        **{name: DictBase(name) for name in ("UserDict", "UserList", "UserString")},
        "abc": Module("collections.abc", abc_names(interp)),
    }


def abc_names(interp: Interpreter) -> dict[str, Value]:
    """The names of `collections.abc`."""
    return {name: AbstractType(name, getattr(collections.abc, name)) for name in collections.abc.__all__ if name != "Buffer"}


ORDERED = BuiltinType(collections.OrderedDict, _ordered)
DEFAULT = BuiltinType(DefaultDict, _defaultdict)
DEFAULT.name, DEFAULT.dotted = "defaultdict", "collections.defaultdict"
COUNTER = BuiltinType(collections.Counter, _counter)
DEQUE = BuiltinType(collections.deque, _deque)
