"""What the fields of a cron expression mean otherwise than they read."""

from __future__ import annotations

import calendar
import contextlib
import datetime
from collections.abc import Iterator

from dagcheck.records import dataclass
from dagcheck.timetable.cron import LIBRARY_PRESETS, PRESETS, RANGES, Cron, expand_preset, words_of
from dagcheck.timetable.errors import NoRun
from dagcheck.timetable.grids import CronGrid
from dagcheck.timetable.search import search_of
from dagcheck.timetable.surprise import Look, Surprise, crons_of
from dagcheck.timetable.timetables import DataInterval
from dagcheck.timetable.zones import DAY, SECOND, micros, moment

_LENGTHS = (31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)
"""Days of the months of a leap year."""
_LOOKED_AT = 150
"""How many runs are looked at for a field that starts over."""


def seconds_last(look: Look) -> Iterator[Surprise]:
    """Six fields: seconds are last, so a cron written with seconds first means something else."""
    for grid in crons_of(look.timetable):
        cron = grid.cron
        if len(cron.fields) < 6:
            continue
        count = 60 if cron.values(5) is None else len(cron.values(5) or ())
        words = words_of(expand_preset(cron.expression))
        if words[5] == "0" and "*" in words[0]:  # each field is where it belongs: no one means that many seconds
            continue
        often = f"it runs {count} times in each of its minutes" if count > 1 else "it is not the day of week"
        with contextlib.suppress(NoRun):
            yield Surprise("seconds-last", f"in {cron.expression!r} the sixth field is the seconds: {often}", grid.next(look.begin))


def last_years(look: Look) -> Iterator[Surprise]:
    for grid in crons_of(look.timetable):
        years = grid.cron.values(6)
        if years:
            message = f"the year field ends in {max(years)}: there is no run after that"
            if isinstance(look.timetable, DataInterval):
                message += ", and none at all where Airflow needs a time before the first one"
            yield Surprise("last-year", message)


def unusual_presets(look: Look) -> Iterator[Surprise]:
    for expression in look.timed.plan.crons:
        if expression.startswith("@") and expression not in PRESETS and expression.lower() in LIBRARY_PRESETS:
            yield Surprise(
                "unusual-preset",
                f"{expression!r} is none of Airflow's presets: it works because the cron library knows it, and Airflow shows no description for it",
            )


def day_fields(look: Look) -> Iterator[Surprise]:
    """Both day fields, missing days, steps that do not divide."""
    for grid in crons_of(look.timetable):
        cron = grid.cron
        if cron.nth and "*" not in cron.fields[2]:
            yield Surprise("ignored-day", f"with # in the day of week, the day of month of {cron.expression!r} has no effect")
        elif cron.nearest and "*" not in cron.fields[4]:
            yield Surprise("ignored-day", f"with W in the day of month, the day of week of {cron.expression!r} has no effect")
        elif cron.fields[2][0] != "*" and cron.fields[4][0] != "*":
            yield _either_day(look, grid)
        yield from _missing_days(look, grid)
        yield from _uneven(look, grid)


def _either_day(look: Look, grid: CronGrid) -> Surprise:
    cron, today = grid.cron, grid.zone.wall(look.begin) // DAY
    message = f"{cron.expression!r} runs when the day of month or the day of week fits, not only when both do"
    for day in search_of(cron).days(today, today + 400):
        date = moment(day * DAY)
        month_fits, week_fits = date.day in (cron.values(2) or ()), date.isoweekday() % 7 in (cron.values(4) or ())
        fire = grid.zone.instant(day * DAY + search_of(cron).times[0] * SECOND)
        if month_fits != week_fits and fire >= look.begin:
            return Surprise("or-days", f"{message}: as on {date:%A %Y-%m-%d}", fire)
    return Surprise("or-days", message)


def missing_months(cron: Cron) -> tuple[int, ...]:
    """The months of a cron in which its day of month does not exist (February: where it does not exist even in leap years)."""
    days, weekdays = cron.values(2), cron.values(4)
    if days is None or weekdays is not None or cron.nth or cron.nearest or "l" in cron.fields[2]:
        return ()
    return tuple(month for month in cron.values(3) or range(1, 13) if _LENGTHS[month - 1] < min(days))


def _last_days(cron: Cron) -> int | None:
    """The first of the days in a row that end the day of month field; None where another field or sign decides on the days as well, or they come of a step."""
    days = cron.values(2)
    if days is None or cron.values(4) is not None or cron.nth or cron.nearest or "l" in cron.fields[2]:
        return None
    if "/" in words_of(expand_preset(cron.expression))[2]:
        return None
    day = days[-1]
    while day - 1 in days:
        day -= 1
    return day


def _missing_days(look: Look, grid: CronGrid) -> Iterator[Surprise]:
    """A day from the 29th on that some of the months do not have. A range that begins before is taken for the days at the end of each month."""
    cron = grid.cron
    day = _last_days(cron)
    if day is None or day < 29:
        return
    months = cron.values(3) or range(1, 13)
    lacking = [month for month in months if _LENGTHS[month - 1] < day]
    if lacking:
        alone = missing_months(cron)
        names = ", ".join(calendar.month_name[month] for month in lacking)
        what = "no run in those months" if alone else "no run on that day"
        yield Surprise("missing-days", f"there is no day {day} in {names}: {what}", _month_begin(look, grid, lacking, day))
    elif day == 29 and 2 in months:
        yield Surprise("missing-days", "there is a 29 February in leap years alone", _month_begin(look, grid, [2], day))


def _month_begin(look: Look, grid: CronGrid, months: list[int], day: int) -> int:
    """The beginning of the first of these months that is still to come and lacks the day, which is one from the 29th on."""
    now = moment(grid.zone.wall(look.begin))
    year, month = now.year, now.month
    while True:
        year, month = (year, month + 1) if month < 12 else (year + 1, 1)
        if month in months and calendar.monthrange(year, month)[1] < day:
            return grid.zone.instant(micros(datetime.datetime(year, month, 1)))


@dataclass(frozen=True)
class _Span:
    """What a field of a cron counts through: its place, how many values it has, the unit in words, and what it starts over with."""

    index: int
    size: int
    unit: str
    turn: str


_SPANS = (
    _Span(0, 60, "minute", "hour"),
    _Span(1, 24, "hour", "day"),
    _Span(2, 31, "day", "month"),
    _Span(3, 12, "month", "year"),
    _Span(4, 7, "day", "week"),
)


def _uneven(look: Look, grid: CronGrid) -> Iterator[Surprise]:
    """A step that does not divide its field leaves a shorter step where the field starts over."""
    cron = grid.cron
    words = words_of(expand_preset(cron.expression))
    for span in _SPANS:
        step, values = _whole_step(span.index, words[span.index]), cron.values(span.index)
        if step is None or step == 1 or values is None or (span.index in (2, 4) and cron.fields[6 - span.index][0] != "*"):
            continue
        rest = span.size - values[-1] + values[0]
        if span.index != 2 and rest == step:
            continue
        every = f"every {step} {span.unit}s"
        if len(values) == 1:
            message = f"{every} is longer than the {span.turn}: it runs once every {span.turn}"
        elif span.index == 2:
            message = f"{every} starts over with each month: from day {values[-1]} to day {values[0]} it is less"
        else:
            message = f"{every} does not divide the {span.turn}: where the next one begins, the step is {rest} {span.unit}{'' if rest == 1 else 's'}"
        yield Surprise("uneven-step", message, _turn(look, grid, span))


def _whole_step(index: int, word: str) -> int | None:
    """The step of a field that goes through all of its values, such as `*/7` or `3/7`; None where there is none, or only through some of them."""
    head, slash, step = word.partition("/")
    low, high = RANGES[index]
    if not slash or not step.isdigit():
        return None
    return int(step) if head == "*" or head.isdigit() or head == f"{low}-{high}" else None


def _turn(look: Look, grid: CronGrid, span: _Span) -> int | None:
    """The first run after the field has started over."""
    fire: int | None = None
    before = -1
    with contextlib.suppress(NoRun):
        fire = grid.next(look.begin)
        for _ in range(_LOOKED_AT):
            date = moment(grid.zone.wall(fire))
            value = (date.minute, date.hour, date.day, date.month, date.isoweekday() % 7)[span.index]
            if value < before or (before == value and len(grid.cron.values(span.index) or ()) == 1):
                return fire
            before, fire = value, grid.next(fire)
    return None
