"""Pendulum's format tokens, and its `parse`."""

from __future__ import annotations

import datetime
import re
from typing import Any

from dagcheck.evaluate.stdlib.pendulum_values import DateTime, Duration, NotFollowed, zone_of
from dagcheck.patterns import late

TOKEN = late(
    r"\[([^\]]*)\]|(YYYY|YY|Y|MMMM|MMM|MM|M|Do|DDDD|DDD|DD|D|dddd|ddd|dd|d|E|HH|H|hh|h|mm|m|ss|s|S{1,6}|A|ZZ|Z|zz|z|X|x|Q|W{1,2}|L{1,4}T?S?)"
)
WRITTEN = {
    "YYYY": "%Y", "YY": "%y", "Y": "%Y", "MMMM": "%B", "MMM": "%b", "MM": "%m", "DDDD": "%j", "DD": "%d", "dddd": "%A", "ddd": "%a", "HH": "%H", "hh": "%I",
    "mm": "%M", "ss": "%S", "SSSSSS": "%f", "A": "%p",
}  # fmt: skip
NUMBERS = {"M": "month", "D": "day", "H": "hour", "m": "minute", "s": "second", "Q": "quarter", "DDD": "day_of_year"}
ISO_DURATION = late(
    r"P(?:(?P<years>\d+)Y)?(?:(?P<months>\d+)M)?(?:(?P<weeks>\d+)W)?(?:(?P<days>\d+)D)?(?:T(?:(?P<hours>\d+)H)?(?:(?P<minutes>\d+)M)?(?:(?P<seconds>\d+)S)?)?"
)


def write(dt: DateTime, pattern: str) -> str:
    """`dt.format(pattern)`. Raises NotFollowed for tokens that are not known here."""
    return TOKEN.sub(lambda match: match.group(1) if match.group(1) is not None else _written(dt, match.group(2)), pattern)


def _written(dt: DateTime, token: str) -> str:
    if token in WRITTEN:
        return dt.strftime(WRITTEN[token])
    if token in NUMBERS:
        return str(getattr(dt, NUMBERS[token]))
    if token in ("Z", "ZZ"):
        text = dt.strftime("%z")
        return f"{text[:3]}:{text[3:]}" if token == "Z" else text
    if token in ("X", "x"):
        return str(dt.int_timestamp) if token == "X" else str(int(dt.float_timestamp * 1000))
    if token == "h":
        return str(dt.hour % 12 or 12)
    if token.startswith("S"):
        return f"{dt.microsecond:06d}"[: len(token)]
    raise NotFollowed(f"the token {token!r} is not followed")


def read(text: str, pattern: str, tz: Any) -> DateTime:
    """`pendulum.from_format`. Raises ValueError for a text that does not fit, NotFollowed for tokens that are not known here."""

    def translate(match: re.Match[str]) -> str:
        if match.group(1) is not None:
            return match.group(1).replace("%", "%%")
        found = {**WRITTEN, "D": "%d", "M": "%m", "H": "%H", "Z": "%z", "ZZ": "%z"}.get(match.group(2))
        if found is None:
            raise NotFollowed(f"the token {match.group(2)!r} is not followed")
        return found

    translated = TOKEN.sub(translate, pattern.replace("%", "%%"))
    if not re.search(r"%[Yy]", translated):
        raise NotFollowed("a date that today completes")
    parsed = datetime.datetime.strptime(text, translated)
    return DateTime.create(parsed, zone_of(tz)) if parsed.tzinfo is None else DateTime.of(parsed)


def parse(text: str, tz: Any, exact: bool = False, strict: bool = True) -> Any:
    """`pendulum.parse` of a date or a duration. Raises NotFollowed for texts that are not understood here."""
    duration = ISO_DURATION.fullmatch(text)
    if duration is not None and len(text) > 1:
        return Duration(**{unit: int(amount) for unit, amount in duration.groupdict().items() if amount})
    found = _iso(text)
    if found is None and not strict:
        from dateutil import parser

        found = parser.parse(text, default=datetime.datetime(2000, 1, 1))
    if found is None:
        raise NotFollowed(f"the date {text[:40]!r} is not followed")
    if exact and re.fullmatch(r"\d{4}-?\d\d-?\d\d", text):
        return found.date()
    return DateTime.create(found, zone_of(tz)) if found.tzinfo is None else DateTime.of(_utc_zone(found))


def _utc_zone(dt: datetime.datetime) -> datetime.datetime:
    return dt.replace(tzinfo=zone_of("UTC")) if dt.tzinfo is datetime.UTC else dt


def _iso(text: str) -> datetime.datetime | None:
    if re.fullmatch(r"\d{4}", text):
        return datetime.datetime(int(text), 1, 1)
    if re.fullmatch(r"\d{4}-\d\d", text):
        return datetime.datetime(int(text[:4]), int(text[5:]), 1)
    text = re.sub(r"(\d{4})/(\d\d)/(\d\d)", r"\1-\2-\3", text)
    try:
        return datetime.datetime.fromisoformat(text)
    except ValueError:
        return None
