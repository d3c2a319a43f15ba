"""The validators that a program gives its pydantic models, and what a class's fields and validators make of a value."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from dagcheck.evaluate.functions import BoundMethod, Descriptor
from dagcheck.evaluate.stdlib.builtin_types import TYPES
from dagcheck.evaluate.stdlib.modelling import taken
from dagcheck.evaluate.stdlib.pydantic_values import as_it_was, validated
from dagcheck.evaluate.stdlib.records import Field, Record
from dagcheck.evaluate.values import Arguments, Class, Function, Instance, Native, Raised, Value
from dagcheck.model.values import Unknown

if TYPE_CHECKING:
    from dagcheck.evaluate.interpreter import Interpreter

FIELD_VALIDATORS = ("field_validator", "validator")
MODEL_VALIDATORS = ("model_validator", "root_validator")


@dataclass(eq=False, slots=True)
class Validator(Descriptor):
    """A function of the program that pydantic calls with a field's value (`names` are the fields) or with all of a model's (no names)."""

    names: tuple[str, ...] = ()
    mode: str = "after"
    always: bool = False
    by_name: str = ""
    """The decorator."""


@dataclass(slots=True)
class Model(Record):
    """What the fields and validators of a class make of it."""

    validators: list[Validator] = field(default_factory=list)
    options: dict[str, Value] = field(default_factory=dict)
    why: Unknown | None = None
    """Set where something of the class changes values in a way that is not followed."""

    @property
    def extras(self) -> str:
        """What becomes of what is given and no field: `ignore`, `forbid` or `allow`."""
        given = self.options.get("extra", "ignore")
        return given if isinstance(given, str) else "ignore"

    def of_field(self, name: str, mode: str) -> list[Validator]:
        """The validators of a field, in the order in which pydantic calls them."""
        found = [one for one in self.validators if one.mode == mode and (name in one.names or "*" in one.names)]
        return found[::-1] if mode == "before" else found

    def of_model(self, mode: str) -> list[Validator]:
        return [one for one in self.validators if one.mode == mode and one.by_name in MODEL_VALIDATORS]


def settled(interp: Interpreter, cls: Class, model: Model, one: Field, value: Value, was_given: bool, before: dict[str, Value]) -> Value:
    """The value of one field after its validators and pydantic's own."""
    validators = {mode: model.of_field(one.name, mode) for mode in ("before", "plain", "after")}
    every = [found for mode in validators.values() for found in mode]
    if not was_given and model.options.get("validate_default") is not True:
        every = [found for found in every if found.always]
        if not every:
            return value
    if model.why is not None:
        return model.why
    for found in validators["before"]:
        value = checked(interp, found, cls, value, one.name, before) if found in every else value
    if validators["plain"]:
        value = checked(interp, validators["plain"][-1], cls, value, one.name, before)
    elif was_given:
        if isinstance(value, str) and (model.options.get("str_strip_whitespace") or model.options.get("anystr_strip_whitespace")):
            value = value.strip()
        converted = validated(interp, one.owner if isinstance(one.owner, Class) else cls, one.annotation, value)
        if model.options.get("strict") is True and not isinstance(converted, Unknown) and not as_it_was(converted, value):
            return interp.unknown("what a strict pydantic model refuses is not followed")
        value = converted
    for found in validators["after"]:
        value = checked(interp, found, cls, value, one.name, before) if found in every else value
    return value


def checked(
    interp: Interpreter, found: Validator, cls: Class, value: Value, name: str = "", before: dict[str, Value] | None = None
) -> Value:
    """What a validator of the program gives for a value. Raises Raised(ValueError) where it refuses."""
    function = found.function
    bound = isinstance(function, Descriptor) and function.kind == "classmethod"
    inner = function.function if isinstance(function, Descriptor) else function
    count = _parameters(inner)
    takes_class = bound or (found.by_name in ("validator", "root_validator") and _first_name(inner) == "cls")
    first: list[Value] = [cls] if takes_class else []
    more = [] if count is None or count <= len(first) + 1 else [_information(found, name, before)]
    try:
        return interp.call_values(inner, *first, value, *more)
    except Raised as error:
        if isinstance(error.value, ValueError | AssertionError):
            raise interp.raises(ValueError(str(error.value))) from None
        raise


def _information(found: Validator, name: str, before: dict[str, Value] | None) -> Value:
    """The second argument of a validator: the fields before it, by themselves for pydantic 1."""
    if found.by_name in ("validator", "root_validator"):
        return dict(before or {})
    told = Instance(TYPES["object"])
    told.attrs.update({"data": dict(before or {}), "field_name": name, "context": None, "mode": "python", "config": None})
    return told


def _parameters(function: Value) -> int | None:
    return len(function.node.args.posonlyargs + function.node.args.args) if isinstance(function, Function) else None


def _first_name(function: Value) -> str:
    arguments = function.node.args.args if isinstance(function, Function) else []
    return arguments[0].arg if arguments else ""


def finish(interp: Interpreter, instance: Instance, model: Model) -> None:
    """The validators of the whole model, and its hook."""
    for one in model.of_model("after"):
        if one.by_name == "root_validator":
            values = checked(interp, one, instance.cls, {each.name: instance.attrs[each.name] for each in model.fields})
            if isinstance(values, dict):
                instance.attrs.update(values)
            continue
        try:
            interp.call(BoundMethod(one.function, instance), Arguments([]))
        except Raised as error:
            if isinstance(error.value, AssertionError):
                raise interp.raises(ValueError(str(error.value))) from None
            raise
    hook = instance.cls.find(interp, "model_post_init", owner=instance)
    if isinstance(hook, Function):
        interp.call(BoundMethod(hook, instance), Arguments([None]))


def validating(name: str) -> Any:
    """`@field_validator("a", mode="before")` and its kin."""

    def decorate(interp: Interpreter, arguments: Arguments) -> Value:
        if arguments.args and isinstance(arguments.args[0], Function | Descriptor):
            return Validator("classmethod", arguments.args[0], by_name=name)  # @root_validator without parentheses
        names = tuple(one for one in arguments.args if isinstance(one, str)) if name in FIELD_VALIDATORS else ()
        early = arguments.kwargs.get("pre") is True
        mode = arguments.kwargs.get("mode", "before" if early else "after")
        if any(one in arguments.kwargs for one in ("each_item",)) or not isinstance(mode, str) or len(names) != len(arguments.args):
            mode = "unknown"
        always = arguments.kwargs.get("always") is True
        return Native(
            name, lambda i, inner: Validator("classmethod", taken(i, inner, 1)[0], names=names, mode=mode, always=always, by_name=name)
        )

    return decorate
