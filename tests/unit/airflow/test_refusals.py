"""What Airflow refuses while it loads a file leaves no DAG of the file exact, since nothing of it is loaded."""

from __future__ import annotations

from pathlib import Path

import pytest

from dagcheck.airflow.extract import extract
from dagcheck.airflow.target import Target
from dagcheck.source.project import ProjectFiles

HEAD = "from datetime import datetime\nfrom airflow import DAG\nfrom airflow.operators.empty import EmptyOperator as Op\nS = datetime(2024, 1, 1)\n"
FINE = 'with DAG("fine", schedule=None, start_date=S):\n    Op(task_id="t")\n'
OF_TASK = 'with DAG("d", schedule="@daily"):\n    Op(task_id="t", start_date=S)\n'
OF_NEITHER = 'with DAG("d", schedule=None):\n    Op(task_id="t")\n'
IN_DEFAULTS = 'with DAG("d", schedule="@daily", default_args={"start_date": S}):\n    Op(task_id="t")\n'


def exact(source: str, version: str) -> dict[object, bool]:
    place = Path("/p/dags/main.py")
    project = ProjectFiles([place.parent], base=place.parent, texts={place: (HEAD + FINE + source).encode()})
    return {dag.dag_id: dag.exact for dag in extract(project.source(place), project, Target(version)).dags}


@pytest.mark.parametrize(
    ("source", "version", "loads"),
    [
        (OF_TASK, "2.7", True),
        (OF_TASK, "2.11", False),
        (OF_TASK, "3.3", True),
        (OF_NEITHER, "2.7", False),
        (OF_NEITHER, "2.11", True),
        (OF_NEITHER, "3.3", True),
        (IN_DEFAULTS, "2.7", True),
        (IN_DEFAULTS, "2.11", True),
    ],
)
def test_a_start_date_is_missed_by_airflow_2(source: str, version: str, loads: bool) -> None:
    assert exact(source, version) == {"fine": loads, "d": loads}


def test_a_task_id_that_is_used_twice_loses_the_whole_file() -> None:
    twice = 'with DAG("d", schedule=None, start_date=S):\n    Op(task_id="t")\n    Op(task_id="t")\n'
    assert exact(twice, "3.3") == {"fine": False, "d": False}
