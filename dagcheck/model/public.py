"""The models of a DAG file as pydantic models: what the Python API answers with, and what validates a value that has another type than its field.

Each is made from the light class of the same name (`dag.py`), when it is asked for: its fields are those of that class, in the same order, and those for rules and commands alone
are left out of what is dumped.
"""

from __future__ import annotations

import datetime
import types
from collections.abc import Callable
from typing import Annotated, Any, TypeVar, Union, get_args, get_origin

from pydantic import BaseModel, ConfigDict, Field, create_model, field_serializer

from dagcheck.model.frozen import INNER, Model, of_values
from dagcheck.model.plain import plain

Kind = TypeVar("Kind", bound=Model)


class _Public(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", arbitrary_types_allowed=True, protected_namespaces=(), defer_build=True)

    def __init_subclass__(cls, **options: Any) -> None:
        """Leave the fields to pydantic."""

    @field_serializer("start_date", "end_date", check_fields=False)
    def _date(self, value: datetime.datetime | None) -> str | None:
        return None if value is None else value.isoformat()

    @field_serializer("default_args", "params", "inlets", "outlets", check_fields=False)
    def _plain(self, value: Any) -> Any:
        return plain(value)


def public(model: Kind) -> Kind:
    """The model as a pydantic model, which is one of the given class as well."""
    made: Any = _twin(type(model)).model_construct(**{name: _inside(value, public) for name, value in vars(model).items()})
    found: Kind = made
    return found


def validated(kind: type[Model], values: dict[str, Any]) -> dict[str, Any]:
    """The content of a model of the class, as pydantic makes it of these values. Raises `pydantic.ValidationError`."""
    made = _twin(kind).model_validate(values, from_attributes=True)
    return {name: _inside(value, _light) for name, value in vars(made).items()}


def _light(model: Model) -> Model:
    """The model of the light class that a pydantic model was made for."""
    return of_values(type(model).__bases__[1], {name: _inside(value, _light) for name, value in vars(model).items()})


def _inside(value: Any, change: Callable[[Any], Any]) -> Any:
    """The value with each model in it changed."""
    if isinstance(value, Model):
        return change(value)
    if type(value) is tuple:
        return tuple(_inside(item, change) for item in value)
    return {key: _inside(item, change) for key, item in value.items()} if type(value) is dict else value


def _twin(kind: type[Model]) -> type[BaseModel]:
    """The pydantic model with the fields of a light class."""
    if kind not in _twins:
        _twins[kind] = _made(kind)
    return _twins[kind]


_twins: dict[type[Model], type[BaseModel]] = {}


def _made(kind: type[Model]) -> type[BaseModel]:
    fields: dict[str, Any] = {name: (_public_type(given), _field(kind, name, given)) for name, given in kind.field_types.items()}
    bases: Any = (_Public, kind)
    made: type[BaseModel] = create_model(kind.__name__, __base__=bases, __module__=__name__, __doc__=kind.__doc__, **fields)
    return made


def _field(kind: type[Model], name: str, given: Any) -> Any:
    more = {"default": kind.field_defaults[name]} if name in kind.field_defaults else {}
    return Field(exclude=INNER in getattr(given, "__metadata__", ()) or None, **more)


def _public_type(given: Any) -> Any:
    """The annotation with pydantic models in place of light ones."""
    origin, inner = get_origin(given), get_args(given)
    if origin is Annotated:
        return _public_type(inner[0])
    if origin in (Union, types.UnionType):
        return Union[tuple(map(_public_type, inner))]  # noqa: UP007 - of parts that are known only now
    if origin in (tuple, dict):
        return origin[tuple(map(_public_type, inner))]
    return _twin(given) if isinstance(given, type) and issubclass(given, Model) else given
