"""One surprise, and what the looks for surprises share."""

from __future__ import annotations

from dagcheck.records import dataclass
from dagcheck.timetable.describe import Timing
from dagcheck.timetable.grids import CronGrid, DeltaGrid
from dagcheck.timetable.timetables import DataInterval, MultipleCron, Timetable, Trigger
from dagcheck.timetable.zones import Zone, moment


@dataclass(frozen=True)
class Surprise:
    """One thing that a schedule does otherwise than it reads. `kind` is its name in kebab case, `first` the instant (microseconds since 1970) at which it first bites."""

    kind: str
    message: str
    first: int | None = None


@dataclass(frozen=True)
class Look:
    """What is looked at: a timetable with its bounds."""

    timed: Timing
    timetable: Timetable
    now: int

    @property
    def begin(self) -> int:
        return self.now if self.timed.earliest is None else max(self.now, self.timed.earliest)


def grids_of(timetable: Timetable) -> list[CronGrid | DeltaGrid]:
    """The grids of a timetable: one, several of `MultipleCronTriggerTimetable`, or none."""
    members = timetable.members if isinstance(timetable, MultipleCron) else (timetable,)
    grids = [member.grid for member in members if isinstance(member, DataInterval | Trigger)]
    return [grid for grid in grids if isinstance(grid, CronGrid | DeltaGrid)]


def crons_of(timetable: Timetable) -> list[CronGrid]:
    """The cron grids of a timetable."""
    return [grid for grid in grids_of(timetable) if isinstance(grid, CronGrid)]


def clock(instant: int, zone: Zone, style: str = "%Y-%m-%d %H:%M") -> str:
    """The wall clock at an instant, in words."""
    return moment(zone.wall(instant)).strftime(style)
