"""Time zones: between UTC instants and wall clocks, as Airflow moves between them.

Instants and wall clocks are whole microseconds since 1970-01-01 00:00 (UTC, or on the wall).
"""

from __future__ import annotations

import datetime
import zoneinfo
from bisect import bisect_right
from functools import cache, lru_cache

from dagcheck.timetable.errors import NoRun, Refused

SECOND = 1_000_000
DAY = 86_400 * SECOND
EPOCH = datetime.datetime(1970, 1, 1)
_FIRST_DAY = EPOCH.toordinal()
MICROSECOND = datetime.timedelta(microseconds=1)
_UTC = datetime.UTC
_NEAR = 4000
_HOUR = 3600 * SECOND
_WIDEST = 26 * _HOUR
_UTC_EPOCH = EPOCH.replace(tzinfo=_UTC)


class DateutilZone(zoneinfo.ZoneInfo):
    """A zone that the DAG file took from `dateutil.tz`: some versions of Airflow see only its offset, not its name."""


def micros(value: datetime.datetime) -> int:
    """Microseconds since 1970 on the value's own clock; an aware value is not converted."""
    seconds = (value.toordinal() - _FIRST_DAY) * 86_400 + value.hour * 3_600 + value.minute * 60 + value.second
    return seconds * SECOND + value.microsecond


def moment(instant: int) -> datetime.datetime:
    """The aware UTC datetime of an instant.

    Raises:
        NoRun: the instant is outside of the years 1 to 9999.
    """
    try:
        return _UTC_EPOCH + datetime.timedelta(microseconds=instant)
    except OverflowError:
        raise NoRun("the date is outside of the years 1 to 9999") from None


class Zone:
    """A time zone with its offsets remembered by day. `name` is what Airflow calls it."""

    __slots__ = ("_changes", "_days", "_epoch", "_scanned", "_starts", "_steady", "_walls", "fixed", "name", "tz")

    def __init__(self, name: str, tz: datetime.tzinfo) -> None:
        self.name, self.tz = name, tz
        self._epoch = EPOCH.replace(tzinfo=tz)  # as what `fromutc` takes: UTC, though its zone says otherwise
        offset = None if isinstance(tz, zoneinfo.ZoneInfo) and name != "UTC" else tz.utcoffset(EPOCH)
        self.fixed = None if offset is None else offset // MICROSECOND
        self._days: dict[int, int | None] = {}
        self._starts: dict[int, int] = {}
        self._walls: dict[int, int | None] = {}
        self._steady: dict[int, bool] = {}
        self._changes: list[int] = []
        self._scanned: range | None = None

    def _offset_at(self, instant: int) -> int:
        try:
            offset = self.tz.fromutc(self._epoch + datetime.timedelta(microseconds=instant)).utcoffset()
        except OverflowError:
            raise NoRun("the date is outside of the years 1 to 9999") from None
        return 0 if offset is None else offset // MICROSECOND

    def _offset_at_start(self, day: int) -> int:
        if day not in self._starts:
            self._starts[day] = self._offset_at(day * DAY)
        return self._starts[day]

    def _offset_of_day(self, day: int) -> int | None:
        """The offset that holds the whole UTC day long; None if it changes."""
        try:
            first, last = self._offset_at_start(day), self._offset_at_start(day + 1)
        except (OverflowError, ValueError):
            raise NoRun("the date is outside of the years 1 to 9999") from None
        self._days[day] = offset = first if first == last else None
        return offset

    def offset(self, instant: int) -> int:
        """Microseconds that the wall clock is ahead of UTC at the instant."""
        if self.fixed is not None:
            return self.fixed
        day = instant // DAY
        try:
            offset = self._days[day]
        except KeyError:
            offset = self._offset_of_day(day)
        return self._offset_at(instant) if offset is None else offset

    def wall(self, instant: int) -> int:
        """What the wall clock shows at the instant."""
        return instant + self.offset(instant)

    def steady(self, instant: int) -> bool:
        """True if the clocks do not change on the UTC day of the instant nor on its neighbours."""
        if self.fixed is not None:
            return True
        day = instant // DAY
        known = self._steady.get(day)
        if known is None:
            days = self._days
            offsets = {days[near] if near in days else self._offset_of_day(near) for near in (day - 1, day, day + 1)}
            self._steady[day] = known = len(offsets) == 1 and None not in offsets
        return known

    def next_change(self, instant: int, until: int) -> int | None:
        """The first instant after `instant`, and not after `until`, at which the clocks are put forward or back."""
        if self.fixed is not None or until <= instant:
            return None
        self._scan(instant // DAY, until // DAY + 1)
        place = bisect_right(self._changes, instant)
        return self._changes[place] if place < len(self._changes) and self._changes[place] <= until else None

    def calm_until(self, first: int, until: int) -> int | None:
        """How far, but not beyond `until`, from `first` on every wall clock time is shown exactly once and all offsets are one; None if that is not so at `first`."""
        if self.fixed is not None:
            return until
        change = self.next_change(first - _WIDEST, until + _WIDEST)
        while change is not None:
            reach = abs(self.offset(change) - self.offset(change - SECOND)) + _HOUR
            if change > first:
                return min(until, change - reach) if change - reach > first else None
            if change + reach > first:
                return None
            change = self.next_change(change, until + _WIDEST)
        return until

    def _scan(self, first: int, end: int) -> None:
        """Find the changes of the days from `first` to `end`, and of all between them and those nearby that were looked at before."""
        known = self._scanned
        if known is not None and (first > known.stop + _NEAR or end < known.start - _NEAR):
            known = None
        if known is None:
            missing = range(first, end)
        elif first < known.start:
            self._scan(known.start, end)
            missing = range(first, known.start)
        else:
            missing = range(known.stop, end)
        if not missing:
            return
        days = self._days
        found = [self._change_on(day) for day in missing if (days[day] if day in days else self._offset_of_day(day)) is None]
        self._changes = sorted({*self._changes, *found})
        self._scanned = missing if known is None else range(min(known.start, missing.start), max(known.stop, missing.stop))

    def _change_on(self, day: int) -> int:
        low, high = day * DAY, (day + 1) * DAY
        before = self._offset_at(low)
        while high - low > SECOND:
            middle = (low + high) // 2 // SECOND * SECOND
            low, high = (middle, high) if self._offset_at(middle) == before else (low, middle)
        return high

    def _offsets_of_wall(self, wall: int) -> tuple[int, int]:
        """The offsets before and after, for a wall clock that is ambiguous or does not exist; twice the same one otherwise."""
        try:
            local = EPOCH + datetime.timedelta(microseconds=wall)
            first = local.replace(tzinfo=self.tz).utcoffset()
            second = local.replace(tzinfo=self.tz, fold=1).utcoffset()
        except OverflowError:
            raise NoRun("the date is outside of the years 1 to 9999") from None
        zero = datetime.timedelta(0)
        return (first or zero) // MICROSECOND, (second or zero) // MICROSECOND

    def instant(self, wall: int) -> int:
        """The instant at which Airflow fires a wall clock time: the second one of an ambiguous time; one in a gap is moved forward by the gap."""
        if self.fixed is not None:
            return wall - self.fixed
        day = wall // DAY
        try:
            offset = self._walls[day]
        except KeyError:
            self._walls[day] = offset = self.offset(day * DAY) if self.steady(day * DAY) else None
        return wall - (min(self._offsets_of_wall(wall)) if offset is None else offset)

    def instant_of_date(self, wall: int, fold: int) -> int:
        """The instant that Airflow takes a naive date for. With fold 0: the first one of an ambiguous time, and one in a gap is moved back by the gap; with 1 as `instant`."""
        choose = min if fold else max
        return wall - (self.fixed if self.fixed is not None else choose(self._offsets_of_wall(wall)))

    def kind_of_wall(self, wall: int) -> str | None:
        """`gap` if the wall clock never shows that time, `fold` if it shows it twice, else None."""
        if self.fixed is not None:
            return None
        before, after = self._offsets_of_wall(wall)
        return None if before == after else "gap" if before < after else "fold"


UTC = Zone("UTC", _UTC)


@cache
def named(key: str) -> Zone:
    """The zone of an IANA name; `utc` in any case is UTC.

    Raises:
        Refused: there is no such zone.
    """
    if key.lower() == "utc":
        return UTC
    try:
        return Zone(key, zoneinfo.ZoneInfo(key))
    except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError):
        raise Refused(_no_such_zone(key), argument="timezone", value=key, nearest=_nearest_zone(key)) from None


def _nearest_zone(key: str) -> str | None:
    import difflib

    names = {name.lower(): name for name in zoneinfo.available_timezones()}
    close = difflib.get_close_matches(key.lower().replace(" ", "_"), names, n=1)
    return names[close[0]] if close else None


def _no_such_zone(key: str) -> str:
    near = _nearest_zone(key)
    return f"there is no time zone {key!r}" + (f"; did you mean {near!r}?" if near else "")


@lru_cache(maxsize=256)
def fixed(offset: datetime.timedelta) -> Zone:
    """A zone that is always the same time ahead of UTC, named as `+05:30`."""
    seconds = int(offset.total_seconds())
    sign, minutes = "-" if seconds < 0 else "+", abs(seconds) // 60
    return Zone(f"{sign}{minutes // 60:02d}:{minutes % 60:02d}", datetime.timezone(offset))


def zone_of(tz: datetime.tzinfo, at: datetime.datetime, *, keyed_dateutil: bool) -> Zone:
    """The zone that Airflow makes of a `tzinfo` that a date or timetable was given; `at` is the date, for zones that count only as an offset."""
    if keyed_dateutil or not isinstance(tz, DateutilZone):
        key = getattr(tz, "key", None) or getattr(tz, "zone", None)
        if key:
            return named(key)
        if tz.tzname(None) == "UTC":
            return UTC
    return fixed(tz.utcoffset(at.replace(tzinfo=tz)) or datetime.timedelta(0))
