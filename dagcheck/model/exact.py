"""What the fields of models take without pydantic's validators: values that have exactly the types that the fields name.

Building the validators of all models takes longer than looking at twenty files. What we make ourselves has the right types nearly always, and a look at them costs little.
"""

from __future__ import annotations

import types
from collections.abc import Callable
from functools import partial
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from dagcheck.model.frozen import Model, Part


def parts_of(kind: type[Model]) -> tuple[Part, ...]:
    """What each field of a class of models takes."""
    return tuple([_part(kind, name, _bare(annotation)) for name, annotation in kind.field_types.items()])


def _part(kind: type[Model], name: str, annotation: Any) -> Part:
    classes, fits = _test(annotation)
    return Part(name, classes, fits, get_origin(annotation) is dict, name not in kind.field_defaults, kind.field_defaults.get(name))


def initialiser(kind: type[Model]) -> Callable[..., None]:
    """The `__init__` of a class of models that takes what `taken` takes, and has everything else validated."""
    known: dict[str, Any] = {"_missing": _MISSING, "_set": object.__setattr__, "_validate": partial(_validate, kind)}
    parameters, tests, items = [], [], []
    for name, classes, fits, copied, required, default in parts_of(kind):
        known |= {f"_classes_{name}": classes, f"_fits_{name}": fits, f"_default_{name}": default}
        parameters.append(f"{name}=_missing" if required else f"{name}=_default_{name}")
        tests += [f"type({name}) in _classes_{name}"] if classes is not None else []
        if fits is not None:
            tests.append(f"(not {name} or _fits_{name}({name}))" if _may_be_empty(kind, name) else f"_fits_{name}({name})")
        tests += [f"{name} is not _missing"] if classes is None and required else []
        items.append(f"{name!r}: {name}.copy()" if copied else f"{name!r}: {name}")
    given = ", ".join(f"{name!r}: {name}" for name in kind.field_types)
    code = f"""
def __init__(self, /, *, {", ".join(parameters)}, **_more):
    if not _more and {" and ".join(tests)}:
        _set(self, "__dict__", {{{", ".join(items)}}})
    else:
        _set(self, "__dict__", _validate({{{given}, **_more}}))
"""
    exec(code, known)  # noqa: S102 - of the names of our own fields, as dataclasses does
    found: Callable[..., None] = known["__init__"]
    return found


def _may_be_empty(kind: type[Model], name: str) -> bool:
    """Whether a field holds any number of items, none as well."""
    annotation = _bare(kind.field_types[name])
    origin, inner = get_origin(annotation), get_args(annotation)
    return origin is dict or (origin is tuple and inner[-1] is Ellipsis)


_MISSING: Any = object()


def _validate(kind: type[Model], values: dict[str, Any]) -> dict[str, Any]:
    from dagcheck.model.public import validated

    return validated(kind, {name: value for name, value in values.items() if value is not _MISSING})


def _bare(annotation: Any) -> Any:
    """The annotation without what is noted beside it."""
    return get_args(annotation)[0] if get_origin(annotation) is Annotated else annotation


Test = tuple[frozenset[type] | None, Callable[[Any], bool] | None]
"""The classes that a value may be of, and what must be true of it then; None where either is no matter."""
NEVER: Test = (frozenset(), None)


def _test(annotation: Any) -> Test:
    """Whether a value is one that the annotation names."""
    if annotation is Any:
        return None, None
    origin, inner = get_origin(annotation), get_args(annotation)
    if origin is None:
        return (frozenset({annotation}), None) if isinstance(annotation, type) else NEVER
    if origin is Literal:
        return frozenset({str}), frozenset(inner).__contains__
    if origin in (Union, types.UnionType):
        return _one_of([_test(one) for one in inner])
    if origin is tuple:
        return frozenset({tuple}), _all(_test(inner[0])) if inner[-1] is Ellipsis else _each([_test(one) for one in inner])
    if origin is dict:
        return frozenset({dict}), _entries(_all(_test(inner[0])), _all(_test(inner[1])))
    return NEVER


def _one_of(tests: list[Test]) -> Test:
    """Whether one of the tests holds."""
    if (None, None) in tests:
        return None, None
    # no two parts of a union are of one class
    classes = frozenset(kind for known, _ in tests for kind in known or ())
    by_class = {kind: fits for known, fits in tests for kind in known or () if fits is not None}
    return classes, (lambda value: type(value) not in by_class or by_class[type(value)](value)) if by_class else None


def _holds(test: Test, value: Any) -> bool:
    classes, fits = test
    return (classes is None or type(value) in classes) and (fits is None or fits(value))


def _all(test: Test) -> Callable[[Any], bool] | None:
    """Whether a test holds for all items."""
    classes, fits = test
    if fits is not None:
        return lambda items: all(_holds(test, item) for item in items)
    return None if classes is None else lambda items: classes.issuperset(map(type, items))


def _each(tests: list[Test]) -> Callable[[Any], bool]:
    """Whether a tuple has so many items, and each is one that its test takes."""
    kinds = [next(iter(classes)) if classes is not None and len(classes) == 1 and fits is None else None for classes, fits in tests]
    if None not in kinds:
        return lambda value: [*map(type, value)] == kinds
    return lambda value: len(value) == len(tests) and all(map(_holds, tests, value))


def _entries(keys: Callable[[Any], bool] | None, items: Callable[[Any], bool] | None) -> Callable[[Any], bool] | None:
    """Whether the keys and the items of a dict are what they should be."""
    if keys is None or items is None:
        return keys if items is None else lambda value: items(value.values())
    return lambda value: keys(value) and items(value.values())
