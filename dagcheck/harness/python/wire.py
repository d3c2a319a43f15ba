"""Messages between the harness and its child processes: JSON in frames, so that nothing that a child sends is ever executed here."""

from __future__ import annotations

import base64
import datetime
import decimal
import json
import os
import select
import struct
import time
import uuid
from typing import Any

LARGEST = 64 * 1024 * 1024
"""Bytes in one message, at most."""


class Broken(RuntimeError):
    """The other side is gone, or does not speak this language."""


class Late(RuntimeError):
    """Nothing came in time."""


def plain(value: Any) -> Any:
    """A value as JSON can hold it; what JSON has no type for is an object with its kind under `$`."""
    if value is None or isinstance(value, bool | int | str):
        return value
    if isinstance(value, float):
        return value if value == value and abs(value) != float("inf") else {"$": "float", "v": repr(value)}
    for kind, (classes, dump, _) in _KINDS.items():
        if isinstance(value, classes):
            return {"$": kind, "v": dump(value)}
    if isinstance(value, dict):
        return {"$": "dict", "v": [[plain(key), plain(item)] for key, item in value.items()]}
    if isinstance(value, list):
        return [plain(item) for item in value]
    if isinstance(value, tuple | set | frozenset):
        return {"$": "tuple", "v": [plain(item) for item in value]}
    if hasattr(value, "item") and callable(value.item):  # a number of numpy
        return plain(value.item())
    return {"$": "text", "v": str(value)}


_KINDS: dict[str, tuple[Any, Any, Any]] = {
    "datetime": (datetime.datetime, lambda value: value.isoformat(), datetime.datetime.fromisoformat),
    "date": (datetime.date, lambda value: value.isoformat(), datetime.date.fromisoformat),
    "time": (datetime.time, lambda value: value.isoformat(), datetime.time.fromisoformat),
    "timedelta": (datetime.timedelta, lambda value: value.total_seconds(), lambda seconds: datetime.timedelta(seconds=seconds)),
    "decimal": (decimal.Decimal, str, decimal.Decimal),
    "uuid": (uuid.UUID, str, uuid.UUID),
    "bytes": ((bytes, bytearray, memoryview), lambda value: base64.b64encode(bytes(value)).decode(), base64.b64decode),
    "float": ((), repr, float),
}


def value_of(data: Any) -> Any:
    """What `plain` was given, as far as JSON could hold it."""
    if isinstance(data, list):
        return [value_of(item) for item in data]
    if not isinstance(data, dict):
        return data
    kind, inner = data.get("$"), data.get("v")
    if kind == "dict" and isinstance(inner, list):
        return {value_of(key): value_of(item) for key, item in inner}
    if kind == "tuple" and isinstance(inner, list):
        return tuple(value_of(item) for item in inner)
    if kind in _KINDS:
        return _KINDS[kind][2](inner)
    return inner


class Line:
    """One end of a line of messages, over two file descriptors."""

    def __init__(self, reading: int, writing: int) -> None:
        self.reading, self.writing = reading, writing

    def send(self, message: dict[str, Any]) -> None:
        """Send a message.

        Raises:
            Broken: nobody listens.
        """
        data = json.dumps({name: plain(value) for name, value in message.items()}).encode()
        frame = memoryview(struct.pack(">I", len(data)) + data)
        try:
            while frame:
                frame = frame[os.write(self.writing, frame) :]
        except OSError as problem:
            raise Broken(str(problem)) from problem

    def receive(self, seconds: float | None = None) -> dict[str, Any]:
        """The next message.

        Raises:
            Late: it did not come within `seconds`.
            Broken: the other side is gone.
        """
        ends = None if seconds is None else time.monotonic() + seconds
        (length,) = struct.unpack(">I", self._read(4, ends))
        if length > LARGEST:
            raise Broken("a message that is too large")
        try:
            data = json.loads(self._read(length, ends))
        except ValueError as problem:
            raise Broken(str(problem)) from problem
        return {name: value_of(value) for name, value in data.items()}

    def _read(self, count: int, ends: float | None) -> bytes:
        data = b""
        while len(data) < count:
            if ends is not None and not select.select([self.reading], [], [], max(0.0, ends - time.monotonic()))[0]:
                raise Late
            try:
                part = os.read(self.reading, min(count - len(data), 1 << 20))
            except OSError as problem:
                raise Broken(str(problem)) from problem
            if not part:
                raise Broken("the other side is gone")
            data += part
        return data
