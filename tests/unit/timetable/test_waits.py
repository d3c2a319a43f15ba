"""Whether the logical dates that a sensor waits for are runs of the other DAG."""

from __future__ import annotations

import datetime
from typing import Any

import pytest

from dagcheck.model.values import AssetRef, FunctionRef, Unknown
from dagcheck.timetable.waits import Answer, is_logical_date, judge_wait
from dagcheck.timetable.zones import micros
from tests.unit.timetable.made import NOW, at, instant, table, task, timed

CLOCK = micros(NOW)
START = at("2025-01-01 00:00", "Europe/Berlin")
HOURS = datetime.timedelta(hours=1)
FUNCTION = FunctionRef("last_night", "dags/d.py", 3, 5, (("date", "either", False),))


def answer(waiting: Any, other: Any, version: str = "3.3", **sensor: Any) -> Answer:
    mine, theirs = (timed(version, schedule=schedule, start_date=START, catchup=True) for schedule in (waiting, other))
    return judge_wait(task("wait", **sensor), mine, theirs, CLOCK, lambda ref, date: date.replace(hour=0, minute=0))


@pytest.mark.parametrize(
    ("waiting", "other", "sensor", "verdict"),
    [
        ("0 6 * * *", "0 6 * * *", {}, "matched"),
        ("0 6 * * *", "0 3 * * *", {"execution_delta": 3 * HOURS}, "matched"),
        ("0 6 * * *", "0 2 * * *", {"execution_delta": 4 * HOURS}, "partly"),
        ("0 6 * * *", "0 2 * * *", {}, "never"),
        ("0 6 * * *", "0 2 * * *", {"execution_delta": -4 * HOURS}, "never"),
        ("0 6 * * *", "0 6 * * 1-5", {}, "partly"),
        ("0 6 * * 1-5", "0 6 * * *", {}, "matched"),
        ("0 * * * *", "*/15 * * * *", {}, "matched"),
        ("0 6 * * *", None, {}, "never"),
        ("0 6 * * *", [AssetRef("a", "s3://a")], {}, "never"),
        ("0 6 * * *", datetime.timedelta(days=1), {"execution_delta": 6 * HOURS}, "partly"),
        (None, "@daily", {}, "unknown"),
        ("0 6 * * *", "0 6 * * *", {"execution_delta": Unknown("a Variable")}, "unknown"),
        ("0 6 * * *", "0 6 * * *", {"allowed_states": ["sucess"]}, "never"),
        ("0 6 * * *", table("MultipleCronTriggerTimetable", "0 2 * * *", "0 6 * * *", timezone="Europe/Berlin"), {}, "matched"),
        (
            "0 6 * * *",
            table("CronTriggerTimetable", "0 6 * * *", timezone="Europe/Berlin", interval=HOURS),
            {"execution_delta": HOURS},
            "matched",
        ),
    ],
)
def test_the_verdict_is_that_of_the_logical_dates(waiting: Any, other: Any, sensor: dict[str, Any], verdict: str) -> None:
    assert answer(waiting, other, **sensor).verdict == verdict


def test_an_interval_and_a_moment_have_different_logical_dates() -> None:
    given = {"schedule": "@daily", "start_date": START, "catchup": True}
    daily, hourly = timed("2.11", **given), timed("2.11", **{**given, "schedule": "@hourly"})
    assert judge_wait(task(), daily, hourly, CLOCK).verdict == "matched"
    assert judge_wait(task(), hourly, daily, CLOCK).verdict == "partly"


def test_the_delta_that_would_do_is_told() -> None:
    assert "execution_delta=timedelta(hours=4) would reach its run" in answer("0 6 * * *", "0 2 * * *").reason


def test_a_date_function_is_evaluated_where_that_can_be_done() -> None:
    assert answer("0 6 * * *", table("CronTriggerTimetable", "0 0 * * *", timezone="UTC"), execution_date_fn=FUNCTION).verdict == "matched"
    mine = timed(schedule="0 6 * * *", start_date=START, catchup=True)
    assert judge_wait(task("wait", execution_date_fn=FUNCTION), mine, mine, CLOCK).verdict == "unknown"
    failing = judge_wait(task("wait", execution_date_fn=FUNCTION), mine, mine, CLOCK, lambda ref, date: Unknown("it asks the database"))
    assert "it asks the database" in failing.reason


@pytest.mark.parametrize(
    ("date", "expected"),
    [
        ("2026-01-02 00:00", True),
        ("2026-01-02 00:01", False),
        ("2024-12-31 00:00", False),
        ("2026-03-01 00:00", True),
        ("2026-03-02 00:00", False),
    ],
)
def test_a_logical_date_is_one_on_the_grid_between_the_dates(date: str, expected: bool) -> None:
    timing = timed(schedule="@daily", start_date=at("2025-01-01 00:00"), end_date=at("2026-03-01 00:00"), catchup=True)
    assert is_logical_date(timing, instant(date), CLOCK) is expected
