"""What everything that is no plain data has in common: `Object`, the arguments of a call, and what a program raises."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any, TypeVar

from dagcheck.evaluate.perhaps import Perhaps
from dagcheck.evaluate.places import Places, Spot, span_of
from dagcheck.model.values import Span, Unknown

if TYPE_CHECKING:
    import ast

    from dagcheck.evaluate.interpreter import Interpreter

Value = Any
T = TypeVar("T")

PYTHON_ERRORS = (
    ArithmeticError,
    AssertionError,
    AttributeError,
    BufferError,
    LookupError,
    NameError,
    OSError,
    RuntimeError,
    StopIteration,
    TypeError,
    ValueError,
    re.error,
    SyntaxError,
    MemoryError,
)
"""What Python's own operations on plain values raise; the evaluated program would raise the same."""


class Raised(Exception):
    """The evaluated program raises here. `value` is a real exception, or an `Instance` of one of the program's own exception classes.

    `deliberate` says that a `raise` statement does it, not an operation that fails.
    """

    def __init__(self, value: Value, span: Span | None = None, deliberate: bool = False) -> None:
        super().__init__(describe(value))
        self.value = value
        self.span = span
        self.deliberate = deliberate


class Lost(Exception):
    """The rest of an iteration is not known; raised while a lazy iterator is stepped."""

    def __init__(self, why: Unknown) -> None:
        super().__init__(why.reason)
        self.why = why


class Arguments:
    """The arguments of one call, evaluated. `star` and `star_star` are set when an unknown value was unpacked into the call.

    `places` gives the place of an argument, by keyword or position; `span` is the place of the call, given as such or as a node of the same file as `places`.
    """

    __slots__ = ("_span", "args", "kwargs", "places", "star", "star_star")

    def __init__(
        self,
        args: list[Value] | None = None,
        kwargs: dict[str, Value] | None = None,
        star: Unknown | None = None,
        star_star: Unknown | None = None,
        span: Span | Spot | ast.AST | None = None,
        places: Places | None = None,
    ) -> None:
        self.args = [] if args is None else args
        self.kwargs = {} if kwargs is None else kwargs
        self.star = star
        self.star_star = star_star
        self._span = span
        self.places = Places() if places is None else places

    @property
    def span(self) -> Span | None:
        found = self._span
        if found is None or isinstance(found, Span):
            return found
        self._span = place = found.span() if isinstance(found, Spot) else span_of(self.places.source, found)
        return place

    def but(self, *args: Value, **kwargs: Value) -> Arguments:
        """The same call with other arguments; unknown unpackings and places are kept."""
        return Arguments(list(args), kwargs, self.star, self.star_star, self._span, self.places)

    def with_first(self, value: Value) -> Arguments:
        """The same call with one more argument in front, as for a bound method."""
        return Arguments([value, *self.args], self.kwargs, self.star, self.star_star, self._span, self.places.shifted())

    def rest(self) -> Arguments:
        """The same call without its first positional argument."""
        return Arguments(self.args[1:], self.kwargs, self.star, self.star_star, self.span)

    def get(self, position: int | None, name: str, default: Value = None) -> Value:
        """The argument of that name or position, else what an unknown unpacking makes of it, else the default."""
        if name in self.kwargs:
            return self.kwargs[name]
        if position is not None and position < len(self.args):
            return self.args[position]
        unknown = self.unknown_keyword(name)
        if unknown is not None:
            return unknown
        return self.star if position is not None and self.star is not None else default

    def unknown_keyword(self, name: str) -> Unknown | None:
        """The unknown value that a keyword which is not written out may have, or None where it is surely not given."""
        if isinstance(self.star_star, Perhaps):
            return self.star_star.plain() if name in self.star_star.keys else None
        return self.star_star

    def settled(self) -> Arguments:
        """The same call, in which keywords that are perhaps given are given with an unknown value."""
        if not isinstance(self.star_star, Perhaps):
            return self
        unknown = dict.fromkeys(self.star_star.keys, self.star_star.plain())
        return Arguments(self.args, {**unknown, **self.kwargs}, self.star, None, self._span, self.places)

    def problem(self) -> Unknown | None:
        """The unknown value that keeps a call of a pure function from being known: an unpacking or an argument; or None."""
        why = self.unknown_unpacking()
        why = worst(self.args) if why is None else why
        return worst(self.kwargs) if why is None else why

    def unknown_unpacking(self) -> Unknown | None:
        """The unknown value that was unpacked into the call, or None."""
        return self.star if self.star is not None else self.star_star


class Object:
    """A value that is no plain data. By default it knows nothing: each operation gives an Unknown."""

    __slots__ = ()

    def describe(self) -> str:
        return type(self).__name__.lower()

    def get_attr(self, interp: Interpreter, name: str) -> Value:
        return interp.unknown(f"the attribute {name!r} of {self.describe()} is not followed")

    def has_attr(self, interp: Interpreter, name: str) -> bool | None:
        """Whether it has an attribute, where that is known without looking at its value; else None."""
        return None

    def set_attr(self, interp: Interpreter, name: str, value: Value) -> None:
        """Attributes that are not followed are dropped: reading one gives an Unknown."""

    def get_item(self, interp: Interpreter, key: Value) -> Value:
        return interp.unknown(f"items of {self.describe()} are not followed")

    def set_item(self, interp: Interpreter, key: Value, value: Value) -> None:
        """Items that are not followed are dropped."""

    def delete_item(self, interp: Interpreter, key: Value) -> None:
        """Items that are not followed are dropped."""

    def contains(self, interp: Interpreter, item: Value) -> Value:
        return interp.unknown(f"what {self.describe()} contains is not followed")

    def call(self, interp: Interpreter, arguments: Arguments) -> Value:
        return interp.unknown(f"the call of {self.describe()} is not followed")

    def given_to(self, interp: Interpreter, function: Callable[..., Any]) -> Value:
        """What a function of Python itself gives for it, such as `range` or `math.sqrt`."""
        return interp.unknown(f"{describe(function)} of {self.describe()} is not followed")

    def iterate(self, interp: Interpreter) -> Iterator[Value] | Unknown:
        return interp.unknown(f"the items of {self.describe()} are not followed")

    def keys(self, interp: Interpreter) -> list[Value] | Unknown | None:
        """The keys of an object that Python takes for a mapping, as in `**x` and `dict(x)`; None for all others."""
        return None

    def binary(self, interp: Interpreter, operator: str, other: Value, reflected: bool) -> Value:
        """`self operator other` (or the reverse); NotImplemented when it has no such operation."""
        return NotImplemented

    def unary(self, interp: Interpreter, operator: str) -> Value:
        return interp.unknown(f"{operator} of {self.describe()} is not followed")

    def enter(self, interp: Interpreter) -> Value:
        return interp.unknown(f"{self.describe()} as a context is not followed")

    def leave(self, interp: Interpreter) -> None:
        """The end of a `with` block."""

    def leave_raising(self, interp: Interpreter, error: Raised) -> bool | Unknown:
        """The end of a `with` block that raised; True if the error goes no further."""
        self.leave(interp)
        return False

    def truth(self, interp: Interpreter) -> bool | Unknown:
        return True

    def text(self, interp: Interpreter) -> str | Unknown:
        return interp.unknown(f"the text of {self.describe()} is not followed")


class Native(Object):
    """A callable that we model: `function(interp, arguments)` gives the value."""

    __slots__ = ("function", "name")

    def __init__(self, name: str, function: Callable[[Interpreter, Arguments], Value]) -> None:
        self.name = name
        self.function = function

    def describe(self) -> str:
        return f"{self.name}()"

    def call(self, interp: Interpreter, arguments: Arguments) -> Value:
        return self.function(interp, arguments)

    def get_attr(self, interp: Interpreter, name: str) -> Value:
        if name in ("__name__", "__qualname__"):
            return self.name.rpartition(".")[2]
        return super().get_attr(interp, name)


class _Missing:
    def __repr__(self) -> str:
        return "MISSING"


MISSING: Any = _Missing()


def describe(value: Value) -> str:
    """A short text for messages: what kind of thing a value is, never its content."""
    if isinstance(value, Object):
        return value.describe()
    if isinstance(value, Unknown):
        return "an unknown value"
    if isinstance(value, BaseException):
        return f"{type(value).__name__}: {value}"
    return getattr(value, "__name__", type(value).__name__) if callable(value) else type(value).__name__


def first_of(*candidates: T | None) -> T | None:
    """The first candidate that is not None, else None. (`or` is no choice between Unknowns: their truth may not be asked.)"""
    return next((candidate for candidate in candidates if candidate is not None), None)


def worst(values: dict[str, Value] | list[Value] | tuple[Value, ...]) -> Unknown | None:
    """The first Unknown among values that is not a mere clock, else a clock, else None."""
    found = [value for value in (values.values() if isinstance(values, dict) else values) if isinstance(value, Unknown)]
    return next((value for value in found if value.cause != "clock"), found[0]) if found else None
