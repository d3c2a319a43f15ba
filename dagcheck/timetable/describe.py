"""What Airflow makes of a DAG's schedule and dates: for the extraction, and the first step to its runs."""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from dagcheck.model.values import ObjectRef, Unknown
from dagcheck.records import dataclass, replace
from dagcheck.timetable import dates as dating
from dagcheck.timetable.build import NOT_GIVEN, Builder, Plan
from dagcheck.timetable.cron import expand_preset
from dagcheck.timetable.dates import Arguments, Dates, known
from dagcheck.timetable.errors import NoRun, NotKnown, Refused
from dagcheck.timetable.signatures import CORE
from dagcheck.timetable.timetables import AssetOrTime, Continuous
from dagcheck.timetable.versions import KEYWORDS, facts, has, is_on, setting
from dagcheck.timetable.zones import UTC, Zone, micros, moment

if TYPE_CHECKING:
    from dagcheck.model.dag import Schedule, ScheduleKind, Task

_KINDS: dict[str, ScheduleKind] = {
    "NullTimetable": "none",
    "PartitionedAtRuntime": "custom",
    "OnceTimetable": "once",
    "ContinuousTimetable": "continuous",
    "DatasetTriggeredTimetable": "assets",
    "AssetTriggeredTimetable": "assets",
    "PartitionedAssetTimetable": "assets",
    "CronDataIntervalTimetable": "cron",
    "CronTriggerTimetable": "cron",
    "MultipleCronTriggerTimetable": "cron",
    "CronPartitionTimetable": "cron",
    "DeltaDataIntervalTimetable": "interval",
    "DeltaTriggerTimetable": "interval",
    "EventsTimetable": "events",
    "DatasetOrTimeSchedule": "asset-or-time",
    "AssetOrTimeSchedule": "asset-or-time",
}


Found = Dates | NotKnown | Refused
"""What `found_dates` gives."""


def clock() -> int:
    """The time now, in microseconds since 1970."""
    return micros(datetime.datetime.now(datetime.UTC))


def schedule_value(arguments: Arguments, version: str) -> tuple[Any, str | None]:
    """The value that decides on the schedule and the argument that it came by; `(NOT_GIVEN, None)` where none was given.

    Raises:
        Refused: the version does not take an argument, or not these together.
        NotKnown: which of them counts is known only when the file is parsed.
    """
    release = facts(version).release
    values = {name: arguments[name].value for name in KEYWORDS if name in arguments}
    for name in values:
        if not has(KEYWORDS, name, release):
            instead = "schedule" if release >= (2, 4) else "schedule_interval"
            raise Refused(f"DAG has no argument {name} in Airflow {version}; use {instead}", argument=name, nearest=instead)
    if len(values) > 1 and sum(_is_set(value, name) for name, value in values.items()) > 1:
        raise Refused("at most one of schedule_interval, timetable and schedule can be given", argument="schedule")
    if values.get("timetable") is not None:
        return values["timetable"], "timetable"
    for name in ("schedule_interval", "schedule"):
        if name in values:
            return values[name], name
    return NOT_GIVEN, None


def _is_set(value: Any, name: str) -> bool:
    return bool(known(value, name))


def _check_start(value: Any, argument: str | None, plan: Plan, dates: Dates, version: str, catchup: bool) -> None:
    if dates.start_given:
        return
    if facts(version).start_required:
        if argument is not None and bool(value):
            raise Refused("a DAG with a schedule needs a start_date", argument="start_date")
        return
    if facts(version).start_required_of_tasks:
        return
    inner = plan.timetable.inner if isinstance(plan.timetable, AssetOrTime) else plan.timetable
    if catchup and (inner.runs_by_time or plan.kind == "assets"):
        raise Refused("a DAG that catches up needs a start_date", argument="start_date")


def _check_active_runs(plan: Plan, runs: int | None) -> None:
    inner = plan.timetable.inner if isinstance(plan.timetable, AssetOrTime) else plan.timetable
    if isinstance(inner, Continuous) and runs is not None and runs > 1:
        raise Refused(
            f"a continuous schedule needs max_active_runs=1, here it is {runs}", argument="max_active_runs", value=str(runs), nearest="1"
        )


def catchup_of(arguments: Arguments, version: str, settings: Mapping[str, str]) -> bool:
    """Whether the DAG catches up.

    Raises:
        NotKnown: that is known only when the file is parsed.
    """
    if "catchup" in arguments:
        return bool(known(arguments["catchup"].value, "catchup"))
    return is_on(settings, version, "scheduler.catchup_by_default")


def active_runs_of(arguments: Arguments, version: str, settings: Mapping[str, str]) -> int | None:
    """How many runs may be active at once; None where that is not known."""
    value = (
        arguments["max_active_runs"].value
        if "max_active_runs" in arguments
        else int(setting(settings, version, "core.max_active_runs_per_dag"))
    )
    return value if isinstance(value, int) else None


@dataclass(frozen=True, eq=False)
class Timing:
    """All that decides on the runs of a DAG. `earliest` and `latest` include the dates of its tasks.

    DAGs with the same schedule and dates share one, so that what was found out of it can be remembered.
    """

    plan: Plan
    dates: Dates
    earliest: int | None
    latest: int | None
    catchup: bool
    max_active_runs: int | None


def timing(arguments: Arguments, tasks: Iterable[Task], version: str, settings: Mapping[str, str], now: int) -> Timing:
    """What decides on the runs of a DAG that was given these arguments and has these tasks.

    Raises:
        Refused: Airflow refuses the DAG.
        NotKnown: something that decides is known only when the file is parsed.
    """
    value, argument = schedule_value(arguments, version)
    dates = dating.dag_dates(arguments, version, settings)
    plan = Builder(version, settings, dates.zone, now).plan(value)
    catchup = catchup_of(arguments, version, settings)
    runs = active_runs_of(arguments, version, settings)
    _check_start(value, argument, plan, dates, version, catchup)
    _check_active_runs(plan, runs)
    tasks = tuple(tasks)
    if facts(version).start_required_of_tasks and dates.start is None and not all("start_date" in task.arguments for task in tasks):
        raise Refused("each task needs a start_date, or the DAG must have one", argument="start_date")
    earliest, latest = dating.limits(dates, tasks, version, settings)
    return _shared(plan, dates, earliest, latest, catchup, runs)


@lru_cache(maxsize=1024, typed=True)
def _shared(plan: Plan, dates: Dates, earliest: int | None, latest: int | None, catchup: bool, runs: int | None) -> Timing:
    return Timing(plan, dates, earliest, latest, catchup, runs)


@dataclass(frozen=True)
class DagDates:
    """The dates of a DAG as Airflow's DAG object holds them, in its zone; `moves`: the start date moves with the clock and is therefore None. `error`: Airflow refuses them."""

    start: datetime.datetime | None
    end: datetime.datetime | None
    zone: str | None
    moves: bool = False
    error: str | None = None


def dag_dates(
    arguments: Arguments, version: str, settings: Mapping[str, str], tasks: Iterable[Task] = (), own_dates: Found | None = None
) -> DagDates:
    """The dates that Airflow gives a DAG with these arguments; the start of one that has none itself is the earliest of its tasks.

    `own_dates` are what `found_dates` found, where it was asked before.
    """
    own_dates = dating.found_dates(arguments, version, settings) if own_dates is None else own_dates
    found = _own_dates(arguments, version, settings, own_dates)
    if found.error is not None or ("start_date" in arguments and arguments["start_date"].value is not None):
        return found
    if facts(version).default_start_fills and (found.start is not None or found.moves):
        return found
    try:
        if found.moves:
            known_ones = {name: one for name, one in arguments.items() if name != "default_args"}
            dates = dating.dag_dates(known_ones, version, settings)
        else:
            dates = dating.told(own_dates)
        start, moving = dating.tasks_start(dates, tasks, version, settings)
    except NotKnown:
        return found
    except Refused as refused:
        return replace(found, error=refused.reason)
    if start is None and not moving:
        return found
    return replace(found, start=_local(start, dates.zone), moves=moving)


def _own_dates(arguments: Arguments, version: str, settings: Mapping[str, str], own_dates: Found) -> DagDates:
    """The dates that the arguments of a DAG give it."""
    if dating.moves(arguments):
        settled = {name: argument for name, argument in arguments.items() if name in ("end_date",)}
        rest = _own_dates(settled, version, settings, dating.found_dates(settled, version, settings))
        return DagDates(None, rest.end, None, moves=True, error=rest.error)
    try:
        dates = dating.told(own_dates)
        start = dates.start if dates.start is not None else dates.default_start
        return DagDates(_local(start, dates.zone), _local(dates.end, dates.zone), dates.zone.name)
    except NotKnown:
        return DagDates(None, None, None)
    except Refused as refused:
        return DagDates(None, None, None, error=refused.reason)


def _local(instant: int | None, zone: Zone) -> datetime.datetime | None:
    if instant is None:
        return None
    try:
        return moment(instant).astimezone(zone.tz)
    except (OverflowError, NoRun):
        return None


def describe_schedule(
    arguments: Arguments, version: str, settings: Mapping[str, str], now: int | None = None, own_dates: Found | None = None
) -> Schedule:
    """The schedule of a DAG with these arguments, as `dagcheck show` tells it; `error` where Airflow refuses it. Never raises for what the arguments hold.

    `own_dates` are what `found_dates` found, where it was asked before.
    """
    from dagcheck.model.dag import Schedule

    own_dates = dating.found_dates(arguments, version, settings) if own_dates is None else own_dates
    argument: Any = next((name for name in ("timetable", "schedule_interval", "schedule") if name in arguments), None)
    value = arguments[argument].value if argument else None
    parts: dict[str, Any] = {"argument": argument, "given": value, "span": arguments[argument].span if argument else None}
    zone = UTC
    parts["timezone"] = None
    try:
        value, argument = schedule_value(arguments, version)
        parts.update(argument=argument, given=None if value is NOT_GIVEN else value)
        parts["timezone"] = (zone := _zone_of(own_dates, version, settings)).name
        plan = Builder(version, settings, zone, clock() if now is None else now).plan(value)
        parts.update(kind=plan.kind, expression=plan.expression, timetable=plan.timetable.name)
        parts["timezone"] = plan.zone.name
        _check_start(value, argument, plan, dating.told(own_dates), version, catchup_of(arguments, version, settings))
        _check_active_runs(plan, active_runs_of(arguments, version, settings))
    except NotKnown:
        parts.setdefault("kind", _custom_or_unknown(value))
    except Refused as refused:
        parts["error"] = refused.reason
        parts.setdefault("kind", _kind_of_refused(value))
        if isinstance(value, str) and parts["kind"] == "cron":
            parts["expression"] = expand_preset(value)
    if parts["kind"] == "custom" and isinstance(value, ObjectRef):
        parts["timetable"] = value.name
    if facts(version).release < (2, 2):
        parts["timetable"] = None
    if facts(version).release < (2, 0) and parts["timezone"] is not None:
        parts["timezone"] = f"<Timezone [{parts['timezone']}]>"  # how Airflow 1.10 writes the zone of a DAG
    return Schedule(**parts)


def _zone_of(own_dates: Found, version: str, settings: Mapping[str, str]) -> Zone:
    """The zone of the DAG, or the default one where its dates are not known or wrong (which others report)."""
    return own_dates.zone if isinstance(own_dates, Dates) else dating.default_zone(version, settings)


def _custom_or_unknown(value: Any) -> ScheduleKind:
    if isinstance(value, ObjectRef):
        return _KINDS.get(value.name, "custom") if value.dotted.startswith("airflow.") else "custom"
    return "unknown"


def _kind_of_refused(value: Any) -> ScheduleKind:
    if isinstance(value, ObjectRef):
        return _KINDS[value.name] if value.name in CORE and value.dotted.startswith("airflow.") else "custom"
    if isinstance(value, str):
        return "cron"
    if isinstance(value, datetime.timedelta) or type(value).__name__ == "relativedelta":
        return "interval"
    return "unknown" if value is NOT_GIVEN or isinstance(value, Unknown) else "custom"
