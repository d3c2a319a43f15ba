"""`x[key]`, `x[key] = value`, `del x[key]` and `in`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dagcheck.evaluate.keys import key_of, missing
from dagcheck.evaluate.operators import CONTAINERS, binary, truth
from dagcheck.evaluate.perhaps import plain, settles
from dagcheck.evaluate.values import PYTHON_ERRORS, Object, Value, describe, worst
from dagcheck.model.values import Unknown

if TYPE_CHECKING:
    from dagcheck.evaluate.interpreter import Interpreter

SEQUENCES = (list, tuple, str, bytes, bytearray, range)


def contains(interp: Interpreter, container: Value, item: Value) -> Value:
    """The value of `item in container`."""
    if isinstance(container, Unknown):
        return container
    if isinstance(container, Object):
        return container.contains(interp, item)
    blurred = interp.state.doubtful(container)
    if blurred is not None and not settles(blurred, container, item):
        return plain(blurred)
    if isinstance(item, Unknown):
        return False if isinstance(container, CONTAINERS) and not container else item
    if isinstance(container, list | tuple):
        return _among(interp, container, item)
    if isinstance(item, Object | tuple) and isinstance(container, dict | set | frozenset):
        item = key_of(interp, item)
        if isinstance(item, Unknown):
            return item
    try:
        found = item in container
        why = missing(interp, container, item) if not found and isinstance(container, dict | set | frozenset) else None
        return found if why is None else why
    except PYTHON_ERRORS as error:
        raise interp.raises(error) from None


def _among(interp: Interpreter, container: list[Value] | tuple[Value, ...], item: Value) -> Value:
    interp.budget.step(len(container) >> 2)
    doubtful: Unknown | None = None
    for member in container:
        equal = member is item or binary(interp, "==", member, item)
        verdict = equal if isinstance(equal, bool | Unknown) else truth(interp, equal)
        if isinstance(verdict, Unknown):
            doubtful = verdict
        elif verdict:
            return True
    return False if doubtful is None else doubtful


def get_item(interp: Interpreter, container: Value, key: Value) -> Value:
    """The value of `container[key]`."""
    if isinstance(container, Object):
        return container.get_item(interp, key)
    why = container if isinstance(container, Unknown) else interp.state.doubtful(container)
    if why is None or settles(why, container, key):
        why = worst([key.start, key.stop, key.step] if isinstance(key, slice) else [key])
    if why is not None:
        interp.unknowns += 1
        return plain(why)
    if isinstance(key, Object | tuple) and isinstance(container, dict):
        key = key_of(interp, key)
    elif isinstance(container, SEQUENCES) and _is_of_objects(key):
        return interp.unknown("an item whose number an object gives is not followed")
    return key if isinstance(key, Unknown) else _plain_item(interp, container, key)


def _is_of_objects(key: Value) -> bool:
    """True for an index or a slice that the evaluator does not know as a number."""
    return any(isinstance(part, Object) for part in ((key.start, key.stop, key.step) if isinstance(key, slice) else (key,)))


def _plain_item(interp: Interpreter, container: Value, key: Value) -> Value:
    try:
        found = container[key]
    except PYTHON_ERRORS as error:
        return _absent(interp, container, key, error)
    if isinstance(key, slice):
        interp.budget.make(found)
    return found


def _absent(interp: Interpreter, container: Value, key: Value, error: Exception) -> Value:
    """What a key that is not there gives: the container's default, an Unknown where it may be there all the same, else the error."""
    if isinstance(container, type):
        return container
    if isinstance(error, KeyError) and isinstance(container, dict):
        on_missing = getattr(container, "on_missing", None)
        if on_missing is not None:
            return on_missing(interp, key)
        why = missing(interp, container, key)
        if why is not None:
            return why
    raise interp.raises(error) from None


def set_item(interp: Interpreter, container: Value, key: Value, value: Value) -> None:
    """`container[key] = value`."""
    if isinstance(container, Object):
        container.set_item(interp, key, value)
        return
    if isinstance(container, Unknown):
        return
    interp.state.touch(container)
    if isinstance(key, Object | tuple):
        key = key_of(interp, key)
    why = _unknown_stretch(interp, key, value) if isinstance(key, slice) else key
    if isinstance(why, Unknown):
        interp.state.blur(container, why)
        return
    try:
        container[key] = value
        if isinstance(key, slice):
            interp.budget.make(container)
    except PYTHON_ERRORS as error:
        raise interp.raises(error) from None


def _unknown_stretch(interp: Interpreter, key: slice, value: Value) -> Unknown | None:
    """Why it is not known what stands in a list after `container[key] = value` or `del container[key]` for a slice."""
    for part in (key.start, key.stop, key.step, value):
        if isinstance(part, Unknown):
            return part
    return interp.unknown(f"the items of {describe(value)} are not followed") if isinstance(value, Object) else None


def delete_item(interp: Interpreter, container: Value, key: Value) -> None:
    """`del container[key]`."""
    if isinstance(container, Object):
        container.delete_item(interp, key)
        return
    if isinstance(container, Unknown):
        return
    interp.state.touch(container)
    if isinstance(key, Object | tuple):
        key = key_of(interp, key)
    why = _unknown_stretch(interp, key, None) if isinstance(key, slice) else key
    if isinstance(why, Unknown):
        interp.state.blur(container, why)
        return
    try:
        del container[key]
    except PYTHON_ERRORS as error:
        raise interp.raises(error) from None
