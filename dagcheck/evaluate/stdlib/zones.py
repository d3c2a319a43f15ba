"""`pytz` and `dateutil.tz`: their zones as `zoneinfo` ones, with what each library does differently."""

from __future__ import annotations

import datetime
import functools
import zoneinfo
from typing import TYPE_CHECKING, Any

from dagcheck.evaluate.calls import call_pure, pure
from dagcheck.evaluate.stdlib.builtin_types import BuiltinType
from dagcheck.evaluate.stdlib.modelling import first_problem
from dagcheck.evaluate.values import Arguments, Module, Native, Value
from dagcheck.timetable.zones import DateutilZone

if TYPE_CHECKING:
    from dagcheck.evaluate.interpreter import Interpreter


class PytzZone(zoneinfo.ZoneInfo):
    """A zone of pytz: put into a date as its `tzinfo` it stands for the zone's first offset (local mean time); `localize` gives the right one."""

    @property
    def zone(self) -> str:
        return str(self.key)

    def utcoffset(self, dt: datetime.datetime | None) -> datetime.timedelta | None:
        """The zone's oldest offset, rounded to minutes as pytz has it."""
        offset = zoneinfo.ZoneInfo(self.key).utcoffset(datetime.datetime(1, 1, 2))
        return None if offset is None else datetime.timedelta(minutes=(offset.total_seconds() + 30) // 60)

    def fromutc(self, dt: datetime.datetime) -> datetime.datetime:
        """A conversion gives the right offset: the date gets a plain zone."""
        zone = zoneinfo.ZoneInfo(self.key)
        return zone.fromutc(dt.replace(tzinfo=zone))

    def localize(self, dt: datetime.datetime, is_dst: bool | None = False) -> datetime.datetime:
        """The naive date in this zone; of an ambiguous one the standard time, of one in a gap the time before it."""
        if dt.tzinfo is not None:
            raise ValueError("Not naive datetime (tzinfo is already set)")
        zone = zoneinfo.ZoneInfo(self.key)
        first, second = dt.replace(tzinfo=zone, fold=0), dt.replace(tzinfo=zone, fold=1)
        if first.utcoffset() == second.utcoffset() or is_dst is None:
            return first
        return next((one for one in (first, second) if bool(one.dst()) == is_dst), first)

    def normalize(self, dt: datetime.datetime) -> datetime.datetime:
        """The same instant with the right offset."""
        zone = zoneinfo.ZoneInfo(self.key)
        return dt.astimezone(zone)


class PytzUnknown(KeyError):
    """`pytz.UnknownTimeZoneError`."""


def _timezone(interp: Interpreter, arguments: Arguments) -> Value:
    problem = first_problem(arguments)
    if problem is not None:
        return problem
    name = arguments.get(0, "zone")
    if str(name).upper() == "UTC":
        return PytzZone("UTC")
    try:
        return PytzZone(str(name))
    except (ValueError, OSError, zoneinfo.ZoneInfoNotFoundError):
        raise interp.raises(PytzUnknown(str(name))) from None


def _fixed(interp: Interpreter, arguments: Arguments) -> Value:
    problem = first_problem(arguments)
    return call_pure(interp, _fixed_zone, arguments.but(arguments.get(0, "offset"))) if problem is None else problem


def _fixed_zone(minutes: Any) -> datetime.timezone:
    return datetime.timezone(datetime.timedelta(minutes=int(minutes)))


BuiltinType(PytzZone)


@functools.cache
def _zone_names() -> tuple[str, ...]:
    return tuple(sorted(zoneinfo.available_timezones()))


def pytz_names(interp: Interpreter) -> dict[str, Value]:
    """The names of `pytz`."""
    names = list(_zone_names())
    return {
        "timezone": Native("pytz.timezone", _timezone),
        "utc": PytzZone("UTC"),
        "UTC": PytzZone("UTC"),
        "FixedOffset": Native("pytz.FixedOffset", _fixed),
        "UnknownTimeZoneError": PytzUnknown,
        "exceptions": Module("pytz.exceptions", {"UnknownTimeZoneError": PytzUnknown}),
        "all_timezones": names,
        "common_timezones": [name for name in names if "/" in name or name == "UTC"],
        "all_timezones_set": set(names),
    }


def _gettz(interp: Interpreter, arguments: Arguments) -> Value:
    problem = first_problem(arguments)
    if problem is not None:
        return problem
    name = arguments.get(0, "name")
    if not name:
        return interp.unknown("dateutil.tz.gettz() depends on the machine's time zone", "environment", name="TZ")
    if name == "UTC":
        return datetime.UTC
    try:
        return DateutilZone(str(name))
    except (ValueError, OSError, zoneinfo.ZoneInfoNotFoundError):
        return None


def _tzlocal(interp: Interpreter, arguments: Arguments) -> Value:
    return interp.unknown("dateutil.tz.tzlocal() depends on the machine's time zone", "environment", name="TZ")


def _tzoffset(interp: Interpreter, arguments: Arguments) -> Value:
    problem = first_problem(arguments)
    if problem is not None:
        return problem
    name, offset = arguments.get(0, "name"), arguments.get(1, "offset")
    return call_pure(interp, _zone_with_offset, arguments.but(name, offset))


def _zone_with_offset(name: Any, offset: Any) -> datetime.timezone:
    delta = offset if isinstance(offset, datetime.timedelta) else datetime.timedelta(seconds=offset)
    return datetime.timezone(delta, name) if isinstance(name, str) else datetime.timezone(delta)


def dateutil_tz_names(interp: Interpreter) -> dict[str, Value]:
    """The names of `dateutil.tz`."""
    return {
        "gettz": Native("tz.gettz", _gettz),
        "UTC": datetime.UTC,
        "tzutc": Native("tz.tzutc", lambda i, _: datetime.UTC),
        "tzlocal": Native("tz.tzlocal", _tzlocal),
        "tzoffset": Native("tz.tzoffset", _tzoffset),
        "tzstr": Native("tz.tzstr", lambda i, _: i.unknown("dateutil.tz.tzstr() is not followed")),
    }


def _parse_date(interp: Interpreter, arguments: Arguments) -> Value:
    """`dateutil.parser.parse`: parts that the text does not give come from today, unless a default is given."""
    from dateutil import parser

    problem = first_problem(arguments)
    if problem is not None:
        return problem
    if "default" in arguments.kwargs:
        return call_pure(interp, parser.parse, arguments)
    found = [
        call_pure(interp, parser.parse, Arguments(arguments.args, {**arguments.kwargs, "default": default}))
        for default in (datetime.datetime(2000, 1, 1), datetime.datetime(2004, 5, 5))
    ]
    return found[0] if found[0] == found[1] else interp.unknown("a date that today completes", "clock", name="dateutil.parser.parse")


def dateutil_parser_names(interp: Interpreter) -> dict[str, Value]:
    """The names of `dateutil.parser`."""
    from dateutil import parser

    return {
        "parse": Native("parser.parse", _parse_date),
        "isoparse": pure("parser.isoparse", parser.isoparse),
        "ParserError": parser.ParserError,
    }


@functools.cache
def _relativedelta_type() -> BuiltinType:
    from dateutil import relativedelta

    return BuiltinType(relativedelta.relativedelta)


def relativedelta_names(interp: Interpreter) -> dict[str, Value]:
    """The names of `dateutil.relativedelta`."""
    from dateutil import relativedelta

    weekdays: dict[str, Any] = {name: getattr(relativedelta, name) for name in ("MO", "TU", "WE", "TH", "FR", "SA", "SU")}
    return {"relativedelta": _relativedelta_type(), **weekdays}


def easter_names(interp: Interpreter) -> dict[str, Value]:
    """The names of `dateutil.easter`."""
    from dateutil import easter

    return {"easter": pure("easter.easter", easter.easter)}


def dateutil_names(interp: Interpreter) -> dict[str, Value]:
    """The package `dateutil`; its modules are reached by name."""
    return {}
