"""Pendulum's dates, durations and zones as subclasses of Python's own, with pendulum 3's rules for daylight saving and for arithmetic.

A wall-clock time that a zone skips is moved forward; of one that comes twice, the second is meant. Adding seconds, minutes, hours or a plain timedelta moves
along the time line; adding days, weeks, months or years moves the wall clock. Checked against pendulum itself in the tests.
"""

from __future__ import annotations

import calendar
import datetime
import zoneinfo
from typing import Any, Self

from dateutil.relativedelta import relativedelta

from dagcheck.evaluate.values import Object

UNITS = ("second", "minute", "hour", "day", "week", "month", "quarter", "year", "decade", "century")
UTC_NAMES = frozenset({"UTC", "utc", "Utc"})


class NotFollowed(ValueError):
    """A text, token or zone that pendulum may understand and its model does not."""


class Zone(zoneinfo.ZoneInfo):
    """`pendulum.Timezone`."""

    @property
    def name(self) -> str:
        return str(self.key)

    def convert(self, dt: datetime.datetime) -> datetime.datetime:
        """The date in this zone: an aware one converted, a naive one taken as this zone's wall clock."""
        return settle(dt, self) if dt.tzinfo is None else dt.astimezone(self)


def zone_of(value: Any) -> datetime.tzinfo:
    """The zone that a name, an offset in seconds, or another library's zone means. Raises ValueError or ZoneInfoNotFoundError for none.

    Raises NotFollowed for an object whose zone is not known.
    """
    if isinstance(value, str):
        return Zone("UTC" if value in UTC_NAMES else value)
    if isinstance(value, int):
        return datetime.timezone(datetime.timedelta(seconds=value))
    if isinstance(value, zoneinfo.ZoneInfo) and value.key is not None:
        return Zone(value.key)
    if value is datetime.UTC:
        return Zone("UTC")
    if isinstance(value, datetime.tzinfo):
        return value
    if isinstance(value, Object):
        raise NotFollowed(f"the time zone {value.describe()} is not followed")
    raise ValueError(f"Unable to use {value!r} as a time zone")


def settle(dt: datetime.datetime, zone: datetime.tzinfo) -> datetime.datetime:
    """A naive wall-clock time in a zone; its `fold` says whether a skipped one goes forward (1) or back (0) and which of two is meant."""
    naive = dt.replace(tzinfo=None)
    before = naive.replace(tzinfo=zone, fold=0).utcoffset()
    after = naive.replace(tzinfo=zone, fold=1).utcoffset()
    if before is not None and after is not None and after > before:
        naive = (naive + (after - before if dt.fold else before - after)).replace(fold=dt.fold)
    return naive.replace(tzinfo=zone)


class Duration(datetime.timedelta):
    """`pendulum.Duration`: a timedelta that remembers its years and months (365 and 30 days as a length)."""

    years: int
    months: int
    units: dict[str, float]
    """The units that it was made of, by which it moves a date."""

    def __new__(
        cls,
        days: float = 0,
        seconds: float = 0,
        microseconds: float = 0,
        milliseconds: float = 0,
        minutes: float = 0,
        hours: float = 0,
        weeks: float = 0,
        years: int = 0,
        months: int = 0,
    ) -> Self:
        self = super().__new__(cls, days + years * 365 + months * 30, seconds, microseconds, milliseconds, minutes, hours, weeks)
        self.years = years
        self.months = months
        self.units = {
            "years": years, "months": months, "weeks": weeks, "days": days, "hours": hours, "minutes": minutes, "seconds": seconds,
            "microseconds": microseconds + milliseconds * 1000,
        }  # fmt: skip
        return self

    @property
    def weeks(self) -> int:
        return int(self.total_seconds() // 86400 - self.years * 365 - self.months * 30) // 7

    @property
    def hours(self) -> int:
        return self.seconds // 3600

    @property
    def minutes(self) -> int:
        return self.seconds % 3600 // 60

    @property
    def remaining_seconds(self) -> int:
        return self.seconds % 60

    def total_weeks(self) -> float:
        return self.total_seconds() / 604800

    def total_days(self) -> float:
        return self.total_seconds() / 86400

    def total_hours(self) -> float:
        return self.total_seconds() / 3600

    def total_minutes(self) -> float:
        return self.total_seconds() / 60

    def in_weeks(self) -> int:
        return int(self.total_weeks())

    def in_days(self) -> int:
        return int(self.total_days())

    def in_hours(self) -> int:
        return int(self.total_hours())

    def in_minutes(self) -> int:
        return int(self.total_minutes())

    def in_seconds(self) -> int:
        return int(self.total_seconds())

    def as_timedelta(self) -> datetime.timedelta:
        return datetime.timedelta(seconds=self.total_seconds())

    def __add__(self, other: datetime.timedelta) -> Duration:
        if not isinstance(other, datetime.timedelta):
            return NotImplemented
        total = datetime.timedelta.__add__(datetime.timedelta(seconds=self.total_seconds()), other)
        return Duration(seconds=total.total_seconds())

    __radd__ = __add__

    def __neg__(self) -> Duration:
        return Duration(**{unit: -amount for unit, amount in self.units.items()})  # type: ignore[arg-type] # numbers by the names of units

    def __mul__(self, other: Any) -> Any:
        return Duration(seconds=self.total_seconds() * other) if isinstance(other, int | float) else NotImplemented

    __rmul__ = __mul__

    def __reduce__(self) -> tuple[Any, ...]:
        return (_restore_duration, (self.units,))


class DateTime(datetime.datetime):
    """`pendulum.DateTime`."""

    @classmethod
    def create(cls, dt: datetime.datetime, zone: datetime.tzinfo | None, fold: int = 1) -> Self:
        """The wall-clock time of `dt` in a zone (naive for None)."""
        if zone is None:
            return cls.of(dt.replace(tzinfo=None))
        return cls.of(settle(dt.replace(fold=fold), zone))

    @classmethod
    def of(cls, dt: datetime.datetime) -> Self:
        """The same date as this class."""
        return cls(dt.year, dt.month, dt.day, dt.hour, dt.minute, dt.second, dt.microsecond, dt.tzinfo, fold=dt.fold)

    @property
    def timezone(self) -> datetime.tzinfo | None:
        return self.tzinfo

    tz = timezone

    @property
    def timezone_name(self) -> str | None:
        return str(self.tzinfo.key) if isinstance(self.tzinfo, zoneinfo.ZoneInfo) else self.tzname()

    @property
    def int_timestamp(self) -> int:
        return int(self.float_timestamp)

    @property
    def float_timestamp(self) -> float:
        return self.replace(tzinfo=datetime.UTC).timestamp() if self.tzinfo is None else self.timestamp()

    @property
    def offset(self) -> int | None:
        offset = self.utcoffset()
        return None if offset is None else int(offset.total_seconds())

    @property
    def offset_hours(self) -> float | None:
        return None if self.offset is None else self.offset / 3600

    @property
    def quarter(self) -> int:
        return (self.month + 2) // 3

    @property
    def day_of_week(self) -> int:
        return self.weekday()

    @property
    def day_of_year(self) -> int:
        return self.timetuple().tm_yday

    @property
    def week_of_year(self) -> int:
        return self.isocalendar()[1]

    @property
    def days_in_month(self) -> int:
        return calendar.monthrange(self.year, self.month)[1]

    def add(
        self,
        years: int = 0,
        months: int = 0,
        weeks: int = 0,
        days: int = 0,
        hours: float = 0,
        minutes: float = 0,
        seconds: float = 0,
        microseconds: float = 0,
    ) -> Self:
        """A later date: days and longer units move the wall clock, shorter ones alone the instant."""
        short = datetime.timedelta(hours=hours, minutes=minutes, seconds=seconds, microseconds=microseconds)
        naive = datetime.datetime.combine(self.date(), self.time())
        if self.tzinfo is None or years or months or weeks or days:
            return self.create(naive + relativedelta(years=years, months=months, weeks=weeks, days=days) + short, self.tzinfo)
        return self.of((naive.replace(tzinfo=datetime.UTC) - (self.utcoffset() or datetime.timedelta()) + short).astimezone(self.tzinfo))

    def subtract(self, **units: Any) -> Self:
        """An earlier date, by the units of `add`."""
        return self.add(**{unit: -amount for unit, amount in units.items()})

    def __add__(self, other: Any) -> Self:
        if isinstance(other, Duration):
            return self.add(**other.units)  # type: ignore[arg-type] # numbers by the names of units
        if isinstance(other, relativedelta):
            return self.create(datetime.datetime.combine(self.date(), self.time()) + other, self.tzinfo)
        return self.add(seconds=other.total_seconds()) if isinstance(other, datetime.timedelta) else NotImplemented

    __radd__ = __add__

    def __sub__(self, other: Any) -> Any:
        if isinstance(other, datetime.datetime):
            found = datetime.datetime.__sub__(self, other)
            return Duration(seconds=found.total_seconds())
        if isinstance(other, Duration):
            rest = other.total_seconds() - (other.years * 365 + other.months * 30) * 86400
            return self.subtract(years=other.years, months=other.months, seconds=rest)
        return self + -other if isinstance(other, datetime.timedelta | relativedelta) else NotImplemented

    def __rsub__(self, other: Any) -> Any:
        if not isinstance(other, datetime.datetime):
            return NotImplemented
        return Duration(seconds=-datetime.datetime.__sub__(self, other).total_seconds())

    def diff(self, other: datetime.datetime, abs: bool = True) -> Duration:  # noqa: A002 the library's own name
        """How long it is to another date."""
        seconds = datetime.datetime.__sub__(DateTime.of(other), self).total_seconds()
        return Duration(seconds=-seconds if abs and seconds < 0 else seconds)

    def in_timezone(self, tz: Any) -> Self:
        """The same instant in another zone."""
        zone = zone_of(tz)
        return self.create(self, zone) if self.tzinfo is None else self.of(self.astimezone(zone))

    in_tz = in_timezone

    def naive(self) -> Self:
        return self.of(self.replace(tzinfo=None))

    def set(self, tz: Any = None, **parts: int) -> Self:
        """The same date with other parts."""
        zone = self.tzinfo if tz is None else zone_of(tz)
        naive = datetime.datetime.combine(self.date(), self.time())
        return self.create(naive.replace(**parts), zone)  # type: ignore[arg-type] # numbers by name

    def replace(self, *args: Any, **parts: Any) -> Self:
        """As `datetime.replace`, in the zone's wall clock."""
        fold = parts.get("fold", self.fold)
        found = datetime.datetime.combine(self.date(), self.time(), self.tzinfo).replace(*args, **parts)
        return self.create(found, found.tzinfo, fold)

    def on(self, year: int, month: int, day: int) -> Self:
        return self.set(year=year, month=month, day=day)

    def at(self, hour: int, minute: int = 0, second: int = 0, microsecond: int = 0) -> Self:
        return self.set(hour=hour, minute=minute, second=second, microsecond=microsecond)

    def start_of(self, unit: str) -> Self:
        """The first moment of the unit that the date is in. Raises ValueError for what is no unit."""
        if unit not in UNITS:
            raise ValueError(f'Invalid unit "{unit}" for start_of()')
        day = {"hour": self.hour, "minute": self.minute, "second": self.second, "microsecond": 0}
        kept = {"second": 3, "minute": 2, "hour": 1}.get(unit, 0)
        clock = {name: value if index < kept else 0 for index, (name, value) in enumerate(day.items())}
        first = self.date()
        if unit == "week":
            first -= datetime.timedelta(days=self.weekday())
        elif unit not in ("second", "minute", "hour", "day"):
            years = {"decade": self.year - self.year % 10, "century": self.year - 1 - (self.year - 1) % 100 + 1}
            month = {"month": self.month, "quarter": self.quarter * 3 - 2}.get(unit, 1)
            first = datetime.date(years.get(unit, self.year), month, 1)
        return self.set(year=first.year, month=first.month, day=first.day, **clock)

    def end_of(self, unit: str) -> Self:
        """The last microsecond of the unit that the date is in."""
        start = datetime.datetime.combine(self.start_of(unit).date(), self.start_of(unit).time())
        length = {"decade": {"years": 10}, "century": {"years": 100}, "quarter": {"months": 3}}.get(unit, {f"{unit}s": 1})
        return self.create(start + relativedelta(**length) - datetime.timedelta(microseconds=1), self.tzinfo)  # type: ignore[arg-type] # by name

    def next(self, day_of_week: int | None = None, keep_time: bool = False) -> Self:
        """The next such weekday (Monday is 0), at midnight unless the time is kept."""
        return self._weekday(day_of_week, keep_time, 1)

    def previous(self, day_of_week: int | None = None, keep_time: bool = False) -> Self:
        """The previous such weekday."""
        return self._weekday(day_of_week, keep_time, -1)

    def _weekday(self, wanted: int | None, keep_time: bool, step: int) -> Self:
        wanted = self.weekday() if wanted is None else wanted
        distance = (step * (wanted - self.weekday()) - 1) % 7 + 1
        moved = self.add(days=step * distance)
        return moved if keep_time else moved.start_of("day")

    def is_utc(self) -> bool:
        return self.utcoffset() == datetime.timedelta(0)

    def __str__(self) -> str:
        return self.isoformat(" ")

    def __reduce__(self) -> tuple[Any, ...]:
        return (_restore, (self.year, self.month, self.day, self.hour, self.minute, self.second, self.microsecond, self.tzinfo, self.fold))

    def __reduce_ex__(self, protocol: Any) -> tuple[Any, ...]:
        return self.__reduce__()


def _restore_duration(units: dict[str, Any]) -> Duration:
    return Duration(**units)


def _restore(*parts: Any) -> DateTime:
    return DateTime(*parts[:-1], fold=parts[-1])
