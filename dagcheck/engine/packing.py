"""Models as bytes and back: for other processes, and for the cache. Reading them makes values of known classes and runs nothing else."""

from __future__ import annotations

import io
import pickle
from functools import cache
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from dagcheck.model.dag import File

_OWN = (
    "dagcheck.model.dag",
    "dagcheck.model.values",
    "dagcheck.rule.finding",
    "dagcheck.rule.suppression",
    "dagcheck.engine.judge",
    "dagcheck.engine.examined",
)
_FOREIGN = {
    ("builtins", "bytearray"),
    ("builtins", "complex"),
    ("builtins", "frozenset"),
    ("builtins", "range"),
    ("builtins", "set"),
    ("builtins", "slice"),
    ("collections", "OrderedDict"),
    ("collections", "deque"),
    ("copyreg", "__newobj__"),
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
    ("zoneinfo", "ZoneInfo._unpickle"),
}
"""What a model may hold beside our own classes: plain values, none of which does anything when it is made."""


class PackError(Exception):
    """The value can't be packed."""


class UnpackError(Exception):
    """The bytes are no packed value, or one that holds something else than models do."""


def pack(value: Any) -> bytes:
    """A value as bytes. Raises `PackError` for one that can't be."""
    try:
        return pickle.dumps(value, 5)
    except (pickle.PicklingError, AttributeError, TypeError, RecursionError) as error:
        raise PackError(f"{type(error).__name__}: {error}") from error


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


class _Unpickler(pickle.Unpickler):
    def find_class(self, module: str, name: str) -> Any:
        return _known_class(module, name)


@cache
def _known_class(module: str, name: str) -> Any:
    import importlib

    own = module in _OWN and "." not in name
    if not own and (module, name) not in _FOREIGN:
        raise pickle.UnpicklingError(f"{module}.{name} is nothing that a model holds")
    found: Any = importlib.import_module(module)
    for part in name.split("."):
        found = getattr(found, part)
    if own and not (isinstance(found, type) and found.__module__ == module):
        raise pickle.UnpicklingError(f"{module}.{name} is no class of that module")
    return found
