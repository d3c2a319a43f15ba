"""The built-in functions and types, over known and unknown values."""

from __future__ import annotations

import builtins as python
import functools
from typing import TYPE_CHECKING, Any

from dagcheck.evaluate import operators
from dagcheck.evaluate.calls import call_pure, pure
from dagcheck.evaluate.classes import is_instance, lineage
from dagcheck.evaluate.representations import representation
from dagcheck.evaluate.stdlib import attribute_functions as attributes
from dagcheck.evaluate.stdlib.builtin_types import TYPES
from dagcheck.evaluate.stdlib.modelling import taken, unknown_function
from dagcheck.evaluate.values import (
    MISSING,
    Arguments,
    Class,
    Descriptor,
    External,
    Function,
    Instance,
    Lazy,
    Native,
    NativeClass,
    Object,
    Value,
    describe,
    first_of,
    worst,
)
from dagcheck.model.values import Unknown

if TYPE_CHECKING:
    from dagcheck.evaluate.interpreter import Interpreter


def _len(interp: Interpreter, arguments: Arguments) -> Value:
    value = arguments.get(0, "obj")
    if isinstance(value, Instance) and isinstance(value.cls, Class) and value.cls.find(interp, "__len__") is not MISSING:
        return interp.call_values(interp.get_attr(value, "__len__"))
    if isinstance(value, Object):
        items = interp.items(value)
        return items if isinstance(items, Unknown) else len(items)
    if isinstance(value, Unknown) or interp.state.blurry(value) is not None:
        return value if isinstance(value, Unknown) else interp.state.blurry(value)
    try:
        return len(value)
    except TypeError as error:
        raise interp.raises(error) from None


def _hash(interp: Interpreter, arguments: Arguments) -> Value:
    value = arguments.get(0, "obj")
    if isinstance(value, Instance) and isinstance(value.cls, Class) and value.cls.find(interp, "__hash__") is not MISSING:
        return interp.call_values(interp.get_attr(value, "__hash__"))
    steady = value if isinstance(value, tuple) else (value,)
    if interp.hashing or all(isinstance(item, int | float) for item in steady) or isinstance(value, list | dict | set):
        return call_pure(interp, hash, arguments)
    return value if isinstance(value, Unknown) else interp.unknown("hash() differs at each parse", "random", name="hash")


def _enumerate(interp: Interpreter, arguments: Arguments) -> Value:
    items = interp.iterate(arguments.get(0, "iterable"))
    start = arguments.get(1, "start", 0)
    if isinstance(items, Unknown) or isinstance(start, Unknown):
        return items if isinstance(items, Unknown) else start
    if not isinstance(start, int):
        raise interp.raises(TypeError(f"{describe(start)} cannot be interpreted as an integer"))
    return Lazy(iter(enumerate(items, start)), "enumerate")


def _zip(interp: Interpreter, arguments: Arguments) -> Value:
    columns = [interp.iterate(arg) for arg in arguments.args]
    unknown = first_of(arguments.star, *(column for column in columns if isinstance(column, Unknown)))
    if unknown is not None:
        return unknown
    return Lazy(iter(zip(*[column for column in columns if not isinstance(column, Unknown)], strict=False)), "zip")


def _map(interp: Interpreter, arguments: Arguments) -> Value:
    (function,), rest = taken(interp, arguments, 1), arguments.args[1:]
    columns = [interp.iterate(arg) for arg in rest]
    unknown = next((column for column in columns if isinstance(column, Unknown)), None)
    if unknown is not None:
        return unknown
    known = [column for column in columns if not isinstance(column, Unknown)]
    return Lazy((interp.call_values(function, *row) for row in zip(*known, strict=False)), "map")


def _filter(interp: Interpreter, arguments: Arguments) -> Value:
    test, source = taken(interp, arguments, 2)
    items = interp.items(source)
    if isinstance(items, Unknown):
        return items
    kept: list[Value] = []
    for item in items:
        verdict = interp.truth(item if test is None else interp.call_values(test, item))
        if isinstance(verdict, Unknown):
            return verdict
        if verdict:
            kept.append(item)
    return Lazy(iter(kept), "filter")


def _quantifier(stops_at: bool) -> Any:
    def run(interp: Interpreter, arguments: Arguments) -> Value:
        items = interp.iterate(arguments.get(0, "iterable"))
        if isinstance(items, Unknown):
            return items
        unknown: Unknown | None = None
        for item in items:
            verdict = interp.truth(item)
            if isinstance(verdict, Unknown):
                unknown = verdict
            elif verdict is stops_at:
                return stops_at
        return (not stops_at) if unknown is None else unknown

    return run


def sorted_items(interp: Interpreter, items: list[Value], kwargs: dict[str, Value]) -> list[Value] | Unknown:
    """`sorted(items, key=…, reverse=…)`, or why the order is not known."""
    key, reverse = kwargs.get("key"), kwargs.get("reverse", False)
    if isinstance(reverse, Unknown):
        return reverse
    keys = [item if key is None else interp.call_values(key, item) for item in items]
    for one in keys:
        unknown = operators.first_unknown(interp, one)
        if unknown is not None:
            return unknown

    if all(operators.is_known(one) for one in keys):
        return _sorted_plain(interp, items, keys, bool(reverse))

    def order(a: int, b: int) -> int:
        if interp.truth(operators.binary(interp, "<", keys[a], keys[b])) is True:
            return -1
        return 1 if interp.truth(operators.binary(interp, "<", keys[b], keys[a])) is True else 0

    indexes = sorted(range(len(items)), key=functools.cmp_to_key(order), reverse=bool(reverse))
    return [items[index] for index in indexes]


def _sorted_plain(interp: Interpreter, items: list[Value], keys: list[Value], reverse: bool) -> list[Value]:
    interp.budget.step(len(items) >> 3)
    try:
        indexes = sorted(range(len(items)), key=keys.__getitem__, reverse=reverse)
    except TypeError as error:
        raise interp.raises(error) from None
    return [items[index] for index in indexes]


def _sorted(interp: Interpreter, arguments: Arguments) -> Value:
    items = interp.items(arguments.get(0, "iterable"))
    return items if isinstance(items, Unknown) else sorted_items(interp, items, arguments.kwargs)


def _reversed(interp: Interpreter, arguments: Arguments) -> Value:
    items = interp.items(arguments.get(0, "sequence"))
    return items if isinstance(items, Unknown) else Lazy(iter(items[::-1]), "reversed")


def _extreme(name: str, symbol: str) -> Any:
    def run(interp: Interpreter, arguments: Arguments) -> Value:
        items = interp.items(arguments.args[0]) if len(arguments.args) == 1 else list(arguments.args)
        if isinstance(items, Unknown):
            return items
        key = arguments.kwargs.get("key")
        if not items:
            if "default" in arguments.kwargs:
                return arguments.kwargs["default"]
            raise interp.raises(ValueError(f"{name}() arg is an empty sequence"))
        keys = [item if key is None else interp.call_values(key, item) for item in items]
        unknown = worst(keys)
        if unknown is not None:
            return unknown
        best = 0
        for index in range(1, len(items)):
            if interp.truth(operators.binary(interp, symbol, keys[index], keys[best])) is True:
                best = index
        return items[best]

    return run


def _sum(interp: Interpreter, arguments: Arguments) -> Value:
    items = interp.items(arguments.get(0, "iterable"))
    if isinstance(items, Unknown):
        return items
    total = arguments.get(1, "start", 0)
    for item in items:
        total = operators.binary(interp, "+", total, item)
    return total


def _iter(interp: Interpreter, arguments: Arguments) -> Value:
    value = arguments.get(0, "object")
    if isinstance(value, Lazy):
        return value
    items = interp.iterate(value)
    return items if isinstance(items, Unknown) else Lazy(items)


def _next(interp: Interpreter, arguments: Arguments) -> Value:
    return interp.next_item(arguments.get(0, "iterator"), arguments.get(1, "default", MISSING))


def _isinstance(interp: Interpreter, arguments: Arguments) -> Value:
    return is_instance(interp, arguments.get(0, "object"), arguments.get(1, "class"))


def _issubclass(interp: Interpreter, arguments: Arguments) -> Value:
    cls, parents = arguments.get(0, "cls"), arguments.get(1, "parents")
    if isinstance(cls, Unknown | External) or isinstance(parents, Unknown):
        return interp.unknown("issubclass of a class that is not known")
    wanted = list(parents) if isinstance(parents, tuple) else [parents]
    verdicts = [one.is_above(interp, cls) if hasattr(one, "is_above") else any(base is one for base in lineage(cls)) for one in wanted]
    return any(verdict is True for verdict in verdicts) or next((verdict for verdict in verdicts if isinstance(verdict, Unknown)), False)


def _callable(interp: Interpreter, arguments: Arguments) -> Value:
    value = arguments.get(0, "obj")
    if isinstance(value, Unknown):
        return value
    if isinstance(value, Instance):
        return isinstance(value.cls, Class) and value.cls.find(interp, "__call__") is not MISSING
    return isinstance(value, Function | Native | Class | NativeClass | External) or (not isinstance(value, Object) and callable(value))


def _globals(interp: Interpreter, arguments: Arguments) -> Value:
    return interp.frame.module.namespace


def _locals(interp: Interpreter, arguments: Arguments) -> Value:
    """The names of a class body or module themselves; those of a function as they are now."""
    return dict(interp.scope.vars) if interp.scope.kind == "function" else interp.scope.vars


def _vars(interp: Interpreter, arguments: Arguments) -> Value:
    return _locals(interp, arguments) if not arguments.args else interp.get_attr(arguments.args[0], "__dict__")


def _refused(name: str) -> Native:
    def run(interp: Interpreter, arguments: Arguments) -> Value:
        why = interp.unknown(f"{name}() is never executed")
        interp.doubt(why)
        target = arguments.get(1, "globals")
        if name == "exec" and (target is None or target is interp.frame.module.namespace):
            interp.frame.module.partial = why  # there may be more names than were seen
        elif name == "exec" and isinstance(target, dict):
            interp.state.touch(target)
            interp.state.blur(target, why)
        return why

    return Native(name, run)


def _print(interp: Interpreter, arguments: Arguments) -> Value:
    interp.note("output", "print")


def _import(interp: Interpreter, arguments: Arguments) -> Value:
    name = arguments.get(0, "name")
    found = interp.import_module(name) if isinstance(name, str) else name
    if isinstance(found, Unknown) or not isinstance(name, str) or arguments.get(3, "fromlist", ()) not in ([], (), None):
        return found
    return interp.import_module(name.partition(".")[0])


def _descriptor(kind: str) -> Native:
    return Native(kind, lambda interp, arguments: Descriptor(kind, arguments.get(0, "fget"), arguments.get(1, "fset")))


def _open(interp: Interpreter, arguments: Arguments) -> Value:
    from dagcheck.evaluate.stdlib.open_files import open_file

    return open_file(interp, arguments)


def _id(interp: Interpreter, arguments: Arguments) -> Value:
    return interp.unknown("id() differs at each parse", "random")


def _input(interp: Interpreter, arguments: Arguments) -> Value:
    return interp.unknown("input() is known only at run time", "runtime")


EXCEPTIONS: dict[str, Value] = {
    name: value for name, value in vars(python).items() if isinstance(value, type) and issubclass(value, BaseException)
}
FUNCTIONS: dict[str, Any] = {
    "len": _len, "enumerate": _enumerate, "zip": _zip, "map": _map, "filter": _filter, "any": _quantifier(True), "all": _quantifier(False), "sorted": _sorted,
    "reversed": _reversed, "min": _extreme("min", "<"), "max": _extreme("max", ">"), "sum": _sum, "iter": _iter, "next": _next, "isinstance": _isinstance,
    "issubclass": _issubclass, "getattr": attributes.getattr_of, "hasattr": attributes.hasattr_of, "setattr": attributes.setattr_of,
    "delattr": attributes.delattr_of, "callable": _callable, "globals": _globals, "locals": _locals,
    "vars": _vars, "dir": attributes.dir_of, "print": _print, "__import__": _import, "id": _id, "input": _input, "hash": _hash,
}  # fmt: skip
PURE = {
    name: getattr(python, name) for name in ("abs", "round", "divmod", "pow", "chr", "ord", "hex", "oct", "bin", "repr", "ascii", "slice")
}


def _format(interp: Interpreter, arguments: Arguments) -> Value:
    from dagcheck.evaluate.formatting import format_value

    spec = arguments.get(1, "format_spec", "")
    return format_value(interp, arguments.get(0, "value"), spec) if isinstance(spec, str) else spec


def _bounded_pow(interp: Interpreter, arguments: Arguments) -> Value:
    if len(arguments.args) == 2:
        return operators.binary(interp, "**", arguments.args[0], arguments.args[1])
    return call_pure(interp, pow, arguments)


BUILTINS: dict[str, Value] = {
    **EXCEPTIONS,
    **TYPES,
    **{name: Native(name, function) for name, function in FUNCTIONS.items()},
    **{name: pure(name, function) for name, function in PURE.items()},
    "format": Native("format", _format),
    "pow": Native("pow", _bounded_pow),
    "repr": Native("repr", lambda interp, arguments: representation(interp, arguments.get(0, "obj"))),
    **{name: _refused(name) for name in ("exec", "eval", "compile")},
    **{name: _descriptor(name) for name in ("property", "classmethod", "staticmethod")},
    "NotImplemented": NotImplemented,
    "Ellipsis": ...,
    "__debug__": True,
    "open": Native("open", _open),
    "super": Native("super", lambda interp, arguments: interp.unknown("super() outside of a method")),
}
BUILTINS |= {name: unknown_function(name, "unsupported") for name in vars(python) if name not in BUILTINS and not name.startswith("_")}
"""Every name that Python itself has, so that none is taken for one that is not defined."""


def namespace(interp: Interpreter) -> dict[str, Value]:
    """The names of the module `builtins`."""
    return dict(BUILTINS)


__all__ = ["BUILTINS", "namespace", "sorted_items"]
