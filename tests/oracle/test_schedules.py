"""Schedules drawn at random, held against the timetables of real Airflows."""

from __future__ import annotations

import datetime
import json
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

import dagcheck
from tests.oracle.environments import python_of, variables_of
from tests.unit.timetable.cron_strategies import expressions

SCRIPT = Path(__file__).with_name("runs_of_airflow.py")
ZONES = (
    "UTC",
    "Europe/Berlin",
    "America/New_York",
    "Asia/Kolkata",
    "Australia/Lord_Howe",
    "Africa/Casablanca",
    "America/St_Johns",
    "Pacific/Apia",
    "Europe/Dublin",
    "America/Sao_Paulo",
)
STEADY_ZONES = ("UTC", "Europe/Berlin", "America/New_York", "Asia/Kolkata", "Australia/Lord_Howe")
"""Zones whose rules have not changed since the time zone data that the pendulum of Airflow 2.7 brings along."""
KEY = "scheduler.create_cron_data_intervals"


class RealAirflow:
    """A process of a real Airflow that answers cases."""

    def __init__(self, version: str, intervals: str) -> None:
        python = python_of(version)
        if python is None:
            pytest.skip(f"no environment for Airflow {version}; make it with tests/oracle/environments.py")
        self.version, self.settings = version.rpartition(".")[0], {KEY: intervals}
        variables = variables_of(version) | {"AIRFLOW__SCHEDULER__CREATE_CRON_DATA_INTERVALS": intervals}
        self.process = subprocess.Popen(
            [python, str(SCRIPT)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, env=variables
        )
        self._until("READY")

    def _until(self, mark: str) -> str:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            if line.startswith(mark):
                return line.removeprefix(mark)
        raise AssertionError("the real Airflow ended")

    def answer(self, case: dict[str, Any]) -> dict[str, Any]:
        assert self.process.stdin is not None
        self.process.stdin.write(json.dumps(case) + "\n")
        self.process.stdin.flush()
        found: dict[str, Any] = json.loads(self._until("ANSWER"))
        return found

    def close(self) -> None:
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.close()
        self.process.wait(30)
        self.process.stdout.close()


@pytest.fixture(
    scope="module", params=[("2.7.3", "True"), ("2.11.2", "True"), ("2.11.2", "False"), ("3.3.2", "True"), ("3.3.2", "False")], ids="-".join
)
def airflow(request: pytest.FixtureRequest) -> Iterator[RealAirflow]:
    real = RealAirflow(*request.param)
    yield real
    real.close()


moments = st.datetimes(datetime.datetime(2015, 1, 1), datetime.datetime(2032, 1, 1)).flatmap(
    lambda value: st.sampled_from(
        [
            value.replace(microsecond=0),
            value.replace(minute=0, second=0, microsecond=0),
            value.replace(hour=0, minute=0, second=0, microsecond=0),
        ]
    )
)


def call(value: datetime.datetime, zone: str | None) -> str:
    parts = f"{value.year}, {value.month}, {value.day}, {value.hour}, {value.minute}, {value.second}"
    return f"datetime({parts})" if zone is None else f"pendulum.datetime({parts}, tz={zone!r})"


def zones(version: str) -> tuple[str, ...]:
    return STEADY_ZONES if version == "2.7" else ZONES


@st.composite
def dates(draw: st.DrawFn, version: str) -> str:
    return call(draw(moments), draw(st.sampled_from([None, *zones(version)])))


deltas = st.builds(
    "timedelta(days={}, hours={}, minutes={})".format, st.integers(0, 40), st.integers(0, 30), st.integers(0, 90)
) | st.builds("relativedelta(months={}, days={}, hours={})".format, st.integers(0, 14), st.integers(-3, 10), st.integers(0, 30))
presets = st.sampled_from(["@hourly", "@daily", "@weekly", "@monthly", "@quarterly", "@yearly", "@once", "@Daily", "@midnight", "@Once"])


@st.composite
def timetables(draw: st.DrawFn, version: str) -> str:
    third = version.startswith("3")
    cron, zone = repr(draw(expressions())), repr(draw(st.sampled_from(zones(version))))
    length = f", interval={draw(deltas)}" if draw(st.booleans()) else ""
    immediately = (
        f", run_immediately={draw(st.sampled_from(['True', 'False', 'None', 'timedelta(hours=3)']))}"
        if third and draw(st.booleans())
        else ""
    )
    events = ", ".join(
        f"pendulum.datetime({when.year}, {when.month}, {when.day}, tz={zone})" for when in draw(st.lists(moments, max_size=6))
    )
    forms = [
        f"CronDataIntervalTimetable({cron}, timezone={zone})",
        f"CronTriggerTimetable({cron}, timezone={zone}{length}{immediately})",
        f"DeltaDataIntervalTimetable({draw(deltas)})",
        f"EventsTimetable(event_dates=[{events}])",
    ]
    if version != "2.7":
        forms.append(f"DeltaTriggerTimetable({draw(deltas)}{length})")
    if third:
        forms.append(f"MultipleCronTriggerTimetable({cron}, {draw(expressions())!r}, timezone={zone}{length}{immediately})")
        forms.append(f"CronPartitionTimetable({cron}, timezone={zone}, run_offset={draw(st.integers(-3, 3))})")
    return draw(st.sampled_from(forms))


@st.composite
def cases(draw: st.DrawFn, version: str) -> dict[str, Any]:
    """A DAG file, the clock, and how many runs are asked for."""
    third = version.startswith("3")
    schedule = draw(st.one_of(expressions().map(repr), expressions().map(repr), presets.map(repr), deltas, timetables(version)))
    given_dag = [f"schedule={schedule}", f"catchup={draw(st.booleans())}"]
    start = draw(moments)
    given_dag += [f"start_date={call(start, draw(st.sampled_from([None, *zones(version)])))}"] if draw(st.integers(0, 9)) else []
    given_dag += [f"end_date={draw(dates(version))}"] if draw(st.integers(0, 4)) == 0 else []
    given_dag += [f"default_args={{'start_date': {draw(dates(version))}}}"] if draw(st.integers(0, 9)) == 0 else []
    task = [f"start_date={draw(dates(version))}"] if draw(st.integers(0, 9)) == 0 else []
    task += [f"end_date={draw(dates(version))}"] if draw(st.integers(0, 9)) == 0 else []
    trigger = (
        "CronTriggerTimetable"
        + ("" if version == "2.7" else ", DeltaTriggerTimetable")
        + (", MultipleCronTriggerTimetable, CronPartitionTimetable" if third else "")
    )
    operators = "airflow.providers.standard.operators.empty" if third else "airflow.operators.empty"
    source = f"""from datetime import datetime, timedelta
import pendulum
from dateutil.relativedelta import relativedelta
from airflow import DAG
from airflow.timetables.events import EventsTimetable
from airflow.timetables.interval import CronDataIntervalTimetable, DeltaDataIntervalTimetable
from airflow.timetables.trigger import {trigger}
from {operators} import EmptyOperator

with DAG("d", {", ".join(given_dag)}) as dag:
    EmptyOperator({", ".join(["task_id='t'", *task])})
"""
    now = start + draw(st.timedeltas(datetime.timedelta(days=-40), datetime.timedelta(days=400)))
    case: dict[str, Any] = {"source": source, "now": now.isoformat() + "Z", "runs": 6}
    if draw(st.integers(0, 9)) == 0:
        case["from"], case["to"] = now.isoformat() + "Z", (now + datetime.timedelta(days=draw(st.integers(0, 60)))).isoformat() + "Z"
    return case


def ours(real: RealAirflow, case: dict[str, Any]) -> dict[str, Any]:
    """Our answer to a case, end to end from the source."""
    found = dagcheck.simulate(
        source=case["source"],
        airflow=real.version,
        settings=real.settings,
        now=case["now"],
        runs=case["runs"],
        start=case.get("from"),
        end=case.get("to"),
    )
    dag = found.model_dump(mode="json")["dags"][0]
    assert dag["unknown"] is None
    if dag["error"] and not dag["runs"]:
        return {"error": dag["error"]}
    fields = ("logical_date", "data_interval_start", "data_interval_end", "run_after")
    return {"timetable": dag["timetable"], "timezone": dag["timezone"], "runs": [[run[name] for name in fields] for run in dag["runs"]]}


@given(st.data())
@settings(deadline=None, max_examples=150, suppress_health_check=list(HealthCheck), phases=[Phase.generate])
def test_every_run_is_that_of_the_real_timetable(airflow: RealAirflow, data: st.DataObject) -> None:
    case = data.draw(cases(airflow.version))
    theirs, mine = airflow.answer(case), ours(airflow, case)
    if "from" in case and "fails to compute the first run" in mine.get("error", ""):
        mine = {**theirs, "runs": []}  # in a window Airflow logs the failure itself, and tells no more than that there is no run
    assert ("error" in mine) == ("error" in theirs), (case, theirs, mine)
    assert "error" in theirs or mine == theirs, (case, theirs, mine)
