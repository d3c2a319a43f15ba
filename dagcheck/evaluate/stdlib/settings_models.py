"""`pydantic` models and settings, and `attrs` classes, as far as their fields go: defaults, factories, aliases and nested models.

What validation would change is unknown where it matters: a value whose annotation names a plain type that the value is not of.
"""

from __future__ import annotations

import datetime
import functools
from typing import TYPE_CHECKING, Any

from dagcheck.evaluate.stdlib.environment import environment
from dagcheck.evaluate.stdlib.modelling import Inert, natives
from dagcheck.evaluate.stdlib.records import (
    Field,
    FieldSpec,
    Record,
    as_dict,
    bind_fields,
    collect,
    comparison,
    hashing,
    initialiser,
    put,
    record_of,
    showing,
)
from dagcheck.evaluate.values import MISSING, Arguments, Class, Descriptor, Function, Instance, Native, NativeClass, Object, Value
from dagcheck.model.values import Unknown

if TYPE_CHECKING:
    from dagcheck.evaluate.interpreter import Interpreter

PLAIN: dict[str, Any] = {
    "str": str, "int": int, "float": (int, float), "bool": bool, "list": list, "dict": dict, "List": list, "Dict": dict, "datetime": datetime.datetime,
    "timedelta": datetime.timedelta, "tuple": tuple, "set": set,
}  # fmt: skip
VALIDATING = ("field_validator", "model_validator", "validator", "root_validator")


class ModelBase(NativeClass):
    """`pydantic.BaseModel`; with `settings`, missing fields come from the environment."""

    __slots__ = ("dotted", "name", "settings")

    def __init__(self, name: str, settings: bool = False) -> None:
        self.name = name
        self.dotted = f"pydantic.{name}"
        self.settings = settings

    def adopt(self, interp: Interpreter, cls: Class, keywords: dict[str, Value]) -> None:
        """Collect the fields of a model class."""
        if isinstance(cls.special, Record) and cls.special.kind == "model":
            return
        record = Record(kind="model", extra=True)
        record.fields = collect(cls, _model_field)
        cls.special = record

    def new(self, interp: Interpreter, cls: Class | NativeClass, arguments: Arguments) -> Value:
        return Instance(cls)

    def init(self, interp: Interpreter, instance: Value, arguments: Arguments) -> None:
        record = record_of(instance)
        if record is None:
            return
        given = dict(arguments.kwargs)
        if self.settings:
            self._from_environment(interp, record, given)
        values = bind_fields(interp, instance.cls, record, Arguments([], given, star_star=arguments.star_star, span=arguments.span))
        for one in record.fields:
            instance.attrs[one.name] = _validated(interp, instance.cls, one, values[one.name], one.name in given or one.alias in given)

    def _from_environment(self, interp: Interpreter, record: Record, given: dict[str, Value]) -> None:
        known = environment(interp)
        for one in record.fields:
            found = known.known.get((one.alias or one.name).upper())
            if one.name not in given and found is not None:
                given[one.name] = found
            elif one.name not in given and one.default is MISSING and one.factory is None:
                given[one.name] = interp.unknown(
                    f"the environment variable {one.name.upper()} is not known", "environment", name=one.name.upper()
                )

    def lookup(self, interp: Interpreter, name: str, owner: Value) -> Value:
        if owner is not None:
            method = INSTANCE_METHODS.get(name)
            return MISSING if method is None else Native(name, functools.partial(method, owner))
        if name in ("parse_obj", "model_validate", "construct", "model_construct"):
            return Descriptor("classmethod", Native(name, _validate))
        return MISSING


def _model_field(cls: Class, name: str, annotation: str) -> Field | None:
    if name.startswith("_") or "ClassVar" in annotation or name == "model_config":
        return None
    given = cls.namespace.get(name, MISSING)
    made = Field(name, given, keyword_only=True, annotation=annotation)
    if isinstance(given, FieldSpec):
        made.default = given.options.get("default", MISSING)
        made.factory = given.options.get("default_factory")
        alias = given.options.get("alias", given.options.get("validation_alias"))
        made.alias = alias if isinstance(alias, str) else None
    return made


def _validated(interp: Interpreter, cls: Class, one: Field, value: Value, was_given: bool) -> Value:
    """The value of a field after validation, as far as that is known."""
    if value is MISSING or isinstance(value, Unknown) or not was_given:
        return value
    if any(
        isinstance(found, Function) and _validates(found)
        for base in cls.mro
        if isinstance(base, Class)
        for found in base.namespace.values()
    ):
        return interp.unknown("a value that a validator of the program may change")
    inner = one.annotation.removeprefix("Optional[").partition("[")[0].partition(" |")[0].rstrip("]").rpartition(".")[2]
    wanted = PLAIN.get(inner)
    if wanted is not None:
        fits = isinstance(value, wanted) and not (inner in ("int", "float") and isinstance(value, bool))
        return value if fits or value is None else interp.unknown(f"a value that pydantic converts to {inner}")
    nested = _class_of(interp, cls, inner)
    if isinstance(nested, Class) and isinstance(nested.special, Record) and isinstance(value, dict):
        return interp.call(nested, Arguments([], dict(value)))
    return (
        value
        if not isinstance(value, dict | list) or inner in ("Any", "object")
        else interp.unknown(f"a value that pydantic converts to {one.annotation}")
    )


def _class_of(interp: Interpreter, cls: Class, name: str) -> Value:
    return cls.module.namespace.get(name)


def _validates(function: Function) -> bool:
    return any("validator" in ast_name(node) for node in getattr(function.node, "decorator_list", ()))


def ast_name(node: Any) -> str:
    """The last name of a decorator."""
    node = getattr(node, "func", node)
    return str(getattr(node, "attr", getattr(node, "id", "")))


def _dump(owner: Value, interp: Interpreter, arguments: Arguments) -> Value:
    if arguments.kwargs:
        return interp.unknown("a model as a dict with options is not followed")
    return as_dict(interp, owner)


def _copy(owner: Value, interp: Interpreter, arguments: Arguments) -> Value:
    made = Instance(owner.cls)
    update = arguments.kwargs.get("update", {})
    made.attrs.update({**owner.attrs, **(update if isinstance(update, dict) else {})})
    return made


INSTANCE_METHODS: dict[str, Any] = {"dict": _dump, "model_dump": _dump, "copy": _copy, "model_copy": _copy}


def _validate(interp: Interpreter, arguments: Arguments) -> Value:
    cls, given = arguments.args[0], arguments.get(1, "obj", arguments.kwargs)
    if not isinstance(given, dict):
        return given
    return interp.call(cls, Arguments([], {name: value for name, value in given.items() if isinstance(name, str)}))


def _field(interp: Interpreter, arguments: Arguments) -> Value:
    options = dict(arguments.kwargs)
    if arguments.args and arguments.args[0] is not ...:
        options.setdefault("default", arguments.args[0])
    if options.get("default") is ...:
        del options["default"]
    return FieldSpec(options)


def _decorator(interp: Interpreter, arguments: Arguments) -> Value:
    first = arguments.get(0, "function")
    return first if isinstance(first, Object) and not arguments.kwargs else Native("validator", lambda i, inner: inner.args[0])


def pydantic_names(interp: Interpreter) -> dict[str, Value]:
    """The names of `pydantic` and `pydantic_settings`."""
    types = (
        "SecretStr",
        "AnyUrl",
        "HttpUrl",
        "PositiveInt",
        "StrictStr",
        "constr",
        "conint",
        "conlist",
        "ConfigDict",
        "SettingsConfigDict",
        "EmailStr",
        "Json",
    )
    return {
        "BaseModel": ModelBase("BaseModel"),
        "BaseSettings": ModelBase("BaseSettings", settings=True),
        **natives({"Field": _field, **dict.fromkeys(VALIDATING, _decorator), "computed_field": _decorator, "validate_call": _decorator}),
        **{name: Inert(f"pydantic.{name}") for name in types},
        "ValidationError": ValueError,
    }


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
    return Native("define", lambda i, inner: _make_attrs(inner.args[0], options))


def _frozen(interp: Interpreter, arguments: Arguments) -> Value:
    return _define(interp, Arguments(arguments.args, {**arguments.kwargs, "frozen": True}))


def _factory(interp: Interpreter, arguments: Arguments) -> Value:
    return FieldSpec({"factory": arguments.get(0, "factory")})


def _attrs_asdict(interp: Interpreter, arguments: Arguments) -> Value:
    return as_dict(interp, arguments.args[0])


def attrs_names(interp: Interpreter) -> dict[str, Value]:
    """The names of `attr` and `attrs`."""
    classes = dict.fromkeys(("define", "s", "mutable", "attrs", "dataclass"), _define)
    fields = dict.fromkeys(("field", "ib", "attrib"), _attrs_field)
    return {
        **natives({**classes, "frozen": _frozen, **fields, "Factory": _factory, "asdict": _attrs_asdict}),
        **{name: Inert(f"attr.{name}") for name in ("validators", "converters", "NOTHING")},
    }
