"""`more_itertools`: what of them DAG files use, over known items."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from dagcheck.evaluate import operators
from dagcheck.evaluate.iteration import next_item
from dagcheck.evaluate.keys import key_of
from dagcheck.evaluate.stdlib.modelling import natives
from dagcheck.evaluate.values import MISSING, Arguments, Lazy, Value, describe
from dagcheck.model.values import Unknown

if TYPE_CHECKING:
    from dagcheck.evaluate.interpreter import Interpreter

Parts = Callable[["Interpreter", list[Value], Arguments], "Iterator[Value] | list[Value] | Unknown"]


def _over_items(name: str, parts: Parts, position: int = 0) -> Callable[[Interpreter, Arguments], Value]:
    """A function that gives an iterator over what `parts` makes of all items of its argument."""

    def run(interp: Interpreter, arguments: Arguments) -> Value:
        why = arguments.unknown_unpacking()
        items = interp.items(arguments.get(position, "iterable")) if why is None else why
        if isinstance(items, Unknown):
            return items
        made = parts(interp, items, arguments)
        return made if isinstance(made, Unknown) else Lazy(iter(made), name)

    return run


def _first(interp: Interpreter, arguments: Arguments) -> Value:
    """`first(iterable, default)`."""
    items = interp.iterate(arguments.get(0, "iterable"))
    if isinstance(items, Unknown):
        return items
    found = next_item(interp, Lazy(items), NOTHING)
    if found is not NOTHING:
        return found
    return _none_there(interp, arguments, "first")


def _last(interp: Interpreter, arguments: Arguments) -> Value:
    """`last(iterable, default)`."""
    items = interp.items(arguments.get(0, "iterable"))
    if isinstance(items, Unknown):
        return items
    return items[-1] if items else _none_there(interp, arguments, "last")


def _none_there(interp: Interpreter, arguments: Arguments, name: str) -> Value:
    default = arguments.get(1, "default", MISSING)
    if default is MISSING:
        raise interp.raises(ValueError(f"{name}() was called on an empty iterable, and no default value was provided."))
    return default


NOTHING = object()


def _one(interp: Interpreter, arguments: Arguments) -> Value:
    """`one(iterable)`."""
    items = interp.items(arguments.get(0, "iterable"))
    if isinstance(items, Unknown):
        return items
    if len(items) != 1 or len(arguments.args) + len(arguments.kwargs) > 1:
        raise interp.raises(ValueError(f"one item was expected of {describe(items)}"))
    return items[0]


def _size(interp: Interpreter, arguments: Arguments, name: str) -> int | Unknown:
    size = arguments.get(1, name)
    if isinstance(size, int) and size > 0:
        return size
    return size if isinstance(size, Unknown) else interp.unknown(f"the size {describe(size)} is not followed")


def _chunks(kind: type) -> Parts:
    def parts(interp: Interpreter, items: list[Value], arguments: Arguments) -> list[Value] | Unknown:
        size = _size(interp, arguments, "n")
        if isinstance(size, Unknown) or arguments.get(2, "strict", False) is not False:
            return size if isinstance(size, Unknown) else interp.unknown("strict chunks are not followed")
        return [kind(items[start : start + size]) for start in range(0, len(items), size)]

    return parts


def _windows(interp: Interpreter, items: list[Value], arguments: Arguments) -> list[Value] | Unknown:
    size = _size(interp, arguments, "n")
    if isinstance(size, Unknown) or len(items) < size or len(arguments.args) + len(arguments.kwargs) > 2:
        return size if isinstance(size, Unknown) else interp.unknown("windows that are filled up are not followed")
    return [tuple(items[start : start + size]) for start in range(len(items) - size + 1)]


def _flat(interp: Interpreter, items: list[Value], arguments: Arguments) -> list[Value] | Unknown:
    found: list[Value] = []
    for item in items:
        inner = interp.items(item)
        if isinstance(inner, Unknown):
            return inner
        found += inner
    return found


def _each_once(interp: Interpreter, items: list[Value], arguments: Arguments) -> list[Value] | Unknown:
    found: dict[Value, Value] = {}
    key = arguments.get(1, "key")
    for item in items:
        looked_at = key_of(interp, item if key is None else interp.call_values(key, item))
        if isinstance(looked_at, Unknown):
            return looked_at
        found.setdefault(looked_at, item)
    return list(found.values())


def _partition(interp: Interpreter, arguments: Arguments) -> Value:
    """`partition(test, iterable)`: the items that fail, and those that pass."""
    items = interp.items(arguments.get(1, "iterable"))
    if isinstance(items, Unknown):
        return items
    sides: tuple[list[Value], list[Value]] = ([], [])
    test = arguments.get(0, "pred")
    for item in items:
        verdict = operators.truth(interp, item if test is None else interp.call_values(test, item))
        if isinstance(verdict, Unknown):
            return verdict
        sides[verdict].append(item)
    return tuple(Lazy(iter(side), "partition") for side in sides)


def _take(interp: Interpreter, arguments: Arguments) -> Value:
    """`take(n, iterable)`."""
    items = interp.iterate(arguments.get(1, "iterable"))
    count = arguments.get(0, "n")
    if isinstance(items, Unknown) or not isinstance(count, int):
        return items if isinstance(items, Unknown) else interp.unknown("how many items are taken is not known")
    return interp.items(Lazy(itertools.islice(items, count)))


def _interleave(interp: Interpreter, arguments: Arguments) -> Value:
    """`interleave(a, b)`: until the shortest ends."""
    columns = [interp.items(one) for one in arguments.args]
    why = next((column for column in columns if isinstance(column, Unknown)), None)
    rows = zip(*(column for column in columns if not isinstance(column, Unknown)), strict=False)
    return Lazy(itertools.chain.from_iterable(rows), "interleave") if why is None else why


def more_itertools_names(interp: Interpreter) -> dict[str, Value]:
    """The names of `more_itertools`."""
    return natives(
        {
            "first": _first,
            "last": _last,
            "one": _one,
            "take": _take,
            "partition": _partition,
            "interleave": _interleave,
            "chunked": _over_items("chunked", _chunks(list)),
            "batched": _over_items("batched", _chunks(tuple)),
            "windowed": _over_items("windowed", _windows),
            "flatten": _over_items("flatten", _flat),
            "unique_everseen": _over_items("unique_everseen", _each_once),
        }
    )
