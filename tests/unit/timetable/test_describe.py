"""What Airflow makes of a schedule and of dates."""

from __future__ import annotations

import datetime
from typing import Any

import pytest
from dateutil.relativedelta import relativedelta

from dagcheck.model.values import AssetExpression, AssetRef, NameRef, ObjectRef, Unknown
from dagcheck.timetable.describe import dag_dates, describe_schedule
from dagcheck.timetable.errors import NotKnown, Refused
from dagcheck.timetable.zones import DateutilZone
from tests.unit.timetable.made import arguments, at, table, timed

START = at("2026-01-01 00:00", "Europe/Oslo")
NAIVE = datetime.datetime(2026, 1, 1)
ASSET = AssetRef("orders", "s3://orders")


def described(version: str = "3.3", settings: dict[str, str] | None = None, **given: Any) -> tuple[str, str | None, str | None, str | None]:
    found = describe_schedule(arguments(**given), version, settings or {})
    return found.kind, found.expression, found.timetable, found.timezone


@pytest.mark.parametrize(
    ("version", "schedule", "expected"),
    [
        ("3.3", "@daily", ("cron", "0 0 * * *", "CronTriggerTimetable", "Europe/Oslo")),
        ("2.11", "@quarterly", ("cron", "0 0 1 */3 *", "CronDataIntervalTimetable", "Europe/Oslo")),
        ("2.7", "5 4 * * *", ("cron", "5 4 * * *", "CronDataIntervalTimetable", "Europe/Oslo")),
        ("3.3", datetime.timedelta(hours=6), ("interval", "PT6H", "DeltaTriggerTimetable", "Europe/Oslo")),
        ("2.11", relativedelta(months=1, days=2), ("interval", "P1M2D", "DeltaDataIntervalTimetable", "Europe/Oslo")),
        ("2.11", relativedelta(years=1), ("interval", "P1Y", "DeltaDataIntervalTimetable", "Europe/Oslo")),
        ("3.3", relativedelta(days=1, hour=5), ("interval", None, "DeltaTriggerTimetable", "Europe/Oslo")),
        ("3.3", None, ("none", None, "NullTimetable", "Europe/Oslo")),
        ("3.3", "@once", ("once", None, "OnceTimetable", "Europe/Oslo")),
        ("3.3", [ASSET], ("assets", None, "AssetTriggeredTimetable", "Europe/Oslo")),
        ("3.3", AssetExpression("any", (ASSET, ASSET)), ("assets", None, "AssetTriggeredTimetable", "Europe/Oslo")),
        ("2.11", [], ("assets", None, "DatasetTriggeredTimetable", "Europe/Oslo")),
        (
            "3.3",
            table("CronTriggerTimetable", "0 3 * * *", timezone="Asia/Tokyo"),
            ("cron", "0 3 * * *", "CronTriggerTimetable", "Asia/Tokyo"),
        ),
        (
            "3.3",
            ObjectRef(
                "airflow.sdk.AssetOrTimeSchedule",
                (),
                {"timetable": table("CronTriggerTimetable", "@daily", timezone="UTC"), "assets": [ASSET]},
            ),
            ("asset-or-time", "0 0 * * *", "AssetOrTimeSchedule", "UTC"),
        ),
        ("3.3", ObjectRef("plugins.holidays.Workdays"), ("custom", None, "Workdays", "Europe/Oslo")),
        ("3.3", Unknown("a Variable", "variable"), ("unknown", None, None, "Europe/Oslo")),
    ],
)
def test_a_schedule_is_described_as_the_version_makes_it(version: str, schedule: object, expected: tuple[str | None, ...]) -> None:
    name = "schedule"
    assert described(version, **{name: schedule}, start_date=START) == expected


def test_airflow_1_has_no_timetables() -> None:
    assert described("1.10", schedule_interval="@daily", start_date=START) == ("cron", "0 0 * * *", None, "<Timezone [Europe/Oslo]>")


def test_no_schedule_means_daily_before_airflow_3() -> None:
    assert described("2.11", start_date=START)[:2] == ("interval", "P1D")
    assert described("3.3", start_date=START)[0] == "none"
    assert described("2.11", timetable=None, start_date=START)[:2] == ("interval", "P1D")


def test_schedule_interval_wins_over_a_schedule_that_is_none() -> None:
    assert described("2.11", schedule=None, schedule_interval="@daily", start_date=START)[1] == "0 0 * * *"


@pytest.mark.parametrize(
    ("version", "given", "words"),
    [
        ("3.3", {"schedule_interval": "@daily"}, "no argument schedule_interval"),
        ("2.11", {"schedule": "@daily", "timetable": table("OnceTimetable")}, "at most one"),
        ("3.3", {"schedule": 5}, "5 is not a valid schedule"),
        ("3.3", {"schedule": NameRef("datetime.timedelta")}, "it is a class"),
        ("3.3", {"schedule": ["s3://a"]}, "must hold assets alone"),
        ("2.11", {"schedule": "@daily", "start_date": None}, "needs a start_date"),
        ("3.3", {"schedule": "@daily", "start_date": None, "catchup": True}, "needs a start_date"),
        ("3.3", {"schedule": "@continuous"}, "max_active_runs=1"),
        ("3.3", {"schedule": datetime.timedelta(0)}, "positive"),
        ("3.3", {"schedule": datetime.timedelta.max}, "9999"),
        ("3.3", {"schedule": table("CronTriggerTimetable", "@daily")}, "needs the argument timezone"),
        ("3.3", {"schedule": table("CronTriggerTimetable", "@daily", "UTC")}, "positional"),
        ("3.3", {"schedule": table("CronTriggerTimetable", "@daily", timezone="Europe/Berlni")}, "did you mean 'Europe/Berlin'"),
        ("2.11", {"schedule": table("MultipleCronTriggerTimetable", "@daily", timezone="UTC")}, "has no timetable"),
        (
            "2.11",
            {"schedule": table("CronTriggerTimetable", "@daily", timezone="UTC", run_immediately=True)},
            "no argument run_immediately",
        ),
        ("3.3", {"schedule": ObjectRef("airflow.sdk.EventsTimetable", ([START],))}, "airflow.timetables.events"),
        ("3.3", {"schedule": table("MultipleCronTriggerTimetable", timezone="UTC")}, "at least one"),
        ("3.3", {"schedule": "@daily", "start_date": "2026-01-01"}, "start_date is text"),
        ("3.3", {"schedule": "@daily", "start_date": datetime.date(2026, 1, 1)}, "date without a time"),
        ("2.11", {"schedule": "@daily", "default_args": {"start_date": "2026-01-01"}}, "cannot stand beside"),
    ],
)
def test_what_airflow_refuses_is_refused_with_the_reason(version: str, given: dict[str, Any], words: str) -> None:
    given = {"start_date": START, **given}
    given = {name: value for name, value in given.items() if name != "start_date" or value is not None}
    with pytest.raises(Refused, match=words):
        timed(version, **given)
    if "start_date" not in words or "needs" in words:
        assert words in (describe_schedule(arguments(**given), version, {}).error or "")


@pytest.mark.parametrize("name", ["schedule", "start_date", "catchup"])
def test_what_is_known_only_at_run_time_is_said_to_be(name: str) -> None:
    given = {"schedule": "@daily", "start_date": START, name: Unknown("the Variable 'x' is not known", "variable")}
    with pytest.raises(NotKnown, match="Variable 'x'"):
        timed("3.3", **given)


@pytest.mark.parametrize(
    ("version", "given", "zone", "start"),
    [
        ("3.3", {"start_date": NAIVE}, "UTC", "2026-01-01T00:00:00+00:00"),
        ("3.3", {"start_date": START}, "Europe/Oslo", "2026-01-01T00:00:00+01:00"),
        ("3.3", {"default_args": {"start_date": START}}, "Europe/Oslo", "2026-01-01T00:00:00+01:00"),
        ("2.11", {"default_args": {"start_date": START}}, "Europe/Oslo", "2026-01-01T00:00:00+01:00"),
        ("2.11", {"start_date": NAIVE, "default_args": {"start_date": START}}, "Europe/Oslo", "2026-01-01T01:00:00+01:00"),
        ("3.3", {"start_date": NAIVE, "default_args": {"start_date": START}}, "UTC", "2026-01-01T00:00:00+00:00"),
        ("2.11", {"default_args": {"start_date": "2026-01-01"}}, "UTC", "2026-01-01T00:00:00+00:00"),
        (
            "3.3",
            {"start_date": NAIVE.replace(tzinfo=datetime.timezone(datetime.timedelta(hours=5, minutes=30)))},
            "+05:30",
            "2026-01-01T00:00:00+05:30",
        ),
        ("2.11", {"start_date": NAIVE.replace(tzinfo=DateutilZone("America/New_York"))}, "-05:00", "2026-01-01T00:00:00-05:00"),
        ("3.3", {"start_date": NAIVE.replace(tzinfo=DateutilZone("America/New_York"))}, "America/New_York", "2026-01-01T00:00:00-05:00"),
    ],
)
def test_dates_are_those_of_airflows_dag_object(version: str, given: dict[str, Any], zone: str, start: str) -> None:
    found = dag_dates(arguments(**given), version, {})
    assert (found.zone, found.start and found.start.isoformat()) == (zone, start)


def test_naive_dates_count_in_the_default_zone() -> None:
    settings = {"core.default_timezone": "America/New_York"}
    assert str(dag_dates(arguments(start_date=NAIVE), "3.3", settings).start) == "2026-01-01 00:00:00-05:00"
    gap = dag_dates(arguments(start_date=datetime.datetime(2026, 3, 8, 2, 30)), "3.3", settings).start
    assert str(gap) == "2026-03-08 01:30:00-05:00"  # moved back


def test_a_start_date_that_moves_is_none_and_said_to_move() -> None:
    found = dag_dates(arguments(start_date=Unknown("days_ago(1)", "clock"), end_date=START), "3.3", {})
    assert (found.start, found.moves, found.end) == (None, True, START)


def test_a_default_zone_that_is_that_of_the_machine_is_not_known() -> None:
    with pytest.raises(NotKnown, match="default_timezone"):
        timed("3.3", settings={"core.default_timezone": "system"}, schedule="@daily", start_date=NAIVE)
