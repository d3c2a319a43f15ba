"""From the schedule that a DAG was given to the timetable that Airflow of a version makes of it."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from dagcheck.model.values import AssetExpression, AssetRef, NameRef, ObjectRef, Unknown
from dagcheck.records import dataclass
from dagcheck.timetable import cron as crons
from dagcheck.timetable import timetables as kinds
from dagcheck.timetable.dates import known
from dagcheck.timetable.errors import NoRun, NotKnown, Refused
from dagcheck.timetable.grids import CronGrid, DeltaGrid, Grid, has_fixed_time, stored
from dagcheck.timetable.signatures import CORE, bound, is_sdk
from dagcheck.timetable.timetables import Timetable
from dagcheck.timetable.versions import TIMETABLES, Facts, facts, has, is_on
from dagcheck.timetable.zones import MICROSECOND, Zone, micros, named, zone_of

if TYPE_CHECKING:
    from dateutil.relativedelta import relativedelta

    from dagcheck.model.dag import ScheduleKind

NOT_GIVEN = object()
_OF_INTERVALS = ("CronDataIntervalTimetable", "DeltaDataIntervalTimetable")


@dataclass(frozen=True, eq=False)
class Plan:
    """A timetable with what can be said of it: its public kind, the expression (None where there is not one), and the zone in which it reads the clock.

    As its timetable, it is equal to itself alone; schedules that are alike share one.
    """

    timetable: Timetable
    kind: ScheduleKind
    expression: str | None
    zone: Zone
    crons: tuple[str, ...] = ()
    delta: datetime.timedelta | relativedelta | None = None


@dataclass(frozen=True)
class Builder:
    """Makes plans for one version and one set of Airflow settings. `zone` is the DAG's, `now` (microseconds since 1970) the clock by which deltas are checked."""

    version: str
    settings: Mapping[str, str]
    zone: Zone
    now: int

    @property
    def facts(self) -> Facts:
        return facts(self.version)

    def plan(self, value: Any) -> Plan:
        """The plan of a schedule as given; `NOT_GIVEN` where there is none.

        Raises:
            Refused: Airflow refuses it.
            NotKnown: it, or what a timetable was given, is known only when the file is parsed.
        """
        if value is NOT_GIVEN:
            value = None if self.facts.default_days is None else datetime.timedelta(days=self.facts.default_days)
        known(value, "the schedule")
        if isinstance(value, ObjectRef):
            return self._of_object(value)
        if value is None:
            return self._simple("NullTimetable")
        if isinstance(value, AssetRef | AssetExpression):
            return self._of_assets()
        if isinstance(value, str):
            return self._of_text(value)
        if isinstance(value, list | tuple | set | frozenset | dict | bytes):
            return self._of_collection(value)
        if isinstance(value, datetime.timedelta) or _is_relativedelta(value):
            return self._of_delta(value)
        what = value.dotted if isinstance(value, NameRef) else repr(value)
        hint = "; it is a class, make an object of it" if isinstance(value, NameRef) else ""
        raise Refused(f"{what} is not a valid schedule{hint}", value=what)

    def _of_collection(self, value: Any) -> Plan:
        if any(isinstance(item, Unknown) for item in value):
            raise NotKnown("the schedule is a list with something in it that is known only at run time")
        allowed = (AssetRef, AssetExpression) if self.facts.release >= (3, 0) else (AssetRef,)
        if not all(isinstance(item, allowed) for item in value):
            raise Refused(f"a list as schedule must hold {self.facts.asset_word}s alone")
        return self._of_assets()

    def _of_assets(self) -> Plan:
        return _null("AssetTriggeredTimetable" if self.facts.release >= (3, 0) else "DatasetTriggeredTimetable", "assets", self.zone)

    def _simple(self, name: str) -> Plan:
        told = self.facts
        if name == "OnceTimetable":
            return Plan(kinds.Once(name, told.runs_without_start), "once", None, self.zone)
        if name == "ContinuousTimetable":
            return Plan(kinds.Continuous(name, told.runs_without_start, told.steps_past_last), "continuous", None, self.zone)
        return _null(name, "custom" if name == "PartitionedAtRuntime" else "none", self.zone)

    def _of_text(self, text: str) -> Plan:
        if text == "@once":
            return self._simple("OnceTimetable")
        if text == "@continuous" and has(TIMETABLES, "ContinuousTimetable", self.facts.release):
            return self._simple("ContinuousTimetable")
        intervals = is_on(self.settings, self.version, "scheduler.create_cron_data_intervals")
        return self._cron("CronDataIntervalTimetable" if intervals else "CronTriggerTimetable", text, self.zone)

    def _of_delta(self, delta: datetime.timedelta | relativedelta) -> Plan:
        told = self.facts
        intervals = not told.delta_follows_setting or is_on(self.settings, self.version, "scheduler.create_cron_data_intervals")
        return self._delta("DeltaDataIntervalTimetable" if intervals else "DeltaTriggerTimetable", delta)

    def _cron(self, name: str, text: str, zone: Zone, more: Mapping[str, Any] | None = None) -> Plan:
        expression = crons.expand_preset(text)
        cron = crons.read(expression)
        elapsed = self._elapsed(cron)
        options = _trigger_options(name, more or {})
        if not options:
            return _plan_of_cron(name, text, zone, elapsed, self.version)
        return Plan(_stepping(name, CronGrid(cron, zone, elapsed), self.facts, options), "cron", expression, zone, crons=(text,))

    def _elapsed(self, cron: crons.Cron) -> bool | None:
        """Whether the version counts elapsed time for the cron; None: as later versions do."""
        if not self.facts.elapsed_unless_fixed:
            return None
        try:
            return not has_fixed_time(cron, self.now)
        except NoRun:
            return False

    def _delta(self, name: str, delta: Any, more: Mapping[str, Any] | None = None) -> Plan:
        delta = _delta_argument(delta, "delta")
        _check_positive(delta, self.now)
        options = _trigger_options(name, more or {})
        if isinstance(delta, datetime.timedelta) and not options:
            return _plan_of_delta(name, delta, self.zone, self.version)
        return Plan(
            _stepping(name, _delta_grid(delta, self.facts), self.facts, options), "interval", duration(delta), self.zone, delta=delta
        )

    def _of_object(self, ref: ObjectRef) -> Plan:
        if ref.name not in CORE or not ref.dotted.startswith("airflow."):
            raise NotKnown(f"{ref.name} is a timetable of your own: which runs it creates is decided by its code")
        if not has(TIMETABLES, ref.name, self.facts.release):
            raise Refused(f"Airflow {self.version} has no timetable {ref.name}", value=ref.name)
        given = bound(ref, third=self.facts.release >= (3, 0))
        return _MAKERS[ref.name](self, ref, given)

    def zone_argument(self, value: Any) -> Zone:
        """The zone that a timetable was given."""
        value = known(value, "timezone")
        if isinstance(value, str) and value:
            return named(value)
        if isinstance(value, datetime.tzinfo):
            return zone_of(value, datetime.datetime(2000, 1, 1), keyed_dateutil=self.facts.keyed_dateutil)
        raise Refused(f"{value!r} is no time zone", argument="timezone", value=str(value))


@lru_cache(maxsize=64)
def _null(name: str, kind: ScheduleKind, zone: Zone) -> Plan:
    return Plan(kinds.Null(name), kind, None, zone)


@lru_cache(maxsize=512)  # a repository has few different schedules, and what is found out of a timetable is remembered by the timetable
def _plan_of_cron(name: str, text: str, zone: Zone, elapsed: bool | None, version: str) -> Plan:
    """The plan of a cron expression alone."""
    expression = crons.expand_preset(text)
    grid = CronGrid(crons.read(expression), zone, elapsed)
    return Plan(_stepping(name, grid, facts(version), {}), "cron", expression, zone, crons=(text,))


@lru_cache(maxsize=512)
def _plan_of_delta(name: str, delta: datetime.timedelta, zone: Zone, version: str) -> Plan:
    """The plan of a fixed length of time alone."""
    told = facts(version)
    return Plan(_stepping(name, _delta_grid(delta, told), told, {}), "interval", duration(delta), zone, delta=delta)


def _delta_grid(delta: datetime.timedelta | relativedelta, told: Facts) -> DeltaGrid:
    return DeltaGrid(stored(delta), anchored=told.month_steps_from_start, floored=told.floors_deltas)


def _stepping(name: str, grid: Grid, told: Facts, options: Mapping[str, Any]) -> Timetable:
    """The timetable of a grid: that of data intervals, or a trigger with its options."""
    if name in _OF_INTERVALS:
        return kinds.DataInterval(name, grid, told.steps_past_last)
    return kinds.Trigger(name, grid, without_start=told.runs_without_start, **options)


def _trigger_options(name: str, given: Mapping[str, Any]) -> dict[str, Any]:
    """What a trigger was given beside its steps; nothing for a timetable of data intervals."""
    options: dict[str, Any] = {}
    if name in _OF_INTERVALS:
        return options
    if "interval" in given:
        options["length"] = stored(_delta_argument(given["interval"], "interval"))
    if "run_immediately" in given:
        options["run_immediately"] = known(given["run_immediately"], "run_immediately")
    return options


def _is_relativedelta(value: Any) -> bool:
    return type(value).__name__ == "relativedelta"


def _delta_argument(value: Any, name: str) -> datetime.timedelta | relativedelta:
    known(value, name)
    if isinstance(value, datetime.timedelta):
        return value
    if not _is_relativedelta(value):
        raise Refused(f"{name} is {value!r}, not a timedelta or relativedelta", argument=name, value=repr(value))
    delta: relativedelta = value
    return delta


def _check_positive(delta: datetime.timedelta | relativedelta, now: int) -> None:
    """Refuse a delta that does not move the clock forward; for months that depends on the day."""
    clock = datetime.datetime(1970, 1, 1) + datetime.timedelta(microseconds=now)
    try:
        forward = clock + delta > clock
    except (OverflowError, ValueError):
        raise Refused(f"{delta!r} as schedule reaches beyond the year 9999", stage="validate", value=repr(delta)) from None
    if not forward:
        raise Refused(f"the schedule must be a positive delta, not {delta!r}", stage="validate", value=repr(delta))


def duration(delta: datetime.timedelta | relativedelta) -> str | None:
    """The ISO 8601 duration of a delta; None for a `relativedelta` with absolute fields, which is none."""
    from dagcheck.model.plain import iso_duration

    if isinstance(delta, datetime.timedelta):
        return iso_duration(delta)
    absolute = (delta.year, delta.month, delta.day, delta.weekday, delta.hour, delta.minute, delta.second, delta.microsecond)
    if any(part is not None for part in absolute) or delta.leapdays:
        return None
    rest = iso_duration(datetime.timedelta(days=delta.days, hours=delta.hours, minutes=delta.minutes, seconds=delta.seconds))
    head = (f"{delta.years}Y" if delta.years else "") + (f"{delta.months}M" if delta.months else "")
    return rest if not head else "P" + head + rest.removeprefix("P").removesuffix("T0S" if rest == "PT0S" else "")


def _make_cron(builder: Builder, ref: ObjectRef, given: Mapping[str, Any]) -> Plan:
    text = known(given.get("cron", given.get("expression")), "the cron expression")
    if not isinstance(text, str):
        raise Refused(f"{text!r} is no cron expression", argument="cron", value=repr(text))
    return builder._cron(ref.name, text, builder.zone_argument(given["timezone"]), given)


def _make_delta(builder: Builder, ref: ObjectRef, given: Mapping[str, Any]) -> Plan:
    return builder._delta(ref.name, given["delta"], given)


def _make_simple(builder: Builder, ref: ObjectRef, given: Mapping[str, Any]) -> Plan:
    return builder._simple(ref.name)


def _make_assets(builder: Builder, ref: ObjectRef, given: Mapping[str, Any]) -> Plan:
    return Plan(kinds.Null(ref.name), "assets", None, builder.zone)


def _make_multiple(builder: Builder, ref: ObjectRef, given: Mapping[str, Any]) -> Plan:
    texts = [known(text, "a cron expression") for text in given["crons"]]
    if not texts:
        raise Refused("MultipleCronTriggerTimetable needs at least one cron expression", argument="crons")
    zone = builder.zone_argument(given["timezone"])
    members = tuple(_member(builder, text, zone, given) for text in texts)
    return Plan(kinds.MultipleCron(ref.name, members), "cron", None, zone, crons=tuple(texts))


def _member(builder: Builder, text: str, zone: Zone, given: Mapping[str, Any]) -> kinds.Trigger | kinds.Failing:
    """One cron of several: Airflow does not validate these, a bad one fails when the next run is computed."""
    try:
        timetable = builder._cron("CronTriggerTimetable", text, zone, given).timetable
    except Refused as refused:
        return kinds.Failing("CronTriggerTimetable", refused.reason)
    assert isinstance(timetable, kinds.Trigger)
    return timetable


def _make_partition(builder: Builder, ref: ObjectRef, given: Mapping[str, Any]) -> Plan:
    offset = known(given.get("run_offset"), "run_offset")
    if offset is not None and not isinstance(offset, int):
        raise Refused("run_offset must be a whole number of cron steps", argument="run_offset", value=repr(offset))
    plan = _make_cron(builder, ref, given)
    assert isinstance(plan.timetable, kinds.Trigger)
    trigger = plan.timetable
    key_format = known(given.get("key_format", "%Y-%m-%dT%H:%M:%S"), "key_format")
    partition = kinds.Partition(
        ref.name,
        trigger.grid,
        run_immediately=trigger.run_immediately,
        without_start=trigger.without_start,
        offset=offset or 0,
        key_format=key_format,
    )
    return Plan(partition, "cron", plan.expression, plan.zone, plan.crons)


def _make_events(builder: Builder, ref: ObjectRef, given: Mapping[str, Any]) -> Plan:
    dates = known(given["event_dates"], "event_dates")
    if not isinstance(dates, Sequence | set | frozenset) or isinstance(dates, str):
        raise Refused("event_dates must be a list of datetimes", argument="event_dates")
    values = [known(date, "a date of event_dates") for date in dates]
    if is_sdk(ref):
        raise Refused(
            f"Airflow {builder.version} cannot serialize EventsTimetable from airflow.sdk; import it from airflow.timetables.events",
            stage="serialize",
        )
    if not all(isinstance(value, datetime.datetime) for value in values):
        raise Refused("event_dates must hold datetimes alone", argument="event_dates")
    naive = [value.tzinfo is None for value in values]
    if any(naive):
        if not all(naive) and not given.get("presorted"):
            raise Refused("event_dates mixes dates with and without a time zone, which cannot be sorted", argument="event_dates")
        return Plan(
            kinds.Events(ref.name, (), "the event dates have no time zone, and Airflow cannot compare them with the clock"),
            "events",
            None,
            builder.zone,
        )
    events = [micros(value) - (value.utcoffset() or datetime.timedelta(0)) // MICROSECOND for value in values]
    if not events and not builder.facts.events_obey_dates:
        raise Refused(f"EventsTimetable of Airflow {builder.version} fails without any event", argument="event_dates")
    ordered = events if given.get("presorted") else sorted(events)
    return Plan(kinds.Events(ref.name, ordered, obeys_dates=builder.facts.events_obey_dates), "events", None, builder.zone)


def _make_asset_or_time(builder: Builder, ref: ObjectRef, given: Mapping[str, Any]) -> Plan:
    inner = known(given["timetable"], "timetable")
    if not isinstance(inner, ObjectRef):
        raise Refused(f"the timetable of {ref.name} is {inner!r}, which is no timetable", argument="timetable", value=repr(inner))
    nested = {
        "DatasetTriggeredTimetable",
        "AssetTriggeredTimetable",
        "DatasetOrTimeSchedule",
        "AssetOrTimeSchedule",
        "PartitionedAssetTimetable",
    }
    if inner.name in nested and not is_sdk(ref):
        raise Refused(f"{builder.facts.asset_word} timetables cannot be nested", stage="validate", argument="timetable", value=inner.name)
    try:
        plan = builder.plan(inner)
    except Refused as refused:
        if refused.stage != "validate":
            raise
        return Plan(kinds.AssetOrTime(ref.name, kinds.Failing(inner.name, refused.reason)), "asset-or-time", None, builder.zone)
    return Plan(kinds.AssetOrTime(ref.name, plan.timetable), "asset-or-time", plan.expression, plan.zone, plan.crons, plan.delta)


_MAKERS: dict[str, Callable[[Builder, ObjectRef, Mapping[str, Any]], Plan]] = {
    "NullTimetable": _make_simple,
    "OnceTimetable": _make_simple,
    "ContinuousTimetable": _make_simple,
    "PartitionedAtRuntime": _make_simple,
    "DatasetTriggeredTimetable": _make_assets,
    "AssetTriggeredTimetable": _make_assets,
    "PartitionedAssetTimetable": _make_assets,
    "CronDataIntervalTimetable": _make_cron,
    "CronTriggerTimetable": _make_cron,
    "DeltaDataIntervalTimetable": _make_delta,
    "DeltaTriggerTimetable": _make_delta,
    "MultipleCronTriggerTimetable": _make_multiple,
    "CronPartitionTimetable": _make_partition,
    "EventsTimetable": _make_events,
    "DatasetOrTimeSchedule": _make_asset_or_time,
    "AssetOrTimeSchedule": _make_asset_or_time,
}
