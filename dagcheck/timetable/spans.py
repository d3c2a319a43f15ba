"""All runs of a stretch of time, quickly: where the clocks stand still, runs are laid down a day at a time instead of being asked for one by one."""

from __future__ import annotations

import datetime
from collections.abc import Iterator, Sequence
from itertools import pairwise

from dagcheck.records import dataclass
from dagcheck.timetable.errors import NoRun
from dagcheck.timetable.grids import CronGrid, DeltaGrid
from dagcheck.timetable.run import Bounds, Run, interval
from dagcheck.timetable.search import Search, search_of
from dagcheck.timetable.timetables import ZERO, AssetOrTime, DataInterval, Timetable, Trigger
from dagcheck.timetable.zones import DAY, MICROSECOND, SECOND

_WORTH = DAY // 12
_MANY = 20


@dataclass(frozen=True)
class Stretch:
    """Runs in a row: `first` one by its moment, then `count` in all, the last one whole. `moments` are all run-after instants where they were asked for."""

    count: int
    last: Run
    moments: list[int] | None = None


def stretches(timetable: Timetable, bounds: Bounds, until: int, last: Run | None = None, *, listing: bool = False) -> Iterator[Stretch]:
    """The runs after `last` that are due up to `until`, in stretches, in order; ends where Airflow fails or goes round in circles.

    The sum of their counts is the number of runs that asking one by one gives; `listing`: with all their moments.
    """
    inner = timetable.inner if isinstance(timetable, AssetOrTime) else timetable
    latest = None if last is None else last.run_after
    try:
        while (run := inner.next_run(last, bounds)) is not None:
            if run.run_after > until or (latest is not None and run.run_after <= latest):
                return
            bulk = _bulk(inner, bounds, run, until, listing)
            if bulk is None:
                bulk = Stretch(1, run, [run.run_after] if listing else None)
            yield bulk
            last, latest = bulk.last, bulk.last.run_after
    except NoRun:
        return


def _bulk(timetable: Timetable, bounds: Bounds, run: Run, until: int, listing: bool) -> Stretch | None:
    """The run and those after it while nothing special can happen; None where that is too few to be worth it."""
    if not isinstance(timetable, DataInterval | Trigger):
        return None
    horizon = until if bounds.latest is None else min(until, bounds.latest)
    if not bounds.catchup:
        horizon = horizon if run.run_after > bounds.now else run.run_after
    if isinstance(timetable.grid, CronGrid):
        return _bulk_of_cron(timetable, timetable.grid, run, horizon, listing)
    if isinstance(timetable.grid, DeltaGrid) and isinstance(timetable.grid.delta, datetime.timedelta):
        return _bulk_of_delta(timetable, timetable.grid.delta // MICROSECOND, run, horizon, listing)
    return None


def _bulk_of_delta(timetable: DataInterval | Trigger, delta: int, run: Run, horizon: int, listing: bool) -> Stretch | None:
    count = (horizon - run.run_after) // delta + 1 if delta > 0 else 0
    if count < 2:
        return None
    final = run.run_after + (count - 1) * delta
    moments = list(range(run.run_after, final + 1, delta)) if listing else None
    return Stretch(count, _run_at(timetable, final, final - delta), moments)


def _bulk_of_cron(timetable: DataInterval | Trigger, grid: CronGrid, run: Run, horizon: int, listing: bool) -> Stretch | None:
    """The runs up to the horizon, or to shortly before the clocks change."""
    zone, search = grid.zone, search_of(grid.cron)
    if horizon - run.run_after < _WORTH:
        return None
    begin = run.run_after if run.start is None else min(run.start, run.run_after)
    calm = zone.calm_until(begin, horizon)
    if calm is None or calm <= run.run_after or not search.fires(zone.wall(run.run_after)):
        return None
    if isinstance(timetable, DataInterval) and grid.previous(run.run_after) != run.start:
        return None
    offset = zone.offset(run.run_after)
    today, last = (run.run_after + offset) // DAY, (calm + offset) // DAY
    edges = _moments(search, [day for edge in dict.fromkeys((today, last)) for day in search.days(edge, edge)], offset)
    rest = [moment for moment in edges if run.run_after < moment <= calm]
    days = search.days(today + 1, last - 1)
    count = 1 + len(rest) + len(days) * len(search.times)
    if count < 2:
        return None
    moments = sorted([run.run_after, *rest, *_moments(search, days, offset)]) if listing else None
    final = max(rest[-1] if rest else run.run_after, _moments(search, days[-1:], offset)[-1] if days else run.run_after)
    return Stretch(count, _run_at(timetable, final, grid.previous(final)), moments)


def _moments(search: Search, days: Sequence[int], offset: int) -> list[int]:
    """The instants of the fire times of some days."""
    return [day * DAY - offset + time * SECOND for day in days for time in search.times]


def _run_at(timetable: DataInterval | Trigger, moment: int, before: int) -> Run:
    if isinstance(timetable, DataInterval):
        return interval(before, moment)
    return timetable.run_at(moment)


def iterate(timetable: Timetable, bounds: Bounds, last: Run | None = None, expected: int = 1) -> Iterator[Run]:
    """The runs after `last`, one by one, as the scheduler creates them while the clock stands still; without end where the schedule has none.

    `expected` is about how many will be asked for: many are laid down in stretches.

    Raises:
        NoRun: real Airflow fails at this point and creates no further run.
    """
    inner = timetable.inner if isinstance(timetable, AssetOrTime) else timetable
    while (run := inner.next_run(last, bounds)) is not None:
        bulk = _bulk(inner, bounds, run, run.run_after + _reach(inner, expected), True) if expected > _MANY else None
        if bulk is None or bulk.moments is None or not isinstance(inner, DataInterval | Trigger):
            yield run
            last = run
            continue
        yield run
        yield from _runs_at(inner, bulk.moments)
        last = bulk.last


def _reach(timetable: Timetable, expected: int) -> int:
    """How far ahead about that many runs reach."""
    if isinstance(timetable, DataInterval | Trigger) and isinstance(timetable.grid, CronGrid):
        return (expected // len(search_of(timetable.grid.cron).times) + 3) * DAY
    if (
        isinstance(timetable, DataInterval | Trigger)
        and isinstance(timetable.grid, DeltaGrid)
        and isinstance(timetable.grid.delta, datetime.timedelta)
    ):
        return expected * (timetable.grid.delta // MICROSECOND)
    return 0


def _runs_at(timetable: DataInterval | Trigger, moments: list[int]) -> Iterator[Run]:
    """The runs at moments in a row, without the first."""
    if isinstance(timetable, DataInterval):
        return (Run(before, before, moment, moment) for before, moment in pairwise(moments))
    if type(timetable) is Trigger and timetable.length is ZERO:
        return (Run(moment, moment, moment, moment) for moment in moments[1:])
    return (timetable.run_at(moment) for moment in moments[1:])


def moments_between(timetable: Timetable, bounds: Bounds, start: int, end: int) -> list[int]:
    """The instants from `start` (included) to `end` (not) after which runs are due, in order."""
    found: list[int] = []
    last: Run | None = None
    for stretch in stretches(timetable, bounds, start - 1):
        last = stretch.last
    for stretch in stretches(timetable, bounds, end - 1, last, listing=True):
        found += stretch.moments or []
    return found
