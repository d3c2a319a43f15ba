"""What is remarkable about single runs."""

from __future__ import annotations

import datetime
from dataclasses import dataclass, field

from dagcheck.timetable.describe import Timing
from dagcheck.timetable.errors import NoRun
from dagcheck.timetable.grids import CronGrid
from dagcheck.timetable.run import Run
from dagcheck.timetable.search import Search, search_of
from dagcheck.timetable.surprise import crons_of
from dagcheck.timetable.surprises_of_fields import missing_months
from dagcheck.timetable.timetables import AssetOrTime, DataInterval, Timetable
from dagcheck.timetable.words import length_in_words
from dagcheck.timetable.zones import SECOND, Zone, moment

_WIDEST_GAP = 3 * 3600 * SECOND
_MONTHS = ("January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December")


@dataclass
class Notes:
    """Tells the notes of the runs of one DAG, in order; remembers the run before."""

    timed: Timing
    _timetable: Timetable = field(init=False)
    _grids: list[CronGrid] = field(init=False)
    _short: bool = field(init=False)
    _before: Run | None = None

    def __post_init__(self) -> None:
        timetable = self.timed.plan.timetable
        self._timetable = timetable.inner if isinstance(timetable, AssetOrTime) else timetable
        self._grids = crons_of(self._timetable)
        self._short = any(missing_months(grid.cron) for grid in self._grids)

    def of(self, run: Run) -> tuple[str, ...]:
        """The notes of a run; call it with each run in turn."""
        found: list[str] = []
        before, self._before = self._before, run
        if before is None:
            found += self._of_first(run)
        elif run.run_after <= before.run_after and run == before:
            found.append("starts when the run before has ended; how long that takes is not told")
        elif run.run_after <= before.run_after:
            found.append("not later than the run before: Airflow goes round in circles here and creates no further run")
        for grid in self._grids:
            if not grid.zone.steady(run.run_after):
                found += _of_change(grid, run.run_after)
        if run.start is not None and run.end is not None and run.start != run.end:
            found += _of_length(self.timed.plan.zone, run.start, run.end)
        if self._short and before is not None:
            found += _skipped(self._grids, before.run_after, run.run_after)
        return tuple(dict.fromkeys(found))

    def _of_first(self, run: Run) -> list[str]:
        earliest = self.timed.earliest
        if earliest is None or run.start is None or not self.timed.catchup:
            return []
        if isinstance(self._timetable, DataInterval) and run.start > earliest:
            left = length_in_words(datetime.timedelta(microseconds=run.start - earliest))
            return [f"first interval: start_date is off the schedule, so the {left} from it are in no interval"]
        return []


def _of_change(grid: CronGrid, instant: int) -> list[str]:
    """Notes of a run near a change of the clocks."""
    zone, search = grid.zone, search_of(grid.cron)
    wall = zone.wall(instant)
    if grid.elapsed:
        return [] if search.fires(wall) else ["outside of the schedule: Airflow counts elapsed time over the change of the clocks"]
    fallen = _fallen(grid.zone, search, wall, instant)
    if fallen is not None:
        return [f"DST gap: {_clock(fallen)} does not exist, the run comes at {_clock(wall)}"]
    if search.fires(wall) and zone.kind_of_wall(wall) == "fold":
        return [f"DST fold: {_clock(wall)} comes twice, the run is at the second one"]
    return []


def _fallen(zone: Zone, search: Search, wall: int, instant: int) -> int | None:
    """The time inside a gap that was moved forward to the wall clock of a run."""
    earlier = wall
    try:
        while (earlier := search.previous(earlier)) > wall - _WIDEST_GAP:
            if zone.kind_of_wall(earlier) == "gap" and zone.instant(earlier) == instant:
                return earlier
    except NoRun:
        pass
    return None


def _of_length(zone: Zone, start: int, end: int) -> list[str]:
    """A note on an interval in which the clocks change."""
    shift = zone.offset(end) - zone.offset(start)
    if not shift:
        return []
    length = datetime.timedelta(microseconds=end - start)
    if length > 10 * datetime.timedelta(days=1):
        return []
    direction = "forward" if shift > 0 else "back"
    hours = length / datetime.timedelta(hours=1)
    said = f"{hours:g} hours" if length < datetime.timedelta(days=2) else length_in_words(length)
    return [f"covers {said}: the clocks go {direction}"]


def _skipped(grids: list[CronGrid], before: int, after: int) -> list[str]:
    """A note on the months between two runs that lack the day."""
    for grid in grids:
        first, last = moment(grid.zone.wall(before)), moment(grid.zone.wall(after))
        missing = missing_months(grid.cron)
        months = (first.year * 12 + first.month, last.year * 12 + last.month - 1)
        skipped = [_MONTHS[month % 12] for month in range(*months) if month % 12 + 1 in missing]
        if skipped and len(skipped) <= 11:
            return [f"no run in {', '.join(skipped)}: there is no such day"]
    return []


def _clock(wall: int) -> str:
    return moment(wall).strftime("%H:%M" if wall // SECOND % 60 == 0 else "%H:%M:%S")
