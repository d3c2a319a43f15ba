"""What the fields of a cron expression mean otherwise than they read."""

from __future__ import annotations

import calendar
from collections.abc import Iterator
from itertools import pairwise

from dagcheck.timetable.cron import LIBRARY_PRESETS, PRESETS, Cron
from dagcheck.timetable.surprise import Look, Surprise, crons_of
from dagcheck.timetable.timetables import DataInterval


def seconds_last(look: Look) -> Iterator[Surprise]:
    """Six fields: seconds are last, so a cron written with seconds first means something else."""
    for grid in crons_of(look.timetable):
        cron = grid.cron
        if len(cron.fields) < 6:
            continue
        count = 60 if cron.values(5) is None else len(cron.values(5) or ())
        often = f"it runs {count} times a minute" if count > 1 else "it is not the day of week"
        yield Surprise("seconds-last", f"in {cron.expression!r} the sixth field is the seconds: {often}")


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
            yield Surprise("or-days", f"{cron.expression!r} runs when the day of month or the day of week fits, not only when both do")
        yield from _missing_days(cron)
        yield from _uneven(cron)


def missing_months(cron: Cron) -> tuple[int, ...]:
    """The months of a cron in which its day of month does not exist (February: where it does not exist even in leap years)."""
    days, weekdays = cron.values(2), cron.values(4)
    if days is None or weekdays is not None or cron.nth or cron.nearest or "l" in cron.fields[2]:
        return ()
    lengths = (31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)
    return tuple(month for month in cron.values(3) or range(1, 13) if lengths[month - 1] < min(days))


def _missing_days(cron: Cron) -> Iterator[Surprise]:
    skipped, days = missing_months(cron), cron.values(2) or (1,)
    names = list(calendar.month_name)[1:]
    if skipped:
        yield Surprise(
            "missing-days", f"there is no day {min(days)} in {', '.join(names[month - 1] for month in skipped)}: no run in those months"
        )
    elif (
        min(days) == 29
        and 2 in (cron.values(3) or (2,))
        and cron.values(4) is None
        and not cron.nth
        and not cron.nearest
        and "l" not in cron.fields[2]
    ):
        yield Surprise("missing-days", "there is a 29 February in leap years alone")


def _uneven(cron: Cron) -> Iterator[Surprise]:
    """A step that does not divide its field leaves a shorter step at the turn."""
    for index, size, unit in ((0, 60, "minute"), (1, 24, "hour")):
        values = cron.values(index)
        if values is None or len(values) < 2 or values[0] != 0:
            continue
        steps = {b - a for a, b in pairwise(values)}
        rest = size - values[-1]
        if len(steps) == 1 and rest < min(steps):
            yield Surprise(
                "uneven-step",
                f"every {min(steps)} {unit}s does not divide {size}: at the turn the step is {rest} {unit}{'' if rest == 1 else 's'}",
            )
