"""`pydantic` models and settings: fields with defaults, factories, aliases and validation, the program's own validators, and models as dicts."""

from __future__ import annotations

import functools
import json
from typing import TYPE_CHECKING, Any

from dagcheck.evaluate import operators
from dagcheck.evaluate.calls import call_pure
from dagcheck.evaluate.functions import Descriptor
from dagcheck.evaluate.stdlib.copies import deep
from dagcheck.evaluate.stdlib.environment import environment
from dagcheck.evaluate.stdlib.modelling import Inert, natives, taken
from dagcheck.evaluate.stdlib.pydantic_dumping import dump
from dagcheck.evaluate.stdlib.pydantic_validators import (
    FIELD_VALIDATORS,
    MODEL_VALIDATORS,
    Model,
    Validator,
    checked,
    finish,
    settled,
    validating,
)
from dagcheck.evaluate.stdlib.records import Field, FieldSpec, bind_fields, collect, record_of, values_of
from dagcheck.evaluate.values import MISSING, Arguments, Class, Instance, Native, NativeClass, Object, Raised, Value
from dagcheck.model.values import Unknown

if TYPE_CHECKING:
    from dagcheck.evaluate.interpreter import Interpreter

FOLLOWED_OPTIONS = frozenset({
    "extra", "frozen", "populate_by_name", "arbitrary_types_allowed", "validate_default", "env_prefix", "case_sensitive", "title", "env_file", "env_file_encoding",
    "json_schema_extra", "protected_namespaces", "validate_assignment", "from_attributes", "orm_mode", "allow_mutation", "schema_extra", "use_attribute_docstrings",
    "allow_population_by_field_name", "revalidate_instances", "defer_build", "secrets_dir", "env_nested_delimiter", "allow_inf_nan", "json_encoders", "validate_by_name",
    "str_strip_whitespace", "strict", "anystr_strip_whitespace",
})  # fmt: skip
"""Options of a model that are followed, or that change nothing of what its fields hold."""


class ModelBase(NativeClass):
    """`pydantic.BaseModel`; with `settings`, missing fields come from the environment."""

    __slots__ = ("dotted", "name", "settings")

    def __init__(self, name: str, settings: bool = False) -> None:
        self.name = name
        self.dotted = f"pydantic.{name}"
        self.settings = settings

    def adopt(self, interp: Interpreter, cls: Class, keywords: dict[str, Value]) -> None:
        """Collect the fields, validators and options of a model class."""
        if isinstance(cls.special, Model):
            return
        above = next((base.special for base in cls.mro[1:] if isinstance(base, Class) and isinstance(base.special, Model)), Model())
        model = Model(kind="model", extra=True, validators=list(above.validators), options=dict(above.options), why=above.why)
        _read_options(interp, cls, model, keywords)
        own = {name: value for name, value in cls.namespace.items() if isinstance(value, Validator)}
        model.validators = [one for one in model.validators if one.function is not None] + list(own.values())
        if any(one.mode not in ("before", "after", "plain") for one in own.values()):
            model.why = interp.unknown("a validator that wraps pydantic's own is not followed")
        model.fields = collect(cls, _model_field)
        model.frozen = model.options.get("frozen") is True or model.options.get("allow_mutation") is False
        cls.special = model

    def new(self, interp: Interpreter, cls: Class | NativeClass, arguments: Arguments) -> Value:
        return Instance(cls)

    def init(self, interp: Interpreter, instance: Value, arguments: Arguments) -> None:
        model = record_of(instance)
        if not isinstance(model, Model):
            return
        given: Value = dict(arguments.kwargs)
        if self.settings:
            _from_environment(interp, instance.cls, model, given)
        for one in model.of_model("before"):
            given = checked(interp, one, instance.cls, given)
        if not isinstance(given, dict):
            model_why = given if isinstance(given, Unknown) else interp.unknown("what a validator gives is not followed")
            instance.attrs.update({one.name: model_why for one in model.fields})
            return
        _fill(interp, instance, model, given, arguments)
        finish(interp, instance, model)

    def lookup(self, interp: Interpreter, name: str, owner: Value) -> Value:
        if owner is not None:
            method = INSTANCE_METHODS.get(name)
            if method is not None:
                return Native(name, functools.partial(method, owner))
        if name in CLASS_METHODS:
            return Descriptor("classmethod", Native(name, CLASS_METHODS[name]))
        return MISSING


def _read_options(interp: Interpreter, cls: Class, model: Model, keywords: dict[str, Value]) -> None:
    given = cls.namespace.get("model_config", {})
    inner = cls.namespace.get("Config")
    written = dict(given) if isinstance(given, dict) else {}
    written |= {name: value for name, value in inner.namespace.items() if not name.startswith("__")} if isinstance(inner, Class) else {}
    written |= keywords
    model.options.update(written)
    odd = next((name for name, value in written.items() if name not in FOLLOWED_OPTIONS and value is not False and value is not None), None)
    if odd is not None or isinstance(given, Unknown | Object):
        model.why = interp.unknown(
            f"the option {odd} of a pydantic model is not followed" if odd else "options of a pydantic model that are not known"
        )


def _fill(interp: Interpreter, instance: Instance, model: Model, given: dict[str, Value], arguments: Arguments) -> None:
    """Give the object its fields, validated one after the other."""
    cls = instance.cls
    known = {one.name for one in model.fields} | {one.alias for one in model.fields}
    beyond = {name: value for name, value in given.items() if name not in known}
    if beyond and model.extras == "forbid":
        raise interp.raises(ValueError(f"pydantic: extra inputs are not permitted: {', '.join(sorted(beyond))}"))
    try:
        values = bind_fields(interp, cls, model, Arguments([], given, star_star=arguments.star_star, span=arguments.span))
    except Raised as error:
        if isinstance(error.value, TypeError):
            raise interp.raises(ValueError(f"pydantic: {error.value}")) from None
        raise
    before: dict[str, Value] = {}
    for one in model.fields:
        was_given = one.name in given or one.alias in given
        if not was_given and isinstance(values[one.name], list | dict | set):
            values[one.name] = deep(interp, values[one.name], {})
        before[one.name] = instance.attrs[one.name] = settled(interp, cls, model, one, values[one.name], was_given, before)
    if model.extras == "allow":
        instance.attrs.update(beyond)
    instance.attrs["model_fields_set"] = {one.name for one in model.fields if one.name in given or one.alias in given} | (
        set(beyond) if model.extras == "allow" else set()
    )
    for name, value in cls.namespace.items():
        if name.startswith("_") and isinstance(value, FieldSpec):
            factory = value.options.get("default_factory")
            instance.attrs[name] = interp.call_values(factory) if factory is not None else value.options.get("default")


def _from_environment(interp: Interpreter, cls: Class, model: Model, given: dict[str, Value]) -> None:
    known = environment(interp)
    prefix = model.options.get("env_prefix", "")
    for one in model.fields:
        name = one.alias if one.alias is not None else f"{prefix if isinstance(prefix, str) else ''}{one.name}"
        found = known.known.get(name, known.known.get(name.upper()))
        if one.name in given or one.alias in given:
            continue
        if found is not None:
            given[one.name] = _from_text(interp, one, found)
        elif one.default is MISSING and one.factory is None:
            given[one.name] = interp.unknown(f"the environment variable {name.upper()} is not known", "environment", name=name.upper())


def _from_text(interp: Interpreter, one: Field, found: Value) -> Value:
    """The value of an environment variable for a field: JSON where the field is no single value."""
    if isinstance(found, str) and found[:1] in ("[", "{") and not one.annotation.startswith(("str", "Optional[str")):
        return call_pure(interp, json.loads, Arguments([found]))
    return found


def _model_field(cls: Class, name: str, annotation: str) -> Field | None:
    if name.startswith("_") or "ClassVar" in annotation or name == "model_config":
        return None
    given = cls.namespace.get(name, MISSING)
    made = Field(name, given, keyword_only=True, annotation=annotation, owner=cls)
    if isinstance(given, FieldSpec):
        made.default = given.options.get("default", MISSING)
        made.factory = given.options.get("default_factory")
        alias = given.options.get("validation_alias", given.options.get("alias", given.options.get("env")))
        made.alias = alias if isinstance(alias, str) else None
    if made.default is MISSING and made.factory is None and annotation.startswith(("Optional[", "typing.Optional[")) and _is_old(cls):
        made.default = None
    return made


def _is_old(cls: Class) -> bool:
    """Whether a class is written for pydantic 1, where a field that may be None need not be given."""
    names = {getattr(getattr(node, "func", node), "id", "") for item in cls.node.body for node in getattr(item, "decorator_list", ())}
    return "Config" in cls.namespace or not names.isdisjoint({"validator", "root_validator"})


def _copy(owner: Value, interp: Interpreter, arguments: Arguments) -> Value:
    made = Instance(owner.cls)
    update = arguments.kwargs.get("update", {})
    if not isinstance(update, dict) or any(name in arguments.kwargs for name in ("include", "exclude")):
        return interp.unknown("a copy of a model with such options is not followed")
    kept = deep(interp, owner.attrs, {}) if arguments.kwargs.get("deep") is True else owner.attrs
    made.attrs.update({**kept, **update})
    return made


def _pairs(owner: Value, interp: Interpreter, arguments: Arguments) -> Value:
    model = record_of(owner)
    return [(one.name, owner.attrs.get(one.name)) for one in model.fields] if model is not None else []


def _equal(owner: Value, interp: Interpreter, arguments: Arguments) -> Value:
    other, model = arguments.args[-1], record_of(owner)
    if not isinstance(other, Instance) or other.cls is not owner.cls or model is None:
        return NotImplemented
    return operators.binary(interp, "==", tuple(values_of(owner, model)), tuple(values_of(other, model)))


def _hash(owner: Value, interp: Interpreter, arguments: Arguments) -> Value:
    model = record_of(owner)
    key = tuple(values_of(owner, model)) if model is not None else ()
    return call_pure(interp, hash, Arguments([key])) if operators.is_known(key) else interp.unknown("the hash of a model is not followed")


INSTANCE_METHODS: dict[str, Any] = {
    "dict": dump, "model_dump": dump, "copy": _copy, "model_copy": _copy, "__iter__": _pairs, "__eq__": _equal, "__hash__": _hash,
}  # fmt: skip


def _validate(interp: Interpreter, arguments: Arguments) -> Value:
    cls, given = arguments.args[0], arguments.get(1, "obj", arguments.kwargs)
    if not isinstance(given, dict):
        return given if isinstance(given, Unknown) else _same_model(interp, cls, given)
    if interp.state.blurry(given) is not None:
        return interp.state.blurry(given)
    return interp.call(cls, Arguments([], {name: value for name, value in given.items() if isinstance(name, str)}))


def _same_model(interp: Interpreter, cls: Value, given: Value) -> Value:
    fits = isinstance(given, Instance) and isinstance(given.cls, Class) and cls in given.cls.mro
    return given if fits else interp.unknown("a model of what is no dict is not followed")


def _construct(interp: Interpreter, arguments: Arguments) -> Value:
    """`model_construct()`: no validation at all."""
    cls, made = arguments.args[0], Instance(arguments.args[0])
    model = record_of(cls)
    if model is not None:
        made.attrs.update(bind_fields(interp, cls, model, Arguments([], arguments.kwargs, star_star=arguments.star_star)))
    return made


def _validate_json(interp: Interpreter, arguments: Arguments) -> Value:
    data = call_pure(interp, json.loads, Arguments([arguments.get(1, "json_data")]))
    return data if isinstance(data, Unknown) else _validate(interp, Arguments([arguments.args[0], data]))


CLASS_METHODS: dict[str, Any] = {
    "parse_obj": _validate, "model_validate": _validate, "construct": _construct, "model_construct": _construct, "model_validate_json": _validate_json,
    "parse_raw": _validate_json,
}  # fmt: skip


def _field(interp: Interpreter, arguments: Arguments) -> Value:
    options = dict(arguments.kwargs)
    if arguments.args and arguments.args[0] is not ...:
        options.setdefault("default", arguments.args[0])
    if options.get("default") is ...:
        del options["default"]
    return FieldSpec(options)


def _decorator(interp: Interpreter, arguments: Arguments) -> Value:
    first = arguments.get(0, "function")
    return first if isinstance(first, Object) and not arguments.kwargs else Native("decorator", lambda i, inner: taken(i, inner, 1)[0])


def _options(interp: Interpreter, arguments: Arguments) -> Value:
    why = arguments.unknown_unpacking()
    return dict(arguments.kwargs) if why is None else why


def pydantic_names(interp: Interpreter) -> dict[str, Value]:
    """The names of `pydantic` and `pydantic_settings`."""
    types = ("SecretStr", "AnyUrl", "HttpUrl", "PositiveInt", "StrictStr", "constr", "conint", "conlist", "EmailStr", "Json")
    return {
        "BaseModel": ModelBase("BaseModel"),
        "BaseSettings": ModelBase("BaseSettings", settings=True),
        **natives({name: validating(name) for name in (*FIELD_VALIDATORS, *MODEL_VALIDATORS)}),
        **natives({"Field": _field, "PrivateAttr": _field, "computed_field": _decorator, "validate_call": _decorator}),
        **natives({"ConfigDict": _options, "SettingsConfigDict": _options}),
        **{name: Inert(f"pydantic.{name}") for name in (*types, "ValidationInfo", "FieldValidationInfo")},
        "ValidationError": ValueError,
    }
