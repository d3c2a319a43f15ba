"""What the run generator speaks of."""

from __future__ import annotations

from typing import NamedTuple


class Run(NamedTuple):
    """One run, in microseconds since 1970 (UTC). A run of a partition timetable has neither logical date nor data interval."""

    logical_date: int | None
    start: int | None
    end: int | None
    run_after: int
    partition_date: int | None = None


class Bounds(NamedTuple):
    """What limits the runs of a DAG: its dates (inclusive), whether it catches up, and the clock."""

    earliest: int | None
    latest: int | None
    catchup: bool
    now: int


def interval(start: int, end: int) -> Run:
    """A run of a data interval: its logical date is the start, and it runs after the end."""
    return Run(start, start, end, end)


def exact(instant: int) -> Run:
    """A run of an interval without length."""
    return Run(instant, instant, instant, instant)
