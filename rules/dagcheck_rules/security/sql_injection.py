from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from dagcheck.rule import Bad, Finding, Good, Meta, Rule

if TYPE_CHECKING:
    from dagcheck.model.dag import File
    from dagcheck.rule.context import FileContext


class SqlInjection(Rule):
    """SQL is put together from run-time values or from a caller's input.

    A value with a quote in it ends the literal and changes the statement: at best the task fails on `O'Neil`, at worst somebody else's SQL runs with the
    connection's rights. Bind values instead (`parameters=`, `%(name)s`, `:name`). Names of tables and columns can't be bound; they, dates that Airflow gives, and
    numbers are left alone.
    """

    meta = Meta(code="DAG412", name="sql-injection", severity="warning", since="0.1")
    bad = (
        Bad(
            title="The configuration of a run in a statement",
            source="""
from airflow import DAG
from airflow.providers.common.sql.operators.sql import SQLExecuteQueryOperator

with DAG("clean", schedule=None):
    SQLExecuteQueryOperator(
        task_id="clean",
        sql="DELETE FROM orders WHERE customer = '{{ dag_run.conf['customer'] }}'",  # DAG412
    )
""",
        ),
        Bad(
            title="A parameter formatted into a query of a TaskFlow task",
            source="""
from airflow.decorators import dag, task
from airflow.providers.postgres.hooks.postgres import PostgresHook

@dag(schedule=None)
def report():
    @task
    def orders(customer: str):
        return len(PostgresHook("shop").get_records(f"SELECT * FROM orders WHERE customer = '{customer}'"))  # DAG412

    orders("acme")

report()
""",
        ),
        Bad(
            title="An upstream task's result, for generated tasks in a group",
            source="""
from airflow import DAG
from airflow.operators.python import PythonOperator
from airflow.providers.mysql.hooks.mysql import MySqlHook
from airflow.utils.task_group import TaskGroup

def update(table, ti=None):
    name = ti.xcom_pull(task_ids="pick")
    query = "UPDATE " + table + " SET seen = 1 WHERE name IN ('" + name + "')"
    MySqlHook("shop").run(query)  # DAG412

with DAG("mark", schedule=None):
    with TaskGroup("tables"):
        for table in ("orders", "clients"):
            PythonOperator(task_id=f"mark_{table}", python_callable=update, op_args=[table])
""",
        ),
    )
    good = (
        Good(
            title="Values that are bound",
            source="""
from airflow import DAG
from airflow.providers.common.sql.operators.sql import SQLExecuteQueryOperator

with DAG("clean", schedule=None, params={"customer": "acme"}):
    SQLExecuteQueryOperator(
        task_id="clean",
        sql="DELETE FROM orders WHERE customer = %(customer)s AND day = '{{ ds }}'",
        parameters={"customer": "{{ params.customer }}"},
    )
""",
        ),
        Good(
            title="Names of tables, dates and numbers",
            source="""
from airflow.decorators import dag, task
from airflow.providers.postgres.hooks.postgres import PostgresHook

@dag(schedule=None)
def report():
    @task
    def orders(table: str, limit: int, ds=None):
        hook = PostgresHook("shop")
        hook.run(f"DELETE FROM {table} WHERE day = '{ds}'")
        return len(hook.get_records(f"SELECT * FROM {table} WHERE amount > {limit} LIMIT {limit}"))

    orders("orders", 10)

report()
""",
        ),
        Good(
            title="Constants, for generated tasks",
            source="""
from airflow import DAG
from airflow.providers.common.sql.operators.sql import SQLExecuteQueryOperator

SCHEMA = "mart"
COUNTRIES = ("no", "se")

with DAG("load", schedule=None):
    for country in COUNTRIES:
        SQLExecuteQueryOperator(task_id=f"load_{country}", sql=f"INSERT INTO {SCHEMA}.sales SELECT * FROM raw WHERE country = '{country}'")
""",
        ),
    )

    def check_file(self, file: File, context: FileContext) -> Iterator[Finding]:
        from dagcheck_rules.security._flow.reach import of_tasks
        from dagcheck_rules.security._flow.statements import injections

        for span, message in of_tasks(sorted(injections(context)), context):
            yield Finding(
                f"{message}.", span, help="Bind the values: `parameters=` with `%(name)s` (or the database's own form).", subject="sql"
            )
