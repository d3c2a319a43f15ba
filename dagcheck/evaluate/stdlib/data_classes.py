"""`dataclasses`."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import TYPE_CHECKING

from dagcheck.evaluate.stdlib.modelling import Inert, natives
from dagcheck.evaluate.stdlib.records import (
    Field,
    FieldSpec,
    Record,
    as_dict,
    collect,
    comparison,
    hashing,
    initialiser,
    put,
    record_of,
    showing,
)
from dagcheck.evaluate.values import MISSING, Arguments, Class, Instance, Native, Value
from dagcheck.model.values import Unknown

if TYPE_CHECKING:
    from dagcheck.evaluate.interpreter import Interpreter


NO_DEFAULT = Inert("dataclasses.MISSING")


def _field(interp: Interpreter, arguments: Arguments) -> Value:
    return FieldSpec(dict(arguments.kwargs))


def _reader(keyword_only: bool) -> Callable[[Class, str, str], Field | None]:
    state = {"keyword_only": keyword_only}

    def read(cls: Class, name: str, annotation: str) -> Field | None:
        plain = annotation.strip("'\"")
        if plain.rpartition(".")[2] == "KW_ONLY":
            state["keyword_only"] = True
            return None
        if plain.partition("[")[0].rpartition(".")[2] == "ClassVar":
            return None
        given = cls.namespace.get(name, MISSING)
        made = Field(name, given, keyword_only=state["keyword_only"], stored="InitVar" not in plain, annotation=plain)
        if isinstance(given, FieldSpec):
            _apply(cls, made, given.options)
        return made

    return read


def _apply(cls: Class, made: Field, options: dict[str, Value]) -> None:
    made.default = options.get("default", MISSING)
    made.factory = options.get("default_factory")
    made.init = options.get("init", True) is True
    made.compared = options.get("compare", True) is True
    made.shown = options.get("repr", True) is True
    made.keyword_only = options.get("kw_only", made.keyword_only) is True
    made.metadata = options.get("metadata")
    if made.default is MISSING:
        cls.namespace.pop(made.name, None)
    else:
        cls.namespace[made.name] = made.default


def make_record(cls: Class, options: dict[str, Value]) -> Class:
    """What `@dataclass(…)` makes of a class."""
    record = Record(frozen=options.get("frozen") is True)
    record.fields = collect(cls, _reader(options.get("kw_only") is True))
    cls.special = record
    if options.get("init", True) is True:
        put(cls, initialiser(cls, record, ("__post_init__",)))
    if options.get("repr", True) is True:
        put(cls, showing(record))
    if options.get("eq", True) is True:
        put(cls, comparison(record, "=="))
        if record.frozen or options.get("unsafe_hash") is True:
            put(cls, hashing(record))
        else:
            cls.namespace.setdefault("__hash__", None)
    if options.get("order") is True:
        for symbol in ("<", "<=", ">", ">="):
            put(cls, comparison(record, symbol))
    cls.namespace.setdefault("__match_args__", tuple(one.name for one in record.fields if one.init and not one.keyword_only))
    return cls


def _dataclass(interp: Interpreter, arguments: Arguments) -> Value:
    """`@dataclass` and `@dataclass(…)`."""
    cls = arguments.get(0, "cls")
    if isinstance(cls, Class):
        return make_record(cls, arguments.kwargs)
    options = dict(arguments.kwargs)

    def decorate(inner: Interpreter, given: Arguments) -> Value:
        target = given.get(0, "cls")
        return make_record(target, options) if isinstance(target, Class) else target

    return Native("dataclass", decorate)


def _fields(interp: Interpreter, arguments: Arguments) -> Value:
    record = record_of(arguments.get(0, "class_or_instance"))
    if record is None:
        return interp.unknown("the fields of this value are not followed")
    return tuple(_shown_field(interp, one) for one in record.fields if one.stored)


def _shown_field(interp: Interpreter, one: Field) -> Instance:
    from dagcheck.evaluate.stdlib.modules import NamespaceClass

    shown = Instance(NamespaceClass())
    shown.attrs.update(
        {
            "name": one.name,
            "default": NO_DEFAULT if one.default is MISSING else one.default,
            "default_factory": NO_DEFAULT if one.factory is None else one.factory,
            "type": interp.unknown("the type of a field"),
            "metadata": {} if one.metadata is None else one.metadata,
            "init": one.init,
            "repr": one.shown,
            "compare": one.compared,
            "kw_only": one.keyword_only,
        }
    )
    return shown


def _asdict(interp: Interpreter, arguments: Arguments) -> Value:
    value = arguments.get(0, "obj")
    return value if isinstance(value, Unknown) else as_dict(interp, value)


def _astuple(interp: Interpreter, arguments: Arguments) -> Value:
    value = arguments.get(0, "obj")
    record = record_of(value)
    if record is None or not isinstance(value, Instance):
        return interp.unknown("astuple() of this value is not followed")
    return tuple(as_dict(interp, value.attrs.get(one.name)) for one in record.fields if one.stored)


def _replace(interp: Interpreter, arguments: Arguments) -> Value:
    value = arguments.args[0] if arguments.args else arguments.get(0, "obj")
    record = record_of(value)
    if record is None or not isinstance(value, Instance):
        return interp.unknown("replace() of this value is not followed")
    kept = {one.name: value.attrs[one.name] for one in record.fields if one.init and one.stored and one.name in value.attrs}
    return interp.call(value.cls, Arguments([], {**kept, **arguments.kwargs}, span=arguments.span))


def _is_dataclass(interp: Interpreter, arguments: Arguments) -> Value:
    value = arguments.get(0, "obj")
    return value if isinstance(value, Unknown) else record_of(value) is not None


def dataclasses_names(interp: Interpreter) -> dict[str, Value]:
    """The names of `dataclasses`."""
    functions = {"dataclass": _dataclass, "field": _field, "fields": _fields, "asdict": _asdict, "astuple": _astuple, "replace": _replace}
    return {
        **natives({**functions, "is_dataclass": _is_dataclass}),
        "FrozenInstanceError": dataclasses.FrozenInstanceError,
        "MISSING": NO_DEFAULT,
        **{name: Inert(f"dataclasses.{name}") for name in ("KW_ONLY", "InitVar", "Field")},
    }
