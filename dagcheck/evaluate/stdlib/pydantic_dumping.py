"""Pydantic models as plain data."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import TYPE_CHECKING

from dagcheck.evaluate import operators
from dagcheck.evaluate.stdlib.pydantic_validators import Model
from dagcheck.evaluate.stdlib.records import as_dict, record_of
from dagcheck.evaluate.values import Arguments, Class, Instance, Value

if TYPE_CHECKING:
    from dagcheck.evaluate.interpreter import Interpreter


def dump(owner: Value, interp: Interpreter, arguments: Arguments) -> Value:
    """`model_dump()` and `dict()`."""
    model = record_of(owner)
    options = arguments.kwargs
    odd = [name for name, value in options.items() if name not in DUMPING and value not in (None, False)]
    chosen = [options.get(name) for name in ("include", "exclude")]
    if (
        odd
        or model is None
        or any(one is not None and not (isinstance(one, set | list | tuple) and operators.is_known(one)) for one in chosen)
    ):
        return interp.unknown("a model as a dict with such options is not followed")
    made = _as_data(interp, owner)
    include, exclude = chosen[0], chosen[1] or ()
    made = {name: value for name, value in made.items() if (include is None or name in include) and name not in exclude}
    if options.get("exclude_unset"):
        made = {name: value for name, value in made.items() if name in owner.attrs.get("model_fields_set", ())}
    if options.get("exclude_none"):
        made = _without_none(made)
    if options.get("by_alias"):
        made = {next((one.alias for one in model.fields if one.name == name and one.alias), name): value for name, value in made.items()}
    return made


DUMPING = ("include", "exclude", "exclude_none", "exclude_unset", "by_alias")


def _as_data(interp: Interpreter, value: Value) -> Value:
    """A model as plain data, models inside of it too, with the fields that are computed."""
    if isinstance(value, Instance) and isinstance(record_of(value), Model):
        model = record_of(value)
        names = [one.name for one in model.fields] if model is not None else []
        beyond = [name for name in value.attrs if name not in names and name != "model_fields_set" and not name.startswith("_")]
        names += beyond if isinstance(model, Model) and model.extras == "allow" else []
        return {name: _as_data(interp, value.attrs.get(name)) for name in names} | {
            name: _as_data(interp, interp.get_attr(value, name)) for name in _computed(value.cls)
        }
    if type(value) in (list, tuple) and interp.state.blurry(value) is None:
        return type(value)(_as_data(interp, item) for item in value)
    if type(value) is dict and interp.state.blurry(value) is None:
        return {key: _as_data(interp, item) for key, item in value.items()}
    return as_dict(interp, value)


def _without_none(value: Value) -> Value:
    if isinstance(value, dict):
        return {key: _without_none(item) for key, item in value.items() if item is not None}
    return [_without_none(item) for item in value] if isinstance(value, list) else value


def _computed(cls: Class) -> Iterator[str]:
    """The names of a class's computed fields."""
    for base in reversed(cls.mro):
        for node in base.node.body if isinstance(base, Class) else ():
            for decorator in node.decorator_list if isinstance(node, ast.FunctionDef) else ():
                decorator = decorator.func if isinstance(decorator, ast.Call) else decorator
                if isinstance(node, ast.FunctionDef) and ast.unparse(decorator).rpartition(".")[2] == "computed_field":
                    yield node.name
