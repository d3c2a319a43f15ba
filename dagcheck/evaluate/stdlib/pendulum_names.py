"""The names of `pendulum`."""

from __future__ import annotations

import datetime
from functools import cache, lru_cache
from typing import TYPE_CHECKING, Any

from dagcheck.evaluate import plain
from dagcheck.evaluate.stdlib import pendulum_formats as formats
from dagcheck.evaluate.stdlib.builtin_types import BuiltinType
from dagcheck.evaluate.stdlib.dates import DATE, TIME, clock
from dagcheck.evaluate.stdlib.modelling import Maker, first_problem, natives
from dagcheck.evaluate.stdlib.pendulum_values import DateTime, Duration, NotFollowed, Zone, zone_of
from dagcheck.evaluate.values import PYTHON_ERRORS, Arguments, Module, Native, Value

if TYPE_CHECKING:
    from dagcheck.evaluate.interpreter import Interpreter

FORMATS = {
    "to_date_string": "%Y-%m-%d",
    "to_time_string": "%H:%M:%S",
    "to_datetime_string": "%Y-%m-%d %H:%M:%S",
    "to_formatted_date_string": "%b %d, %Y",
}
MOVING = frozenset({"is_past", "is_future", "diff_for_humans", "age", "is_long_year", "is_birthday", "is_anniversary"})


def settled(make: Any) -> Maker:
    """A function of known arguments alone; what it cannot follow is unknown, what it raises the program raises."""

    def run(interp: Interpreter, arguments: Arguments) -> Value:
        problem = first_problem(arguments)
        if problem is not None:
            return problem
        try:
            return make(*arguments.args, **arguments.kwargs)
        except NotFollowed as error:
            return interp.unknown(f"pendulum: {error}")
        except PYTHON_ERRORS as error:
            raise interp.raises(error) from None

    return run


def _method(interp: Interpreter, value: Any, name: str, args: list[Value], kwargs: dict[str, Value]) -> Value:
    """Methods of pendulum's dates that are written as texts, or that move with the clock."""
    if name in MOVING:
        return interp.unknown(f"{name}() moves with the clock", "clock")
    if name in FORMATS:
        return value.strftime(FORMATS[name])
    if name in ("to_iso8601_string", "to_rfc3339_string"):
        text = value.isoformat()
        return text.replace("+00:00", "Z") if name == "to_iso8601_string" else text
    if name == "format":
        return settled(formats.write)(interp, Arguments([value, *args], kwargs))
    return NotImplemented


def _datetime(
    year: int, month: int, day: int, hour: int = 0, minute: int = 0, second: int = 0, microsecond: int = 0,
    tz: Any = "UTC", fold: int = 1, raise_on_unknown_times: bool = False,
) -> DateTime:  # fmt: skip
    naive = datetime.datetime(year, month, day, hour, minute, second, microsecond)
    return _of_zone(naive, tz, fold) if isinstance(tz, str) else DateTime.create(naive, None if tz is None else zone_of(tz), fold)


@lru_cache(maxsize=1024)
def _of_zone(naive: datetime.datetime, tz: str, fold: int) -> DateTime:
    """The date in the zone of a name: most DAGs start on a few dates of a few zones."""
    return DateTime.create(naive, zone_of(tz), fold)


def _naive(*parts: int, fold: int = 1) -> DateTime:
    return DateTime.of(datetime.datetime(*parts))  # type: ignore[arg-type] # year, month, day, …


def _instance(obj: Any, tz: Any = "UTC") -> Any:
    if not isinstance(obj, datetime.datetime):
        return obj
    zone = obj.tzinfo if obj.tzinfo is not None else tz
    return DateTime.create(obj, None if zone is None else zone_of(zone), obj.fold)


def _from_timestamp(timestamp: float, tz: Any = "UTC") -> DateTime:
    return DateTime.of(datetime.datetime.fromtimestamp(timestamp, zone_of(tz)))


def _parse(interp: Interpreter, arguments: Arguments) -> Value:
    if arguments.get(0, "text") == "now":
        return clock("pendulum.now")(interp, arguments)
    options = {name: value for name, value in arguments.kwargs.items() if name in ("tz", "exact", "strict")}
    return settled(formats.parse)(interp, Arguments([arguments.get(0, "text"), options.pop("tz", "UTC")], options))


def _from_format(text: str, pattern: str, tz: Any = "UTC", locale: str | None = None) -> DateTime:
    return formats.read(text, pattern, tz)


def _local(interp: Interpreter, arguments: Arguments) -> Value:
    return interp.unknown("pendulum.local() depends on the machine's time zone", "environment", name="TZ")


CLOCKS = ("now", "today", "tomorrow", "yesterday")
plain.METHODS[DateTime] = _method
plain.MODELLED_NAMES[DateTime] = frozenset({*FORMATS, *MOVING, "to_iso8601_string", "to_rfc3339_string", "format"})
DATETIME = BuiltinType(
    DateTime,
    methods={name: clock(f"pendulum.{name}") for name in (*CLOCKS, "utcnow")}
    | {"create": settled(_datetime), "instance": settled(_instance), "fromtimestamp": settled(_from_timestamp)},
)
DURATION = BuiltinType(Duration)
ZONE = BuiltinType(Zone, settled(zone_of))


def pendulum_names(interp: Interpreter) -> dict[str, Value]:
    """The names of `pendulum`."""
    return {**_names(), "tz": Module("pendulum.tz", _zone_names().copy())}


@cache
def _zone_names() -> dict[str, Value]:
    local = {name: Native(f"pendulum.{name}", _local) for name in ("local", "local_timezone", "set_local_timezone", "test_local_timezone")}
    return {"timezone": Native("pendulum.timezone", settled(zone_of)), "Timezone": ZONE, "UTC": Zone("UTC"), **local}


@cache
def _names() -> dict[str, Value]:
    days = ("MONDAY", "TUESDAY", "WEDNESDAY", "THURSDAY", "FRIDAY", "SATURDAY", "SUNDAY")
    return {
        **_zone_names(),
        **natives({name: clock(f"pendulum.{name}") for name in CLOCKS}),
        **natives({"datetime": settled(_datetime), "naive": settled(_naive), "instance": settled(_instance), "parse": _parse}),
        **natives({"from_timestamp": settled(_from_timestamp), "from_format": settled(_from_format), "duration": settled(Duration)}),
        **natives({"date": settled(datetime.date), "time": settled(datetime.time)}),
        **natives({"interval": settled(lambda start, end: end - start), "period": settled(lambda start, end: end - start)}),
        **{day: number for number, day in enumerate(days)},
        "DateTime": DATETIME,
        "Duration": DURATION,
        "Date": DATE,
        "Time": TIME,
        "timezones": Native("pendulum.timezones", lambda i, _: i.unknown("pendulum.timezones is not followed")),
    }


def tz_names(interp: Interpreter) -> dict[str, Value]:
    """The names of `pendulum.tz` and `pendulum.tz.timezone`."""
    names = pendulum_names(interp)
    return {name: names[name] for name in ("timezone", "Timezone", "UTC", "local_timezone")}
