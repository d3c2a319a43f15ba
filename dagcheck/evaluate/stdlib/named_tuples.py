"""`collections.namedtuple` and `typing.NamedTuple`: real named tuples, with the methods of the program's class where it has some."""

from __future__ import annotations

import ast
import collections
from typing import TYPE_CHECKING, Any

from dagcheck.evaluate.items import get_item
from dagcheck.evaluate.stdlib.builtin_types import TYPES
from dagcheck.evaluate.values import MISSING, Arguments, Class, Function, Native, NativeClass, Object, Value
from dagcheck.model.values import Unknown

if TYPE_CHECKING:
    from dagcheck.evaluate.interpreter import Interpreter

DEFAULTS = "_field_defaults"


class NamedTupleClass(NativeClass):
    """A class of named tuples; `real` is Python's class of its values, `body` the program's class that says more, if any."""

    __slots__ = ("body", "defaults", "dotted", "name", "real")

    def __init__(self, name: str, fields: list[str], defaults: dict[str, Value], module: str, body: Class | None = None) -> None:
        self.name = name
        self.dotted = f"{module}.{name}"
        self.defaults = defaults
        self.body = body
        make: Any = collections.namedtuple
        base: Any = make(name, fields)
        owner = self

        class Tuple(base):  # type: ignore[misc] # a class made just now
            __slots__ = ()

            def evaluator_method(self, interp: Interpreter, name: str) -> Value:
                return owner.member(interp, self, name)

            def evaluator_class(self) -> NamedTupleClass:
                return owner

        Tuple.__name__ = name
        self.real = Tuple

    def ancestors(self) -> tuple[NativeClass, ...]:
        return (TYPES["tuple"],)

    def member(self, interp: Interpreter, value: Value, name: str) -> Value:
        """What the program's class body defines under a name, bound to a tuple; MISSING for nothing."""
        from dagcheck.evaluate.attributes import bind

        found = self.body.namespace.get(name, MISSING) if self.body is not None else MISSING
        return found if found is MISSING else bind(interp, found, value, self)

    def call(self, interp: Interpreter, arguments: Arguments) -> Value:
        why = arguments.unknown_unpacking()
        if why is not None:
            return why
        names: tuple[str, ...] = self.real._fields
        if len(arguments.args) > len(names):
            raise interp.raises(TypeError(f"{self.name}() takes {len(names)} arguments but {len(arguments.args)} were given"))
        values = {**self.defaults, **dict(zip(names, arguments.args)), **arguments.kwargs}
        wrong = next((name for name in values if name not in names), None) or next((name for name in names if name not in values), None)
        if wrong is not None:
            raise interp.raises(TypeError(f"{self.name}() got an unexpected or misses the argument {wrong!r}"))
        return self.real(**values)

    def tests(self, interp: Interpreter, value: Value) -> bool | Unknown:
        """isinstance(value, this class)."""
        return value if isinstance(value, Unknown) else isinstance(value, self.real)

    def lookup(self, interp: Interpreter, name: str, owner: Value) -> Value:
        if self.body is not None and name in self.body.namespace:
            from dagcheck.evaluate.attributes import bind

            found = self.body.namespace[name]
            return found if isinstance(found, Function) else bind(interp, found, self, self)
        match name:
            case "_fields":
                return self.real._fields
            case "_field_defaults":
                return dict(self.defaults)
            case "_make":
                return Native("_make", self._make)
        return MISSING

    def get_attr(self, interp: Interpreter, name: str) -> Value:
        return _Maker(self) if name == "__new__" else super().get_attr(interp, name)

    def _make(self, interp: Interpreter, arguments: Arguments) -> Value:
        items = interp.items(arguments.get(0, "iterable"))
        return items if isinstance(items, Unknown) else self.call(interp, Arguments(items, span=arguments.span))


class _Maker(Object):
    """`T.__new__` of a class of named tuples, whose `__defaults__` programs set from the time before `defaults=…`."""

    __slots__ = ("made",)

    def __init__(self, made: NamedTupleClass) -> None:
        self.made = made

    def call(self, interp: Interpreter, arguments: Arguments) -> Value:
        return self.made.call(interp, arguments.rest())

    def get_attr(self, interp: Interpreter, name: str) -> Value:
        if name == "__defaults__":
            return tuple(self.made.defaults.values()) or None
        return super().get_attr(interp, name)

    def set_attr(self, interp: Interpreter, name: str, value: Value) -> None:
        fields: tuple[str, ...] = self.made.real._fields
        if name != "__defaults__":
            return
        interp.state.touch(self.made.defaults)
        self.made.defaults.clear()
        if isinstance(value, tuple):
            self.made.defaults.update(zip(fields[len(fields) - len(value) :], value))
        elif value is not None:
            unknown = interp.unknown("defaults of a named tuple that are not known")
            self.made.defaults.update(dict.fromkeys(fields, unknown))


def namedtuple(interp: Interpreter, arguments: Arguments) -> Value:
    """`collections.namedtuple(name, fields, defaults=…)`."""
    name, given = arguments.get(0, "typename"), arguments.get(1, "field_names")
    items = given.replace(",", " ").split() if isinstance(given, str) else interp.items(given)
    defaults = interp.items(arguments.kwargs.get("defaults", ()))
    if isinstance(items, Unknown) or isinstance(defaults, Unknown) or not isinstance(name, str):
        return interp.unknown("a named tuple whose fields are not known")
    try:
        start = len(items) - len(defaults)
        return NamedTupleClass(name, items, dict(zip(items[start:], defaults)), interp.frame.module.name)
    except (ValueError, TypeError) as error:
        raise interp.raises(error) from None


class NamedTupleBase(NativeClass):
    """`typing.NamedTuple`: as a base, or called with (name, [(field, type), …])."""

    __slots__ = ()
    name = "NamedTuple"
    dotted = "typing.NamedTuple"

    def replace_class(self, interp: Interpreter, cls: Class) -> Value:
        """The class of named tuples that a class statement with this base makes."""
        annotations = [node for node in cls.node.body if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name)]
        names = [node.target.id for node in annotations if isinstance(node.target, ast.Name)]
        defaults = {name: cls.namespace[name] for name in names if name in cls.namespace}
        body = Class(cls.name, cls.node, cls.module, [], {key: value for key, value in cls.namespace.items() if key not in names})
        body.mro = [body]
        return NamedTupleClass(cls.name, names, defaults, cls.module.name, body)

    def call(self, interp: Interpreter, arguments: Arguments) -> Value:
        items = interp.items(arguments.get(1, "fields", []))
        if isinstance(items, Unknown):
            return items
        return namedtuple(
            interp, Arguments([arguments.get(0, "typename"), [get_item(interp, item, 0) for item in items]], span=arguments.span)
        )
