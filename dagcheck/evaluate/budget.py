"""Bounds on one evaluation: steps, time, memory, call depth, loop rounds and the size of values."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from dagcheck.records import dataclass, field

RECURSION_LIMIT = 6_000
"""Python's own limit while a program is evaluated: a call of the program takes some twenty calls here."""


class Exhausted(Exception):
    """The evaluation of a file used up its steps or its time; what was evaluated so far stands, the rest is not known."""


@dataclass(slots=True)
class Budget:
    """Limits of one file's evaluation.

    `seconds` is time of the processor, so that a busy machine changes no answer. `memory` counts the bytes of all large values that were made (whether or not
    they still live), `value_size` the characters, bytes or items of one value. What a program builds earns it more time, `bonus` times `seconds` at the most:
    a large DAG takes long, too, and has something to show for it.
    """

    steps: int = 3_000_000
    seconds: float = 1.0
    depth: int = 120
    loop_rounds: int = 100_000
    value_size: int = 2_000_000
    memory: int = 150_000_000
    bonus: float = 1.0
    used: int = 0
    made: int = 0
    earned: float = 0.0
    deadline: float = field(default=0.0)

    def start(self) -> None:
        """Set the clock; called once when the evaluation begins, on the thread that runs it."""
        self.deadline = time.thread_time() + self.seconds

    def earn(self, seconds: float) -> None:
        """Put the end off for something that was built."""
        more = min(seconds, self.bonus * self.seconds - self.earned)
        self.earned += more
        self.deadline += more

    def step(self, count: int = 1) -> None:
        """Count work; raises Exhausted beyond the limits."""
        before = self.used >> 8
        self.used += count
        if self.used >> 8 != before:
            self.check()

    def check(self) -> None:
        """Raise Exhausted beyond the limits of steps and time."""
        if self.used > self.steps:
            raise Exhausted(f"more than {self.steps:,} steps of evaluation")
        if time.thread_time() > self.deadline:
            raise Exhausted(f"more than {self.seconds + self.earned:.3g} s of evaluation")

    def make(self, value: Any) -> None:
        """Count a value that was just made, if it is large; raises Exhausted beyond the limit of memory."""
        if isinstance(value, str | bytes | bytearray | list | tuple | dict | set | frozenset) and len(value) > 1_000:
            size = sys.getsizeof(value)
            self.spend(size)
            if isinstance(value, list) and isinstance(value[0], str | bytes):
                self.spend(50 * len(value))

    def spend(self, size: int) -> None:
        """Count bytes of memory; raises Exhausted beyond the limit."""
        self.made += size
        self.step(size >> 12)
        if self.made > self.memory:
            raise Exhausted(f"more than {self.memory // 1_000_000} MB of values")


@contextmanager
def deep_recursion() -> Iterator[None]:
    """Let Python recurse as deep as the evaluation of a program needs."""
    before = sys.getrecursionlimit()
    sys.setrecursionlimit(max(before, RECURSION_LIMIT))
    try:
        yield
    finally:
        sys.setrecursionlimit(before)
