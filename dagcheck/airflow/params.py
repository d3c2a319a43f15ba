"""`ParamsDict`: the params of a DAG as the program sees them, a mapping that resolves each `Param` when it is read."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from dagcheck.evaluate import items
from dagcheck.evaluate.values import MISSING, Arguments, Native, Object, Opaque, Value
from dagcheck.model.values import Unknown

if TYPE_CHECKING:
    from dagcheck.evaluate.interpreter import Interpreter

OF_THE_DICT = frozenset(
    {"keys", "items", "values", "update", "pop", "popitem", "setdefault", "clear", "__contains__", "__len__", "__iter__"}
)
"""Methods that are those of the mapping from names to `Param` objects."""


class ParamsValue(Object):
    """The params of a DAG, by name; `held` are they as they were given, `Param` objects or plain values."""

    __slots__ = ("held",)

    def __init__(self, held: dict[Value, Value]) -> None:
        self.held = held

    def describe(self) -> str:
        return "the params"

    def get_item(self, interp: Interpreter, key: Value) -> Value:
        return resolved(interp, items.get_item(interp, self.held, key))

    def set_item(self, interp: Interpreter, key: Value, value: Value) -> None:
        items.set_item(interp, self.held, key, value)

    def delete_item(self, interp: Interpreter, key: Value) -> None:
        items.delete_item(interp, self.held, key)

    def contains(self, interp: Interpreter, item: Value) -> Value:
        return items.contains(interp, self.held, item)

    def iterate(self, interp: Interpreter) -> Iterator[Value] | Unknown:
        return interp.iterate(self.held)

    def truth(self, interp: Interpreter) -> bool | Unknown:
        return interp.truth(self.held)

    def get_attr(self, interp: Interpreter, name: str) -> Value:
        if name in OF_THE_DICT:
            return interp.get_attr(self.held, name)
        own: dict[str, Callable[[Interpreter, Arguments], Value]] = {"get": self._get, "get_param": self._raw, "dump": self._dump}
        return Native(f"params.{name}", own[name]) if name in own else super().get_attr(interp, name)

    def _get(self, interp: Interpreter, arguments: Arguments) -> Value:
        key = arguments.get(0, "key")
        there = self.contains(interp, key)
        if isinstance(there, Unknown):
            return there
        return self.get_item(interp, key) if there else arguments.get(1, "default")

    def _raw(self, interp: Interpreter, arguments: Arguments) -> Value:
        return items.get_item(interp, self.held, arguments.get(0, "key"))

    def _dump(self, interp: Interpreter, arguments: Arguments) -> Value:
        why = interp.state.blurry(self.held)
        return why if why is not None else {key: resolved(interp, value) for key, value in self.held.items()}


def resolved(interp: Interpreter, value: Value) -> Value:
    """What reading a param gives at parse time: its default."""
    if isinstance(value, Opaque) and value.dotted.rpartition(".")[2] == "Param":
        default = value.arguments.get(0, "default", MISSING)
        return interp.unknown("a param without a default is known only at run time", "runtime") if default is MISSING else default
    return value


def make_params(interp: Interpreter, arguments: Arguments) -> Value:
    """`ParamsDict(…)`."""
    given = arguments.get(0, "dict_obj")
    if isinstance(given, Unknown):
        return given
    held = held_in(given)
    if held is None:
        return interp.unknown("params of a mapping that is not followed")
    why = interp.state.blurry(held)
    return ParamsValue(dict(held)) if why is None else why


def held_in(given: Value) -> dict[Value, Value] | None:
    """The dict of params that a DAG is given; None where it is no dict."""
    return {} if given is None else given.held if isinstance(given, ParamsValue) else given if isinstance(given, dict) else None


def params_of(interp: Interpreter, given: Value, of_defaults: Value) -> Value:
    """`dag.params` of a DAG with these params and those of its `default_args`."""
    problem = next((value for value in (given, of_defaults) if isinstance(value, Unknown)), None)
    if problem is not None:
        return problem
    held, more = held_in(given), held_in(of_defaults)
    if held is None or more is None:
        return interp.unknown("params of a mapping that is not followed")
    return ParamsValue({**held, **more} if more else held)
