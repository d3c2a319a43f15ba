"""`itertools`: all lazy, so that endless iterators can be cut; each item counts against the budget."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any, TypeVar

from dagcheck.evaluate import operators
from dagcheck.evaluate.iteration import sure, walk
from dagcheck.evaluate.stdlib.modelling import Maker, natives, taken
from dagcheck.evaluate.values import MISSING, PYTHON_ERRORS, Arguments, Lazy, Lost, Native, Object, Value
from dagcheck.model.values import Unknown

if TYPE_CHECKING:
    from dagcheck.evaluate.interpreter import Interpreter

MAX_LENGTH = 1000
Made = TypeVar("Made")

Source = Callable[["Interpreter", Arguments], Iterator[Value]]


def _lazy(name: str, source: Source) -> Maker:
    """A function that gives a lazy iterator, or why it is not known when its first argument is not."""

    def run(interp: Interpreter, arguments: Arguments) -> Value:
        why = arguments.unknown_unpacking()
        if why is not None:
            return why
        try:
            return Lazy(_counted(interp, source(interp, arguments)), name)
        except Lost as lost:
            return lost.why

    return run


def _counted(interp: Interpreter, items: Iterator[Value]) -> Iterator[Value]:
    for item in items:
        interp.budget.step()
        yield item


def _made(interp: Interpreter, kind: Callable[..., Made], *args: Any, **kwargs: Any) -> Made:
    """An iterator of Python's own, which may refuse its arguments."""
    try:
        return kind(*args, **kwargs)
    except PYTHON_ERRORS as error:
        raise interp.raises(error) from None


def _columns(interp: Interpreter, arguments: Arguments) -> list[Iterator[Value]]:
    return [walk(interp, arg) for arg in arguments.args]


def _pools(interp: Interpreter, values: list[Value]) -> list[list[Value]]:
    """All items of each argument, for the functions that need them at once."""
    pools = []
    for value in values:
        items = interp.items(value)
        if isinstance(items, Unknown):
            raise Lost(items)
        pools.append(items)
    return pools


def _number(interp: Interpreter, value: Value) -> Any:
    """A number that is given; Unknown ones lose the iteration."""
    if isinstance(value, Unknown):
        raise Lost(value)
    if isinstance(value, Object):
        raise Lost(interp.unknown(f"an iteration that {value.describe()} counts is not followed"))
    return value


def _length(interp: Interpreter, value: Value) -> Any:
    """The length of each combination; one that would fill the memory is not followed."""
    if isinstance(value, int) and value > MAX_LENGTH:
        raise Lost(interp.unknown("combinations of very many items", "budget"))
    return _number(interp, value)


def _chain(interp: Interpreter, arguments: Arguments) -> Iterator[Value]:
    return (item for arg in arguments.args for item in walk(interp, arg))


def _from_iterable(interp: Interpreter, arguments: Arguments) -> Iterator[Value]:
    return (item for part in walk(interp, arguments.get(0, "iterable")) for item in walk(interp, part))


def _product(interp: Interpreter, arguments: Arguments) -> Iterator[Value]:
    return _made(interp, itertools.product, *_pools(interp, arguments.args), repeat=_length(interp, arguments.kwargs.get("repeat", 1)))


def _pooled(function: Callable[..., Iterator[Value]]) -> Source:
    def run(interp: Interpreter, arguments: Arguments) -> Iterator[Value]:
        (pool,) = _pools(interp, taken(interp, arguments, 1))
        length = _length(interp, arguments.get(1, "r"))
        return function(pool) if length is None and function is itertools.permutations else _made(interp, function, pool, length)

    return run


def _count(interp: Interpreter, arguments: Arguments) -> Iterator[Value]:
    return _made(interp, itertools.count, _number(interp, arguments.get(0, "start", 0)), _number(interp, arguments.get(1, "step", 1)))


def _cycle(interp: Interpreter, arguments: Arguments) -> Iterator[Value]:
    return itertools.cycle(_pools(interp, taken(interp, arguments, 1))[0])


def _repeat(interp: Interpreter, arguments: Arguments) -> Iterator[Value]:
    times = _number(interp, arguments.get(1, "times"))
    value = arguments.get(0, "object")
    return itertools.repeat(value) if times is None else _made(interp, itertools.repeat, value, times)


def _islice(interp: Interpreter, arguments: Arguments) -> Iterator[Value]:
    return _made(
        interp, itertools.islice, walk(interp, *taken(interp, arguments, 1)), *[_number(interp, arg) for arg in arguments.args[1:]]
    )


def _zip_longest(interp: Interpreter, arguments: Arguments) -> Iterator[Value]:
    return itertools.zip_longest(*_columns(interp, arguments), fillvalue=arguments.kwargs.get("fillvalue"))


def _groupby(interp: Interpreter, arguments: Arguments) -> Iterator[Value]:
    key = arguments.get(1, "key")
    (pool,) = _pools(interp, taken(interp, arguments, 1))
    current: Value = MISSING
    group: list[Value] = []
    for item in pool:
        found = item if key is None else interp.call_values(key, item)
        if current is MISSING or not sure(interp.truth(operators.binary(interp, "==", current, found))):
            if current is not MISSING:
                yield (current, Lazy(iter(group), "group"))
            current, group = found, []
        group.append(item)
    if current is not MISSING:
        yield (current, Lazy(iter(group), "group"))


def _accumulate(interp: Interpreter, arguments: Arguments) -> Iterator[Value]:
    function = arguments.get(1, "func")
    total = arguments.kwargs.get("initial", MISSING)
    if total is not MISSING and total is not None:
        yield total
    for item in walk(interp, *taken(interp, arguments, 1)):
        if total is MISSING or total is None:
            total = item
        else:
            total = operators.binary(interp, "+", total, item) if function is None else interp.call_values(function, total, item)
        yield total


def _starmap(interp: Interpreter, arguments: Arguments) -> Iterator[Value]:
    function, rows = taken(interp, arguments, 2)
    for row in walk(interp, rows):
        yield interp.call_values(function, *_pools(interp, [row])[0])


def _verdicts(interp: Interpreter, arguments: Arguments) -> Iterator[tuple[Value, bool]]:
    test, items = taken(interp, arguments, 2)
    for item in walk(interp, items):
        yield item, sure(interp.truth(item if test is None else interp.call_values(test, item)))


def _takewhile(interp: Interpreter, arguments: Arguments) -> Iterator[Value]:
    return (item for item, _ in itertools.takewhile(lambda pair: pair[1], _verdicts(interp, arguments)))


def _dropwhile(interp: Interpreter, arguments: Arguments) -> Iterator[Value]:
    test, source = taken(interp, arguments, 2)
    items = walk(interp, source)
    for item in items:
        if not sure(interp.truth(interp.call_values(test, item))):
            yield item
            break
    yield from items


def _filterfalse(interp: Interpreter, arguments: Arguments) -> Iterator[Value]:
    return (item for item, verdict in _verdicts(interp, arguments) if not verdict)


def _compress(interp: Interpreter, arguments: Arguments) -> Iterator[Value]:
    items, keeps = taken(interp, arguments, 2)
    pairs = zip(walk(interp, items), walk(interp, keeps), strict=False)
    return (item for item, keep in pairs if sure(interp.truth(keep)))


def _pairwise(interp: Interpreter, arguments: Arguments) -> Iterator[Value]:
    return itertools.pairwise(walk(interp, *taken(interp, arguments, 1)))


def _batched(interp: Interpreter, arguments: Arguments) -> Iterator[Value]:
    size = _number(interp, arguments.get(1, "n"))
    items = walk(interp, *taken(interp, arguments, 1))
    _made(interp, itertools.islice, items, size)
    while batch := tuple(itertools.islice(items, size)):
        yield batch


def _tee(interp: Interpreter, arguments: Arguments) -> Value:
    items = interp.items(*taken(interp, arguments, 1))
    if isinstance(items, Unknown):
        return items
    return tuple(Lazy(iter(items), "tee") for _ in _made(interp, range, _length(interp, arguments.get(1, "n", 2))))


class Chain(Object):
    """`itertools.chain`, with `chain.from_iterable`."""

    __slots__ = ()

    def call(self, interp: Interpreter, arguments: Arguments) -> Value:
        return _lazy("chain", _chain)(interp, arguments)

    def get_attr(self, interp: Interpreter, name: str) -> Value:
        return Native(name, _lazy("chain", _from_iterable)) if name == "from_iterable" else super().get_attr(interp, name)


SOURCES: dict[str, Source] = {
    "product": _product, "combinations": _pooled(itertools.combinations), "permutations": _pooled(itertools.permutations),
    "combinations_with_replacement": _pooled(itertools.combinations_with_replacement), "count": _count, "cycle": _cycle, "repeat": _repeat,
    "islice": _islice, "zip_longest": _zip_longest, "groupby": _groupby, "accumulate": _accumulate, "starmap": _starmap, "takewhile": _takewhile,
    "dropwhile": _dropwhile, "filterfalse": _filterfalse, "compress": _compress, "pairwise": _pairwise, "batched": _batched,
}  # fmt: skip


def itertools_names(interp: Interpreter) -> dict[str, Value]:
    """The names of `itertools`."""
    return {"chain": Chain(), **natives({name: _lazy(name, source) for name, source in SOURCES.items()}), **natives({"tee": _tee})}
