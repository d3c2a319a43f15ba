"""DAG models for tests, made by hand or from source."""

from __future__ import annotations

import textwrap

import dagcheck
from dagcheck.harness.judge import judged
from dagcheck.harness.search import Budget
from dagcheck.harness.setting import Setting
from dagcheck.harness.verdict import DagVerdict
from dagcheck.model.dag import Dag

HEAD = """
from datetime import datetime
from airflow.sdk import DAG, Variable, task
from airflow.providers.common.sql.operators.sql import SQLExecuteQueryOperator
from airflow.providers.standard.operators.python import PythonOperator
from airflow.providers.standard.operators.bash import BashOperator

"""


def dag_of(body: str, *, dag_id: str = "d", options: str = "", conn_id: str = "pg_postgres") -> Dag:
    """The DAG of a body of task definitions; `sql(task_id, text, …)` in it makes a SQL task."""
    sql = f"def sql(task_id, text, **more):\n    return SQLExecuteQueryOperator(task_id=task_id, conn_id={conn_id!r}, sql=text, **more)\n\n"
    indented = textwrap.indent(textwrap.dedent(body).strip(), "    ")
    given = f", {options}" if options else ""
    source = f"{HEAD}{sql}with DAG({dag_id!r}, schedule='@daily', start_date=datetime(2024, 1, 1){given}) as dag:\n{indented}\n"
    (file,) = dagcheck.show(source=source).files
    assert not file.errors, file.errors
    (dag,) = file.dags
    return dag


def verdict_of(
    body: str, *, examples: int = 30, seed: int = 0, options: str = "", conn_id: str = "pg_postgres", setting: Setting | None = None
) -> DagVerdict:
    """The verdict on the DAG of a body."""
    return judged(dag_of(body, options=options, conn_id=conn_id), setting or Setting(seed=seed), Budget(examples, 20.0))
