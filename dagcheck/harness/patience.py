"""Time as the harness counts it: a second counts as a second where the harness could work in it, and as less on a machine that gives it no processor."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from pathlib import Path

STRETCH = 3.0
"""How many seconds of the clock a counted second takes at most."""
SHARE = 2.0
"""A second of a processor's work counts as so many: whoever gets half a processor or more counts as the clock does."""


class Stopwatch:
    """Counts from its making on. `others`: the processor time, in seconds, of processes that the harness waits for."""

    def __init__(self, clock: Callable[[], float] = time.monotonic, work: Callable[[], float] = time.process_time) -> None:
        self.clock, self.work = clock, work
        self.others: Callable[[], float] = lambda: 0.0
        self.begun, self.worked = clock(), work()

    def seconds(self) -> float:
        """The seconds that count."""
        passed = self.clock() - self.begun
        return max(passed / STRETCH, min(passed, SHARE * (self.work() - self.worked + self.others())))

    def passed(self) -> float:
        """The seconds of the clock."""
        return self.clock() - self.begun


def processor_time_of(process: int) -> float:
    """The processor time that a process and its ended children have had, in seconds; 0 where the system does not tell."""
    try:
        fields = Path(f"/proc/{process}/stat").read_text(encoding="ascii", errors="replace").rpartition(")")[2].split()
    except OSError:
        return 0.0
    return sum(map(int, fields[11:15])) / os.sysconf("SC_CLK_TCK")


def waits_for_a_processor(process: int) -> bool:
    """Whether a process could work, and is not given a processor for it; false where the system does not tell."""
    try:
        return Path(f"/proc/{process}/stat").read_text(encoding="ascii", errors="replace").rpartition(")")[2].split()[0] == "R"
    except (OSError, IndexError):
        return False
