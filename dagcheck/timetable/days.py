"""The days on which a cron expression fires, month by month."""

from __future__ import annotations

import calendar
import datetime
from bisect import bisect_left, bisect_right
from collections.abc import Callable

from dagcheck.records import dataclass, field
from dagcheck.timetable.cron import Cron
from dagcheck.timetable.errors import NoRun

EPOCH_DAY = datetime.date(1970, 1, 1).toordinal()
PATIENCE = 50
"""Years after which croniter gives the search up."""


@dataclass
class DayRule:
    """One condition on days. Days are counted from 1970-01-01. `either` joins days of month and days of week by OR instead of AND."""

    expression: str
    months: frozenset[int] | None
    years: frozenset[int] | None
    days: frozenset[int | str] | None
    weekdays: frozenset[int] | None
    nth: tuple[tuple[int, tuple[int | str, ...]], ...] = ()
    nearest: tuple[int, ...] = ()
    either: bool = False
    _months: dict[tuple[int, int], list[int]] = field(default_factory=dict)
    _last: tuple[int, int, list[int]] = (0, -1, [])

    @property
    def every_day(self) -> bool:
        return self.months is self.years is self.days is self.weekdays is None and not self.nth and not self.nearest

    def of_month(self, year: int, month: int) -> list[int]:
        """The matching days of a month, in order."""
        known = self._months.get((year, month))
        if known is None:
            self._months[year, month] = known = self._find(year, month)
        return known

    def _find(self, year: int, month: int) -> list[int]:
        if (self.months is not None and month not in self.months) or (self.years is not None and year not in self.years):
            return []
        first_weekday, last = calendar.monthrange(year, month)
        sunday_first = (first_weekday + 1) % 7
        by_day = set(_nearest_weekdays(self.nearest, sunday_first, last)) if self.nearest else self._days_of(last)
        by_weekday = _nth_days(self.nth, sunday_first, last) if self.nth else self._weekdays_of(sunday_first, last)
        before = datetime.date(year, month, 1).toordinal() - EPOCH_DAY - 1
        return [before + day for day in sorted(by_day | by_weekday if self.either else by_day & by_weekday)]

    def _days_of(self, last: int) -> set[int]:
        if self.days is None:
            return set(range(1, last + 1))
        return {day for day in range(1, last + 1) if day in self.days or (day == last and "l" in self.days)}

    def _weekdays_of(self, sunday_first: int, last: int) -> set[int]:
        return {day for day in range(1, last + 1) if self.weekdays is None or (sunday_first + day - 1) % 7 in self.weekdays}

    def next_day(self, day: int, limit: Callable[[], int]) -> int:
        """The first matching day not before `day`, in a year up to `limit()`.

        Raises:
            NoRun: there is none.
        """
        low, high, days = self._last
        if low <= day <= high and days and days[-1] >= day:
            return days[bisect_left(days, day)]
        date = date_of(day)
        year, month = date.year, date.month
        last = limit()
        while year <= min(last, 9999):
            days = self.of_month(year, month)
            if days and days[-1] >= day:
                self._last = days[0], days[-1], days
                return days[bisect_left(days, day)]
            year, month = (year, month + 1) if month < 12 else (year + 1, 1)
        raise NoRun(f"{self.expression!r} never fires: no date matches it within {PATIENCE} years")

    def previous_day(self, day: int, limit: Callable[[], int]) -> int:
        """The last matching day not after `day`, in a year down to `limit()`.

        Raises:
            NoRun: there is none.
        """
        low, high, days = self._last
        if low <= day <= high and days:
            return days[bisect_right(days, day) - 1]
        date = date_of(day)
        year, month = date.year, date.month
        last = limit()
        while year >= max(last, 1):
            days = self.of_month(year, month)
            if days and days[0] <= day:
                self._last = days[0], days[-1], days
                return days[bisect_right(days, day) - 1]
            year, month = (year, month - 1) if month > 1 else (year - 1, 12)
        raise NoRun(f"no earlier date matches {self.expression!r} within {PATIENCE} years, and the timetable needs one")

    def between(self, first: int, last: int) -> list[int]:
        """The matching days from `first` to `last`, in order."""
        if first > last:
            return []
        date, end = date_of(first), date_of(last)
        months = range(date.year * 12 + date.month - 1, end.year * 12 + end.month)
        found = [day for month in months for day in self.of_month(month // 12, month % 12 + 1)]
        return found[bisect_left(found, first) : bisect_right(found, last)]


def date_of(day: int) -> datetime.date:
    """The calendar date of a day counted from 1970-01-01."""
    try:
        return datetime.date.fromordinal(day + EPOCH_DAY)
    except (ValueError, OverflowError):
        raise NoRun("the date is outside of the years 1 to 9999") from None


def year_of(day: int) -> int:
    """The year of a day."""
    return date_of(day).year


def _nearest_weekdays(wanted: tuple[int, ...], sunday_first: int, last: int) -> list[int]:
    """The working days nearest to the wanted days, never outside of the month."""
    found = []
    for day in (min(day, last) for day in wanted):
        weekday = (sunday_first + day - 1) % 7
        if weekday == 6:
            day = day - 1 if day > 1 else day + 2
        elif weekday == 0:
            day = day + 1 if day < last else day - 2
        found.append(day)
    return found


def _nth_days(nth: tuple[tuple[int, tuple[int | str, ...]], ...], sunday_first: int, last: int) -> set[int]:
    found: set[int] = set()
    for weekday, which in nth:
        days = list(range((weekday - sunday_first) % 7 + 1, last + 1, 7))
        places = (len(days) if number == "l" else int(number) for number in which)
        found.update(days[place - 1] for place in places if place <= len(days))
    return found


def day_rules(cron: Cron) -> tuple[DayRule, ...]:
    """The conditions whose nearest match, each on its own, makes the next run: one, or two where `#` or `W` meet a second day field (all must have a match then)."""
    months = _numbers(cron, 3)
    years = _numbers(cron, 6)
    days = None if "*" in cron.fields[2] else frozenset(cron.fields[2])
    weekdays = _numbers(cron, 4)
    union = cron.fields[2][0] != "*" and cron.fields[4][0] != "*"
    if not union:
        return (DayRule(cron.expression, months, years, days, weekdays, cron.nth, cron.nearest),)
    if not cron.nth and not cron.nearest:
        return (DayRule(cron.expression, months, years, days, weekdays, either=True),)
    by_day = DayRule(cron.expression, months, years, days, None, cron.nth, cron.nearest)
    return by_day, DayRule(cron.expression, months, years, None, weekdays, cron.nth, cron.nearest)


def _numbers(cron: Cron, index: int) -> frozenset[int] | None:
    values = cron.values(index)
    return None if values is None else frozenset(values)
