"""What the rules on schedules say, held against the runs that real Airflows create."""

from __future__ import annotations

import datetime
import re
from collections.abc import Iterator
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from dagcheck.commands.choosing import Choice
from dagcheck.commands.judging import judge
from dagcheck.commands.workspace import Workspace
from tests.oracle.test_schedules import RealAirflow

NOW = "2026-01-14T09:17:23+00:00"
HEAD = """
from datetime import date, datetime, timedelta
import pendulum
from airflow import DAG
from airflow.operators.empty import EmptyOperator
from airflow.timetables.interval import CronDataIntervalTimetable
from airflow.timetables.trigger import CronTriggerTimetable
from airflow.timetables.events import EventsTimetable
from dateutil.relativedelta import relativedelta

"""
VERSIONS = {"2.11.2": "True", "3.3.2": "False"}


@pytest.fixture(scope="module", params=VERSIONS)
def airflow(request: pytest.FixtureRequest) -> Iterator[RealAirflow]:
    real = RealAirflow(request.param, VERSIONS[request.param])
    yield real
    real.close()


def dag(schedule: str, start: str = "pendulum.datetime(2025, 1, 1, tz='UTC')", more: str = "catchup=True") -> str:
    return f"{HEAD}with DAG('d', schedule={schedule}, start_date={start}, {more}) as dag:\n    EmptyOperator(task_id='t')\n"


def told(real: RealAirflow, source: str) -> dict[str, str]:
    """The findings of the rules on schedules, by code."""
    base = Path("/held")
    texts = {base / "dags" / "d.py": source.encode()}
    workspace = Workspace(base=base, config={}, airflow=real.version, texts=texts, now=datetime.datetime.fromisoformat(NOW))
    outcome = judge(workspace, list(texts), Choice(select=("DAG3",)))
    assert not outcome.crashes
    return {each.finding.code: each.finding.message for each in outcome.findings}


def moments(real: RealAirflow, source: str, count: int = 40) -> list[datetime.datetime]:
    """When the first runs come; none where Airflow refuses the DAG or fails."""
    answer = real.answer({"source": source, "now": NOW, "runs": count})
    return [datetime.datetime.fromisoformat(run[3]) for run in answer.get("runs", ())]


@pytest.mark.parametrize(
    ("schedule", "more"),
    [
        ("'0 3 30 2 *'", "catchup=True"),
        ("'0 3 30 2 *'", "catchup=False"),
        ("'0 3 29 2 *'", "catchup=False"),
        ("'0 0 31 4,6 *'", "catchup=True"),
        ("'@daily'", "catchup=True, end_date=pendulum.datetime(2024, 12, 1, tz='UTC')"),
        ("'@daily'", "catchup=True, end_date=pendulum.datetime(2025, 1, 1, tz='UTC')"),
        ("'0 6 2 1 *'", "catchup=True, end_date=pendulum.datetime(2025, 1, 2, tz='UTC')"),
        ("'0 6 2 1 *'", "catchup=True, end_date=pendulum.datetime(2025, 1, 3, tz='UTC')"),
        ("'0 0 1 1 * 0 2020'", "catchup=False"),
        ("'0 0 1 1 * 0 2027-2029'", "catchup=False"),
        ("relativedelta(days=1, hour=6)", "catchup=False"),
        ("EventsTimetable(event_dates=[datetime(2026, 5, 17)])", "catchup=True"),
        ("EventsTimetable(event_dates=[pendulum.datetime(2026, 5, 17)])", "catchup=True"),
        ("'@once'", "catchup=False"),
    ],
)
def test_a_schedule_is_said_never_to_fire_where_airflow_has_no_run(airflow: RealAirflow, schedule: str, more: str) -> None:
    source = dag(schedule, more=more)
    assert ("DAG307" in told(airflow, source)) == (not moments(airflow, source, 3))


@pytest.mark.parametrize(
    ("schedule", "more"),
    [
        ("'0 24 * * *'", "catchup=True"),
        ("timedelta(0)", "catchup=True"),
        ("15", "catchup=True"),
        ("CronTriggerTimetable('0 3 * * *')", "catchup=True"),
        ("CronDataIntervalTimetable('0 3 * * *', timezone='Mars/Crater')", "catchup=True"),
        ("'@daily'", "catchup=True, end_date='2026-01-01'"),
        ("'@continuous'", "catchup=False"),
        ("'@continuous'", "max_active_runs=1"),
        ("'@Daily'", "catchup=True"),
        ("'@Once'", "catchup=True"),
        ("timedelta(seconds=1)", "catchup=False"),
    ],
)
def test_an_error_is_told_where_airflow_refuses_the_dag(airflow: RealAirflow, schedule: str, more: str) -> None:
    source = dag(schedule, more=more)
    refused = bool(airflow.answer({"source": source, "now": NOW, "runs": 1}).get("error"))
    said = told(airflow, source)
    assert bool({"DAG306", "DAG313"} & set(said)) == refused


@pytest.mark.parametrize(
    ("schedule", "start"),
    [
        ("'@monthly'", "pendulum.datetime(2026, 1, 10, tz='Europe/Oslo')"),
        ("'0 6 * * mon'", "pendulum.datetime(2026, 1, 13, 6, tz='Europe/Oslo')"),
        ("'@yearly'", "pendulum.datetime(2026, 1, 2, tz='UTC')"),
        ("CronDataIntervalTimetable('@weekly', timezone='UTC')", "pendulum.datetime(2026, 1, 18, tz='UTC')"),
    ],
)
def test_the_first_run_comes_when_it_is_said_to_come(airflow: RealAirflow, schedule: str, start: str) -> None:
    source = dag(schedule, start)
    said = re.match(r"The first run comes on (\S+ \S+) (\S+), ", told(airflow, source)["DAG310"])
    assert said is not None
    assert moments(airflow, source, 1) == [datetime.datetime.fromisoformat(said[1]).replace(tzinfo=ZoneInfo(said[2]))]


@pytest.mark.parametrize("schedule", ["'30 2 * * *'", "'0,30 2 * * *'", "'*/20 1-3 * * *'"])
def test_a_run_in_the_gap_comes_when_it_is_said_to_come(airflow: RealAirflow, schedule: str) -> None:
    source = dag(schedule, "pendulum.datetime(2026, 3, 27, tz='Europe/Oslo')")
    said = re.search(r"2026-03-29 (\S+) .* the run comes at (\S+) instead", told(airflow, source)["DAG309"])
    assert said is not None
    local = [f"{each.astimezone(ZoneInfo('Europe/Oslo')):%m-%d %H:%M}" for each in moments(airflow, source, 60)]
    assert f"03-29 {said[2].rstrip(',')}" in local
    assert f"03-29 {said[1]}" not in local


def test_a_timedelta_of_days_moves_by_what_is_said(airflow: RealAirflow) -> None:
    source = dag("timedelta(days=1)", "pendulum.datetime(2026, 3, 20, 6, tz='Europe/Oslo')")
    assert "from 2026-03-29 on the runs are 1 hour later" in told(airflow, source)["DAG312"]
    hours = {each.astimezone(ZoneInfo("Europe/Oslo")).hour for each in moments(airflow, source, 30)}
    assert hours == {6, 7}


@pytest.mark.parametrize(("delta", "expected"), [("timedelta(weeks=1)", {"2.11": 3, "3.3": 2}), ("timedelta(hours=24)", {})])
def test_a_timedelta_without_catchup_is_not_counted_from_its_start(airflow: RealAirflow, delta: str, expected: dict[str, int]) -> None:
    source = dag(delta, "pendulum.datetime(2025, 1, 6, 6, tz='UTC')", "catchup=False")
    assert "not " in told(airflow, source)["DAG317"]
    runs = moments(airflow, source, 5)
    assert {each.hour for each in runs} != {6}
    assert not expected or {each.weekday() for each in runs} == {expected[airflow.version]}


def test_either_day_field_is_enough_on_the_date_that_is_told(airflow: RealAirflow) -> None:
    source = dag("'0 6 1-7 * mon'", "pendulum.datetime(2026, 1, 8, tz='UTC')")
    said = re.search(r"as on \w+ (\S+)\.", told(airflow, source)["DAG311"])
    assert said is not None
    grid = moments(airflow, source, 20)
    assert datetime.datetime.fromisoformat(f"{said[1]}T06:00:00+00:00") in grid


@pytest.mark.parametrize("start", ["pendulum.datetime(2025, 1, 1, tz='Europe/Oslo')", "pendulum.datetime(2025, 1, 31, tz='UTC')"])
def test_months_slip_to_the_day_and_on_the_date_that_are_told(airflow: RealAirflow, start: str) -> None:
    source = dag("relativedelta(months=1)", start)
    said = re.search(r"from (\S+) on they begin on day (\d+), no longer on day (\d+)", told(airflow, source)["DAG317"])
    assert said is not None
    zone = ZoneInfo("Europe/Oslo" if "Oslo" in start else "UTC")
    local = [each.astimezone(zone) for each in moments(airflow, source, 10)]
    slipped = next(each for each in local if each.day != int(said[3]))
    assert (f"{slipped:%Y-%m-%d}", slipped.day) == (said[1], int(said[2]))
