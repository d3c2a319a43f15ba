"""The regular steps of a schedule: by cron expression or by a delta.

A grid knows the next and the previous step from any instant, and aligns an instant to it, in exactly the way (and with the rounding) of Airflow's timetables.
Instants are microseconds since 1970 (UTC).
"""

from __future__ import annotations

import datetime
from typing import TYPE_CHECKING, Protocol

from dagcheck.timetable.cron import Cron
from dagcheck.timetable.errors import NoRun
from dagcheck.timetable.search import search_of
from dagcheck.timetable.zones import MICROSECOND, SECOND, Zone, micros, moment

if TYPE_CHECKING:
    from dateutil.relativedelta import relativedelta

Delta = "datetime.timedelta | relativedelta"


class Grid(Protocol):
    """What a timetable needs to know of its schedule."""

    def next(self, instant: int) -> int: ...
    def previous(self, instant: int) -> int: ...
    def align_next(self, instant: int) -> int: ...
    def align_previous(self, instant: int) -> int: ...
    def latest_complete(self, now: int, earliest: int | None) -> int: ...


class CronGrid:
    """The fire times of a cron expression in a zone.

    With `elapsed` (default: for a cron that runs in every hour) it counts elapsed time from the instant that is asked about; else it fires at wall clock times, see
    `Zone.instant`.
    """

    __slots__ = ("_last_next", "_last_previous", "_search", "cron", "elapsed", "zone")

    def __init__(self, cron: Cron, zone: Zone, elapsed: bool | None = None) -> None:
        self.cron, self.zone = cron, zone
        self.elapsed = cron.every_hour if elapsed is None else elapsed
        self._search = search_of(cron)
        self._last_next: tuple[int, int] | None = None
        self._last_previous: tuple[int, int] | None = None

    def next(self, instant: int) -> int:
        """The first fire time after the instant.

        Raises:
            NoRun: there is none.
        """
        if self._last_next is not None and self._last_next[0] == instant:
            return self._last_next[1]
        wall = self.zone.wall(instant)
        found = self._search.next(wall)
        result = in_range(instant + (found - wall) if self.elapsed else self.zone.instant(found))
        self._last_next = instant, result
        return result

    def previous(self, instant: int) -> int:
        """The last fire time before the instant.

        Raises:
            NoRun: there is none.
        """
        if self._last_previous is not None and self._last_previous[0] == instant:
            return self._last_previous[1]
        wall = self.zone.wall(instant)
        found = self._search.previous(wall)
        result = in_range(instant - (wall - found) if self.elapsed else self.zone.instant(found))
        self._last_previous = instant, result
        return result

    def align_next(self, instant: int) -> int:
        """The instant itself if it is the step before its own next step, else its next step."""
        later = self.next(instant)
        return instant if self.previous(later) == instant else later

    def align_previous(self, instant: int) -> int:
        """The instant itself if it is the step after its own previous step, else its previous step."""
        earlier = self.previous(instant)
        return instant if self.next(earlier) == instant else earlier

    def latest_complete(self, now: int, earliest: int | None) -> int:
        """The start of the last interval that is over at `now`, or the first one from `earliest` if that is later.

        Raises:
            NoRun: the steps around `now` contradict each other, which happens where the clocks change.
        """
        last = self.previous(now)
        following = self.next(last)
        if following < now:
            raise NoRun("around this change of the clocks Airflow stumbles over its own check (next schedule shouldn't be earlier)")
        start = last if following == now else self.previous(last)
        return start if earliest is None else max(start, self.align_next(earliest))


class DeltaGrid:
    """Steps of a fixed length, counted in UTC from wherever they start. `anchored`: see `Facts.month_steps_from_start`, `floored`: see `Facts.floors_deltas`."""

    __slots__ = ("_fixed", "_last_complete", "anchored", "delta", "floored")

    def __init__(self, delta: datetime.timedelta | relativedelta, *, anchored: bool, floored: bool = True) -> None:
        self.delta, self.anchored, self.floored = delta, anchored, floored
        self._fixed = delta // MICROSECOND if isinstance(delta, datetime.timedelta) else None
        self._last_complete: tuple[tuple[int, int | None], int] | None = None

    def next(self, instant: int) -> int:
        """The instant and one delta.

        Raises:
            NoRun: that is beyond the year 9999.
        """
        return step(instant, self.delta) if self._fixed is None else in_range(instant + self._fixed)

    def previous(self, instant: int) -> int:
        """The instant less one delta.

        Raises:
            NoRun: that is before the year 1.
        """
        return step(instant, self.delta, -1) if self._fixed is None else in_range(instant - self._fixed)

    def align_next(self, instant: int) -> int:
        """The instant: every instant is on the grid."""
        return instant

    def align_previous(self, instant: int) -> int:
        """The instant: every instant is on the grid."""
        return instant

    def latest_complete(self, now: int, earliest: int | None) -> int:
        """One delta before `now` floored to multiples of the delta since 1970, or `earliest` if that is later.

        Raises:
            NoRun: the delta has no length that could be a multiple of.
        """
        if self._last_complete is None or self._last_complete[0] != (now, earliest):
            start = self.previous(self._floor(now, now if earliest is None else earliest))
            self._last_complete = (now, earliest), start if earliest is None else max(start, earliest)
        return self._last_complete[1]

    def _floor(self, now: int, anchor: int) -> int:
        if not self.floored:
            return now
        if self.anchored and not isinstance(self.delta, datetime.timedelta) and (self.delta.months or self.delta.years):
            boundary, following = anchor, self.next(anchor)
            while following <= now:
                if following <= boundary:
                    raise NoRun("the steps of the delta do not move forward")
                boundary, following = following, self.next(following)
            return boundary
        seconds = nominal_seconds(self.delta)
        if not seconds:
            raise NoRun("Airflow divides by zero here: the relativedelta has only absolute fields, hence no length")
        exact = now / SECOND
        return micros(datetime.datetime.fromtimestamp(exact - exact % seconds, datetime.UTC))


def has_fixed_time(cron: Cron, now: int) -> bool:
    """True if the next two times of a cron after `now` have one hour and minute: how older versions find out whether it runs at a fixed time of the day.

    Raises:
        NoRun: there are no next two times.
    """
    search = search_of(cron)
    first = search.next(now)
    return (search.next(first) - first) % (86_400 * SECOND) // (60 * SECOND) == 0


def step(instant: int, delta: datetime.timedelta | relativedelta, times: int = 1) -> int:
    """The instant moved by a delta, forward or (`times=-1`) back.

    Raises:
        NoRun: the result is outside of the years 1 to 9999.
    """
    start = moment(instant).replace(tzinfo=None)
    try:
        return micros(start + delta if times > 0 else start - delta)
    except (OverflowError, ValueError):
        raise NoRun("the date is outside of the years 1 to 9999") from None


_FIRST = micros(datetime.datetime.min)
_LAST = micros(datetime.datetime.max)


def in_range(instant: int) -> int:
    """The instant, if it has a date.

    Raises:
        NoRun: it is outside of the years 1 to 9999.
    """
    if not _FIRST <= instant <= _LAST:
        raise NoRun("the date is outside of the years 1 to 9999")
    return instant


def nominal_seconds(delta: datetime.timedelta | relativedelta) -> float:
    """The length by which Airflow floors the clock: a year is 365 days, a month 30; absolute fields count nothing."""
    if isinstance(delta, datetime.timedelta):
        return delta.total_seconds()
    return float(
        delta.years * 31_536_000 + delta.months * 2_592_000 + delta.days * 86_400 + delta.hours * 3_600 + delta.minutes * 60 + delta.seconds
    )


def stored(delta: datetime.timedelta | relativedelta) -> datetime.timedelta | relativedelta:
    """The delta as it comes back from Airflow's serialization: fields of a `relativedelta` that are zero are lost, so `hour=0` says nothing any more."""
    if isinstance(delta, datetime.timedelta):
        return datetime.timedelta(seconds=delta.total_seconds())
    from dateutil.relativedelta import relativedelta

    return relativedelta(**{name: value for name, value in vars(delta).items() if not name.startswith("_") and value})
