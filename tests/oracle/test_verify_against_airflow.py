"""`dagcheck verify` with real Airflow environments, over DAG files of our own."""

import json
from pathlib import Path

import pytest

from dagcheck.cli.main import main
from tests.oracle.environments import python_of, variables_of

OLDER = """\
from datetime import datetime, timedelta

from airflow import DAG
from airflow.decorators import task, task_group
from airflow.operators.bash import BashOperator
from airflow.operators.empty import EmptyOperator
from airflow.utils.task_group import TaskGroup
from airflow.utils.trigger_rule import TriggerRule

with DAG(
    "warehouse_refresh",
    schedule="30 4 * * 1-5",
    start_date=datetime(2023, 5, 1),
    catchup=False,
    max_active_runs=1,
    default_args={"owner": "data", "retries": 3, "retry_delay": timedelta(minutes=2)},
    tags=["warehouse", "nightly"],
) as dag:
    begin = EmptyOperator(task_id="begin", retries=0)
    with TaskGroup("load") as load:
        for table in ("orders", "customers"):
            copy = BashOperator(task_id=f"copy_{table}", bash_command=f"copy {table}")
            check = BashOperator(task_id=f"check_{table}", bash_command=f"check {table}", pool="checks")
            copy >> check

    @task(trigger_rule=TriggerRule.ALL_DONE)
    def report(names: list) -> None:
        print(names)

    @task_group
    def audit(day):
        BashOperator(task_id="count", bash_command="count") >> BashOperator(task_id="compare", bash_command="compare", trigger_rule="none_failed")

    begin >> load >> [report(["orders", "customers"]), audit.expand(day=[1, 2])]

for region in ["north", "south"]:
    with DAG(f"export_{region}", schedule=timedelta(hours=6), start_date=datetime(2024, 1, 1), catchup=True) as export:
        @task
        def pages() -> list:
            return [1, 2]

        @task
        def send(page: int) -> None:
            print(page)

        send.expand(page=pages())
    globals()[export.dag_id] = export
"""
NEWER = """\
import pendulum

from airflow.sdk import Asset, chain, dag, setup, task, task_group, teardown

orders = Asset("s3://lake/orders.parquet")


@dag(schedule=[orders], start_date=pendulum.datetime(2025, 1, 1, tz="Europe/Oslo"), tags=["lake"])
def order_report():
    @setup
    def open_cluster():
        return "c"

    @teardown
    def close_cluster(cluster):
        print(cluster)

    @task(retries=2)
    def read(cluster):
        return [1]

    @task_group
    def publish(rows):
        @task.short_circuit
        def any_rows(found):
            return bool(found)

        @task
        def write(found):
            print(found)

        chain(any_rows(rows), write(rows))

    cluster = open_cluster()
    rows = read(cluster)
    publish(rows) >> close_cluster(cluster)


order_report()


@dag(schedule="@hourly", start_date=pendulum.datetime(2025, 1, 1, tz="Europe/Oslo"))
def heartbeat():
    @task.bash(task_id="ping")
    def command():
        return "ping"

    command()


heartbeat()
"""


@pytest.mark.parametrize(("version", "text", "dags"), [("2.7.3", OLDER, 3), ("2.11.2", OLDER, 3), ("3.3.2", OLDER, 3), ("3.3.2", NEWER, 2)])
def test_real_airflow_agrees_with_what_we_extract(
    version: str, text: str, dags: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    python = python_of(version)
    if python is None:
        pytest.skip(f"no environment for Airflow {version}; make it with tests/oracle/environments.py")
    (tmp_path / "dags").mkdir()
    (tmp_path / "dags" / "dag.py").write_text(text)
    (tmp_path / "dagcheck.toml").write_text('dags = ["dags"]\n')
    monkeypatch.chdir(tmp_path)
    for name, value in variables_of(version).items():
        monkeypatch.setenv(name, value)
    status = main(["verify", "--python", str(python), "--format", "json"])
    told = json.loads(capsys.readouterr().out)
    assert (told["airflow"], told["differences"], told["not_loaded"]) == (version, [], [])
    assert (told["dags"], told["exact"], told["agreeing"], status) == (dags, dags, dags, 0)
