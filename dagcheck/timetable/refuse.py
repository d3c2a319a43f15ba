"""What is wrong with a cron expression that Airflow refuses: the field, the value in it, and the nearest valid one."""

from __future__ import annotations

import re

from dagcheck.patterns import late
from dagcheck.timetable.cron import FIELDS, MONTHS, PRESETS, RANGES, WEEKDAYS, words_of
from dagcheck.timetable.errors import Refused

_NAMES = {3: tuple(MONTHS), 4: tuple(WEEKDAYS)}
_NUMBER = late(r"\d+")


def refusal(expression: str, library_message: str) -> Refused:
    """The refusal of an expression that the cron library does not take; `library_message` is what it says, for faults that have no words here."""
    words = words_of(expression)
    if len(words) not in (5, 6, 7):
        return _wrong_count(expression, words)
    index = next((index for index, word in enumerate(words) if not _valid_alone(index, word)), None)
    if index is None:
        reason = f"{expression!r} is no valid cron expression: {library_message}"
        return Refused(reason, stage="validate", value=expression)
    item = next((item for item in words[index].split(",") if not _valid_alone(index, item)), words[index])
    nearest = _nearest(index, item)
    fault = _fault(index, item) or _library_words(library_message)
    reason = f"{expression!r} is no valid cron expression: {item!r} is wrong in the {FIELDS[index]} field, {fault}"
    mended = _mended(words, index, item, nearest)
    return Refused(reason, stage="validate", field=FIELDS[index], value=item, nearest=mended)


_LIBRARY_WORDS = (
    ("mixing literal values and nth", "plain days and days with # cannot stand together"),
    ("'W' can only be used with a single day", "W stands with a single day, not in a list or range"),
    ("Question mark can not used with other", "a question mark stands alone"),
    ("Invalid day_of_week value", "the number after # is from 1 to 5"),
)
"""Parts of what the cron library says, and our words for it."""


def _library_words(message: str) -> str:
    return next((words for part, words in _LIBRARY_WORDS if part in message), "it is not understood there")


def _wrong_count(expression: str, words: list[str]) -> Refused:
    if expression.strip().startswith("@"):
        import difflib

        close = difflib.get_close_matches(expression.strip().lower(), [*PRESETS, "@once", "@continuous"], n=1)
        hint = f"; did you mean {close[0]!r}?" if close else ""
        return Refused(
            f"{expression!r} is none of Airflow's presets{hint}", stage="validate", value=expression, nearest=close[0] if close else None
        )
    count = "is empty" if not words else f"has {len(words)} field{'s' if len(words) > 1 else ''}"
    return Refused(
        f"{expression!r} {count}; a cron expression has 5 (minute, hour, day of month, month, day of week), 6 (seconds last) or 7 (then the year)",
        stage="validate",
        value=expression,
    )


def _valid_alone(index: int, word: str) -> bool:
    from croniter import CroniterBadCronError, croniter

    words = ["*"] * max(5, index + 1)
    words[index] = word
    try:
        croniter(" ".join(words))
    except CroniterBadCronError:
        return False
    return True


def _fault(index: int, item: str) -> str | None:
    """What is wrong with the item, in words; None if that is not clear."""
    low, high = RANGES[index]
    body, slash, step = item.partition("/")
    if not item:
        return "there is nothing between two commas"
    if slash and not step.isdigit():
        return f"{step!r} is no step"
    if step and step.isdigit() and int(step) == 0:
        return "a step must be at least 1"
    if item.startswith("-"):
        return "negative numbers have no meaning"
    if item.startswith("h") and re.fullmatch(r"h(\(\d+-\d+\))?(/\d+)?", item):
        return "Airflow has no hashed fields"
    if "?" in item and index not in (2, 4):
        return "a question mark stands only for a day of the month or of the week"
    special = _misplaced(index, item)
    if special:
        return special
    unknown = next((name for name in re.findall(r"[a-z]+", body) if name not in _NAMES.get(index, ()) and name not in ("l", "w")), None)
    if unknown:
        return f"{unknown!r} is no name there" if index in _NAMES else f"names such as {unknown!r} have no meaning there"
    outside = next(
        (number for number in map(int, _NUMBER.findall(body.partition("#")[0])) if not low <= number <= (7 if index == 4 else high)), None
    )
    return None if outside is None else f"{outside} is outside of {low} to {high}"


def _misplaced(index: int, item: str) -> str | None:
    """What is wrong with one of the special letters and signs, which each have one field and form."""
    if "#" in item and index != 4:
        return "# stands in the day of week alone, as in 1#2"
    if re.fullmatch(r"\d+l", item) and index == 4:
        return f"the last such day is written L{item[:-1]}"
    if re.fullmatch(r"l?w|l", item) or (item.endswith("w") and index != 2):
        return "L and W stand in the day of month, W with a day as in 15W; L with a number stands in the day of week, as in L5"
    if re.search(r"\d-$|^\d+-\*|^-", item):
        return "a range has two ends"
    return None


def _nearest(index: int, item: str) -> str | None:
    """The item with its numbers moved into range and its names corrected, if that makes it valid; empty where it should go."""
    low, high = RANGES[index]
    last_day = re.fullmatch(r"([0-7])l", item)
    if not item or (last_day and index == 4):
        return f"l{last_day[1]}" if last_day else ""
    body, slash, step = item.partition("/")
    body = _NUMBER.sub(
        lambda match: str(min(max(int(match[0]), low), 7 if index == 4 and match[0] == "7" else high)), body.lstrip("-") or "*"
    )
    for name in re.findall(r"[a-z]{2,}", body):
        import difflib

        close = difflib.get_close_matches(name[:3], _NAMES.get(index, ()), n=1, cutoff=0.5)
        body = body.replace(name, close[0]) if close else body
    if slash:
        body += "/" + (step if step.isdigit() and int(step) else "1")
    return body if _valid_alone(index, body) else None


def _mended(words: list[str], index: int, item: str, nearest: str | None) -> str | None:
    if nearest is None:
        return None
    items = [nearest if each == item else each for each in words[index].split(",") if each or nearest]
    mended = [*words[:index], ",".join(items), *words[index + 1 :]]
    return " ".join(mended) if all(_valid_alone(place, word) for place, word in enumerate(mended)) else None
