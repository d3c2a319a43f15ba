"""What a grammar found in a text."""

from __future__ import annotations

from typing import Literal, NamedTuple

Code = Literal["DAG401", "DAG402", "DAG403", "DAG404", "DAG405"]


class Match(NamedTuple):
    """A secret in a text: its first and last offset, what it is, the rule that it belongs to where the grammar alone tells (else the place decides), what may
    be shown of it, and the name that it stands under in the text."""

    start: int
    end: int
    what: str
    code: Code | None = None
    shown: str = ""
    name: str = ""
