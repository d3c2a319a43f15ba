"""What is done to one of several objects, or by code that is not known, makes DAGs inexact: never silently lost."""

from __future__ import annotations

import pytest

import dagcheck

HEAD = """
import os
from airflow import DAG
from airflow.operators.empty import EmptyOperator
from airflow.utils.task_group import TaskGroup

with DAG("d", schedule=None) as dag:
    x, y, z = (EmptyOperator(task_id=name) for name in "xyz")
"""
LOSSES = {
    "an attribute": "(x if os.environ.get('Q') else y).trigger_rule = 'all_done'",
    "a dependency": "(x if os.environ.get('Q') else y) >> z",
    "a dependency of two": "(x if os.environ.get('Q') else y) >> (y if os.environ.get('P') else z)",
    "a method": "(x if os.environ.get('Q') else y).set_downstream(z)",
    "a setup on one side": "if os.environ.get('Q'):\n    x.as_setup()",
    "a DAG of a task": "EmptyOperator(task_id='w', dag=dag if os.environ.get('Q') else None)",
    "a task that is added": "dag.add_task(x if os.environ.get('Q') else None)",
    "ids of a dependency": "dag.set_dependency(os.environ.get('Q'), 'x')",
    "a prefix": "TaskGroup('g', prefix_group_id=os.environ.get('Q'), dag=dag)",
    "code of others": "with dag:\n    import not_there\n    not_there.add_tasks()",
    "a context of others": "import not_there\nwith dag, not_there.group('g'):\n    pass",
    "a method of others": "import not_there\nb = not_there.Builder()\nwith dag:\n    b.add()",
    "a DAG that is handed on": "import not_there\nnot_there.register(dag)",
}


@pytest.mark.parametrize("line", LOSSES.values(), ids=LOSSES.keys())
def test_a_dag_that_may_have_been_changed_is_not_exact(line: str) -> None:
    (dag,) = dagcheck.show(source=f"{HEAD}\n{line}\n", airflow="2.11").files[0].dags
    assert not dag.exact
    assert dag.doubts


HARMLESS = {
    "text": "name = 'p' if os.environ.get('Q') else 'q'\nname.upper()",
    "a library that makes no tasks": "import pandas\nwith dag:\n    frame = pandas.DataFrame({'a': [1]})\n    frame.head()",
    "the clock": "from datetime import datetime\nwith dag:\n    datetime.now().strftime('%Y').upper()",
    "a value of a Variable": "from airflow.models import Variable\nwith dag:\n    Variable.get('v').split(',')",
}


@pytest.mark.parametrize("line", HARMLESS.values(), ids=HARMLESS.keys())
def test_what_cannot_change_a_dag_leaves_it_exact(line: str) -> None:
    (dag,) = dagcheck.show(source=f"{HEAD}\n{line}\n", airflow="2.11").files[0].dags
    assert [doubt.message for doubt in dag.doubts] == []


def test_a_zone_that_an_unknown_start_date_would_give_is_not_told() -> None:
    source = 'import os, pendulum\nfrom airflow import DAG\nDAG("d", schedule="@daily", start_date=pendulum.datetime(2024, 1, 1, tz=os.environ["Z"]))\n'
    (dag,) = dagcheck.show(source=source.replace("DAG(", "d = DAG(")).files[0].dags
    assert (dag.exact, dag.schedule.kind, dag.schedule.timezone, dag.start_date) == (False, "cron", None, None)
