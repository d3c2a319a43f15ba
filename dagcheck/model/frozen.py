"""What the models of a DAG file are made of: classes that cost little to load and to make, with a pydantic view that is built when somebody asks for one."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, ClassVar, Literal, NamedTuple, Self, TypeVar, dataclass_transform


class Inner:
    """Marks a field that only rules and commands use: it is left out of the public JSON."""


INNER = Inner()


@dataclass_transform(kw_only_default=True, frozen_default=True)
class Model:
    """Frozen, equal by its fields, made from keywords alone.

    Values that have exactly the types of their fields are taken as they are, all others are validated by pydantic, which is loaded then (`public.py`).
    """

    field_types: ClassVar[Mapping[str, Any]] = {}
    """The annotation of each field, in order."""
    field_defaults: ClassVar[Mapping[str, Any]] = {}

    def __init_subclass__(cls) -> None:
        types = dict(cls.__annotations__)
        cls.field_types = types
        cls.field_defaults = {name: vars(cls)[name] for name in types if name in vars(cls)}
        for name in cls.field_defaults:  # each model holds all of its values itself
            delattr(cls, name)

    if not TYPE_CHECKING:  # type checkers know the parameters by the fields

        def __init__(self, /, **values: Any) -> None:
            kind = type(self)
            _made[kind] = made = _made.get(kind, 0) + 1
            if made == OFTEN:
                from dagcheck.model.exact import initialiser

                kind.__init__ = initialiser(kind)
            held = taken(kind, values)
            if held is None:
                from dagcheck.model.public import validated

                held = validated(kind, values)
            _set(self, "__dict__", held)

        def __setattr__(self, name: str, value: object) -> None:
            raise AttributeError(f"{type(self).__name__} is frozen: {name} cannot be set")

        def __hash__(self) -> int:
            return hash((type(self), *self.__dict__.values()))

    def model_copy(self, *, update: Mapping[str, Any] | None = None) -> Self:
        """The same with other values of some fields, which are not validated."""
        return of_values(type(self), {**self.__dict__, **(update or {})})

    def model_dump(self, *, mode: Literal["json", "python"] = "python") -> dict[str, Any]:
        """The public fields as plain data."""
        from dagcheck.model.public import public

        return public(self).model_dump(mode=mode)

    def __eq__(self, other: object) -> bool:
        return self.__dict__ == other.__dict__ if type(self) is type(other) else NotImplemented

    def __repr__(self) -> str:
        return f"{type(self).__name__}({', '.join(f'{name}={value!r}' for name, value in self.__dict__.items())})"


Kind = TypeVar("Kind", bound=Model)
_set = object.__setattr__


class Part(NamedTuple):
    """What a field takes: values of these classes (None: that is no matter), and such that pass the test, where there is one."""

    name: str
    classes: frozenset[type] | None
    fits: Callable[[Any], bool] | None
    copied: bool
    """Whether it is a dict, which the model keeps a copy of."""
    required: bool
    default: Any


OFTEN = 60
"""How many models of a class are made before it gets a constructor of its own, which is some three times faster, but has to be compiled."""
_made: dict[type[Model], int] = {}
_parts: dict[type[Model], tuple[Part, ...]] = {}


def _read(kind: type[Model]) -> tuple[Part, ...]:
    from dagcheck.model.exact import parts_of

    _parts[kind] = parts_of(kind)
    return _parts[kind]


def taken(kind: type[Model], values: dict[str, Any]) -> dict[str, Any] | None:
    """The content of a model of the class, where validation would take these values just as they are; None where it might change or refuse one."""
    held = {}
    met = 0
    for name, classes, fits, copied, required, default in _parts.get(kind) or _read(kind):
        if name in values:
            value = values[name]
            if (classes is not None and type(value) not in classes) or (fits is not None and not fits(value)):
                return None
            met += 1
        elif required:
            return None
        else:
            value = default
        held[name] = value.copy() if copied else value
    return held if met == len(values) else None


def of_values(kind: type[Kind], values: dict[str, Any]) -> Kind:
    """The model that holds these values, which are not checked."""
    model = kind.__new__(kind)
    _set(model, "__dict__", values)
    return model
