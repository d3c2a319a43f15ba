"""Models as bytes and back: for other processes, and for the cache. Reading them makes values of known classes and runs nothing else."""

from __future__ import annotations

import builtins
import io
import pickle
import zoneinfo
from functools import cache
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from dagcheck.model.dag import File

_OWN = ("dagcheck.model.dag", "dagcheck.model.values", "dagcheck.rule.finding", "dagcheck.rule.suppression")
"""Modules whose classes hold values and do nothing else."""

_MODELS = "dagcheck.model.dag"
_FOREIGN = {
    ("dagcheck.engine.examined", "Examined"),
    ("dagcheck.engine.examined", "Reference"),
    ("dagcheck.engine.examined", "Summary"),
    ("dagcheck.engine.judge", "Crash"),
    ("dagcheck.engine.judge", "Judged"),
    ("builtins", "bytearray"),
    ("builtins", "complex"),
    ("builtins", "frozenset"),
    ("builtins", "range"),
    ("builtins", "set"),
    ("builtins", "slice"),
    ("collections", "OrderedDict"),
    ("collections", "deque"),
    ("dagcheck.evaluate.stdlib.pendulum_values", "_restore"),
    ("dagcheck.evaluate.stdlib.pendulum_values", "_restore_duration"),
    ("datetime", "date"),
    ("datetime", "datetime"),
    ("datetime", "time"),
    ("datetime", "timedelta"),
    ("datetime", "timezone"),
    ("dateutil.relativedelta", "relativedelta"),
    ("dateutil._common", "weekday"),
    ("dateutil.relativedelta", "weekday"),
    ("decimal", "Decimal"),
    ("pathlib", "PosixPath"),
    ("pathlib", "PurePosixPath"),
    ("pathlib", "WindowsPath"),
    ("pathlib", "PureWindowsPath"),
    ("uuid", "UUID"),
    ("dagcheck.engine.packing", "make_model"),
    ("dagcheck.engine.packing", "make_zone"),
    ("dagcheck.evaluate.stdlib.pendulum_values", "Zone"),
    ("zoneinfo", "ZoneInfo"),
}
"""What a model may hold beside our own classes: plain values, none of which does anything when it is made, nor when it is called."""


class PackError(Exception):
    """The value can't be packed."""


class UnpackError(Exception):
    """The bytes are no packed value, or one that holds something else than models do."""


def pack(value: Any) -> bytes:
    """A value as bytes. Raises `PackError` for one that can't be."""
    out = io.BytesIO()
    try:
        _Pickler(out, 5).dump(value)
        return out.getvalue()
    except (pickle.PicklingError, AttributeError, TypeError, RecursionError) as error:
        raise PackError(f"{type(error).__name__}: {error}") from error


def same_bytes(value: Any) -> bytes:
    """Bytes that are the same for equal values, whichever of their parts are one object and which are only equal; nothing can be made of them again. Raises `PackError`."""
    out = io.BytesIO()
    pickler = _Pickler(out, 5)
    pickler.fast = True
    try:
        pickler.dump(value)
    except (pickle.PicklingError, AttributeError, TypeError, ValueError, RecursionError) as error:
        raise PackError(f"{type(error).__name__}: {error}") from error
    return out.getvalue()


def unpack_own(data: bytes) -> Any:
    """What a process of our own packed, whatever that is."""
    return pickle.loads(data)


def unpack(data: bytes) -> Any:
    """The value that was packed. Raises `UnpackError`."""
    try:
        return _Unpickler(io.BytesIO(data)).load()
    except (
        pickle.UnpicklingError,
        EOFError,
        ImportError,
        AttributeError,
        IndexError,
        KeyError,
        TypeError,
        ValueError,
        OverflowError,
        RecursionError,
        MemoryError,
    ) as error:
        raise UnpackError(f"{type(error).__name__}: {error}") from error


def unpack_file(data: bytes) -> File:
    """The model that was packed. Raises `UnpackError`."""
    from dagcheck.model.dag import File

    value = unpack(data)
    if not isinstance(value, File):
        raise UnpackError("no model of a file")
    return value


def make_zone(kind: type[zoneinfo.ZoneInfo], key: str) -> zoneinfo.ZoneInfo:
    """The time zone of a name."""
    return kind(key)


def make_model(kind: Any, values: tuple[Any, ...]) -> Any:
    """The model with these values of its fields, in their order, which are not checked again."""
    model = kind.__new__(kind)
    _set(model, "__dict__", dict(zip(kind.field_types, values, strict=True)))
    return model


_set = object.__setattr__


class _Pickler(pickle.Pickler):
    def reducer_override(self, value: Any) -> Any:
        """Models by the values of their fields, which are the same bytes for equal ones; time zones by their names, since `zoneinfo` would have `getattr` called for them."""
        kind = type(value)
        if kind.__module__ == _MODELS and not isinstance(value, type):
            held = value.__dict__
            return make_model, (kind, tuple([held[name] for name in kind.field_types]))
        if isinstance(value, zoneinfo.ZoneInfo) and value.key is not None:
            return make_zone, (kind, value.key)
        return NotImplemented


class _Unpickler(pickle.Unpickler):
    def find_class(self, module: str, name: str) -> Any:
        return _known_class(module, name)


def _is_exception(name: str) -> bool:
    found = getattr(builtins, name, None)
    return isinstance(found, type) and issubclass(found, BaseException)


@cache
def _known_class(module: str, name: str) -> Any:
    import importlib

    own = module in _OWN and "." not in name
    if module == "builtins" and _is_exception(name):
        return getattr(builtins, name)
    if not own and (module, name) not in _FOREIGN:
        raise pickle.UnpicklingError(f"{module}.{name} is nothing that a model holds")
    found: Any = importlib.import_module(module)
    for part in name.split("."):
        found = getattr(found, part)
    if own and not (isinstance(found, type) and found.__module__ == module):
        raise pickle.UnpicklingError(f"{module}.{name} is no class of that module")
    return found
