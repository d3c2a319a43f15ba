"""Dates and lengths of time as people read them."""

from __future__ import annotations

import datetime
from functools import cache

from dagcheck.timetable.words import length_in_words
from dagcheck.timetable.zones import Zone, fixed, micros, moment, named


@cache
def zone_named(name: str | None) -> Zone:
    """The zone of a name as previews tell it: an IANA name, or an offset such as `+05:30`."""
    if name is None:
        return named("UTC")
    if name[0] in "+-":
        hours, _, minutes = name[1:].partition(":")
        offset = datetime.timedelta(hours=int(hours), minutes=int(minutes))
        return fixed(-offset if name[0] == "-" else offset)
    return named(name)


def local(value: datetime.datetime, zone: Zone, style: str = "%a %Y-%m-%d %H:%M") -> str:
    """The wall clock at a moment, with seconds where it has any."""
    instant = micros(value)
    clock = moment(zone.wall(instant))
    if clock.second or clock.microsecond:
        style = style.replace("%H:%M", "%H:%M:%S")
    return clock.strftime(style)


def abbreviation(value: datetime.datetime, zone: Zone) -> str:
    """What the zone calls itself at a moment: `CET`, `+05:30`."""
    if zone.fixed is not None:
        return zone.name
    name = value.astimezone(zone.tz).strftime("%Z")
    return name if name[:1].isalpha() else f"UTC{name}"


def span(start: datetime.datetime, end: datetime.datetime, zone: Zone) -> str:
    """An interval, with the date of its end left out where it is that of its start."""
    first, last = local(start, zone), local(end, zone)
    if first.rpartition(" ")[0] == last.rpartition(" ")[0]:
        last = last.rpartition(" ")[2]
    return f"{first} to {last}"


def distance(now: datetime.datetime, then: datetime.datetime) -> str:
    """How far away a moment is: `in 3 hours`, `now`, `2 days ago`."""
    seconds = (then - now).total_seconds()
    if abs(seconds) < 60:
        return "now" if seconds <= 0 else "in less than a minute"
    size = next(size for size in (86_400 * 2, 3_600 * 2, 60) if abs(seconds) >= size or size == 60)
    unit = {86_400 * 2: 86_400, 3_600 * 2: 3_600, 60: 60}[size]
    said = length_in_words(datetime.timedelta(seconds=round(abs(seconds) / unit) * unit))
    return f"in {said}" if seconds > 0 else f"{said} ago"


def lasting(seconds: float) -> str:
    """A length of time, roughly: `about 4 hours`."""
    unit = 86_400 if seconds >= 2 * 86_400 else 3_600 if seconds >= 7_200 else 60 if seconds >= 120 else 1
    return f"about {length_in_words(datetime.timedelta(seconds=round(seconds / unit) * unit))}"
