"""`repr()` of values, objects of the program included."""

from __future__ import annotations

import collections
from typing import TYPE_CHECKING

from dagcheck.evaluate.iteration import ordered
from dagcheck.evaluate.values import MISSING, PYTHON_ERRORS, Class, Instance, NativeClass, Object, Value
from dagcheck.model.values import Unknown

if TYPE_CHECKING:
    from dagcheck.evaluate.interpreter import Interpreter

BRACKETS: dict[type, tuple[str, str]] = {list: ("[", "]"), tuple: ("(", ")"), set: ("{", "}")}
MAX_DEPTH = 50


def representation(interp: Interpreter, value: Value, depth: int = 0) -> str | Unknown:
    """repr(value), or Unknown; each part counts against the budget."""
    interp.budget.step()
    if isinstance(value, Unknown):
        return value
    if depth > MAX_DEPTH:
        return interp.unknown("the text of a deeply nested value", "budget")
    if isinstance(value, Object):
        return _object(interp, value)
    why = interp.state.blurry(value)
    if why is not None:
        return why
    if type(value) in BRACKETS and value:
        return _sequence(interp, value, depth)
    if isinstance(value, dict) and value and type(value) in (dict, collections.OrderedDict):
        return _mapping(interp, value, depth)
    try:
        return repr(value)
    except PYTHON_ERRORS as error:
        raise interp.raises(error) from None


def _object(interp: Interpreter, value: Object) -> str | Unknown:
    if isinstance(value, Instance) and isinstance(value.cls, Class) and value.cls.find(interp, "__repr__") is not MISSING:
        return interp.text(interp.call_values(interp.get_attr(value, "__repr__")))
    if isinstance(value, Instance) and isinstance(value.cls, NativeClass):
        shown = value.cls.lookup(interp, "__repr__", value)
        if shown is not MISSING:
            return interp.text(interp.call_values(shown, value))
    if isinstance(value, Class):
        return f"<class '{value.module.namespace.get('__name__', value.module.name)}.{value.name}'>"
    return interp.unknown(f"the text of {value.describe()} is not followed")


def _sequence(interp: Interpreter, value: Value, depth: int) -> str | Unknown:
    parts = []
    for item in ordered(value) if isinstance(value, set) else value:
        shown = representation(interp, item, depth + 1)
        if isinstance(shown, Unknown):
            return shown
        parts.append(shown)
    opening, closing = BRACKETS[type(value)]
    comma = "," if opening == "(" and len(parts) == 1 else ""
    return bounded(interp, f"{opening}{', '.join(parts)}{comma}{closing}")


def _mapping(interp: Interpreter, value: dict[Value, Value], depth: int) -> str | Unknown:
    parts = []
    for key, item in value.items():
        shown = representation(interp, key, depth + 1), representation(interp, item, depth + 1)
        if isinstance(shown[0], Unknown) or isinstance(shown[1], Unknown):
            return shown[0] if isinstance(shown[0], Unknown) else shown[1]
        parts.append(f"{shown[0]}: {shown[1]}")
    inner = f"{{{', '.join(parts)}}}"
    return bounded(interp, inner if type(value) is dict else f"OrderedDict({inner})")


def bounded(interp: Interpreter, text: str) -> str | Unknown:
    """The text itself, or an Unknown where it is longer than a value may be."""
    interp.budget.step(len(text) >> 10)
    return text if len(text) <= interp.budget.value_size else interp.unknown("a very long text", "budget")
