"""Objects that are mappings to Python: what `**x`, `dict(x)` and `{**x}` make of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dagcheck.evaluate.items import get_item
from dagcheck.evaluate.keys import key_of
from dagcheck.evaluate.values import Object, Value
from dagcheck.model.values import Unknown

if TYPE_CHECKING:
    from dagcheck.evaluate.interpreter import Interpreter


def mapping_of(interp: Interpreter, value: Value) -> dict[Value, Value] | Unknown | None:
    """The keys and values of an object that has keys; None for what is no such object, Unknown where they are not known."""
    keys = value.keys(interp) if isinstance(value, Object) else None
    if keys is None or isinstance(keys, Unknown):
        return keys
    found: dict[Value, Value] = {}
    for key in keys:
        known = key_of(interp, key)
        if isinstance(known, Unknown):
            return known
        found[known] = get_item(interp, value, known)
    return found
