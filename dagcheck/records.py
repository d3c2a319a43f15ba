"""`dataclass`, `field` and `replace` as in `dataclasses`, for classes that many runs load and few make: an `__init__` is written when a class has made some objects.

Python's own decorator writes and compiles five functions for each class, which takes a fifth of a short run, and loads `inspect`. Type checkers see Python's own. What
`dataclasses.fields`, `replace` and the like ask of a class is answered as well.
"""

from __future__ import annotations

from operator import attrgetter

TYPE_CHECKING = False  # as in typing
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from dataclasses import dataclass, field, replace
    from typing import Any

__all__ = ["dataclass", "field", "replace"]

_MISSING: Any = object()
_FEW = 25
"""For so many objects, filling their fields one by one takes less time than to write and compile an `__init__`."""


class _Field:
    """What is known of a field beside its name."""

    __slots__ = ("compare", "default", "factory", "init", "repr")

    def __init__(self, default: Any, factory: Any = _MISSING, init: bool = True, repr: bool = True, compare: bool = True) -> None:  # noqa: A002 - as in dataclasses
        self.default, self.factory, self.init, self.repr, self.compare = default, factory, init, repr, compare


if not TYPE_CHECKING:

    def field(*, default=_MISSING, default_factory=_MISSING, init=True, repr=True, compare=True):  # noqa: A002 - as in dataclasses
        """A field with something special."""
        return _Field(default, default_factory, init, repr, compare)

    def dataclass(cls=None, /, *, frozen=False, slots=False, eq=True):
        """Make a class of fields. Takes the parameters of `dataclasses.dataclass` that are used here."""

        def made(cls):
            return _complete(cls, frozen, slots, eq)

        return made if cls is None else made(cls)

    def replace(value, /, **changes):
        """The same with other values of some fields; of a class that `dataclasses` made, too."""
        if not hasattr(value, "__record_fields__"):
            import dataclasses

            return dataclasses.replace(value, **changes)
        kept = {name: getattr(value, name) for name, given in value.__record_fields__.items() if given.init and name not in changes}
        return type(value)(**kept, **changes)


def _complete(cls: Any, frozen: bool, slots: bool, eq: bool) -> Any:
    """The class with the methods of a dataclass, as far as it does not have its own."""
    fields: dict[str, _Field] = {}
    for above in reversed(cls.__mro__[1:]):
        fields.update(vars(above).get("__record_fields__", ()))
    own = _own_fields(cls)
    fields.update(own)
    for name, given in own.items():
        if given.default is not _MISSING and not slots:
            setattr(cls, name, given.default)
        elif name in vars(cls):
            delattr(cls, name)
    if slots:
        cls = _with_slots(cls, own)
    cls.__record_fields__ = fields
    cls.__dataclass_fields__ = _Standard()
    cls.__dataclass_params__ = _Parameters(frozen, eq)
    positional = ("__match_args__", tuple([name for name, given in fields.items() if given.init]))
    for name, method in (positional, *_methods(cls, fields, frozen, slots, eq)):
        if name not in vars(cls) or (name == "__hash__" and vars(cls)[name] is None):  # Python puts that beside an __eq__
            setattr(cls, name, method)
    return cls


def _own_fields(cls: Any) -> dict[str, _Field]:
    found = {}
    for name, annotation in cls.__annotations__.items():
        if not str(annotation).startswith(("ClassVar", "typing.ClassVar")):
            given = vars(cls).get(name, _MISSING)
            found[name] = given if isinstance(given, _Field) else _Field(given)
    return found


def _with_slots(cls: Any, own: Iterable[str]) -> Any:
    """The class made again, with slots for its own fields."""
    inherited = _slots(cls)
    held = {name: value for name, value in vars(cls).items() if name not in ("__dict__", "__weakref__")}
    held["__slots__"] = tuple([name for name in own if name not in inherited])
    made = type(cls)(cls.__name__, cls.__bases__, held)
    made.__qualname__ = cls.__qualname__
    return made


def _slots(cls: Any) -> set[str]:
    """The names that a class and those above it have slots for."""
    return {name for kind in cls.__mro__ for name in vars(kind).get("__slots__", ())}


def _methods(cls: Any, fields: dict[str, _Field], frozen: bool, slots: bool, eq: bool) -> Iterable[tuple[str, Any]]:
    names = [name for name, one in fields.items() if one.init]
    made = 0

    def __init__(self: Any, *given: Any, **named: Any) -> None:  # noqa: N807 - it becomes that of the class
        nonlocal made
        made += 1
        if made > _FEW or not _fits(names, fields, given, named):  # for what does not fit, Python finds the words
            cls.__init__ = _initialiser(cls, fields, frozen)
            cls.__init__(self, *given, **named)
            return
        named.update(zip(names, given, strict=False))
        _fill(self, cls, fields, named)

    yield "__init__", __init__
    yield "__repr__", _repr
    if eq:
        values = _values_of([name for name, given in fields.items() if given.compare])
        yield "__eq__", lambda self, other: values(self) == values(other) if type(self) is type(other) else NotImplemented
        yield "__hash__", (lambda self: hash(values(self))) if frozen else None
    if frozen:
        yield "__setattr__", _refuse_to_set
        yield "__delattr__", _refuse_to_delete
    if frozen and slots:  # others can be copied and pickled as any object
        every = _values_of(list(fields))
        yield "__reduce__", lambda self: (type(self), every(self))


def _values_of(names: list[str]) -> Callable[[Any], tuple[Any, ...]]:
    """A function that gives an object's values of these names."""
    if len(names) < 2:
        return lambda value: tuple([getattr(value, name) for name in names])
    return attrgetter(*names)


def _initialiser(cls: Any, fields: dict[str, _Field], frozen: bool) -> Any:
    """The `__init__` that a dataclass has."""
    known: dict[str, Any] = {"_missing": _MISSING, "_set": object.__setattr__}
    parameters, lines = [], []
    for name, given in fields.items():
        value = name
        if given.factory is not _MISSING:
            known[f"_make_{name}"] = given.factory
            value = f"_make_{name}() if {name} is _missing else {name}" if given.init else f"_make_{name}()"
            parameters.append(f"{name}=_missing")
        elif given.default is not _MISSING:
            known[f"_default_{name}"] = given.default
            value = name if given.init else f"_default_{name}"
            parameters.append(f"{name}=_default_{name}")
        else:
            parameters.append(name)
        if not given.init:
            parameters.pop()
            if given.factory is _MISSING and (value == name or name not in _slots(cls)):
                continue
        lines.append(_setting(cls, name, value, frozen, known))
    lines += ["self.__post_init__()"] if hasattr(cls, "__post_init__") else []
    exec(f"def __init__({', '.join(('self', *parameters))}):\n " + "\n ".join(lines or ["pass"]), known)  # noqa: S102 - of the names of our own fields, as dataclasses does
    return known["__init__"]


def _fits(names: list[str], fields: dict[str, _Field], given: tuple[Any, ...], named: dict[str, Any]) -> bool:
    """Whether an `__init__` with these parameters takes the arguments."""
    if len(given) > len(names) or not named.keys() <= set(names[len(given) :]):
        return False
    rest = (fields[name] for name in names[len(given) :] if name not in named)
    return all(one.default is not _MISSING or one.factory is not _MISSING for one in rest)


def _fill(self: Any, cls: Any, fields: dict[str, _Field], given: dict[str, Any]) -> None:
    """Do what `_initialiser` writes, for arguments that fit."""
    put = object.__setattr__ if cls.__dataclass_params__.frozen else setattr
    for name, one in fields.items():
        if name in given:
            put(self, name, given[name])
        elif one.factory is not _MISSING:
            put(self, name, one.factory())
        elif one.init or (one.default is not _MISSING and name in _slots(cls)):
            put(self, name, one.default)
    if hasattr(cls, "__post_init__"):
        self.__post_init__()


def _setting(cls: Any, name: str, value: str, frozen: bool, known: dict[str, Any]) -> str:
    if not frozen:
        return f"self.{name} = {value}"
    slot = getattr(getattr(cls, name, None), "__set__", None)
    if slot is None:
        return f"_set(self, {name!r}, {value})"
    known[f"_put_{name}"] = slot
    return f"_put_{name}(self, {value})"


def _repr(self: Any) -> str:
    told = (f"{name}={getattr(self, name)!r}" for name, given in self.__record_fields__.items() if given.repr)
    return f"{type(self).__qualname__}({', '.join(told)})"


def _refuse_to_set(self: Any, name: str, value: object) -> None:
    raise AttributeError(f"cannot assign to field {name!r}")


def _refuse_to_delete(self: Any, name: str) -> None:
    raise AttributeError(f"cannot delete field {name!r}")


class _Parameters:
    """What `dataclasses` asks of a class that another one derives from."""

    def __init__(self, frozen: bool, eq: bool) -> None:
        self.frozen, self.eq = frozen, eq


class _Standard:
    """The fields as `dataclasses` knows them, made when it asks."""

    def __get__(self, instance: object, owner: Any) -> dict[str, Any]:
        import dataclasses

        made: Any = dataclasses.make_dataclass(
            owner.__name__, [(name, object, _standard(given)) for name, given in owner.__record_fields__.items()]
        )
        found: dict[str, Any] = made.__dataclass_fields__
        return found


def _standard(given: _Field) -> Any:
    import dataclasses

    given_by = {"default": given.default, "default_factory": given.factory}
    more: dict[str, Any] = {name: value for name, value in given_by.items() if value is not _MISSING}
    return dataclasses.field(init=given.init, repr=given.repr, compare=given.compare, **more)
