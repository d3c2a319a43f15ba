"""Models that are made without pydantic's validators: from values that have exactly the types that the fields name.

Building the validators of all models takes longer than looking at twenty files. What we make ourselves has the right types nearly always, and a look at them costs little.
"""

from __future__ import annotations

import types
from collections.abc import Callable, Iterator
from typing import Annotated, Any, Literal, NamedTuple, Union, get_args, get_origin

from dagcheck.model.frozen import Model


class _Part(NamedTuple):
    """What a field takes: a test (None: anything), whether it is a dict, which the model keeps a copy of, and the default where there is one."""

    name: str
    fits: Callable[[Any], bool] | None
    copied: bool
    required: bool
    default: Any


def taken(kind: type[Model], values: dict[str, Any]) -> dict[str, Any] | None:
    """The content of a model of the class, where validation would take these values just as they are; None where it might change or refuse one."""
    held = {}
    met = 0
    for name, fits, copied, required, default in _parts(kind):
        if name in values:
            value = values[name]
            if fits is not None and not fits(value):
                return None
            met += 1
        elif required:
            return None
        else:
            value = default
        held[name] = dict(value) if copied else value
    return held if met == len(values) else None


def _parts(kind: type[Model]) -> tuple[_Part, ...]:
    if kind not in _known_parts:
        _known_parts[kind] = tuple(_read_parts(kind))
    return _known_parts[kind]


_known_parts: dict[type[Model], tuple[_Part, ...]] = {}


def _read_parts(kind: type[Model]) -> Iterator[_Part]:
    return (
        _Part(name, _test(given), get_origin(given) is dict, name not in kind.field_defaults, kind.field_defaults.get(name))
        for name, given in ((name, _bare(annotation)) for name, annotation in kind.field_types.items())
    )


def _bare(annotation: Any) -> Any:
    """The annotation without what is noted beside it."""
    return get_args(annotation)[0] if get_origin(annotation) is Annotated else annotation


def _test(annotation: Any) -> Callable[[Any], bool] | None:
    """Whether a value is one that the annotation names; None where every value is."""
    plain = _classes(annotation)
    if plain is not None:
        return lambda value: type(value) in plain
    origin, inner = get_origin(annotation), get_args(annotation)
    if annotation is Any:
        return None
    if origin is Literal:
        return lambda value: type(value) is str and value in inner
    if origin in (Union, types.UnionType):
        tests = [_test(one) for one in inner]
        return None if None in tests else lambda value: any(test is not None and test(value) for test in tests)
    if origin is tuple:
        return _tuple_test(inner)
    if origin is dict:
        key, item = map(_test, inner)
        return lambda value: type(value) is dict and _all(key, value) and _all(item, value.values())
    return lambda value: False


def _tuple_test(inner: tuple[Any, ...]) -> Callable[[Any], bool]:
    if inner[-1] is Ellipsis:
        item = _test(inner[0])
        return lambda value: type(value) is tuple and _all(item, value)
    tests = [_test(one) for one in inner]
    return lambda value: (
        type(value) is tuple and len(value) == len(tests) and all(test is None or test(one) for test, one in zip(tests, value, strict=True))
    )


def _all(test: Callable[[Any], bool] | None, values: Any) -> bool:
    return test is None or all(map(test, values))


def _classes(annotation: Any) -> frozenset[type] | None:
    """The classes that an annotation is made of, where it is a class or a union of classes."""
    parts = get_args(annotation) if get_origin(annotation) in (Union, types.UnionType) else (annotation,)
    if any(part is Any or get_origin(part) is not None or not isinstance(part, type) for part in parts):
        return None
    return frozenset(parts)
