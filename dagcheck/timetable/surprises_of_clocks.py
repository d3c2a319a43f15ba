"""What happens to a schedule when the clocks are put forward or back."""

from __future__ import annotations

import contextlib
import datetime
from collections.abc import Iterator
from typing import TYPE_CHECKING

from dagcheck.timetable.errors import NoRun
from dagcheck.timetable.grids import CronGrid, DeltaGrid
from dagcheck.timetable.run import Bounds, Run
from dagcheck.timetable.search import search_of
from dagcheck.timetable.surprise import Look, Surprise, clock, crons_of, grids_of
from dagcheck.timetable.timetables import DataInterval, Trigger
from dagcheck.timetable.words import length_in_words
from dagcheck.timetable.zones import DAY, MICROSECOND, SECOND, Zone, moment

if TYPE_CHECKING:
    from dateutil.relativedelta import relativedelta

HORIZON = 731 * DAY
"""How far ahead changes of the clocks are looked at: two years."""
_STEPS = 300
_MONTHS = 24


def _changes(zone: Zone, begin: int) -> Iterator[tuple[int, int]]:
    """The changes of the clocks of the next two years: when, and by how much they go forward."""
    change: int | None = begin
    with contextlib.suppress(NoRun):  # at the end of the calendar
        while change is not None and (change := zone.next_change(change, begin + HORIZON)) is not None:
            yield change, zone.offset(change) - zone.offset(change - SECOND)


def stalls(look: Look) -> Iterator[Surprise]:
    """Data intervals of an hourly cron that go round in circles, or fail, after the clocks change; only catching up gets caught."""
    timetable = look.timetable
    if not isinstance(timetable, DataInterval) or not look.timed.catchup:
        return
    grid = timetable.grid
    if not isinstance(grid, CronGrid) or not grid.elapsed:
        return
    for change, ahead in _changes(grid.zone, look.begin - DAY):
        if _harmless(grid, ahead):
            continue
        stuck = _stuck(timetable, grid, change, look)
        if stuck is not None:
            when = clock(change, grid.zone, "%Y-%m-%d")
            message = f"after the clocks change on {when}, Airflow stops creating runs: the timetable no longer moves past its last run"
            yield Surprise("stall", f"{message}; a cron with fixed hours, or catchup=False, avoids it", stuck)
            return


def _harmless(grid: CronGrid, ahead: int) -> bool:
    """True if a change by whole hours meets a cron of every hour of every day, which then goes on as before."""
    return ahead % (3600 * SECOND) == 0 and search_of(grid.cron).every_day


def _stuck(timetable: DataInterval, grid: CronGrid, change: int, look: Look) -> int | None:
    try:
        start = grid.previous(change - DAY)
        last: Run | None = Run(start, start, grid.next(start), grid.next(start))
        bounds = Bounds(look.timed.earliest, look.timed.latest, True, look.now)
        for _ in range(_STEPS):
            run = timetable.next_run(last, bounds)
            if run is None or last is None or run.run_after > change + 8 * DAY:
                return None
            if run.run_after <= last.run_after:
                return last.run_after
            last = run
    except NoRun:
        return change
    return None


def gaps_and_folds(look: Look) -> Iterator[Surprise]:
    """Wall clock times that a change of the clocks skips or repeats."""
    for grid in crons_of(look.timetable):
        if grid.elapsed:
            yield from _off_the_hour(look, grid)
            continue
        gaps, folds = _touched(grid, look.begin)
        if gaps:
            instead = clock(gaps[0][0], grid.zone, "%H:%M")
            message = f"{_listed(gaps)} does not exist in {grid.zone.name}: the run comes at {instead} instead"
            with contextlib.suppress(NoRun):
                if grid.zone.kind_of_wall(search_of(grid.cron).next(gaps[0][1])) == "gap":
                    message += ", and the further times inside the gap are skipped"
            yield Surprise("dst-gap", message, gaps[0][0])
        if folds:
            yield Surprise("dst-fold", f"{_listed(folds)} comes twice in {grid.zone.name}: the run is at the second one", folds[0][0])


def _touched(grid: CronGrid, begin: int) -> tuple[list[tuple[int, int]], list[tuple[int, int]]]:
    """The gaps and folds that a fire time falls into, as (instant, wall clock)."""
    search = search_of(grid.cron)
    gaps: list[tuple[int, int]] = []
    folds: list[tuple[int, int]] = []
    for change, ahead in _changes(grid.zone, begin):
        low = grid.zone.wall(change) - max(ahead, 0)
        try:
            wall = search.next(low - 1)
        except NoRun:
            break
        if wall < low + abs(ahead):
            (gaps if ahead > 0 else folds).append((grid.zone.instant(wall), wall))
    return gaps, folds


def _listed(found: list[tuple[int, int]]) -> str:
    first, *others = [_wall(wall, "%Y-%m-%d %H:%M") for _, wall in found]
    dates = ", ".join(other.partition(" ")[0] for other in others[:3])
    return f"{first} (and again on {dates})" if dates else first


def _wall(wall: int, style: str = "%H:%M") -> str:
    return moment(wall).strftime(style)


def _off_the_hour(look: Look, grid: CronGrid) -> Iterator[Surprise]:
    """A cron of every hour counts elapsed time over a change of the clocks, and so may leave its own minutes or days once."""
    if not isinstance(look.timetable, Trigger):
        return
    search = search_of(grid.cron)
    for change, ahead in _changes(grid.zone, look.begin):
        if _harmless(grid, ahead):
            continue
        try:
            fire = grid.previous(change)
            for _ in range(_STEPS):
                fire = grid.next(fire)
                if not search.fires(grid.zone.wall(fire)):
                    said = clock(fire, grid.zone, "%A %Y-%m-%d %H:%M")
                    yield Surprise(
                        "off-grid-after-change", f"when the clocks change, one run comes at {said}, outside of the schedule", fire
                    )
                    return
                if fire > change + 8 * DAY:
                    break
        except NoRun:
            return


def _is_of_days(delta: datetime.timedelta | relativedelta) -> bool:
    """True if a delta is of whole days, weeks, months or years."""
    if isinstance(delta, datetime.timedelta):
        return delta // MICROSECOND % DAY == 0
    return not any((delta.hours, delta.minutes, delta.seconds, delta.microseconds)) and delta.hour is None


def days_in_zone(look: Look) -> Iterator[Surprise]:
    """A delta of whole days is counted in UTC and so moves on the wall clock."""
    zone = look.timed.dates.zone
    for grid in grids_of(look.timetable):
        if isinstance(grid, DeltaGrid) and _is_of_days(grid.delta):
            change = next(_changes(zone, look.begin), None)
            if change is not None:
                moved = length_in_words(datetime.timedelta(microseconds=abs(change[1])))
                later = "later" if change[1] > 0 else "earlier"
                yield Surprise(
                    "delta-ignores-clocks",
                    f"a {type(grid.delta).__name__} counts UTC days: from {clock(change[0], zone, '%Y-%m-%d')} on the runs are {moved} {later} on the clocks of {zone.name}",
                    change[0],
                )


def slipping_days(look: Look) -> Iterator[Surprise]:
    """Months are added to the date in UTC, one run after the other: a day that a month lacks, there, is lost for good."""
    zone, start = look.timed.dates.zone, look.timed.earliest
    if start is None or not look.timed.catchup:
        return
    for grid in grids_of(look.timetable):
        delta = grid.delta if isinstance(grid, DeltaGrid) else None
        if (
            delta is None
            or isinstance(delta, datetime.timedelta)
            or not (delta.months or delta.years)
            or delta.days
            or delta.day
            or delta.weekday
        ):
            continue
        meant, fire = moment(zone.wall(start)).day, start
        with contextlib.suppress(NoRun):
            for _ in range(_MONTHS):
                fire = grid.next(fire)
                day = moment(zone.wall(fire)).day
                if day != meant:
                    message = f"months are counted from run to run in UTC: from {clock(fire, zone, '%Y-%m-%d')} on they begin on day {day}, no longer on day {meant}"
                    yield Surprise("slipping-day", message, fire)
                    break
