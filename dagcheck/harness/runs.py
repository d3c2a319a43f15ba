"""The runs that a history is about: the first ones that the DAG's schedule gives, or daily ones where it gives none."""

from __future__ import annotations

import datetime
from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import islice
from typing import TYPE_CHECKING

from dagcheck.harness.history import Run

if TYPE_CHECKING:
    from dagcheck.model.dag import Dag

FIRST = datetime.datetime(2024, 1, 1, tzinfo=datetime.UTC)
"""Where runs start when the DAG says nothing of it."""


def runs_of(dag: Dag, count: int = 3, version: str = "3.3", settings: Mapping[str, str] | None = None) -> tuple[Run, ...]:
    """The first `count` runs of a DAG as its schedule gives them in that Airflow; a DAG that is started by hand, by assets or by what is not known gets daily runs."""
    from dagcheck.timetable.errors import NoRun, NotKnown, Refused
    from dagcheck.timetable.run import Bounds
    from dagcheck.timetable.runs import iterate, timetable_of
    from dagcheck.timetable.zones import micros, moment

    start = _aware(dag.start_date)
    now = micros(start + datetime.timedelta(days=365 * 12))
    try:
        timed = timetable_of(dag, version, settings, now)
        earliest = timed.earliest if timed.earliest is not None else micros(start)
        found = list(islice(iterate(timed.plan.timetable, Bounds(earliest, None, True, now)), count))
    except (Refused, NotKnown, NoRun):
        return daily(count, start)
    if len(found) < count or any(run.logical_date is None or run.start is None or run.end is None for run in found):
        return daily(count, start)
    runs = []
    for index, run in enumerate(found):
        assert run.logical_date is not None
        assert run.start is not None
        assert run.end is not None
        logical, first, last, after = (moment(value) for value in (run.logical_date, run.start, run.end, run.run_after))
        runs.append(Run(index, f"scheduled__{logical.isoformat()}", logical, first, last, after))
    return tuple(runs)


def _aware(instant: datetime.datetime | None) -> datetime.datetime:
    if instant is None:
        return FIRST
    return instant if instant.tzinfo is not None else instant.replace(tzinfo=datetime.UTC)


def daily(count: int, start: datetime.datetime = FIRST) -> tuple[Run, ...]:
    """Daily runs, each after its day."""
    first, day = start.astimezone(datetime.UTC).replace(hour=0, minute=0, second=0, microsecond=0), datetime.timedelta(days=1)
    days = [first + index * day for index in range(count)]
    return tuple(Run(index, f"manual__{begin.isoformat()}", begin, begin, begin + day, begin + day) for index, begin in enumerate(days))


def widened(runs: Sequence[Run]) -> tuple[Run, ...]:
    """The same runs with data intervals that reach back to the run before, for timetables whose intervals are points; unchanged when they are not."""
    if not runs or runs[0].start != runs[0].end:
        return tuple(runs)
    step = runs[1].logical_date - runs[0].logical_date if len(runs) > 1 else datetime.timedelta(days=1)
    return tuple(replace(run, start=run.logical_date - step, end=run.logical_date) for run in runs)
