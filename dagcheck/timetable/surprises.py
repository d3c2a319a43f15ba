"""What people do not expect of a schedule, found by looking at what it really does.

Each surprise was seen in Airflow 2.11.2 and 3.3.2 (November 2026): in their code, and in the runs that they create.
"""

from __future__ import annotations

import datetime
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import lru_cache

from dagcheck.timetable import surprises_of_clocks, surprises_of_fields
from dagcheck.timetable.describe import Timing
from dagcheck.timetable.errors import NoRun
from dagcheck.timetable.grids import CronGrid, DeltaGrid
from dagcheck.timetable.run import Bounds, Run
from dagcheck.timetable.surprise import Look, Surprise, clock, crons_of
from dagcheck.timetable.timetables import ZERO, AssetOrTime, DataInterval, MultipleCron, Timetable, Trigger
from dagcheck.timetable.words import length_in_words
from dagcheck.timetable.zones import DAY, SECOND, moment

__all__ = ["Surprise", "surprises"]


def surprises(timed: Timing, now: int, settings: Mapping[str, str] | None = None) -> Sequence[Surprise]:
    """All that surprises about the runs of a DAG from `now` on, the gravest first."""
    found = _surprises(timed, now)
    if settings and "scheduler.create_delta_data_intervals" in settings:
        return (*found, _NO_EFFECT)
    return found


@lru_cache(maxsize=512)  # many DAGs have the same schedule and start, and several rules ask
def _surprises(timed: Timing, now: int) -> tuple[Surprise, ...]:
    timetable = timed.plan.timetable
    inner = timetable.inner if isinstance(timetable, AssetOrTime) else timetable
    look = Look(timed, inner, now)
    return tuple([surprise for check in _CHECKS for surprise in check(look)])


def _first_parse(look: Look) -> Iterator[Surprise]:
    """A delta trigger without catchup starts when the DAG is first seen."""
    timed, timetable = look.timed, look.timetable
    if timed.catchup or not isinstance(timetable, Trigger) or not isinstance(timetable.grid, DeltaGrid):
        return
    if timed.earliest is None or timed.earliest <= look.now:
        message = "the runs are counted from the moment that Airflow first sees the DAG, not from start_date"
        yield Surprise("anchored-at-first-parse", f"{message}; catchup=True or a cron expression anchors them", look.now)


def _epoch(look: Look) -> Iterator[Surprise]:
    """Delta intervals without catchup lie on a grid from 1970."""
    timed, timetable = look.timed, look.timetable
    if timed.catchup or not isinstance(timetable, DataInterval) or not isinstance(timetable.grid, DeltaGrid):
        return
    grid, start = timetable.grid, timed.earliest
    try:
        first = grid.latest_complete(look.now, start)
        if start is None or first == start or (first - start) % max(1, grid.next(start) - start) == 0:
            return
    except NoRun:
        return
    at = moment(first).strftime("%A %H:%M UTC" if grid.next(first) - first >= 7 * DAY else "%H:%M:%S UTC")
    yield Surprise(
        "anchored-at-epoch",
        f"without catchup the intervals are laid on a grid from 1970-01-01 (here at {at}), not counted from start_date",
        first,
    )


def _never_chosen(look: Look) -> Iterator[Surprise]:
    """Of several crons with a data interval and no catchup, one may always lose."""
    timetable = look.timetable
    if not isinstance(timetable, MultipleCron) or look.timed.catchup:
        return
    members = [member for member in timetable.members if isinstance(member, Trigger)]
    if not members or members[0].length is ZERO:
        return
    fired = _fired(timetable, look)
    for expression, grid in zip(look.timed.plan.crons, crons_of(timetable)):
        first = grid.next(look.begin)
        if fired and first < max(fired) and not any(grid.align_next(fire) == fire for fire in fired):
            message = f"{expression!r} never fires: without catchup Airflow compares logical dates, and with an interval another cron always comes first"
            yield Surprise("cron-never-chosen", message, first)


def _fired(timetable: Timetable, look: Look) -> set[int]:
    """When the next runs come, with a clock that moves on with them."""
    bounds = Bounds(look.timed.earliest, look.timed.latest, False, look.now)
    last: Run | None = None
    fired: set[int] = set()
    try:
        while len(fired) < 100 and (last := timetable.next_run(last, bounds)) is not None:
            fired.add(last.run_after)
            bounds = bounds._replace(now=max(bounds.now, last.run_after + SECOND))
    except NoRun:
        return set()
    return fired


def _lost_fields(look: Look) -> Iterator[Surprise]:
    delta = look.timed.plan.delta
    if delta is None or isinstance(delta, datetime.timedelta):
        return
    lost = [name for name in ("hour", "minute", "second", "microsecond") if getattr(delta, name) == 0]
    if lost:
        yield Surprise(
            "lost-zero",
            f"{', '.join(f'{name}=0' for name in lost)} in the relativedelta is lost when Airflow stores the DAG, and has no effect",
        )


def _end(look: Look) -> Iterator[Surprise]:
    """With data intervals the end date counts for the start of the interval."""
    latest = look.timed.latest
    if latest is None or not isinstance(look.timetable, DataInterval):
        return
    try:
        start = look.timetable.grid.align_previous(latest)
        after = look.timetable.grid.next(start)
    except NoRun:
        return
    if after > latest and after > look.now and isinstance(look.timetable.grid, CronGrid):
        zone = look.timed.plan.zone
        late = length_in_words(datetime.timedelta(microseconds=after - latest))
        yield Surprise(
            "runs-after-end",
            f"end_date counts for the start of the interval: the last run is at {clock(after, zone)}, {late} after it",
            after,
        )


_CHECKS: tuple[Callable[[Look], Iterator[Surprise]], ...] = (
    surprises_of_clocks.stalls,
    _never_chosen,
    _first_parse,
    _epoch,
    surprises_of_fields.seconds_last,
    surprises_of_clocks.gaps_and_folds,
    surprises_of_clocks.slipping_days,
    surprises_of_clocks.days_in_zone,
    _end,
    surprises_of_fields.day_fields,
    _lost_fields,
    surprises_of_fields.last_years,
    surprises_of_fields.unusual_presets,
)
_NO_EFFECT = Surprise(
    "setting-without-effect",
    "create_delta_data_intervals is read by no version of Airflow; create_cron_data_intervals decides on deltas from 3.0 on",
)
