"""Airflow's timetables: from the last run to the next one.

Each `next_run` gives what `next_dagrun_info` of the class of the same name gives; where that raises (Airflow logs it and creates no run), `NoRun` is raised.
"""

from __future__ import annotations

import datetime
from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from typing import TYPE_CHECKING, ClassVar

from dagcheck.records import dataclass, field
from dagcheck.timetable.errors import NoRun
from dagcheck.timetable.grids import CronGrid, Grid, step
from dagcheck.timetable.run import Bounds, Run, exact, interval
from dagcheck.timetable.zones import MICROSECOND, SECOND

if TYPE_CHECKING:
    from dateutil.relativedelta import relativedelta

_FIVE_MINUTES = 300 * SECOND
ZERO = datetime.timedelta(0)


@dataclass(eq=False)
class Timetable:
    """A timetable of Airflow. `name` is its class, `runs_by_time` whether it can create runs without being told of assets or by hand.

    Each is equal to itself alone, so that what was found out of it can be remembered.
    """

    name: str
    runs_by_time: ClassVar[bool] = True

    def next_run(self, last: Run | None, bounds: Bounds) -> Run | None:
        """The run after `last`, the first one if there was none; None if there is no further run.

        Raises:
            NoRun: real Airflow fails here, and the DAG gets no run.
        """
        raise NotImplementedError


@dataclass(eq=False)
class Null(Timetable):
    """No runs by time: `schedule=None`, assets, partitions that are known only at run time."""

    runs_by_time: ClassVar[bool] = False

    def next_run(self, last: Run | None, bounds: Bounds) -> Run | None:
        return None


@dataclass(eq=False)
class Once(Timetable):
    """One run, at the start date; `without_start`: or right now where there is none."""

    without_start: bool

    def next_run(self, last: Run | None, bounds: Bounds) -> Run | None:
        when = bounds.earliest if bounds.earliest is not None or not self.without_start else bounds.now
        if last is not None or when is None or (bounds.latest is not None and when > bounds.latest):
            return None
        return exact(when)


@dataclass(eq=False)
class Continuous(Timetable):
    """A run as soon as the one before has ended. `ahead`: a start date in the future repeats itself instead of going backwards."""

    without_start: bool
    ahead: bool

    def next_run(self, last: Run | None, bounds: Bounds) -> Run | None:
        begin = bounds.now if bounds.earliest is None else bounds.earliest
        if bounds.earliest is None and not self.without_start:
            return None
        if last is None or last.start is None or last.end is None:
            start, end = begin, max(begin, bounds.now)
        elif self.ahead and last.end > bounds.now:
            start, end = begin, begin + last.end - last.start
        else:
            start, end = last.end, bounds.now
        return None if bounds.latest is not None and end > bounds.latest else interval(start, end)


@dataclass(eq=False)
class DataInterval(Timetable):
    """`CronDataIntervalTimetable` and `DeltaDataIntervalTimetable`: intervals side by side, each run after its interval. `steps_past_last`: see `Facts`."""

    grid: Grid
    steps_past_last: bool
    _aligned: tuple[int, int] | None = field(default=None, repr=False)

    def _first_start(self, bounds: Bounds) -> int | None:
        if not bounds.catchup:
            return self.grid.latest_complete(bounds.now, bounds.earliest)
        if bounds.earliest is None:
            return None
        if self._aligned is None or self._aligned[0] != bounds.earliest:
            self._aligned = bounds.earliest, self.grid.align_next(bounds.earliest)
        return self._aligned[1]

    def next_run(self, last: Run | None, bounds: Bounds) -> Run | None:
        first = self._first_start(bounds)
        if last is None or last.end is None or last.start is None:
            if first is None:
                return None
            start = first
        else:
            start = self.grid.align_previous(last.end)
            start = start if first is None else max(start, first)
            if self.steps_past_last and start <= last.start:
                start = self.grid.next(start)
                if start <= last.start:
                    raise NoRun("the timetable did not advance past the last run, and Airflow gives up")
        if bounds.latest is not None and start > bounds.latest:
            return None
        return interval(start, self.grid.next(start))


@dataclass(eq=False)
class Trigger(Timetable):
    """`CronTriggerTimetable` and `DeltaTriggerTimetable`: a run at each step; its data interval reaches `length` back from there."""

    grid: Grid
    length: datetime.timedelta | relativedelta = ZERO
    run_immediately: bool | datetime.timedelta | None = False
    without_start: bool = True

    def _first_without_start(self, now: int) -> int | None:
        if not self.without_start:
            return None
        past, future = self.grid.align_previous(now), self.grid.align_next(now)
        if not isinstance(self.grid, CronGrid) or self.run_immediately is True:
            return past
        if isinstance(self.run_immediately, datetime.timedelta):
            patience = self.run_immediately // MICROSECOND
        else:
            patience = max(datetime.timedelta(microseconds=future - past) / 10 // MICROSECOND, _FIVE_MINUTES)
        return past if now - past <= patience else future

    def fire_time(self, last: int | None, bounds: Bounds) -> int | None:
        """The fire time after the one of the last run."""
        grid = self.grid
        if bounds.catchup:
            if last is not None:
                return grid.next(last)
            return self._first_without_start(bounds.now) if bounds.earliest is None else grid.align_next(bounds.earliest)
        candidates = [grid.align_previous(bounds.now)]
        if last is not None:
            candidates.append(grid.next(last))
        elif bounds.earliest is None and (first := self._first_without_start(bounds.now)) is not None:
            candidates.append(first)
        if bounds.earliest is not None:
            candidates.append(grid.align_next(bounds.earliest))
        return max(candidates)

    def next_run(self, last: Run | None, bounds: Bounds) -> Run | None:
        fire = self.fire_time(None if last is None else last.end, bounds)
        if fire is None or (bounds.latest is not None and bounds.latest < fire):
            return None
        return self.run_at(fire)

    def run_at(self, fire: int) -> Run:
        """The run of a fire time."""
        start = fire if self.length is ZERO else step(fire, self.length, -1)
        return Run(start, start, fire, fire)


@dataclass(eq=False)
class Failing(Timetable):
    """Stands where Airflow takes a timetable unchecked that then fails at each look."""

    reason: str

    def next_run(self, last: Run | None, bounds: Bounds) -> Run | None:
        raise NoRun(self.reason)


@dataclass(eq=False)
class MultipleCron(Timetable):
    """Several cron triggers as one; the choice between them looks at logical dates, as Airflow's does."""

    members: tuple[Trigger | Failing, ...]

    def next_run(self, last: Run | None, bounds: Bounds) -> Run | None:
        best: tuple[int, Run] | None = None
        for member in self.members:
            run = member.next_run(last, bounds)
            if run is not None and run.logical_date is not None:
                key = -run.logical_date if not bounds.catchup and run.logical_date <= bounds.now else run.logical_date
                best = (key, run) if best is None or key < best[0] else best
        return best[1] if best else None


@dataclass(eq=False)
class Partition(Trigger):
    """`CronPartitionTimetable`: runs without logical date, each for a partition `offset` steps away."""

    offset: int = 0
    key_format: str = "%Y-%m-%dT%H:%M:%S"

    def next_run(self, last: Run | None, bounds: Bounds) -> Run | None:
        fire = self.fire_time(None if last is None else last.run_after, bounds)
        if fire is None or (bounds.latest is not None and bounds.latest < fire):
            return None
        return self.run_at(fire)

    def run_at(self, fire: int) -> Run:
        """The run of a fire time, with its partition."""
        partition, move = fire, self.grid.next if self.offset > 0 else self.grid.previous
        for _ in range(abs(self.offset)):
            partition = move(partition)
        return Run(None, None, None, fire, partition)


@dataclass(eq=False)
class Events(Timetable):
    """Runs at listed instants, in the order in which Airflow looks at them. `broken` says why Airflow fails at each look; `obeys_dates`: see `Facts.events_obey_dates`."""

    events: Sequence[int]
    broken: str | None = None
    obeys_dates: bool = True

    def __post_init__(self) -> None:
        self._ordered = all(a <= b for a, b in zip(self.events, self.events[1:]))

    def next_run(self, last: Run | None, bounds: Bounds) -> Run | None:
        if self.broken:
            raise NoRun(self.broken)
        if not self.obeys_dates:
            event = self._first(None, None if last is None else last.end)
            return None if event is None else exact(event)
        earliest = bounds.earliest
        if not bounds.catchup:
            earliest = bounds.now if earliest is None else max(earliest, bounds.now)
        event = self._first(earliest, None if last is None else last.end)
        return None if event is None or (bounds.latest is not None and event > bounds.latest) else exact(event)

    def _first(self, earliest: int | None, after: int | None) -> int | None:
        if self._ordered:
            index = 0 if earliest is None else bisect_left(self.events, earliest)
            index = index if after is None else max(index, bisect_right(self.events, after))
            return self.events[index] if index < len(self.events) else None
        fitting = (event for event in self.events if (earliest is None or event >= earliest) and (after is None or event > after))
        return next(fitting, None)


@dataclass(eq=False)
class AssetOrTime(Timetable):
    """Runs of an inner timetable; runs that assets trigger come on top."""

    inner: Timetable

    def next_run(self, last: Run | None, bounds: Bounds) -> Run | None:
        return self.inner.next_run(last, bounds)
