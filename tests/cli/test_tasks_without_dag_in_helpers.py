"""A task that a helper's function makes for no DAG is told where it is made, with the call in the DAG file."""

import json
from typing import Any

from tests.cli.conftest import GOOD, Folder

FACTORY = """\
import pendulum

from airflow.providers.standard.operators.empty import EmptyOperator
from airflow.sdk import DAG


def make(name):
    dag = DAG(name, schedule="@daily", start_date=pendulum.datetime(2025, 1, 1, tz="UTC"), catchup=False)
    EmptyOperator(task_id="extract", dag=dag)
    EmptyOperator(task_id="load")
    return dag


def report(region):
    return EmptyOperator(task_id=f"report_{region}")
"""


def told(folder: Folder, *paths: str) -> list[dict[str, Any]]:
    return list(json.loads(folder.run("check", "--select", "DAG107", "--format", "json", *paths).out)["findings"])


def test_it_is_told_once_for_all_dag_files_that_use_the_factory(folder: Folder) -> None:
    folder.write("dags/factory.py", FACTORY)
    for name in ("north", "south"):
        folder.write(f"dags/{name}.py", f'from airflow.sdk import DAG\nfrom factory import make\n\ndag = make("{name}")\n')
    (finding,) = told(folder, "dags")
    assert (finding["path"], finding["line"], finding["task_id"]) == ("dags/factory.py", 10, "load")
    assert [(place["path"], place["line"]) for place in finding["related"]] == [("dags/north.py", 4)]


def test_a_task_that_a_helper_makes_outside_of_the_block_is_told(folder: Folder) -> None:
    folder.write("dags/factory.py", FACTORY)
    folder.write("dags/good.py", f'from factory import report\n{GOOD}    report("north")\n\nreport("south")\n')
    (finding,) = told(folder, "dags")
    assert (finding["path"], finding["line"], finding["task_id"]) == ("dags/factory.py", 15, "report_south")


def test_what_a_helper_makes_when_it_is_imported_is_left_alone(folder: Folder) -> None:
    folder.write("dags/factory.py", f'{FACTORY}\nSTART = EmptyOperator(task_id="start")\n')
    folder.write("dags/good.py", f"from factory import START\n{GOOD}")
    assert told(folder, "dags/good.py") == []
