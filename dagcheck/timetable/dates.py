"""The zone and the dates of a DAG and of its tasks, as Airflow's own objects hold them."""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from dagcheck.model.values import Unknown
from dagcheck.records import dataclass
from dagcheck.timetable.errors import NotKnown, Refused
from dagcheck.timetable.versions import Facts, facts, setting
from dagcheck.timetable.zones import MICROSECOND, UTC, Zone, micros, named, zone_of

if TYPE_CHECKING:
    from dagcheck.model.dag import Argument, Task

Arguments = Mapping[str, "Argument"]


@dataclass(frozen=True, slots=True)
class Dates:
    """The zone of a DAG and its dates, in microseconds since 1970 (UTC). `default_start` and `default_end` are those in `default_args`.

    `start_given` is true if Airflow sees any start date, on the DAG or in `default_args`.
    """

    zone: Zone
    start: int | None
    end: int | None
    default_start: int | None
    default_end: int | None
    start_given: bool


def default_zone(version: str, settings: Mapping[str, str]) -> Zone:
    """`[core] default_timezone`.

    Raises:
        NotKnown: it is `system`, the zone of the machine that Airflow runs on.
        Refused: there is no such zone.
    """
    name = setting(settings, version, "core.default_timezone")
    if name == "system":
        raise NotKnown(
            "core.default_timezone is 'system': the zone of the machine that Airflow runs on is not known here; set it to that zone's name"
        )
    return named(name)


def given(arguments: Arguments, name: str) -> Any:
    """The value of an argument; None if it was not given.

    Raises:
        NotKnown: it is known only when the file is parsed.
    """
    argument = arguments.get(name)
    return None if argument is None else known(argument.value, name)


def known(value: Any, name: str) -> Any:
    """The value itself.

    Raises:
        NotKnown: it is Unknown.
    """
    if isinstance(value, Unknown):
        if value.cause == "clock":
            raise NotKnown(f"{name} moves with the clock ({value.reason}): each parse of the file gives another one")
        raise NotKnown(f"{name} is known only at run time: {value.reason}")
    return value


def _default_args(arguments: Arguments) -> Mapping[Any, Any]:
    value = given(arguments, "default_args")
    return value if isinstance(value, dict) else {}


def dag_dates(arguments: Arguments, version: str, settings: Mapping[str, str]) -> Dates:
    """The zone and dates of a DAG that was given these arguments.

    Raises:
        NotKnown: one of them is known only when the file is parsed.
        Refused: Airflow refuses one of them.
    """
    zone, told = default_zone(version, settings), facts(version)
    defaults = _default_args(arguments)
    start = _real_date(given(arguments, "start_date"), "start_date")
    default_start = defaults.get("start_date")
    default_start = None if start is not None and on_clock(default_start) else known(default_start, "start_date in default_args")
    if isinstance(default_start, str) and start is not None and not told.default_start_fills and start.tzinfo is not None:
        raise Refused("a start_date in default_args that is text cannot stand beside the DAG's own start_date", argument="start_date")
    if isinstance(default_start, str) and not told.default_start_fills:
        default_start = start = parsed(default_start, zone, "start_date in default_args")
    own_zone = _zone(start, default_start, zone, told)
    if isinstance(default_start, str):
        default_start = parsed(default_start, zone if start is None else own_zone, "start_date in default_args")
        own_zone = own_zone if start is not None else _zone(None, default_start, zone, told)
    default_start = _real_date(default_start, "start_date in default_args")
    default_end = known(defaults.get("end_date"), "end_date in default_args")
    default_end = parsed(default_end, own_zone, "end_date in default_args") if isinstance(default_end, str) else default_end
    if start is None and told.default_start_fills:
        start = default_start
    return Dates(
        zone=own_zone,
        start=instant_of(start, zone),
        end=instant_of(_real_date(given(arguments, "end_date"), "end_date"), zone),
        default_start=instant_of(default_start, zone),
        default_end=instant_of(_real_date(default_end, "end_date in default_args"), zone),
        start_given=start is not None or "start_date" in defaults,
    )


def found_dates(arguments: Arguments, version: str, settings: Mapping[str, str]) -> Dates | NotKnown | Refused:
    """What `dag_dates` gives or raises, for those who ask more than once."""
    try:
        return dag_dates(arguments, version, settings)
    except (NotKnown, Refused) as error:
        return error


def told(found: Dates | NotKnown | Refused) -> Dates:
    """The dates that were found.

    Raises:
        NotKnown: one of them is known only when the file is parsed.
        Refused: Airflow refuses one of them.
    """
    if isinstance(found, Dates):
        return found
    raise found


def _zone(start: Any, default_start: Any, default: Zone, told: Facts) -> Zone:
    deciding = start
    if start is None or (
        told.naive_start_yields and isinstance(start, datetime.datetime) and start.tzinfo is None and default_start is not None
    ):
        deciding = default_start
    if not isinstance(deciding, datetime.datetime) or deciding.tzinfo is None:
        return default
    return zone_of(deciding.tzinfo, deciding, keyed_dateutil=told.keyed_dateutil)


def _real_date(value: Any, name: str) -> datetime.datetime | None:
    if value is None or isinstance(value, datetime.datetime):
        return value
    what = (
        "text" if isinstance(value, str) else "a date without a time" if isinstance(value, datetime.date) else f"a {type(value).__name__}"
    )
    raise Refused(f"{name} is {what}; Airflow takes a datetime alone", argument=name.partition(" ")[0], value=str(value))


def parsed(text: str, zone: Zone, name: str) -> datetime.datetime:
    """A date given as text, in the zone where it names none itself.

    Raises:
        Refused: it is no date.
    """
    try:
        value = datetime.datetime.fromisoformat(text.strip())
    except ValueError:
        value = _parsed_loosely(text, name)
    if value.tzinfo is not None:
        return value
    if zone.fixed is not None:
        return value.replace(tzinfo=zone.tz)
    return (datetime.datetime.fromtimestamp(0, datetime.UTC) + zone.instant(micros(value)) * MICROSECOND).astimezone(zone.tz)


def _parsed_loosely(text: str, name: str) -> datetime.datetime:
    from dateutil import parser

    try:
        return parser.parse(text, default=datetime.datetime(1970, 1, 1))
    except (ValueError, OverflowError):
        raise Refused(f"{name} is {text!r}, which is no date", argument=name.partition(" ")[0], value=text) from None


def instant_of(value: datetime.datetime | None, zone: Zone) -> int | None:
    """The instant of a date; a naive one counts in `zone`."""
    if value is None:
        return None
    offset = value.utcoffset()
    return zone.instant_of_date(micros(value), value.fold) if offset is None else micros(value) - offset // MICROSECOND


def limits(dates: Dates, tasks: Iterable[Task], version: str, settings: Mapping[str, str]) -> tuple[int | None, int | None]:
    """The earliest and the latest date of the DAG's runs: its own and those of its tasks taken together.

    Raises:
        NotKnown: a date of a task is known only when the file is parsed.
        Refused: Airflow refuses one.
    """
    tasks = tuple(tasks)
    if not any("start_date" in task.arguments or "end_date" in task.arguments for task in tasks):
        return dates.start, dates.end
    zone = default_zone(version, settings)
    starts, ends, count = [], [], 0
    for task in tasks:
        count += 1
        start, end = _task_date(task, "start_date", dates.zone, zone), _task_date(task, "end_date", dates.zone, zone)
        starts.append(dates.start if start is None else start if dates.start is None else max(start, dates.start))
        ends.append(dates.end if end is None else end if dates.end is None else min(end, dates.end))
    known_starts = [start for start in (*starts, dates.start) if start is not None]
    known_ends = [end for end in ends if end is not None]
    latest = dates.end
    if len(known_ends) == count:
        latest = max((end for end in (*known_ends, dates.end) if end is not None), default=None)
    return min(known_starts, default=None), latest


def _task_date(task: Task, name: str, dag_zone: Zone, zone: Zone) -> int | None:
    argument = task.arguments.get(name)
    if argument is None:
        return None
    value = known(argument.value, f"{name} of task {task.task_id}")
    if isinstance(value, str) and argument.origin == "default_args":
        value = parsed(value, dag_zone, f"{name} in default_args")
    return instant_of(_real_date(value, f"{name} of task {task.task_id}"), zone)


def moves(arguments: Arguments) -> bool:
    """True if the start date is known to move with the clock: the DAG's own, or the one in `default_args` where it has none."""
    own, defaults = (arguments[name].value if name in arguments else None for name in ("start_date", "default_args"))
    return on_clock(own) or (own is None and isinstance(defaults, dict) and on_clock(defaults.get("start_date")))


def on_clock(value: Any) -> bool:
    """True for a date that moves with the clock."""
    return isinstance(value, Unknown) and value.cause == "clock"


def tasks_start(dates: Dates, tasks: Iterable[Task], version: str, settings: Mapping[str, str]) -> tuple[int | None, bool]:
    """The earliest start date of the tasks, and whether all that they have move with the clock.

    Raises:
        NotKnown: one of them is known only when the file is parsed.
        Refused: Airflow refuses one.
    """
    zone = default_zone(version, settings)
    given = [task for task in tasks if "start_date" in task.arguments]
    fixed = [task for task in given if not on_clock(task.arguments["start_date"].value)]
    found = [_task_date(task, "start_date", dates.zone, zone) for task in fixed]
    first = min((start for start in found if start is not None), default=None)
    return first, first is None and len(fixed) < len(given)


__all__ = [
    "UTC",
    "Arguments",
    "Dates",
    "dag_dates",
    "default_zone",
    "found_dates",
    "given",
    "instant_of",
    "known",
    "limits",
    "moves",
    "on_clock",
    "parsed",
    "tasks_start",
    "told",
]
