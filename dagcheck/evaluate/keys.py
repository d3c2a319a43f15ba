"""Objects of the program as keys of dicts and members of sets: those that say what equals them are found by that."""

from __future__ import annotations

from collections.abc import Hashable
from typing import TYPE_CHECKING

from dagcheck.evaluate.values import MISSING, Class, External, Instance, Opaque, OpaqueMethod, Value
from dagcheck.model.values import Unknown

if TYPE_CHECKING:
    from dagcheck.evaluate.interpreter import Interpreter


def key_of(interp: Interpreter, key: Value) -> Value:
    """The value to use as a key: an earlier equal object in place of an equal one; Unknown where equality is not known.

    Raises Raised(TypeError) for an object that has `__eq__` and no `__hash__`, as Python would.
    """
    if isinstance(key, tuple) and any(isinstance(item, Instance | tuple) for item in key):
        if _too_large(key):
            return interp.unknown("a very large value", "budget")
        items = [key_of(interp, item) for item in key]
        if all(a is b for a, b in zip(items, key)):
            return key
        return next((item for item in items if isinstance(item, Unknown)), type(key)(*items) if hasattr(key, "_fields") else tuple(items))
    if isinstance(key, External):
        return _interned(interp, key)
    if isinstance(key, Opaque | OpaqueMethod):
        return key.truth(interp)
    if not isinstance(key, Instance) or not isinstance(key.cls, Class) or key.cls.find(interp, "__eq__") is MISSING:
        return key
    hasher = key.cls.find(interp, "__hash__")
    if hasher is MISSING and (key.cls.unknown_base() is not None or key.cls.native() is not None):
        return interp.unknown(f"the hash of {key.describe()} is not followed")
    if hasher is None or hasher is MISSING:
        raise interp.raises(TypeError(f"unhashable type: {key.cls.name!r}"))
    interp.hashing += 1
    try:
        number = interp.call_values(interp.get_attr(key, "__hash__"))
    finally:
        interp.hashing -= 1
    if isinstance(number, Unknown):
        return number
    return _known(interp, key, number)


def _interned(interp: Interpreter, key: External) -> External:
    """One object for all that come from the same import path."""
    bucket = interp.interned.setdefault(key.dotted, [])
    if not bucket:
        bucket.append(key)
    found = bucket[0]
    assert isinstance(found, External)
    return found


def missing(interp: Interpreter, container: dict[Value, Value] | set[Value] | frozenset[Value], key: Value) -> Unknown | None:
    """Why a key that is not found may be there all the same, under a value that is known only by its import path; else None."""
    if not isinstance(key, Hashable) or key in container:
        return None
    first = key if isinstance(key, External) else next((one for one in container if isinstance(one, External)), None)
    return None if first is None or not container else interp.unknown(f"{first.dotted} is not in the project", "import", name=first.dotted)


def _too_large(key: tuple[Value, ...], limit: int = 5_000) -> bool:
    stack, seen = list(key), 0
    while stack:
        item = stack.pop()
        seen += 1
        if seen > limit:
            return True
        if isinstance(item, tuple):
            stack.extend(item)
    return False


def _known(interp: Interpreter, key: Instance, number: Value) -> Value:
    from dagcheck.evaluate.operators import binary

    bucket = interp.interned.setdefault(number, [])
    for other in bucket:
        equal = True if other is key else interp.truth(binary(interp, "==", other, key))
        if equal is True:
            return other
        if isinstance(equal, Unknown):
            return equal
    bucket.append(key)
    return key
