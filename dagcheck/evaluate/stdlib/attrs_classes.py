"""`attrs` classes: defaults, factories, converters and aliases."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dagcheck.evaluate.stdlib.modelling import Inert, natives, taken
from dagcheck.evaluate.stdlib.records import Field, FieldSpec, Record, as_dict, collect, comparison, hashing, initialiser, put, showing
from dagcheck.evaluate.values import MISSING, Arguments, Class, Native, Value

if TYPE_CHECKING:
    from dagcheck.evaluate.interpreter import Interpreter


def _attrs_field(interp: Interpreter, arguments: Arguments) -> Value:
    return FieldSpec(dict(arguments.kwargs))


def _attrs_read(cls: Class, name: str, annotation: str) -> Field | None:
    if "ClassVar" in annotation:
        return None
    given = cls.namespace.get(name, MISSING)
    made = Field(name, given, annotation=annotation)
    if isinstance(given, FieldSpec):
        options = given.options
        made.default, made.factory = options.get("default", MISSING), options.get("factory")
        made.init, made.converter = options.get("init", True) is True, options.get("converter")
        made.keyword_only = options.get("kw_only") is True
        cls.namespace.pop(name)
    if isinstance(made.default, FieldSpec):
        made.default, made.factory = MISSING, made.default.options.get("factory")
    made.alias = name.lstrip("_") if name.startswith("_") else None
    return made


def _make_attrs(cls: Value, options: dict[str, Value]) -> Value:
    if not isinstance(cls, Class):
        return cls
    record = Record(kind="attrs", frozen=options.get("frozen") is True)
    record.fields = collect(cls, _attrs_read)
    for name, given in list(cls.namespace.items()):
        if isinstance(given, FieldSpec):
            made = _attrs_read(cls, name, "")
            record.fields += [made] if made is not None else []
    cls.special = record
    put(cls, initialiser(cls, record, ("__attrs_post_init__",)))
    put(cls, showing(record))
    put(cls, comparison(record, "=="))
    if record.frozen:
        put(cls, hashing(record))
    return cls


def _define(interp: Interpreter, arguments: Arguments) -> Value:
    cls = arguments.get(0, "maybe_cls")
    if isinstance(cls, Class):
        return _make_attrs(cls, arguments.kwargs)
    options = dict(arguments.kwargs)
    return Native("define", lambda i, inner: _make_attrs(taken(i, inner, 1)[0], options))


def _frozen(interp: Interpreter, arguments: Arguments) -> Value:
    return _define(interp, Arguments(arguments.args, {**arguments.kwargs, "frozen": True}))


def _factory(interp: Interpreter, arguments: Arguments) -> Value:
    return FieldSpec({"factory": arguments.get(0, "factory")})


def _attrs_asdict(interp: Interpreter, arguments: Arguments) -> Value:
    return as_dict(interp, *taken(interp, arguments, 1))


def attrs_names(interp: Interpreter) -> dict[str, Value]:
    """The names of `attr` and `attrs`."""
    classes = dict.fromkeys(("define", "s", "mutable", "attrs", "dataclass"), _define)
    fields = dict.fromkeys(("field", "ib", "attrib"), _attrs_field)
    return {
        **natives({**classes, "frozen": _frozen, **fields, "Factory": _factory, "asdict": _attrs_asdict}),
        **{name: Inert(f"attr.{name}") for name in ("validators", "converters", "NOTHING")},
    }
