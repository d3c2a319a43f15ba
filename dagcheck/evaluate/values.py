"""The values that the evaluator computes with.

Plain data of Python (numbers, texts, lists, dicts, dates, …) is itself. What a program makes besides is one of the classes here; what is not known is an
`Unknown` of `dagcheck.model.values`. Everything that is no plain data derives from `Object`, whose methods say what Python would do with it.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeVar

from dagcheck.evaluate.places import Places, Spot
from dagcheck.model.values import Cause, Span, Unknown

if TYPE_CHECKING:
    from dagcheck.evaluate.interpreter import Interpreter
    from dagcheck.evaluate.state import Scope

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
    """The evaluated program raises here. `value` is a real exception, or an `Instance` of one of the program's own exception classes."""

    def __init__(self, value: Value, span: Span | None = None) -> None:
        super().__init__(describe(value))
        self.value = value
        self.span = span


class Lost(Exception):
    """The rest of an iteration is not known; raised while a lazy iterator is stepped."""

    def __init__(self, why: Unknown) -> None:
        super().__init__(why.reason)
        self.why = why


class Arguments:
    """The arguments of one call, evaluated. `star` and `star_star` are set when an unknown value was unpacked into the call.

    `places` gives the place of an argument, by keyword or position; `span` is the place of the call.
    """

    __slots__ = ("_span", "args", "kwargs", "places", "star", "star_star")

    def __init__(
        self,
        args: list[Value] | None = None,
        kwargs: dict[str, Value] | None = None,
        star: Unknown | None = None,
        star_star: Unknown | None = None,
        span: Span | Spot | None = None,
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
        if isinstance(self._span, Spot):
            self._span = self._span.span()
        return self._span

    def but(self, *args: Value, **kwargs: Value) -> Arguments:
        """The same call with other arguments; unknown unpackings and places are kept."""
        return Arguments(list(args), kwargs, self.star, self.star_star, self._span, self.places)

    def with_first(self, value: Value) -> Arguments:
        """The same call with one more argument in front, as for a bound method."""
        return Arguments([value, *self.args], self.kwargs, self.star, self.star_star, self._span, self.places.shifted())

    def rest(self) -> Arguments:
        """The same call without its first positional argument."""
        return Arguments(self.args[1:], self.kwargs, self.star, self.star_star, self._span)

    def get(self, position: int | None, name: str, default: Value = None) -> Value:
        """The argument of that name or position, else what an unknown unpacking makes of it, else the default."""
        if name in self.kwargs:
            return self.kwargs[name]
        if position is not None and position < len(self.args):
            return self.args[position]
        if self.star_star is not None:
            return self.star_star
        return self.star if position is not None and self.star is not None else default

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

    def set_attr(self, interp: Interpreter, name: str, value: Value) -> None:
        """Attributes that are not followed are dropped: reading one gives an Unknown."""

    def get_item(self, interp: Interpreter, key: Value) -> Value:
        return interp.unknown(f"items of {self.describe()} are not followed")

    def set_item(self, interp: Interpreter, key: Value, value: Value) -> None:
        """Items that are not followed are dropped."""

    def contains(self, interp: Interpreter, item: Value) -> Value:
        return interp.unknown(f"what {self.describe()} contains is not followed")

    def call(self, interp: Interpreter, arguments: Arguments) -> Value:
        return interp.unknown(f"the call of {self.describe()} is not followed")

    def iterate(self, interp: Interpreter) -> Iterator[Value] | Unknown:
        return interp.unknown(f"the items of {self.describe()} are not followed")

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


class External(Object):
    """Something of a module that is not in the project and that we do not model, known by its import path alone."""

    __slots__ = ("dotted",)

    def __init__(self, dotted: str) -> None:
        self.dotted = dotted

    def describe(self) -> str:
        return self.dotted

    @property
    def name(self) -> str:
        return self.dotted.rpartition(".")[2]

    def get_attr(self, interp: Interpreter, name: str) -> Value:
        if name in ("__name__", "__qualname__"):
            return self.name
        return External(f"{self.dotted}.{name}")

    def call(self, interp: Interpreter, arguments: Arguments) -> Value:
        return interp.call_external(self, arguments)

    def truth(self, interp: Interpreter) -> bool | Unknown:
        if interp.knowledge.installed(self.dotted) and not self.name.isupper():
            return True
        return interp.unknown(f"{self.dotted} is not in the project", "import", name=self.dotted)

    def iterate(self, interp: Interpreter) -> Iterator[Value] | Unknown:
        return interp.unknown(f"{self.dotted} is not in the project", "import", name=self.dotted)

    def get_item(self, interp: Interpreter, key: Value) -> Value:
        return self if self.name[:1].isupper() else interp.unknown(f"{self.dotted} is not in the project", "import", name=self.dotted)

    def binary(self, interp: Interpreter, operator: str, other: Value, reflected: bool) -> Value:
        return interp.unknown(f"{self.dotted} is not in the project", "import", name=self.dotted)

    def enter(self, interp: Interpreter) -> Value:
        return interp.unknown(f"{self.dotted} is not in the project", "import", name=self.dotted)


class Opaque(Object):
    """An object made by calling something external: its class and arguments are known, what it does is not."""

    __slots__ = ("arguments", "dotted")

    def __init__(self, dotted: str, arguments: Arguments) -> None:
        self.dotted = dotted
        self.arguments = arguments

    def describe(self) -> str:
        return f"an object of {self.dotted}"

    def _unknown(self, interp: Interpreter) -> Unknown:
        return interp.unknown(f"{self.dotted} is not in the project", "import", name=self.dotted)

    def get_attr(self, interp: Interpreter, name: str) -> Value:
        return OpaqueMethod(self, name)

    def get_item(self, interp: Interpreter, key: Value) -> Value:
        return self._unknown(interp)

    def iterate(self, interp: Interpreter) -> Iterator[Value] | Unknown:
        return self._unknown(interp)

    def enter(self, interp: Interpreter) -> Value:
        return self

    def truth(self, interp: Interpreter) -> bool | Unknown:
        return self._unknown(interp)

    def binary(self, interp: Interpreter, operator: str, other: Value, reflected: bool) -> Value:
        return self._unknown(interp)


class OpaqueMethod(Object):
    """An attribute of an opaque object: calling it gives an Unknown (and tells the interpreter what was passed along)."""

    __slots__ = ("name", "owner")

    def __init__(self, owner: Opaque, name: str) -> None:
        self.owner = owner
        self.name = name

    def describe(self) -> str:
        return f"{self.owner.dotted}().{self.name}"

    def call(self, interp: Interpreter, arguments: Arguments) -> Value:
        interp.escape(arguments, self.describe(), self.owner.dotted)
        return interp.unknown(f"{self.describe()} is not in the project", "import", name=self.owner.dotted)

    def get_attr(self, interp: Interpreter, name: str) -> Value:
        return OpaqueMethod(self.owner, f"{self.name}.{name}")

    def get_item(self, interp: Interpreter, key: Value) -> Value:
        return interp.unknown(f"{self.describe()} is not in the project", "import", name=self.owner.dotted)

    def iterate(self, interp: Interpreter) -> Iterator[Value] | Unknown:
        return interp.unknown(f"{self.describe()} is not in the project", "import", name=self.owner.dotted)

    def truth(self, interp: Interpreter) -> bool | Unknown:
        return interp.unknown(f"{self.describe()} is not in the project", "import", name=self.owner.dotted)

    def binary(self, interp: Interpreter, operator: str, other: Value, reflected: bool) -> Value:
        return self.truth(interp)


class Module(Object):
    """A module: one of the project (with a path), or one that we model."""

    __slots__ = ("name", "namespace", "partial", "path", "resolve", "source")

    def __init__(
        self,
        name: str,
        namespace: dict[str, Value],
        path: str | None = None,
        resolve: Callable[[Interpreter, str], Value] | None = None,
    ) -> None:
        self.name = name
        self.namespace = namespace
        self.path = path
        self.resolve = resolve
        self.source: Any = None
        """The `Source` of a module of the project, for places."""
        self.partial: Unknown | None = None
        """Set when the module's evaluation was cut short: names that are not there are then unknown."""

    def describe(self) -> str:
        return f"module {self.name}"

    def get_attr(self, interp: Interpreter, name: str) -> Value:
        if name in self.namespace:
            return self.namespace[name]
        if self.resolve is not None:
            value = self.resolve(interp, name)
            if value is not MISSING:
                self.namespace[name] = value
                return value
        found = interp.submodule(self, name)
        if found is not None:
            return found
        getter = self.namespace.get("__getattr__")
        if isinstance(getter, Function):
            return interp.call_values(getter, name)
        if self.partial is not None:
            return self.partial
        raise Raised(AttributeError(f"module {self.name!r} has no attribute {name!r}"), interp.here)

    def set_attr(self, interp: Interpreter, name: str, value: Value) -> None:
        interp.state.touch(self.namespace)
        self.namespace[name] = value


class _Missing:
    def __repr__(self) -> str:
        return "MISSING"


MISSING: Any = _Missing()


@dataclass(eq=False, slots=True)
class Function(Object):
    """A function or lambda of the evaluated program."""

    name: str
    node: ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda
    module: Module
    closure: Scope
    defaults: list[Value]
    kw_defaults: dict[str, Value]
    owner: Class | None = None
    attrs: dict[str, Value] = field(default_factory=dict)
    is_generator: bool = False
    wrapped: Value = None

    def describe(self) -> str:
        return f"function {self.name}"

    def call(self, interp: Interpreter, arguments: Arguments) -> Value:
        return interp.call_function(self, arguments)

    def get_attr(self, interp: Interpreter, name: str) -> Value:
        if name in self.attrs:
            return self.attrs[name]
        match name:
            case "__name__" | "__qualname__":
                return self.name
            case "__module__":
                return self.module.namespace.get("__name__", self.module.name)
            case "__doc__":
                return None if isinstance(self.node, ast.Lambda) else ast.get_docstring(self.node)
            case "__wrapped__" if self.wrapped is not None:
                return self.wrapped
            case "__dict__":
                return self.attrs
            case "__call__":
                return self
        raise Raised(AttributeError(f"'function' object has no attribute {name!r}"), interp.here)

    def set_attr(self, interp: Interpreter, name: str, value: Value) -> None:
        interp.state.touch(self.attrs)
        if name in ("__name__", "__qualname__") and isinstance(value, str):
            self.name = value
        self.attrs[name] = value


class BoundMethod(Object):
    """A callable with its first argument filled in."""

    __slots__ = ("function", "owner")

    def __init__(self, function: Value, owner: Value) -> None:
        self.function = function
        self.owner = owner

    def describe(self) -> str:
        return describe(self.function)

    def call(self, interp: Interpreter, arguments: Arguments) -> Value:
        return interp.call(self.function, arguments.with_first(self.owner))

    def get_attr(self, interp: Interpreter, name: str) -> Value:
        if name == "__self__":
            return self.owner
        if name == "__func__":
            return self.function
        return interp.get_attr(self.function, name)


@dataclass(eq=False, slots=True)
class Descriptor(Object):
    """`property`, `classmethod`, `staticmethod`, `cached_property` around a callable, by `kind`."""

    kind: str
    function: Value
    setter: Value = None

    def get_attr(self, interp: Interpreter, name: str) -> Value:
        if self.kind == "property" and name == "setter":
            return Native("setter", lambda _, arguments: Descriptor("property", self.function, arguments.get(0, "fset")))
        if self.kind == "property" and name in ("getter", "deleter"):
            return Native(name, lambda _, arguments: self)
        return interp.get_attr(self.function, name)

    def call(self, interp: Interpreter, arguments: Arguments) -> Value:
        return interp.call(self.function, arguments)


class NativeClass(Object):
    """A class that we model, and that the program's own classes may derive from."""

    __slots__ = ()
    name: str
    dotted: str

    def describe(self) -> str:
        return f"class {self.name}"

    def ancestors(self) -> tuple[NativeClass, ...]:
        """The modelled classes that it derives from, nearest first."""
        return ()

    def new(self, interp: Interpreter, cls: Class | NativeClass, arguments: Arguments) -> Value:
        """A fresh object of `cls`, before `__init__`."""
        return Instance(cls)

    def prepare(self, interp: Interpreter, instance: Value, init: Value, arguments: Arguments) -> Arguments:
        """What the metaclass makes of the arguments before each `__init__` of the program's own subclasses."""
        return arguments

    def init(self, interp: Interpreter, instance: Value, arguments: Arguments) -> None:
        """`__init__` of this class."""

    def finish(self, interp: Interpreter, instance: Value) -> Value:
        """After the outermost `__init__`; gives the value of the call."""
        return instance

    def lookup(self, interp: Interpreter, name: str, owner: Value) -> Value:
        """A class attribute or method (unbound: called with the instance first), or MISSING."""
        return MISSING

    def call(self, interp: Interpreter, arguments: Arguments) -> Value:
        return interp.instantiate(self, arguments)

    def get_attr(self, interp: Interpreter, name: str) -> Value:
        if name in ("__name__", "__qualname__"):
            return self.name
        if name == "__module__":
            return self.dotted.rpartition(".")[0]
        value = self.lookup(interp, name, None)
        return interp.unknown(f"{self.name}.{name} is not followed") if value is MISSING else value

    def get_item(self, interp: Interpreter, key: Value) -> Value:
        return self


@dataclass(eq=False, slots=True)
class Class(Object):
    """A class of the evaluated program. `mro` starts with itself and may hold NativeClass, External and real Python types."""

    name: str
    node: ast.ClassDef
    module: Module
    bases: list[Value]
    namespace: dict[str, Value]
    mro: list[Value] = field(default_factory=list)
    metaclass: Value = None
    """The metaclass of the program, if any."""
    special: Any = None
    """What a decorator or base made of it: a `Shape` for dataclasses, enums and named tuples."""

    def describe(self) -> str:
        return f"class {self.name}"

    def call(self, interp: Interpreter, arguments: Arguments) -> Value:
        if self.metaclass is not None:
            from dagcheck.evaluate.metaclasses import call_metaclass

            made = call_metaclass(interp, self, arguments)
            if made is not MISSING:
                return made
        return interp.instantiate(self, arguments)

    def find(self, interp: Interpreter, name: str, after: Value = None, owner: Value = None) -> Value:
        """The attribute as the class hierarchy holds it (unbound), or MISSING; with `after`, only in the classes behind that one."""
        start = self.mro.index(after) + 1 if after is not None else 0
        for cls in self.mro[start:]:
            if isinstance(cls, Class):
                if name in cls.namespace:
                    return cls.namespace[name]
            elif isinstance(cls, NativeClass):
                value = cls.lookup(interp, name, owner)
                if value is not MISSING:
                    return value
        return MISSING

    def native(self) -> NativeClass | None:
        return next((cls for cls in self.mro if isinstance(cls, NativeClass)), None)

    def unknown_base(self) -> Value:
        """The first ancestor that is not followed, or None."""
        return next((cls for cls in self.mro if isinstance(cls, External | Unknown)), None)

    def get_attr(self, interp: Interpreter, name: str) -> Value:
        return interp.class_attr(self, name)

    def set_attr(self, interp: Interpreter, name: str, value: Value) -> None:
        interp.state.touch(self.namespace)
        self.namespace[name] = value

    def get_item(self, interp: Interpreter, key: Value) -> Value:
        return interp.class_item(self, key)

    def iterate(self, interp: Interpreter) -> Iterator[Value] | Unknown:
        return interp.class_items(self)

    def contains(self, interp: Interpreter, item: Value) -> Value:
        items = interp.class_items(self)
        return items if isinstance(items, Unknown) else item in list(items)


class Instance(Object):
    """An object of one of the program's classes (or of a modelled class): its class and attributes."""

    __slots__ = ("attrs", "cls")

    def __init__(self, cls: Value) -> None:
        self.cls = cls
        self.attrs: dict[str, Value] = {}

    def describe(self) -> str:
        return f"an object of {getattr(self.cls, 'name', 'a class')}"

    def get_attr(self, interp: Interpreter, name: str) -> Value:
        return interp.instance_attr(self, name)

    def set_attr(self, interp: Interpreter, name: str, value: Value) -> None:
        interp.set_instance_attr(self, name, value)

    def _special(self, interp: Interpreter, name: str, *args: Value) -> Value:
        """The result of a `__special__` method of the program's class, or MISSING."""
        method = self.cls.find(interp, name, owner=self) if isinstance(self.cls, Class) else MISSING
        if method is MISSING:
            return MISSING
        return interp.call(BoundMethod(method, self), Arguments(list(args), span=interp.spot))

    def get_item(self, interp: Interpreter, key: Value) -> Value:
        value = self._special(interp, "__getitem__", key)
        return super().get_item(interp, key) if value is MISSING else value

    def set_item(self, interp: Interpreter, key: Value, value: Value) -> None:
        self._special(interp, "__setitem__", key, value)

    def contains(self, interp: Interpreter, item: Value) -> Value:
        value = self._special(interp, "__contains__", item)
        return super().contains(interp, item) if value is MISSING else value

    def call(self, interp: Interpreter, arguments: Arguments) -> Value:
        method = self.cls.find(interp, "__call__", owner=self) if isinstance(self.cls, Class) else MISSING
        return super().call(interp, arguments) if method is MISSING else interp.call(BoundMethod(method, self), arguments)

    def iterate(self, interp: Interpreter) -> Iterator[Value] | Unknown:
        value = self._special(interp, "__iter__")
        return super().iterate(interp) if value is MISSING else interp.iterate(value)

    def enter(self, interp: Interpreter) -> Value:
        value = self._special(interp, "__enter__")
        return super().enter(interp) if value is MISSING else value

    def leave(self, interp: Interpreter) -> None:
        self._special(interp, "__exit__", None, None, None)

    def leave_raising(self, interp: Interpreter, error: Raised) -> bool | Unknown:
        kind = error.value.cls if isinstance(error.value, Instance) else type(error.value)
        value = self._special(interp, "__exit__", kind, error.value, None)
        return False if value is MISSING else interp.truth(value)

    def binary(self, interp: Interpreter, operator: str, other: Value, reflected: bool) -> Value:
        value = self._special(interp, interp.special_name(operator, reflected), other)
        if value is not MISSING:
            return value
        if operator == "!=":
            equal = self._special(interp, "__eq__", other)
            if equal is MISSING or equal is NotImplemented:
                return self is not other
            verdict = interp.truth(equal)
            return verdict if isinstance(verdict, Unknown) else not verdict
        return self is other if operator == "==" else NotImplemented

    def unary(self, interp: Interpreter, operator: str) -> Value:
        value = self._special(interp, {"-": "__neg__", "+": "__pos__", "~": "__invert__"}[operator])
        return super().unary(interp, operator) if value is MISSING else value

    def in_place(self, interp: Interpreter, operator: str, other: Value) -> Value:
        """`self operator= other` by a method of the class; NotImplemented for none."""
        value = self._special(interp, f"__i{interp.special_name(operator, False)[2:]}", other)
        return NotImplemented if value is MISSING else value

    def truth(self, interp: Interpreter) -> bool | Unknown:
        for name in ("__bool__", "__len__"):
            value = self._special(interp, name)
            if value is not MISSING:
                return interp.truth(value)
        if isinstance(self.cls, Class) and self.cls.unknown_base() is not None:
            return interp.unknown(f"the truth of {self.describe()} is not followed")
        return True

    def text(self, interp: Interpreter) -> str | Unknown:
        for name in ("__str__", "__repr__"):
            value = self._special(interp, name)
            if value is not MISSING:
                return value if isinstance(value, str | Unknown) else interp.unknown(f"{name} gave no text")
        args = self.attrs.get("args")
        if isinstance(args, tuple) and isinstance(self.cls, Class) and any(isinstance(base, type) for base in self.cls.mro):
            return interp.text(args[0] if len(args) == 1 else args) if args else ""
        return super().text(interp)


class Super(Object):
    """`super()` inside a method."""

    __slots__ = ("cls", "owner")

    def __init__(self, cls: Class, owner: Value) -> None:
        self.cls = cls
        self.owner = owner

    def get_attr(self, interp: Interpreter, name: str) -> Value:
        return interp.super_attr(self.cls, self.owner, name)


class Lazy(Object):
    """An iterator of the program: a generator, `zip`, `map`, … Its items come once."""

    __slots__ = ("items", "label")

    def __init__(self, items: Iterator[Value], label: str = "iterator") -> None:
        self.items = items
        self.label = label

    def describe(self) -> str:
        return self.label

    def iterate(self, interp: Interpreter) -> Iterator[Value] | Unknown:
        interp.state.step(self)
        return self.items

    def lose(self, why: Unknown) -> None:
        """From now on the items are not known."""
        self.items = _lost(why)

    def get_attr(self, interp: Interpreter, name: str) -> Value:
        if name == "__next__":
            return Native(name, lambda i, _: i.next_item(self, MISSING))
        if name == "send":
            return Native(name, lambda i, arguments: i.send(self, arguments.get(0, "value")))
        if name == "close":
            return Native(name, lambda i, _: None)
        return super().get_attr(interp, name)


def _lost(why: Unknown) -> Iterator[Value]:
    yield from map(_raise_lost, [why])


def _raise_lost(why: Unknown) -> Value:
    raise Lost(why)


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


def worst(values: Mapping[str, Value] | list[Value] | tuple[Value, ...]) -> Unknown | None:
    """The first Unknown among values that is not a mere clock, else a clock, else None."""
    found = [value for value in (values.values() if isinstance(values, Mapping) else values) if isinstance(value, Unknown)]
    return next((value for value in found if value.cause != "clock"), found[0] if found else None)


__all__ = [
    "MISSING",
    "PYTHON_ERRORS",
    "Arguments",
    "BoundMethod",
    "Cause",
    "Class",
    "Descriptor",
    "External",
    "Function",
    "Instance",
    "Lazy",
    "Lost",
    "Module",
    "Native",
    "NativeClass",
    "Object",
    "Opaque",
    "OpaqueMethod",
    "Raised",
    "Span",
    "Super",
    "Unknown",
    "Value",
    "describe",
    "first_of",
    "worst",
]
