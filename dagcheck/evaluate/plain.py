"""Attributes and methods of plain Python values: which are allowed, how arguments with unknown parts go in, and what would explode."""

from __future__ import annotations

import datetime
import decimal
import fractions
import re
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from dagcheck.evaluate.iteration import ordered
from dagcheck.evaluate.keys import key_of, missing
from dagcheck.evaluate.operators import CONTAINERS, first_unknown, is_known, partly_known, pieces
from dagcheck.evaluate.perhaps import Perhaps, settles
from dagcheck.evaluate.values import MISSING, PYTHON_ERRORS, Arguments, Instance, Lazy, Native, Object, Value
from dagcheck.model.values import Unknown

if TYPE_CHECKING:
    from dagcheck.evaluate.interpreter import Interpreter

STORING: dict[type, frozenset[str]] = {
    list: frozenset({"append", "insert", "extend", "clear", "pop", "copy", "reverse"}),
    dict: frozenset({"get", "setdefault", "update", "pop", "popitem", "keys", "values", "items", "copy", "clear"}),
    set: frozenset({"add", "clear", "copy", "pop"}),
}
"""Methods that only move their arguments in and out of a container: an unknown argument may pass."""
CHANGING = frozenset(
    [
        "append",
        "insert",
        "extend",
        "clear",
        "pop",
        "reverse",
        "sort",
        "remove",
        "setdefault",
        "update",
        "popitem",
        "add",
        "discard",
        "difference_update",
        "intersection_update",
        "symmetric_difference_update",
        "appendleft",
        "extendleft",
        "popleft",
        "rotate",
        "move_to_end",
        "subtract",
    ]
)
PADDING = frozenset({"ljust", "rjust", "center", "zfill", "expandtabs", "to_bytes"})
DUNDER = frozenset(
    {
        "__name__",
        "__qualname__",
        "__doc__",
        "__class__",
        "__module__",
        "__len__",
        "__contains__",
        "__getitem__",
        "__setitem__",
        "__iter__",
        "__str__",
        "__eq__",
        "__members__",
    }
)
ITERATING = frozenset(
    {
        "join",
        "extend",
        "update",
        "union",
        "intersection",
        "difference",
        "issubset",
        "issuperset",
        "isdisjoint",
        "extendleft",
        "fromkeys",
        "writelines",
        "intersection_update",
        "difference_update",
    }
)
IMMUTABLE = (
    str,
    bytes,
    int,
    float,
    complex,
    tuple,
    frozenset,
    range,
    datetime.date,
    datetime.time,
    datetime.timedelta,
    datetime.tzinfo,
    decimal.Decimal,
    fractions.Fraction,
    re.Pattern,
    re.Match,
    type(None),
    slice,
)
MAX_PAD = 1_000_000
MethodModel = Callable[["Interpreter", Any, str, list[Value], dict[str, Value]], Value]
METHODS: dict[type, MethodModel] = {}
"""For types of libraries whose methods are no pure functions of their arguments: gives the result of a call, or NotImplemented for an ordinary method."""
MODELLED_NAMES: dict[type, frozenset[str]] = {}
"""Methods of such types that only their model has."""


def attribute(interp: Interpreter, value: Value, name: str) -> Value:
    """The value of `value.name` for a plain value; methods come bound."""
    members = getattr(value, "enum_attrs", {})
    if name in members:
        return members[name]
    if name == "__init__" and isinstance(value, type) and issubclass(value, BaseException):
        return Native(name, _exception_init)
    if name.startswith("_") and not _visible(value, name):
        if name.startswith("__"):
            return interp.unknown(f"{name} of a {type(value).__name__} is not followed")
        raise interp.raises(AttributeError(f"{type(value).__name__!r} object has no attribute {name!r}"))
    special = getattr(type(value), "evaluator_attribute", None)
    if special is not None:
        return special(value, interp, name)
    own = getattr(type(value), "evaluator_method", None)
    if own is not None:
        found = own(value, interp, name)
        if found is not MISSING:
            return found
    if name == "__dict__":
        return interp.unknown("__dict__ of a plain value is not followed")
    for kind in type(value).__mro__ if MODELLED_NAMES else ():
        if kind in MODELLED_NAMES and name in MODELLED_NAMES[kind]:
            return Native(name, lambda i, arguments: call_method(i, value, name, _unmodelled, arguments))
    try:
        found = getattr(value, name)
    except PYTHON_ERRORS as error:
        raise interp.raises(error) from None
    if callable(found) and not isinstance(found, type):
        return Native(name, lambda i, arguments: call_method(i, value, name, found, arguments))
    return found


def _exception_init(interp: Interpreter, arguments: Arguments) -> Value:
    """`ValueError.__init__(self, …)`: the arguments that an exception keeps."""
    if arguments.args and isinstance(arguments.args[0], Instance):
        attrs = arguments.args[0].attrs
        interp.state.touch(attrs)
        why = arguments.unknown_unpacking()
        attrs["args"] = tuple(arguments.args[1:]) if why is None else why
    return None


def inherited(interp: Interpreter, value: Value, name: str) -> Value:
    """The method that the data's own type has under a name, for an object of a class that derives from it."""
    found = getattr(super(type(value), value), name, None)
    if not callable(found):
        raise interp.raises(AttributeError(f"'super' object has no attribute {name!r}"))
    method = found
    return Native(name, lambda i, arguments: call_method(i, value, name, method, arguments))


def _unmodelled(*args: Value, **kwargs: Value) -> Value:
    raise NotImplementedError("a method that only its model has was called as a plain one")


def _visible(value: Value, name: str) -> bool:
    return (
        name in DUNDER
        or (isinstance(value, tuple) and name in ("_asdict", "_replace", "_fields", "_make"))
        or (isinstance(value, type) and name in ("_fields", "_make"))
    )


def call_method(interp: Interpreter, value: Value, name: str, method: Callable[..., Any], arguments: Arguments) -> Value:
    """The result of a method of a plain value. Raises Raised as Python would."""
    if arguments.star is not None or arguments.star_star is not None:
        why = arguments.unknown_unpacking()
        if name in CHANGING and why is not None:
            interp.state.touch(value)
            interp.state.blur(value, why)
        return why
    blurred = interp.state.blurry(value)
    if blurred is not None and name not in ("append", "add", "extend") and not _settled(interp, value, name, arguments):
        return blurred
    args = _realise(interp, name, arguments.args, isinstance(value, dict))
    if isinstance(args, Unknown):
        return _tainted(interp, value, name, args)
    if args and isinstance(args[0], Object | tuple) and isinstance(value, dict | set):
        key = key_of(interp, args[0])
        if isinstance(key, Unknown):
            return _tainted(interp, value, name, key)
        args = [key, *args[1:]]
    special = _special(interp, value, name, args, arguments.kwargs)
    if special is not NotImplemented:
        return special
    if isinstance(value, dict) and name in ("get", "pop", "setdefault") and args:
        absent = missing(interp, value, args[0])
        if absent is not None:
            return _tainted(interp, value, name, absent)
    why = None if _stores(value, name, args) else _first_unknown(interp, value, args, arguments.kwargs)
    if why is not None:
        return _tainted(interp, value, name, why)
    if name in ("extend", "update", "extendleft") and args and hasattr(args[0], "__len__"):
        if len(value) + len(args[0]) > interp.budget.value_size:
            return _tainted(interp, value, name, interp.unknown(f"a value of more than {interp.budget.value_size:,} items", "budget"))
        interp.budget.make(args[0])
    return _run(interp, value, name, method, args, arguments.kwargs)


def _settled(interp: Interpreter, value: Value, name: str, arguments: Arguments) -> bool:
    """Whether a method of a dict has to do only with keys of it that are known."""
    why = interp.state.doubtful(value)
    if name == "update":
        return isinstance(value, dict) and isinstance(why, Perhaps)
    return name in ("get", "pop", "setdefault") and bool(arguments.args) and settles(why, value, arguments.args[0])


def _run(interp: Interpreter, value: Value, name: str, method: Callable[..., Any], args: list[Value], kwargs: dict[str, Value]) -> Value:
    if name in CHANGING and not isinstance(value, IMMUTABLE):
        interp.state.touch(value)
    try:
        result = method(*args, **kwargs)
        interp.budget.make(result)
        return result
    except PYTHON_ERRORS as error:
        raise interp.raises(error) from None


def _realise(interp: Interpreter, name: str, args: list[Value], into_dict: bool) -> list[Value] | Unknown:
    """Lazy arguments of methods that walk them become lists."""
    if name not in ITERATING:
        return args
    found: list[Value] = []
    for arg in args:
        if isinstance(arg, set | frozenset) and name in ("join", "extend", "extendleft", "writelines"):
            arg = ordered(arg)
        if isinstance(arg, Object) and into_dict and not isinstance(arg, Lazy):
            return interp.unknown(f"an update with {arg.describe()} is not followed")
        if isinstance(arg, Object):
            items = interp.items(arg)
            if isinstance(items, Unknown):
                return items
            found.append(items)
        elif interp.state.blurry(arg) is not None:
            why = interp.state.blurry(arg)
            return found if why is None else why
        else:
            found.append(arg)
    return found


def _stores(value: Value, name: str, args: list[Value]) -> bool:
    for kind, names in STORING.items():
        if isinstance(value, kind) and name in names:
            looked_up = kind is dict or name in ("insert", "extend")
            return not (looked_up and args and isinstance(args[0], Unknown))
    return False


def _first_unknown(interp: Interpreter, value: Value, args: list[Value], kwargs: dict[str, Value]) -> Unknown | None:
    """Why the result is not known: an unknown argument, or an unknown part of the value that the method would look at."""
    for arg in (*args, *kwargs.values()):
        why = first_unknown(interp, arg) if isinstance(arg, Unknown | list | tuple | dict | set | frozenset) else None
        if why is not None:
            return why
        if isinstance(arg, Object) and not isinstance(value, CONTAINERS):
            return interp.unknown(f"a method of a {type(value).__name__} with {arg.describe()} is not followed")
    if isinstance(value, CONTAINERS) and not isinstance(value, dict) and not is_known(value):
        return first_unknown(interp, value)
    return None


def _tainted(interp: Interpreter, value: Value, name: str, why: Unknown) -> Value:
    """The result of a method with an unknown argument; a container that it changes is no longer known."""
    interp.unknowns += 1
    if name in CHANGING and not isinstance(value, IMMUTABLE):
        interp.state.touch(value)
        interp.state.blur(value, why)
        return None
    if isinstance(value, str) and name == "format":
        return partly_known(why, [value, None])
    return why


def _special(interp: Interpreter, value: Value, name: str, args: list[Value], kwargs: dict[str, Value]) -> Value:
    """Methods that need the evaluator; NotImplemented for all others."""
    if isinstance(value, str | bytes):
        return _text_method(interp, value, name, args, kwargs)
    if name == "pop" and isinstance(value, set) and len(value) > 1 and not all(isinstance(item, int | float) for item in value):
        why = interp.unknown("which member of a set comes first differs at each parse", "random")
        interp.state.touch(value)
        interp.state.blur(value, why)
        return why
    if name == "sort" and isinstance(value, list):
        from dagcheck.evaluate.stdlib.builtin_functions import sorted_items

        interp.state.touch(value)
        result = sorted_items(interp, value, kwargs)
        if isinstance(result, Unknown):
            interp.state.blur(value, result)
        else:
            value[:] = result
        return None
    if name in ("index", "count", "remove") and isinstance(value, list | tuple) and args and not is_known(value):
        return _search(interp, value, name, args[0])
    for kind in type(value).__mro__ if METHODS else ():
        if kind in METHODS:
            result = METHODS[kind](interp, value, name, args, kwargs)
            if result is not NotImplemented:
                return result
    if isinstance(value, int) and name in PADDING and any(isinstance(arg, int) and arg > MAX_PAD for arg in args):
        return interp.unknown("a value of very many bytes", "budget")
    return NotImplemented


def _search(interp: Interpreter, value: Any, name: str, item: Value) -> Value:
    from dagcheck.evaluate.operators import binary

    hits = [index for index, member in enumerate(value) if member is item or interp.truth(binary(interp, "==", member, item)) is True]
    if name == "count":
        return len(hits)
    if not hits:
        raise interp.raises(ValueError("x not in list"))
    if name == "index":
        return hits[0]
    interp.state.touch(value)
    del value[hits[0]]
    return None


def _text_method(interp: Interpreter, value: str | bytes, name: str, args: list[Value], kwargs: dict[str, Value]) -> Value:
    if name in PADDING and any(isinstance(arg, int) and arg > MAX_PAD for arg in args):
        return interp.unknown("a very long text", "budget")
    if name == "replace" and len(args) >= 2 and _replaced_length(value, args) > interp.budget.value_size:
        return interp.unknown("a very long text", "budget")
    if name == "expandtabs" and args and isinstance(args[0], int) and len(value) * args[0] > interp.budget.value_size:
        return interp.unknown("a very long text", "budget")
    if isinstance(value, bytes):
        return NotImplemented
    if name == "join" and args and isinstance(args[0], Unknown):
        return args[0]
    if name == "join" and args and isinstance(args[0], list | tuple) and any(isinstance(item, Unknown) for item in args[0]):
        return _join(value, list(args[0]))
    if name == "join" and args and isinstance(args[0], list | tuple):
        size = len(value) * len(args[0]) + sum(len(item) for item in args[0] if isinstance(item, str))
        if size > interp.budget.value_size:
            return interp.unknown("a very long text", "budget")
    if name in ("format", "format_map"):
        from dagcheck.evaluate.formatting import format_text

        return format_text(interp, value, args, dict(args[0]) if name == "format_map" and args and isinstance(args[0], dict) else kwargs)
    return NotImplemented


def _replaced_length(value: Any, args: list[Value]) -> int:
    old, new = args[0], args[1]
    if type(old) is not type(value) or type(new) is not type(value):
        return 0
    return len(value) + int(value.count(old)) * max(0, len(new) - len(old))


def _join(separator: str, items: list[Value]) -> Unknown:
    why = next(item for item in items if isinstance(item, Unknown))
    parts: list[str | None] = []
    for index, item in enumerate(items):
        parts += [separator] if index else []
        parts += pieces(item) or (None,) if isinstance(item, str | Unknown) else (None,)
    return partly_known(why, parts)
