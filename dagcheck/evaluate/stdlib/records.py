"""Classes that get their constructor from annotated fields: what dataclasses, attrs and pydantic models have in common."""

from __future__ import annotations

import ast
from collections.abc import Callable
from typing import TYPE_CHECKING

from dagcheck.evaluate import operators
from dagcheck.evaluate.attributes import store_attr
from dagcheck.evaluate.methods import Method
from dagcheck.evaluate.representations import representation
from dagcheck.evaluate.values import MISSING, Arguments, Class, Instance, Object, Value, first_of
from dagcheck.model.values import Unknown
from dagcheck.records import dataclass, field

if TYPE_CHECKING:
    from dagcheck.evaluate.interpreter import Interpreter


@dataclass(slots=True)
class Field:
    """One field: how its value is found when the call does not give it, and where it takes part."""

    name: str
    default: Value = MISSING
    factory: Value = None
    init: bool = True
    keyword_only: bool = False
    stored: bool = True
    compared: bool = True
    shown: bool = True
    alias: str | None = None
    converter: Value = None
    metadata: Value = None
    annotation: str = ""
    owner: Value = None
    """The class that writes the field, where its annotation is looked up."""


class FieldSpec(Object):
    """What `field(…)` gives in a class body."""

    __slots__ = ("options",)

    def __init__(self, options: dict[str, Value]) -> None:
        self.options = options

    def describe(self) -> str:
        return "a field"


@dataclass(slots=True)
class Record:
    """What a class's fields make of it; kept as the class's `special`."""

    fields: list[Field] = field(default_factory=list)
    frozen: bool = False
    kind: str = "dataclass"
    extra: bool = False
    """True where unknown keywords are dropped or kept instead of refused."""


def record_of(value: Value) -> Record | None:
    """The record of an object's class or of a class, or None."""
    cls = value.cls if isinstance(value, Instance) else value
    for base in cls.mro if isinstance(cls, Class) else ():
        if isinstance(base, Class) and isinstance(base.special, Record):
            return base.special
    return None


def collect(cls: Class, read: Callable[[Class, str, str], Field | None]) -> list[Field]:
    """The fields of a class, inherited ones first, in Python's order; `read` makes one of a name and its annotation."""
    found: dict[str, Field] = {}
    for base in reversed(cls.mro[1:]):
        if isinstance(base, Class) and isinstance(base.special, Record):
            found.update({one.name: one for one in base.special.fields})
    for node in cls.node.body:
        if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
            made = read(cls, node.target.id, ast.unparse(node.annotation))
            if made is not None:
                found[made.name] = made
    return list(found.values())


def bind_fields(interp: Interpreter, cls: Class, record: Record, arguments: Arguments) -> dict[str, Value]:
    """The value of each field for these arguments. Raises Raised(TypeError) as the generated constructor would."""
    settable = [one for one in record.fields if one.init]
    positional = [one for one in settable if not one.keyword_only]
    given: dict[str, Value] = {one.name: value for one, value in zip(positional, arguments.args)}
    if len(arguments.args) > len(positional):
        raise interp.raises(TypeError(f"{cls.name}.__init__() takes {len(positional)} arguments but {len(arguments.args)} were given"))
    names = {one.name: one.name for one in settable} | {one.alias: one.name for one in settable if one.alias}
    for name, value in arguments.kwargs.items():
        if name in names and names[name] not in given:
            given[names[name]] = value
        elif name in names or not record.extra:
            raise interp.raises(TypeError(f"{cls.name}.__init__() got an unexpected or repeated argument {name!r}"))
    return {one.name: _value(interp, cls, one, given, arguments) for one in record.fields}


def _value(interp: Interpreter, cls: Class, one: Field, given: dict[str, Value], arguments: Arguments) -> Value:
    if one.name in given:
        value = given[one.name]
        return value if one.converter is None else interp.call_values(one.converter, value)
    why = first_of(arguments.star, arguments.star_star)
    if why is not None and one.init:
        return why
    if one.factory is not None:
        return interp.call_values(one.factory)
    if one.default is not MISSING:
        return one.default
    if not one.init:
        return MISSING
    raise interp.raises(TypeError(f"{cls.name}.__init__() missing 1 required argument: {one.name!r}"))


def initialiser(cls: Class, record: Record, after: tuple[str, ...]) -> Method:
    """The generated `__init__`; `after` are the hooks that it calls at its end."""

    def run(interp: Interpreter, arguments: Arguments) -> Value:
        instance = arguments.args[0]
        values = bind_fields(interp, cls, record, Arguments(arguments.args[1:], arguments.kwargs, arguments.star, arguments.star_star))
        passed = []
        for one in record.fields:
            value = values[one.name]
            if not one.stored:
                passed.append(value)
            elif value is not MISSING:
                store_attr(interp, instance, one.name, value)
        for hook in after:
            found = instance.cls.find(interp, hook, owner=instance) if isinstance(instance, Instance) else MISSING
            if found is not MISSING:
                interp.call_values(interp.get_attr(instance, hook), *passed)

    return Method("__init__", run)


def values_of(instance: Instance, record: Record) -> list[Value]:
    """The values that take part in comparisons, in the order of the fields."""
    return [instance.attrs.get(one.name) for one in record.fields if one.stored and one.compared]


def comparison(record: Record, symbol: str) -> Method:
    """`__eq__`, `__lt__`, … over the fields; NotImplemented for an object of another class."""

    def run(interp: Interpreter, arguments: Arguments) -> Value:
        one, other = arguments.args[0], arguments.args[1]
        if not isinstance(other, Instance) or other.cls is not one.cls:
            return NotImplemented
        return operators.binary(interp, symbol, tuple(values_of(one, record)), tuple(values_of(other, record)))

    return Method(operators.special_name(symbol, False), run)


def hashing(record: Record) -> Method:
    """`__hash__` over the fields."""

    def run(interp: Interpreter, arguments: Arguments) -> Value:
        key = tuple(values_of(arguments.args[0], record))
        why = operators.first_unknown(interp, key)
        if why is not None:
            return why
        try:
            return hash(key)
        except TypeError as error:
            raise interp.raises(error) from None

    return Method("__hash__", run)


def showing(record: Record) -> Method:
    """`__repr__` over the fields."""

    def run(interp: Interpreter, arguments: Arguments) -> Value:
        instance = arguments.args[0]
        parts = []
        for one in record.fields:
            if one.stored and one.shown:
                shown = representation(interp, instance.attrs.get(one.name))
                if isinstance(shown, Unknown):
                    return shown
                parts.append(f"{one.name}={shown}")
        return f"{instance.cls.name}({', '.join(parts)})"

    return Method("__repr__", run)


def put(cls: Class, method: Method) -> None:
    """Give a class a generated method, unless it has one of its own."""
    cls.namespace.setdefault(method.name, method)


def as_dict(interp: Interpreter, value: Value) -> Value:
    """`asdict`: a record as a dict, records inside of it too."""
    record = record_of(value) if isinstance(value, Instance) else None
    if record is not None:
        return {one.name: as_dict(interp, value.attrs.get(one.name)) for one in record.fields if one.stored}
    if type(value) is list or type(value) is tuple:
        return type(value)(as_dict(interp, item) for item in value)
    if type(value) is dict:
        return {key: as_dict(interp, item) for key, item in value.items()}
    from dagcheck.evaluate.stdlib.copies import deep

    return deep(interp, value, {})
