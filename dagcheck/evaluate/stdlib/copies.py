"""`copy`: shallow and deep copies of known and unknown values; unknown content stays unknown in the copy."""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING

from dagcheck.evaluate.operators import CONTAINERS
from dagcheck.evaluate.stdlib.modelling import natives
from dagcheck.evaluate.values import MISSING, Arguments, Class, Instance, Object, Value
from dagcheck.model.values import Unknown

if TYPE_CHECKING:
    from dagcheck.evaluate.interpreter import Interpreter


def shallow(interp: Interpreter, value: Value) -> Value:
    """`copy.copy(value)`."""
    if isinstance(value, Instance):
        return _special(interp, value, "__copy__") if _has(interp, value, "__copy__") else _instance(value, dict(value.attrs))
    if isinstance(value, Object):
        return value if not hasattr(value, "attrs") else interp.unknown(f"a copy of {value.describe()} is not followed")
    return value if isinstance(value, Unknown) else _keep_blur(interp, value, copy.copy(value))


def deep(interp: Interpreter, value: Value, memo: dict[int, Value]) -> Value:
    """`copy.deepcopy(value)`; what is no plain data and no object of the program is shared."""
    if id(value) in memo:
        return memo[id(value)]
    interp.budget.step()
    if isinstance(value, Instance):
        return _deep_instance(interp, value, memo)
    if not isinstance(value, CONTAINERS) or isinstance(value, Object | Unknown):
        return value
    made: Value
    if isinstance(value, dict):
        made = copy.copy(value)
        memo[id(value)] = made
        made.clear()
        made.update({deep(interp, key, memo): deep(interp, item, memo) for key, item in value.items()})
    elif isinstance(value, list):
        made = memo[id(value)] = []
        made.extend(deep(interp, item, memo) for item in value)
    elif isinstance(value, tuple):
        items = [deep(interp, item, memo) for item in value]
        made = value if all(a is b for a, b in zip(items, value)) else type(value)(*items) if hasattr(value, "_fields") else tuple(items)
    else:
        made = type(value)(deep(interp, item, memo) for item in value)
    memo[id(value)] = made
    return _keep_blur(interp, value, made)


def _deep_instance(interp: Interpreter, value: Instance, memo: dict[int, Value]) -> Value:
    if _has(interp, value, "__deepcopy__"):
        return _special(interp, value, "__deepcopy__", {})
    if not isinstance(value.cls, Class) or (value.cls.special is not None and hasattr(value.cls.special, "members")):
        return value
    made = _instance(value, {})
    memo[id(value)] = made
    made.attrs.update({name: deep(interp, item, memo) for name, item in value.attrs.items()})
    return made


def _instance(value: Instance, attrs: dict[str, Value]) -> Instance:
    made = copy.copy(value) if type(value) is not Instance else Instance(value.cls)
    made.attrs = attrs
    return made


def _has(interp: Interpreter, value: Instance, name: str) -> bool:
    return isinstance(value.cls, Class) and value.cls.find(interp, name) is not MISSING


def _special(interp: Interpreter, value: Instance, name: str, *args: Value) -> Value:
    return interp.call_values(interp.get_attr(value, name), *args)


def _keep_blur(interp: Interpreter, value: Value, made: Value) -> Value:
    why = interp.state.doubtful(value)
    if why is not None and made is not value:
        interp.state.blur(made, why)
    return made


def _copy(interp: Interpreter, arguments: Arguments) -> Value:
    return shallow(interp, arguments.get(0, "x"))


def _deepcopy(interp: Interpreter, arguments: Arguments) -> Value:
    return deep(interp, arguments.get(0, "x"), {})


def copy_names(interp: Interpreter) -> dict[str, Value]:
    """The names of `copy`."""
    return {**natives({"copy": _copy, "deepcopy": _deepcopy}), "Error": copy.Error}
