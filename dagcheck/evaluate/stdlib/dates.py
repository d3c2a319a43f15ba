"""`datetime`, `time`, `calendar` and `zoneinfo`: dates are Python's own; what the clock or the machine says is unknown."""

from __future__ import annotations

import calendar
import datetime
import time
import zoneinfo
from typing import TYPE_CHECKING, Any

from dagcheck.evaluate import plain
from dagcheck.evaluate.calls import call_pure
from dagcheck.evaluate.stdlib.builtin_types import BuiltinType
from dagcheck.evaluate.stdlib.modelling import Maker, first_problem, natives, pure_names, unknown_function, unknown_names
from dagcheck.evaluate.values import Arguments, Native, Value, first_of
from dagcheck.model.values import Unknown

if TYPE_CHECKING:
    from dagcheck.evaluate.interpreter import Interpreter


def clock(dotted: str) -> Maker:
    """A function that reads the clock."""
    return unknown_function(dotted, "clock", "clock").function


def _local_zone(interp: Interpreter, what: str) -> Unknown:
    return interp.unknown(f"{what} depends on the machine's time zone", "environment", name="TZ")


def _from_timestamp(interp: Interpreter, arguments: Arguments) -> Value:
    zone = arguments.get(1, "tz")
    problem = first_problem(arguments)
    if problem is not None or zone is not None:
        return problem if problem is not None else call_pure(interp, datetime.datetime.fromtimestamp, arguments)
    return _local_zone(interp, "datetime.fromtimestamp()")


def _date_from_timestamp(interp: Interpreter, arguments: Arguments) -> Value:
    return first_of(first_problem(arguments), _local_zone(interp, "date.fromtimestamp()"))


DATETIME = BuiltinType(
    datetime.datetime,
    methods={name: clock(f"datetime.{name}") for name in ("now", "today", "utcnow")} | {"fromtimestamp": _from_timestamp},
)
DATE = BuiltinType(datetime.date, methods={"today": clock("date.today"), "fromtimestamp": _date_from_timestamp})
TIME = BuiltinType(datetime.time)
TIMEDELTA = BuiltinType(datetime.timedelta)
TIMEZONE = BuiltinType(datetime.timezone)
TZINFO = BuiltinType(datetime.tzinfo)


def _datetime_method(interp: Interpreter, value: Any, name: str, args: list[Value], kwargs: dict[str, Value]) -> Value:
    """Methods that ask the machine for its time zone."""
    naive = value.tzinfo is None
    if (name == "timestamp" and naive) or (name == "astimezone" and (naive or not (args or kwargs))):
        return _local_zone(interp, f"datetime.{name}() of a naive date")
    return NotImplemented


plain.METHODS[datetime.datetime] = _datetime_method


def datetime_names(interp: Interpreter) -> dict[str, Value]:
    """The names of `datetime`."""
    return {
        "datetime": DATETIME,
        "date": DATE,
        "time": TIME,
        "timedelta": TIMEDELTA,
        "timezone": TIMEZONE,
        "tzinfo": TZINFO,
        "UTC": datetime.UTC,
        "MINYEAR": datetime.MINYEAR,
        "MAXYEAR": datetime.MAXYEAR,
    }


def _sleep(interp: Interpreter, arguments: Arguments) -> Value:
    interp.note("sleep", "time.sleep")


def _strftime(interp: Interpreter, arguments: Arguments) -> Value:
    if len(arguments.args) == 1:
        return clock("time.strftime")(interp, arguments)
    return call_pure(interp, time.strftime, arguments)


def time_names(interp: Interpreter) -> dict[str, Value]:
    """The names of `time`."""
    return {
        **unknown_names(
            "time time_ns monotonic monotonic_ns perf_counter perf_counter_ns process_time localtime gmtime ctime asctime thread_time",
            "clock",
            "time",
            "clock",
        ),
        **unknown_names("mktime tzset", "environment", "time"),
        **pure_names(time, "strptime"),
        **natives({"sleep": _sleep, "strftime": _strftime}),
        "tzname": interp.unknown("time.tzname depends on the machine", "environment", name="TZ"),
        "timezone": interp.unknown("time.timezone depends on the machine", "environment", name="TZ"),
        "struct_time": time.struct_time,
    }


def calendar_names(interp: Interpreter) -> dict[str, Value]:
    """The names of `calendar`."""
    names = (
        "monthrange isleap leapdays weekday monthcalendar timegm day_name day_abbr month_name month_abbr MONDAY TUESDAY WEDNESDAY THURSDAY FRIDAY"
        " SATURDAY SUNDAY JANUARY FEBRUARY"
    )
    return {**pure_names(calendar, names), "Calendar": BuiltinType(calendar.Calendar, _calendar)}


def _calendar(interp: Interpreter, arguments: Arguments) -> Value:
    return call_pure(interp, calendar.Calendar, arguments)


def _zone(interp: Interpreter, arguments: Arguments) -> Value:
    problem = first_problem(arguments)
    if problem is not None:
        return problem
    try:
        return zoneinfo.ZoneInfo(str(arguments.get(0, "key")))
    except (ValueError, OSError, zoneinfo.ZoneInfoNotFoundError) as error:
        raise interp.raises(error) from None


ZONE = BuiltinType(zoneinfo.ZoneInfo, _zone)


def zoneinfo_names(interp: Interpreter) -> dict[str, Value]:
    """The names of `zoneinfo` (and of its backport)."""
    return {
        "ZoneInfo": ZONE,
        "ZoneInfoNotFoundError": zoneinfo.ZoneInfoNotFoundError,
        "available_timezones": Native("available_timezones", lambda i, _: zoneinfo.available_timezones()),
    }
