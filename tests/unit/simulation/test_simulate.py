"""The simulation of DAG files, as the Python API gives it."""

from __future__ import annotations

import datetime
from typing import Any

import pytest

import dagcheck
from dagcheck.commands.simulating import SimulationError
from dagcheck.simulation.model import Simulation
from tests.unit.simulation.sources import BOTH, DAILY, NOW, SEVERAL


def simulated(source: str = DAILY, **wish: Any) -> Simulation:
    return dagcheck.simulate(source=source, path="dags/d.py", **{"now": NOW, "airflow": "3.3", **wish})


def test_the_json_is_that_of_the_interface() -> None:
    found = simulated(runs=1).model_dump(mode="json")
    assert (found["version"], found["airflow"], found["now"]) == (1, "3.3", NOW)
    dag = found["dags"][0]
    told = {name: dag[name] for name in ("path", "dag_id", "timetable", "timezone", "description", "backlog", "error")}
    assert told == {
        "path": "dags/d.py",
        "dag_id": "daily",
        "timetable": "CronTriggerTimetable",
        "timezone": "Europe/Berlin",
        "description": "At 02:30",
        "backlog": 8,
        "error": None,
    }
    moment = "2026-03-20T01:30:00Z"
    run = dag["runs"][0]
    assert {name: run[name] for name in ("logical_date", "data_interval_start", "data_interval_end", "run_after")} == dict.fromkeys(
        ("logical_date", "data_interval_start", "data_interval_end", "run_after"), moment
    )
    assert run["notes"] == []


def test_ten_runs_are_told_unless_asked_otherwise() -> None:
    assert len(simulated().dags[0].runs) == 10
    assert len(simulated(runs=3).dags[0].runs) == 3


def test_a_window_holds_all_its_runs_and_no_more_than_asked_for() -> None:
    window = {"start": "2026-01-01", "end": "2026-01-31"}
    assert len(simulated(**window).dags[0].runs) == 30
    assert len(simulated(**window, runs=5).dags[0].runs) == 5
    assert simulated(start="2026-06-01").dags[0].runs[0].run_after == datetime.datetime(2026, 6, 1, 0, 30, tzinfo=datetime.UTC)


def test_changes_of_the_clocks_are_noted_at_the_runs_they_touch() -> None:
    notes = {run.run_after.isoformat(): run.notes for run in simulated(runs=12).dags[0].runs if run.notes}
    assert notes == {"2026-03-29T01:30:00+00:00": ("DST gap: 02:30 does not exist, the run comes at 03:30",)}
    autumn = simulated(start="2026-10-24T22:00:00Z", end="2026-10-25T23:00:00Z").dags[0].runs
    assert [run.notes for run in autumn] == [("DST fold: 02:30 comes twice, the run is at the second one",)]


def test_intervals_of_23_and_25_hours_and_the_first_partial_one_are_noted() -> None:
    source = (
        DAILY.replace("30 2 * * *", "@daily").replace("2026, 3, 20, ", "2026, 3, 27, 15, ").replace("from airflow.sdk import Asset", "")
    )
    settings = {"scheduler.create_cron_data_intervals": "True"}
    notes = [note for run in simulated(source, settings=settings, runs=3).dags[0].runs for note in run.notes]
    assert notes == [
        "first interval: start_date is off the schedule, so the 9 hours from it are in no interval",
        "covers 23 hours: the clocks go forward",
    ]


def test_months_without_the_day_are_noted() -> None:
    source = DAILY.replace("30 2 * * *", "0 12 31 * *")
    notes = [run.notes for run in simulated(source, runs=3).dags[0].runs]
    assert notes == [(), ("no run in April: there is no such day",), ("no run in June: there is no such day",)]


def test_the_next_run_comes_after_the_backlog() -> None:
    dag = simulated().dags[0]
    assert dag.next is not None
    assert (dag.backlog, dag.next.run_after.isoformat()) == (8, "2026-03-28T01:30:00+00:00")


@pytest.mark.parametrize(("minutes", "active", "seconds"), [(10, 16, 10 * 60), (10, 4, 20 * 60), (24 * 60 * 2, 1, None)])
def test_the_backlog_takes_as_long_as_the_runs_that_may_be_active_at_once(minutes: int, active: int, seconds: float | None) -> None:
    source = DAILY.replace("catchup=True", f"catchup=True, max_active_runs={active}")
    clearing = simulated(source, run_duration=datetime.timedelta(minutes=minutes)).dags[0].clearing
    assert clearing is not None
    if seconds is None:
        assert clearing.seconds is None
    else:
        assert clearing.seconds == pytest.approx(seconds, rel=0.02)


def test_continuous_runs_follow_each_other() -> None:
    source = DAILY.replace('"30 2 * * *"', '"@continuous", max_active_runs=1')
    ends = [run.run_after.isoformat()[11:16] for run in simulated(source, runs=3, run_duration=datetime.timedelta(minutes=20)).dags[0].runs]
    assert ends == ["10:00", "10:20", "10:40"]


def test_why_there_are_no_more_runs_is_told() -> None:
    ended = DAILY.replace("catchup=True", "catchup=True, end_date=pendulum.datetime(2026, 3, 22)")
    assert simulated(ended).dags[0].ends == "end_date 2026-03-22 01:00 is reached"
    assert simulated(DAILY.replace("30 2 * * *", "@once")).dags[0].ends == "it runs once"
    assert simulated(DAILY.replace('"30 2 * * *"', "None")).dags[0].ends == "nothing runs by time"
    backwards = DAILY.replace("catchup=True", "catchup=True, end_date=pendulum.datetime(2025, 3, 22)")
    assert "is after end_date" in (simulated(backwards).dags[0].ends or "")


def test_refused_unknown_and_failing_schedules_are_told_apart() -> None:
    dags = {dag.dag_id: dag for dag in simulated(SEVERAL).dags}
    assert "25 is outside of 0 to 23" in (dags["refused"].error or "")
    assert "nearest valid: '0 23 * * *'" in (dags["refused"].error or "")
    assert "Variable 'when'" in (dags["unknown"].unknown or "")
    assert dags["unknown"].error is None
    never = simulated(DAILY.replace("30 2 * * *", "0 0 30 2 *")).dags[0]
    assert "never fires" in (never.error or "")


def test_versions_before_timetables_are_said_not_to_be_modelled() -> None:
    old = "from datetime import datetime\nfrom airflow import DAG\n\ndag = DAG('d', schedule_interval='@daily', start_date=datetime(2026, 1, 1))\n"
    assert "1.10 creates runs is not modelled" in (simulated(old, airflow="1.10").dags[0].unknown or "")
    assert simulated(old, airflow="2.7").dags[0].backlog == 85


def test_a_file_that_airflow_cannot_load_is_told_as_an_error() -> None:
    dag = simulated(DAILY.replace("Europe/Berlin", "Europe/Berlni")).dags[0]
    assert "Europe/Berlni" in (dag.error or "")


def test_two_versions_are_held_side_by_side() -> None:
    found = simulated(BOTH, airflow="2.11,3.3")
    assert [dag.airflow for dag in found.dags] == ["2.11", "3.3"]
    changes = {change.what: (change.before, change.after) for change in found.upgrades[0].changes}
    assert changes["catchup"] == ("on", "off")
    assert changes["backlog on deploy"] == ("26 runs", "1 run")
    assert changes["timetable"] == ("DeltaDataIntervalTimetable", "DeltaTriggerTimetable")
    assert changes["runs at"] == ("00:00, counted from start_date", "10:00, counted from the first parse")
    assert changes["first run"][0] == "Mon 2026-03-02 00:00 UTC"
    assert simulated(BOTH.replace("timedelta(days=1)", "None"), airflow="2.11,3.3").upgrades[0].changes[0].what == "catchup"


def test_a_dag_that_one_version_cannot_load_is_told() -> None:
    found = simulated(SEVERAL, airflow="2.11,3.3", dag_id="nightly")
    assert "airflow.providers.standard" in (found.dags[0].error or "") or "airflow.sdk" in (found.dags[0].error or "")
    assert found.upgrades[0].changes[0].after == "takes it"


def test_sensors_are_told_whether_what_they_wait_for_comes() -> None:
    verdicts = {wait.task_id: wait.verdict for wait in simulated(SEVERAL).waits}
    assert verdicts == {"right": "matched", "wrong": "never", "asked": "matched", "away": "unknown"}
    alone = {wait.task_id: wait.verdict for wait in simulated(SEVERAL, dag_id="report").waits}
    assert alone == verdicts


def test_consumers_run_after_their_producers() -> None:
    consumer = simulated(SEVERAL).consumers[0]
    assert consumer.producers == {"s3://lake/orders": ("orders",)}
    assert [run.after.isoformat() for run in consumer.runs[:2]] == ["2026-03-28T02:00:00+00:00", "2026-03-29T02:00:00+00:00"]
    both = SEVERAL.replace("schedule=[orders]", 'schedule=[orders, Asset("s3://lake/nothing")]')
    assert simulated(both).consumers[0].missing == ("s3://lake/nothing",)
    assert simulated(both).consumers[0].runs == ()


def test_assets_trigger_one_dag_after_another() -> None:
    chained = SEVERAL.replace(
        'schedule=[orders]) as fourth:\n    EmptyOperator(task_id="t")',
        'schedule=[orders]) as fourth:\n    EmptyOperator(task_id="t", outlets=[report])',
    )
    chained = (
        chained.replace("def midnight", 'report = Asset("report")\n\ndef midnight')
        + """
with DAG("last", schedule=(report | orders)) as seventh:
    EmptyOperator(task_id="t")
"""
    )
    found = {consumer.dag_id: consumer for consumer in simulated(chained).consumers}
    assert found["last"].producers == {"report": ("consumer",), "s3://lake/orders": ("orders",)}
    assert {run.producers for run in found["last"].runs[:2]} == {("orders",), ("consumer",)}


def test_dags_that_feed_each_other_are_no_endless_chain() -> None:
    circle = SEVERAL.replace(
        'schedule=[orders]) as fourth:\n    EmptyOperator(task_id="t")',
        'schedule=[orders]) as fourth:\n    EmptyOperator(task_id="t", outlets=[orders])',
    )
    assert simulated(circle).consumers[0].producers == {"s3://lake/orders": ("orders", "consumer")}


def test_the_load_counts_runs_tasks_and_pool_slots() -> None:
    load = simulated(SEVERAL, pools={"db": 4}).load
    assert load is not None
    assert (load.dags, load.total_runs, load.total_tasks) == (6, 7 + 5 + 7, 14 + 20 + 7)
    assert load.runs[0][2] == 2  # Monday, 02:00: orders and report
    assert load.tasks[0][2] == 6
    assert load.runs[6][2] == 1  # Sunday: orders alone
    slot = load.crowded[0]
    assert (slot.runs, slot.tasks, slot.first_tasks) == (2, 6, 5)
    assert {share.dag_id for share in slot.dags} == {"orders", "report"}
    pools = {pool.pool: (pool.asked, pool.size) for pool in load.pools}
    assert pools == {"db": (5, 4), "default_pool": (4, 128)}


def test_the_load_of_a_window_is_that_of_its_days() -> None:
    load = simulated(SEVERAL, start="2026-04-01T00:00:00Z", end="2026-04-02T00:00:00Z").load
    assert load is not None
    assert load.total_runs == 3
    assert sum(map(sum, load.runs)) == 3


@pytest.mark.parametrize(
    ("wish", "words"),
    [
        ({"runs": 0}, "at least 1"),
        ({"runs": 10_000_000}, "at most 100,000"),
        ({"start": "2026-02-01", "end": "2026-01-01"}, "after its end"),
        ({"start": "soon"}, "ISO 8601"),
        ({"now": "12026-01-01"}, "ISO 8601"),
        ({"now": "9999-12-31"}, "too far away"),
        ({"airflow": "3.x"}, "not an Airflow version"),
        ({"dag_id": "dayly"}, "did you mean 'daily'"),
        ({"start": "1990-01-01", "end": "2900-01-01"}, "more than 100,000 runs"),
    ],
)
def test_what_makes_no_sense_is_refused_with_a_reason(wish: dict[str, Any], words: str) -> None:
    with pytest.raises(SimulationError, match=words):
        simulated(**wish)
