"""The runs of a DAG: the first ones, those between two dates, and the backlog that there is on the day of its deployment."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from dagcheck.timetable.describe import Timing, clock, timing
from dagcheck.timetable.run import Bounds, Run
from dagcheck.timetable.spans import iterate, stretches
from dagcheck.timetable.timetables import Partition

if TYPE_CHECKING:
    from dagcheck.model.dag import Dag

__all__ = ["backlog", "bounds_of", "iterate", "runs", "runs_between", "timetable_of"]


def timetable_of(dag: Dag, version: str, settings: Mapping[str, str] | None = None, now: int | None = None) -> Timing:
    """The timetable of a DAG with all that decides on its runs. `now` is in microseconds since 1970; default: the clock.

    Raises:
        Refused: Airflow refuses the DAG's schedule or dates.
        NotKnown: something that decides is known only when the file is parsed.
    """
    return timing(dag.arguments, dag.tasks, version, settings or {}, clock() if now is None else now)


def bounds_of(timed: Timing, now: int) -> Bounds:
    """What limits the DAG's runs if the clock stands at `now`."""
    return Bounds(timed.earliest, timed.latest, timed.catchup, now)


def runs(timed: Timing, now: int, limit: int | None = None, expected: int = 1) -> Iterator[Run]:
    """The automatic runs of a DAG, from its start (catchup) or from `now` (no catchup); at most `limit`. `expected`: see `iterate`.

    Raises:
        NoRun: see `iterate`.
    """
    for count, run in enumerate(iterate(timed.plan.timetable, bounds_of(timed, now), expected=expected)):
        if limit is not None and count >= limit:
            return
        yield run


def runs_between(timed: Timing, start: int, end: int, now: int, expected: int = 1) -> Iterator[Run]:
    """The runs whose logical dates are from `start` to `end`, both included, whatever the DAG's dates and catchup say: what a backfill would create.

    Partitions are counted by their own date; their bounds are wall clock times of the timetable's zone.

    Raises:
        NoRun: see `iterate`.
    """
    timetable = timed.plan.timetable
    if isinstance(timetable, Partition):
        yield from _partitions(timetable, timed.plan.zone.instant(start), timed.plan.zone.instant(end))
        return
    yield from iterate(timetable, Bounds(start, end, True, now), expected=expected)


def _partitions(timetable: Partition, start: int, end: int) -> Iterator[Run]:
    current = timetable.grid.align_next(start)
    while current <= end:
        yield Run(None, None, None, current, current)
        current = timetable.grid.next(current)


def backlog(timed: Timing, now: int) -> int:
    """How many runs are due at once if the DAG is switched on at `now`; counting ends where Airflow fails or its timetable no longer moves forward."""
    return sum(stretch.count for stretch in stretches(timed.plan.timetable, bounds_of(timed, now), now))
