"""A history that corrupts."""

from __future__ import annotations

from dataclasses import dataclass

from dagcheck.harness.history import History
from dagcheck.harness.playing import Played
from dagcheck.harness.world import Difference


@dataclass(frozen=True)
class Corruption:
    """A history that corrupts, what it left, and how that differs. `error`: the history could not be brought to its end."""

    history: History
    played: Played
    differences: tuple[Difference, ...]
    error: str | None = None
    note: str | None = None
    """What is wrong, where that is not a difference from a quiet history."""
