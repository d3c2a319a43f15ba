"""A schedule in words."""

from __future__ import annotations

import datetime
from typing import TYPE_CHECKING

from dagcheck.timetable.cron import expand_preset, words_of

if TYPE_CHECKING:
    from dateutil.relativedelta import relativedelta

    from dagcheck.timetable.build import Plan

_FIXED = {
    "none": "Never by time, only by hand or through the API",
    "once": "Once",
    "continuous": "Again and again, each run as soon as the one before has ended",
    "assets": "When its assets are updated",
    "custom": "As its own timetable decides",
    "unknown": "Known only at run time",
}


def in_words(plan: Plan) -> str:
    """The schedule as a short phrase, such as `At 03:00, only on Monday`."""
    if plan.kind == "asset-or-time":
        inner = _by_time(plan)
        return f"{inner}, and when its assets are updated" if inner else "By time and when its assets are updated"
    if plan.kind == "events":
        count = len(getattr(plan.timetable, "events", ()))
        return f"On {count} listed date{'' if count == 1 else 's'}"
    if plan.timetable.name == "PartitionedAtRuntime":
        return "Never by time; its partitions are named at run time"
    return _FIXED.get(plan.kind) or _by_time(plan)


def _by_time(plan: Plan) -> str:
    if plan.crons:
        return "; ".join(cron_in_words(expression) for expression in plan.crons)
    return delta_in_words(plan.delta) if plan.delta is not None else ""


def cron_in_words(expression: str) -> str:
    """A cron expression in words, day of month and day of week joined as Airflow joins them; the expression itself where there are no words for it."""
    words = words_of(expand_preset(expression))
    if len(words) < 5:
        return expression
    day, weekday = words[2], words[4]
    if "*" in (day, weekday) or "?" in (day, weekday):
        return _described(words) or " ".join(words)
    by_day = _described([*words[:4], "*", *words[5:]])
    by_weekday = _described([*words[:2], "*", *words[3:]])
    if not by_day or not by_weekday:
        return " ".join(words)
    return f"{by_day}; or {by_weekday[0].lower()}{by_weekday[1:]}"


def _described(words: list[str]) -> str | None:
    """The words of cron-descriptor, which reads seconds first."""
    from cron_descriptor import (
        CasingTypeEnum,
        ExpressionDescriptor,
        FormatException,
        MissingFieldException,
        Options,
        WrongArgumentException,
    )

    options = Options()
    options.casing_type, options.use_24hour_time_format = CasingTypeEnum.Sentence, True
    ordered = [*words[5:6], *words[:5], *words[6:]]
    if any(word.startswith("r") for word in ordered):
        return None
    try:
        return str(ExpressionDescriptor(" ".join(ordered).upper(), options).get_description())
    except (FormatException, MissingFieldException, WrongArgumentException, ValueError, IndexError):
        return None


def delta_in_words(delta: datetime.timedelta | relativedelta) -> str:
    """`Every day`, `Every 90 minutes`, `Every 2 months`."""
    if isinstance(delta, datetime.timedelta):
        return f"Every {length_in_words(delta, single='')}"
    parts = [(getattr(delta, unit), unit.removesuffix("s")) for unit in ("years", "months", "days", "hours", "minutes", "seconds")]
    said = [f"{count} {unit}{'' if count == 1 else 's'}" for count, unit in parts if count]
    absolute = [name for name in ("year", "month", "day", "weekday", "hour", "minute", "second") if getattr(delta, name) is not None]
    tail = f", moved to {', '.join(f'{name} {getattr(delta, name)}' for name in absolute)}" if absolute else ""
    text = " ".join(said) or "moment"
    return f"Every {text.removeprefix('1 ') if len(said) == 1 else text}{tail}"


_UNITS = ((86_400, "day"), (3_600, "hour"), (60, "minute"), (1, "second"))
_MOST = 100


def length_in_words(length: datetime.timedelta, single: str = "1 ") -> str:
    """A length of time in one unit where it is a handy number of it, else in its two largest: `90 minutes`, `1 day 1 hour`. `single` stands before a lone unit."""
    seconds = round(length.total_seconds())
    for size, unit in _UNITS:
        if seconds and seconds % size == 0 and seconds // size < _MOST:
            return f"{single}{unit}" if seconds == size else f"{seconds // size} {unit}s"
    said = []
    for size, unit in _UNITS:
        count, seconds = divmod(seconds, size)
        if count:
            said.append(f"{count} {unit}{'' if count == 1 else 's'}")
    return " ".join(said[:2]) or "0 seconds"
