"""`dagcheck rerun --execute` in the interpreter of a real Airflow, whose modules the child process must not be served by."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.oracle.environments import python_of

ROOT = Path(__file__).parents[2]
START = """\
import sys

sys.path += sys.argv.pop(1).split("|")
import airflow

assert airflow.__version__.startswith(sys.argv.pop(1))
from dagcheck.cli.main import main

sys.exit(main(sys.argv[1:]))
"""
SOURCE = """\
from datetime import datetime

from airflow import DAG
from airflow.exceptions import AirflowSkipException
from airflow.models import Variable
from airflow.providers.common.sql.operators.sql import SQLExecuteQueryOperator
from airflow.providers.postgres.hooks.postgres import PostgresHook
from {python} import PythonOperator, get_current_context
from airflow.utils.trigger_rule import TriggerRule

DAILY = {{"schedule": "@daily", "start_date": datetime(2024, 5, 6), "catchup": True}}


def append(ds):
    PostgresHook("dwh").run("INSERT INTO visits (day, n) VALUES (%s, 1)", parameters=(ds,))


def replace():
    day = get_current_context()["ds"]
    if day < "2024":
        raise AirflowSkipException("too early")
    Variable.set(f"seen_{{day}}", day)
    hook = PostgresHook("dwh")
    hook.run([f"DELETE FROM visits WHERE day = '{{day}}'", f"INSERT INTO visits (day, n) VALUES ('{{day}}', 1)"])


with DAG("appends", **DAILY):
    PythonOperator(task_id="load", python_callable=append)

with DAG("replaces", **DAILY):
    load = PythonOperator(task_id="load", python_callable=replace)
    load >> SQLExecuteQueryOperator(
        task_id="total", conn_id="dwh_postgres", trigger_rule=TriggerRule.ALL_DONE, sql=["TRUNCATE totals", "INSERT INTO totals (n) SELECT SUM(n) FROM visits"]
    )
"""


@pytest.mark.parametrize(
    ("version", "python"), [("2.11.2", "airflow.operators.python"), ("3.3.2", "airflow.providers.standard.operators.python")]
)
def test_python_tasks_are_played_where_airflow_is_installed(version: str, python: str, tmp_path: Path) -> None:
    interpreter = python_of(version)
    if interpreter is None:
        pytest.skip(f"there is no environment of Airflow {version}")
    (tmp_path / "visits.py").write_text(SOURCE.format(python=python))
    ours = [str(ROOT), str(ROOT / "rules"), *[path for path in sys.path if path.endswith("site-packages")]]
    command = [
        str(interpreter),
        "-c",
        START,
        "|".join(ours),
        version,
        "rerun",
        "--execute",
        "--examples",
        "0",
        "--format",
        "json",
        "--quiet",
        "visits.py",
    ]
    environment = {**os.environ, "AIRFLOW_HOME": str(tmp_path / "home"), "PYTHONWARNINGS": "ignore"}
    done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 1, done.stderr
    report = json.loads(done.stdout[done.stdout.index("{") :])
    verdicts = {dag["dag_id"]: (dag["verdict"], [task["verdict"] for task in dag["tasks"]]) for dag in report["dags"]}
    assert verdicts == {"appends": ("corrupts", ["corrupts"]), "replaces": ("held", ["held", "held"])}
