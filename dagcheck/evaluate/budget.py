"""Bounds on one evaluation: steps, time, call depth, loop rounds and the size of values."""

from __future__ import annotations

import time
from dataclasses import dataclass, field


class Exhausted(Exception):
    """The evaluation of a file used up its steps or its time; what was evaluated so far stands, the rest is not known."""


@dataclass(slots=True)
class Budget:
    """Limits of one file's evaluation. `seconds` is wall time; `value_size` counts characters, bytes or items of one value."""

    steps: int = 3_000_000
    seconds: float = 1.5
    depth: int = 120
    loop_rounds: int = 100_000
    value_size: int = 5_000_000
    used: int = 0
    deadline: float = field(default=0.0)

    def start(self) -> None:
        """Set the clock; called once when the evaluation begins."""
        self.deadline = time.monotonic() + self.seconds

    def step(self, count: int = 1) -> None:
        """Count work; raises Exhausted beyond the limits."""
        before = self.used >> 8
        self.used += count
        if self.used >> 8 != before:
            self.check()

    def check(self) -> None:
        if self.used > self.steps:
            raise Exhausted(f"more than {self.steps:,} steps of evaluation")
        if time.monotonic() > self.deadline:
            raise Exhausted(f"more than {self.seconds:g} s of evaluation")
