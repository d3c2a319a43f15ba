"""What a file does while it is parsed, beside making values: effects that rules want to know of."""

from __future__ import annotations

from typing import Literal

from dagcheck.model.values import Span
from dagcheck.records import dataclass

NoteKind = Literal[
    "network",
    "database",
    "subprocess",
    "file-read",
    "file-write",
    "variable",
    "connection",
    "output",
    "sleep",
    "clock",
    "random",
    "environment",
]


@dataclass(frozen=True, slots=True)
class Note:
    """One effect at parse time: its kind, the name of what was called or read, and its place. `in_function` is true below a call of the project's own code."""

    kind: NoteKind
    name: str
    span: Span | None = None
    in_function: bool = False
