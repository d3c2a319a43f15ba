"""Runs in a real Airflow's interpreter: asks `LatestOnlyOperator` at several instants whether the first run of a schedule goes on, and prints the answers as JSON."""

import json
import sys
import types
from datetime import UTC, datetime, timedelta

import pendulum
from airflow.providers.standard.operators import latest_only
from airflow.providers.standard.operators.empty import EmptyOperator
from airflow.sdk import DAG
from airflow.timetables.base import TimeRestriction
from airflow.timetables.interval import CronDataIntervalTimetable

SCHEDULES = {
    "cron": "0 3 * * *",
    "delta": timedelta(hours=6),
    "interval": CronDataIntervalTimetable("0 3 * * *", timezone=pendulum.timezone("UTC")),
}
START = datetime(2024, 1, 1, tzinfo=UTC)


def answers(name):
    with DAG(name, schedule=SCHEDULES[name], start_date=START, catchup=True) as dag:
        operator = latest_only.LatestOnlyOperator(task_id="latest")
        operator >> EmptyOperator(task_id="below")
    timetable = latest_only._get_dag_timetable(dag)
    restriction = TimeRestriction(earliest=pendulum.instance(START), latest=None, catchup=True)
    first = timetable.next_dagrun_info(last_automated_data_interval=None, restriction=restriction)
    second = timetable.next_dagrun_info(last_automated_data_interval=first.data_interval, restriction=restriction)
    interval = first.data_interval
    for kind in ("scheduled", "manual"):
        run = types.SimpleNamespace(
            run_type=kind,
            logical_date=first.logical_date,
            run_after=first.run_after,
            data_interval_start=interval.start,
            data_interval_end=interval.end,
        )
        for now in (first.run_after.add(minutes=1), second.run_after, second.run_after.add(minutes=1), second.run_after.add(days=3)):
            latest_only.pendulum = types.SimpleNamespace(now=lambda zone, now=now: now, instance=pendulum.instance)
            yield {
                "schedule": name,
                "kind": kind,
                "run_after": first.run_after.isoformat(),
                "next": second.run_after.isoformat(),
                "now": now.isoformat(),
                "goes_on": bool(operator.choose_branch({"dag_run": run})),
            }


if __name__ == "__main__":
    with open(sys.argv[1], "w") as file:
        json.dump([answer for name in SCHEDULES for answer in answers(name)], file)
