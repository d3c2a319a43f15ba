"""`functools` and `operator`."""

from __future__ import annotations

import operator
from typing import TYPE_CHECKING

from dagcheck.evaluate import items, operators
from dagcheck.evaluate.attributes import bind
from dagcheck.evaluate.classes import is_instance
from dagcheck.evaluate.methods import Method
from dagcheck.evaluate.stdlib.modelling import Maker, natives, taken
from dagcheck.evaluate.values import MISSING, Arguments, Class, Descriptor, Function, Native, Object, Value, describe
from dagcheck.model.values import Unknown

if TYPE_CHECKING:
    from dagcheck.evaluate.interpreter import Interpreter


class Partial(Object):
    """`functools.partial`."""

    __slots__ = ("args", "function", "kwargs")

    def __init__(self, function: Value, args: list[Value], kwargs: dict[str, Value]) -> None:
        self.function = function
        self.args = args
        self.kwargs = kwargs

    def describe(self) -> str:
        return f"partial of {describe(self.function)}"

    def call(self, interp: Interpreter, arguments: Arguments) -> Value:
        made = Arguments(
            [*self.args, *arguments.args], {**self.kwargs, **arguments.kwargs}, arguments.star, arguments.star_star, arguments.span
        )
        made.places.update({name: span for name, span in arguments.places.items() if isinstance(name, str)})
        return interp.call(self.function, made)

    def get_attr(self, interp: Interpreter, name: str) -> Value:
        known = {"func": self.function, "args": tuple(self.args), "keywords": self.kwargs}
        if name in known:
            return known[name]
        return super().get_attr(interp, name)


def _partial(interp: Interpreter, arguments: Arguments) -> Value:
    why = arguments.unknown_unpacking()
    function = arguments.args[0] if arguments.args else arguments.get(0, "func")
    if why is not None or isinstance(function, Unknown):
        return why if why is not None else function
    if isinstance(function, Partial):
        return Partial(function.function, [*function.args, *arguments.args[1:]], {**function.kwargs, **arguments.kwargs})
    return Partial(function, arguments.args[1:], dict(arguments.kwargs))


def _partial_method(interp: Interpreter, arguments: Arguments) -> Value:
    """`functools.partialmethod`: bound to an object first, and then a partial."""
    why = arguments.unknown_unpacking()
    function = arguments.get(0, "func")
    if why is not None or isinstance(function, Unknown):
        return why if why is not None else function

    def run(inner: Interpreter, given: Arguments) -> Value:
        owner = given.args[0]
        bound = bind(inner, function, owner, getattr(owner, "cls", None))
        return Partial(bound, arguments.args[1:], dict(arguments.kwargs)).call(inner, given.rest())

    return Method("partialmethod", run)


class Cached(Method):
    """A function behind `lru_cache`: the same arguments give the same object."""

    __slots__ = ("results", "wrapped")

    def __init__(self, function: Value) -> None:
        super().__init__(describe(function), self.remember)
        self.wrapped = function
        self.results: dict[Value, Value] = {}

    def describe(self) -> str:
        return describe(self.wrapped)

    def remember(self, interp: Interpreter, arguments: Arguments) -> Value:
        """What the function gave for these arguments before, else what it gives now."""
        if arguments.unknown_unpacking() is not None:
            return interp.call(self.wrapped, arguments)
        key = (tuple(arguments.args), tuple(arguments.kwargs.items()))
        try:
            if key in self.results:
                return self.results[key]
        except TypeError as error:
            raise interp.raises(error) from None
        value = interp.call(self.wrapped, arguments)
        interp.state.touch(self.results)
        self.results[key] = value
        return value

    def get_attr(self, interp: Interpreter, name: str) -> Value:
        if name in ("cache_clear", "cache_info"):
            return Native(name, lambda i, _: self.results.clear())
        return self.wrapped if name == "__wrapped__" else interp.get_attr(self.wrapped, name)

    def set_attr(self, interp: Interpreter, name: str, value: Value) -> None:
        interp.set_attr(self.wrapped, name, value)


def _cache(interp: Interpreter, arguments: Arguments) -> Value:
    """`@cache`, `@lru_cache` and `@lru_cache(maxsize=…)`."""
    function = arguments.get(0, "user_function")
    if isinstance(function, Object) and not arguments.kwargs:
        return Cached(function)
    return Native("lru_cache", lambda i, inner: Cached(inner.get(0, "user_function")))


def _wraps(interp: Interpreter, arguments: Arguments) -> Value:
    wrapped = arguments.get(0, "wrapped")
    return Native("wraps", lambda i, inner: _update(inner.get(0, "wrapper"), wrapped))


def _update_wrapper(interp: Interpreter, arguments: Arguments) -> Value:
    return _update(arguments.get(0, "wrapper"), arguments.get(1, "wrapped"))


def _update(wrapper: Value, wrapped: Value) -> Value:
    if isinstance(wrapper, Function):
        name = getattr(wrapped, "name", None)
        wrapper.name = name if isinstance(name, str) else wrapper.name
        wrapper.wrapped = wrapped
        if isinstance(wrapped, Function):
            wrapper.attrs.update({"__doc__": wrapped.docstring, **wrapped.attrs})
    return wrapper


def _reduce(interp: Interpreter, arguments: Arguments) -> Value:
    function = arguments.get(0, "function")
    items = interp.items(arguments.get(1, "iterable"))
    if isinstance(items, Unknown):
        return items
    start = arguments.get(2, "initial", MISSING)
    if start is MISSING:
        if not items:
            raise interp.raises(TypeError("reduce() of empty iterable with no initial value"))
        start, items = items[0], items[1:]
    for item in items:
        start = interp.call_values(function, start, item)
    return start


def _cached_property(interp: Interpreter, arguments: Arguments) -> Value:
    return Descriptor("cached_property", arguments.get(0, "func"))


class SingleDispatch(Method):
    """`functools.singledispatch`, and with `skip` 1 `singledispatchmethod`: of the registered classes that the argument is an object of, the nearest wins."""

    __slots__ = ("default", "registered", "skip")

    def __init__(self, default: Value, skip: int = 0) -> None:
        super().__init__(getattr(default, "name", "singledispatch"), self._run)
        self.default = default
        self.skip = skip
        self.registered: list[tuple[Value, Value]] = []

    def _run(self, interp: Interpreter, arguments: Arguments) -> Value:
        found: list[tuple[Value, Value]] = []
        for cls, function in reversed(self.registered):
            verdict = is_instance(interp, arguments.get(self.skip, "arg"), cls)
            if isinstance(verdict, Unknown):
                return verdict
            if verdict:
                found.append((cls, function))
        nearest = next((one for one in found if all(_derives(one[0], other) for other, _ in found)), None)
        if found and nearest is None:
            return interp.unknown("which registered class of a singledispatch is the nearest")
        return interp.call(nearest[1] if nearest is not None else self.default, arguments)

    def get_attr(self, interp: Interpreter, name: str) -> Value:
        return Native("register", self._register) if name == "register" else interp.get_attr(self.default, name)

    def _register(self, interp: Interpreter, arguments: Arguments) -> Value:
        first = arguments.get(0, "cls")
        if isinstance(first, Function):
            given = first.node.args.args
            annotation = given[self.skip].annotation if len(given) > self.skip else None
            from dagcheck.evaluate.expressions import evaluate

            cls = evaluate(interp, annotation) if annotation is not None else interp.unknown("singledispatch without a type")
            return self._add(cls, first)
        if len(arguments.args) > 1:
            return self._add(first, arguments.args[1])
        return Native("register", lambda i, inner: self._add(first, inner.get(0, "func")))

    def _add(self, cls: Value, function: Value) -> Value:
        self.registered.append((cls, function))
        return function


def _derives(cls: Value, other: Value) -> bool:
    cls, other = getattr(cls, "real", cls), getattr(other, "real", other)
    if isinstance(cls, Class):
        return other in cls.mro or other is object
    return cls is other or (isinstance(cls, type) and isinstance(other, type) and issubclass(cls, other))


def _single_dispatch(interp: Interpreter, arguments: Arguments) -> Value:
    return SingleDispatch(arguments.get(0, "func"))


def _single_dispatch_method(interp: Interpreter, arguments: Arguments) -> Value:
    return SingleDispatch(arguments.get(0, "func"), skip=1)


class ComparisonKey(Object):
    """What `cmp_to_key` makes of an item: its order asks the program's function."""

    __slots__ = ("compare", "item")

    def __init__(self, compare: Value, item: Value) -> None:
        self.compare = compare
        self.item = item

    def binary(self, interp: Interpreter, operator: str, other: Value, reflected: bool) -> Value:
        if not isinstance(other, ComparisonKey):
            return NotImplemented
        left, right = (other, self) if reflected else (self, other)
        return operators.binary(interp, operator, interp.call_values(self.compare, left.item, right.item), 0)


def _cmp_to_key(interp: Interpreter, arguments: Arguments) -> Value:
    compare = arguments.get(0, "mycmp")
    return Native("key", lambda i, inner: ComparisonKey(compare, inner.get(0, "obj")))


def _total_ordering(interp: Interpreter, arguments: Arguments) -> Value:
    cls = arguments.get(0, "cls")
    return mark_ordered(cls) if isinstance(cls, Class) else cls


def mark_ordered(cls: Class) -> Class:
    """Let a class that has one comparison answer the others."""
    from dagcheck.evaluate.methods import Method

    present = next((name for name in ("__lt__", "__le__", "__gt__", "__ge__") if name in cls.namespace), None)
    if present is not None:
        for name in ("__lt__", "__le__", "__gt__", "__ge__"):
            if name not in cls.namespace:
                cls.namespace[name] = Method(name, _ordering(present, name))
    return cls


def _ordering(present: str, wanted: str) -> Maker:
    """A comparison made of the one that the class has, and of equality."""

    def run(interp: Interpreter, arguments: Arguments) -> Value:
        one, other = arguments.args[0], arguments.args[1]
        result = interp.truth(interp.call_values(interp.get_attr(one, present), other))
        equal = interp.truth(operators.binary(interp, "==", one, other))
        if isinstance(result, Unknown) or isinstance(equal, Unknown):
            return result if isinstance(result, Unknown) else equal
        less = (result and not equal) if present in ("__lt__", "__le__") else not (result or equal)
        return {"__lt__": less, "__le__": less or equal, "__gt__": not less and not equal, "__ge__": not less}[wanted]

    return run


def functools_names(interp: Interpreter) -> dict[str, Value]:
    """The names of `functools`."""
    return natives(
        {
            "partial": _partial, "wraps": _wraps, "update_wrapper": _update_wrapper, "lru_cache": _cache, "cache": _cache, "reduce": _reduce,
            "cached_property": _cached_property, "singledispatch": _single_dispatch,
            "singledispatchmethod": _single_dispatch_method, "cmp_to_key": _cmp_to_key, "total_ordering": _total_ordering,
            "partialmethod": _partial_method,
        }
    )  # fmt: skip


SYMBOLS = {
    "add": "+", "sub": "-", "mul": "*", "truediv": "/", "floordiv": "//", "mod": "%", "pow": "**", "and_": "&", "or_": "|", "xor": "^", "lshift": "<<",
    "rshift": ">>", "matmul": "@", "eq": "==", "ne": "!=", "lt": "<", "le": "<=", "gt": ">", "ge": ">=", "concat": "+", "iadd": "+", "iconcat": "+",
}  # fmt: skip


def _operator(symbol: str) -> Maker:
    return lambda interp, arguments: operators.compare(interp, symbol, *taken(interp, arguments, 2))


def _getter(take: Maker) -> Maker:
    """`itemgetter(a, b)` and its kin: a function that takes each from its argument, as a tuple when there are several."""

    def make(interp: Interpreter, arguments: Arguments) -> Value:
        taken(interp, arguments, 1)
        keys = arguments.args

        def get(inner: Interpreter, given: Arguments) -> Value:
            (value,) = taken(inner, given, 1)
            found = [take(inner, Arguments([value, key])) for key in keys]
            return found[0] if len(found) == 1 else tuple(found)

        return Native("getter", get)

    return make


def _take_item(interp: Interpreter, arguments: Arguments) -> Value:
    return items.get_item(interp, *taken(interp, arguments, 2))


def _take_attr(interp: Interpreter, arguments: Arguments) -> Value:
    value, dotted = taken(interp, arguments, 2)
    if not isinstance(dotted, str):
        return interp.unknown("an attribute without a known name is not followed")
    for name in dotted.split("."):
        value = interp.get_attr(value, name)
    return value


def _method_caller(interp: Interpreter, arguments: Arguments) -> Value:
    (name,), rest = taken(interp, arguments, 1), arguments.rest()
    if not isinstance(name, str):
        return interp.unknown("a method without a known name is not followed")
    return Native("methodcaller", lambda i, given: i.call(i.get_attr(taken(i, given, 1)[0], name), rest))


def _contains(interp: Interpreter, arguments: Arguments) -> Value:
    return items.contains(interp, *taken(interp, arguments, 2))


def _set_item(interp: Interpreter, arguments: Arguments) -> Value:
    items.set_item(interp, *taken(interp, arguments, 3))


def operator_names(interp: Interpreter) -> dict[str, Value]:
    """The names of `operator`."""
    return {
        **natives({name: _operator(symbol) for name, symbol in SYMBOLS.items() if hasattr(operator, name)}),
        **natives({"itemgetter": _getter(_take_item), "attrgetter": _getter(_take_attr), "methodcaller": _method_caller}),
        **natives({"getitem": _take_item, "contains": _contains, "setitem": _set_item}),
        **natives({name: _unary(symbol) for name, symbol in (("neg", "-"), ("not_", "not"), ("pos", "+"), ("invert", "~"))}),
        **natives({"truth": lambda i, arguments: i.truth(*taken(i, arguments, 1))}),
    }


def _unary(symbol: str) -> Maker:
    return lambda interp, arguments: operators.unary(interp, symbol, *taken(interp, arguments, 1))
