"""Cron expressions: five fields, six (seconds last) or seven (year last), as croniter reads them for Airflow.

Plain fields (`*`, numbers, names, ranges, steps, lists, `L` in the day of month) are read here; whatever else there is (`#`, `L5`, `W`, wrap-around ranges, `R`) is
handed to croniter, the library that Airflow itself uses, which also has the last word on what is wrong.
"""

from __future__ import annotations

import re
from functools import lru_cache

from dagcheck.patterns import late
from dagcheck.records import dataclass

PRESETS = {
    "@hourly": "0 * * * *",
    "@daily": "0 0 * * *",
    "@weekly": "0 0 * * 0",
    "@monthly": "0 0 1 * *",
    "@quarterly": "0 0 1 */3 *",
    "@yearly": "0 0 1 1 *",
}
"""Airflow's own presets; they count in exactly this spelling."""

LIBRARY_PRESETS = {
    "@midnight": "0 0 * * *",
    "@hourly": "0 * * * *",
    "@daily": "0 0 * * *",
    "@weekly": "0 0 * * 0",
    "@monthly": "0 0 1 * *",
    "@yearly": "0 0 1 1 *",
    "@annually": "0 0 1 1 *",
}
"""What the cron library makes of other spellings, in any case: `@Daily` works by it, `@Quarterly` does not."""

FIELDS = ("minute", "hour", "day of month", "month", "day of week", "second", "year")
RANGES = ((0, 59), (0, 23), (1, 31), (1, 12), (0, 6), (0, 59), (1970, 2099))
_WHOLE = (60, 24, 31, 12, 7, 60, 130)
_DAY, _MONTH, _WEEKDAY, _SECOND, _YEAR = 2, 3, 4, 5, 6
MONTHS = {
    name: number for number, name in enumerate(["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"], 1)
}
WEEKDAYS = {name: number for number, name in enumerate(["sun", "mon", "tue", "wed", "thu", "fri", "sat"])}
_NAMES = {_MONTH: MONTHS, _WEEKDAY: WEEKDAYS}
_ITEM = late(r"(?:(\*)|(\d+|[a-z]{3})(?:-(\d+|[a-z]{3}))?)(?:/(\d+))?", re.ASCII)
_WORDS = late(r"\S+", re.ASCII)

Expanded = list[int | str]
"""A field's values in order; `["*"]` for the whole field, `l` for the last day of the month."""


@dataclass(frozen=True)
class Cron:
    """A cron expression, read. `nth` maps a day of the week (0: Sunday) to which ones of the month (`l`: the last); `nearest` are the days of `W`."""

    expression: str
    fields: tuple[tuple[int | str, ...], ...]
    nth: tuple[tuple[int, tuple[int | str, ...]], ...] = ()
    nearest: tuple[int, ...] = ()

    @property
    def every_hour(self) -> bool:
        """True if Airflow takes it to run in every hour, and then counts elapsed time through a change of the clocks."""
        return self.fields[1] == ("*",)

    def values(self, field: int) -> tuple[int, ...] | None:
        """The numbers of a field, or None where it is not restricted (or absent)."""
        if field >= len(self.fields) or "*" in self.fields[field]:
            return None
        return tuple(value for value in self.fields[field] if isinstance(value, int))


def expand_preset(text: str) -> str:
    """The cron expression of a preset of Airflow; any other text as it is."""
    return PRESETS.get(text, text)


def words_of(expression: str) -> list[str]:
    """The fields of an expression as written, in lower case, library presets expanded."""
    lowered = expression.lower()
    return _WORDS.findall(LIBRARY_PRESETS.get(lowered, lowered))


@lru_cache(maxsize=4096)
def read(expression: str) -> Cron:
    """The cron expression, read.

    Raises:
        Refused: Airflow refuses it; with the field that is wrong.
    """
    words = words_of(expression)
    if len(words) not in (5, 6, 7):
        from dagcheck.timetable.refuse import refusal

        raise refusal(expression, "")
    fields = [_plain_field(index, word) for index, word in enumerate(words)]
    if any(field is None for field in fields):
        return _library_read(expression)
    whole = [_fold(index, field or [], words) for index, field in enumerate(fields)]
    return Cron(expression, tuple(tuple(field) for field in whole))


def _fold(index: int, field: Expanded, words: list[str]) -> Expanded:
    """A field that lists all its values is `*`, but a day field only where the other day field has a star in it: the rule of croniter, which decides on OR."""
    if len(field) != _WHOLE[index]:
        return field
    other = {_DAY: _WEEKDAY, _WEEKDAY: _DAY}.get(index)
    return field if other is not None and "*" not in words[other] else ["*"]


def _plain_field(index: int, word: str) -> Expanded | None:
    """The values of a plain field, in order; None if it is not plain."""
    if word == "?" and index in (_DAY, _WEEKDAY):
        return ["*"]
    found: set[int | str] = set()
    for item in word.split(","):
        if item == "*" or (item == "l" and index == _DAY):
            found.add(item)
            continue
        values = _plain_item(index, item)
        if values is None:
            return None
        found.update(values)
    return ["*"] if found == {"*"} else sorted(found, key=lambda value: f"{value:02}" if isinstance(value, int) else value)


def _plain_item(index: int, item: str) -> range | None:
    match = _ITEM.fullmatch(item)
    if match is None:
        return None
    star, low_text, high_text, step_text = match.groups()
    low_bound, high_bound = RANGES[index]
    step = int(step_text) if step_text else 1
    if step == 0:
        return None
    if star:
        return range(low_bound, high_bound + 1, step)
    low = _number(index, low_text)
    high = _number(index, high_text) if high_text else high_bound if step_text else low
    if low is None or high is None or not low_bound <= low <= high <= high_bound or (high_text and low == high):
        return None
    return range(low, high + 1, step)


def _number(index: int, text: str) -> int | None:
    if not text.isdigit():
        return _NAMES.get(index, {}).get(text)
    return 0 if index == _WEEKDAY and text == "7" else int(text)


def _library_read(expression: str) -> Cron:
    from croniter import CroniterBadCronError, croniter

    from dagcheck.timetable.refuse import refusal

    try:
        read_by_library = croniter(expression)
    except CroniterBadCronError as error:
        raise refusal(expression, str(error)) from None
    nth = tuple((int(day), tuple(sorted(which, key=str))) for day, which in read_by_library.nth_weekday_of_month.items())
    fields = tuple(tuple(field) for field in read_by_library.expanded)
    return Cron(expression, fields, nth, tuple(sorted(read_by_library.nearest_weekday)))
