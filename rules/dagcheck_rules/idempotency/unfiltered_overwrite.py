from collections.abc import Iterable, Iterator

from dagcheck.model.dag import Dag, Task
from dagcheck.rule import Bad, FileContext, Finding, Good, Meta, Rule
from dagcheck.rule.callable_sql import tasks_with_sql
from dagcheck.rule.sql import Statement, TaskSql

_OF_RUN = ("ds", "ts", "data_interval", "logical_date", "execution_date", "yesterday_ds", "prev_ds", "next_ds", "tomorrow_ds")


class UnfilteredOverwrite(Rule):
    """Whole table that is emptied to load one interval

    The task deletes everything, or overwrites the table, and then loads only the rows of its own interval: after each run the table holds one interval, and the
    history is gone. Delete or overwrite the interval alone.
    """

    meta = Meta(code="DAG514", name="unfiltered-overwrite", severity="warning", since="0.1.0")
    bad = (
        Bad(
            """
            from airflow.providers.common.sql.operators.sql import SQLExecuteQueryOperator
            from airflow.sdk import DAG

            with DAG("sales", schedule="@daily"):
                SQLExecuteQueryOperator(
                    task_id="load",
                    conn_id="pg_shop",
                    sql=["DELETE FROM sales", "INSERT INTO sales SELECT * FROM orders WHERE day = '{{ ds }}'"],  # DAG514
                )
            """
        ),
        Bad(
            """
            from airflow.providers.common.sql.operators.sql import SQLExecuteQueryOperator
            from airflow.sdk import DAG

            with DAG("sales", schedule="@daily"):
                for region in ("north", "south"):
                    SQLExecuteQueryOperator(
                        task_id=region,
                        conn_id="hive_shop",
                        sql=f"INSERT OVERWRITE TABLE {region} SELECT * FROM orders WHERE day = '{{{{ data_interval_start | ds }}}}'",  # DAG514
                    )
            """,
            title="An overwrite, generated",
        ),
        Bad(
            """
            from airflow.providers.common.sql.operators.sql import SQLExecuteQueryOperator
            from airflow.sdk import DAG

            with DAG("sales", schedule="@daily"):
                SQLExecuteQueryOperator(task_id="load", conn_id="pg_shop", sql="load.sql")  # DAG514
            """,
            files=(("dags/load.sql", "TRUNCATE TABLE sales;\nINSERT INTO sales SELECT * FROM orders WHERE ordered_at >= '{{ ts }}';"),),
            title="A truncate, in a file",
        ),
    )
    good = (
        Good(
            """
            from airflow.providers.common.sql.operators.sql import SQLExecuteQueryOperator
            from airflow.sdk import DAG

            with DAG("sales", schedule="@daily"):
                SQLExecuteQueryOperator(
                    task_id="load",
                    conn_id="pg_shop",
                    sql=["TRUNCATE TABLE sales", "INSERT INTO sales SELECT * FROM orders"],
                )
            """,
            title="All is loaded anew",
        ),
        Good(
            """
            from airflow.providers.common.sql.operators.sql import SQLExecuteQueryOperator
            from airflow.sdk import DAG

            with DAG("sales", schedule="@daily"):
                SQLExecuteQueryOperator(
                    task_id="load",
                    conn_id="pg_shop",
                    sql=["TRUNCATE TABLE stg_sales", "INSERT INTO stg_sales SELECT * FROM orders WHERE day = '{{ ds }}'"],
                )
            """,
            title="A staging table",
        ),
        Good(
            """
            from airflow.providers.common.sql.operators.sql import SQLExecuteQueryOperator
            from airflow.sdk import DAG

            with DAG("sales", schedule="@daily"):
                SQLExecuteQueryOperator(
                    task_id="load",
                    conn_id="hive_shop",
                    sql="INSERT OVERWRITE TABLE sales PARTITION (day = '{{ ds }}') SELECT * FROM orders WHERE day = '{{ ds }}'",
                )
            """,
            title="One partition",
        ),
    )

    def check_dag(self, dag: Dag, context: FileContext) -> Iterable[Finding]:
        """One finding for each table that a task empties so."""
        for task, sql in tasks_with_sql(dag, context):
            yield from _overwritten(task, sql, dag)


def _overwritten(task: Task, sql: TaskSql, dag: Dag) -> Iterator[Finding]:
    emptied: set[str] = set()
    for statement in sql.statements:
        if statement.target is None:
            continue
        if statement.kind == "truncate" or (statement.kind == "delete" and statement.tree.args.get("where") is None):
            emptied.add(statement.target)
        whole = statement.kind == "overwrite" and not _has_partition(statement)
        refilled = whole or (statement.kind == "insert" and statement.target in emptied)
        if refilled and _is_of_one_interval(statement) and not _is_staging(statement.target):
            message = f"{task.task_id} empties {statement.target} and loads one interval: what other runs loaded is lost."
            help_text = "Delete or overwrite the interval alone."
            yield Finding(
                message, statement.span or sql.span, help=help_text, dag_id=dag.dag_id, task_id=task.task_id, subject=statement.target
            )


def _has_partition(statement: Statement) -> bool:
    from sqlglot import exp

    return (
        bool(statement.find(exp.Partition))
        or bool(statement.tree.args.get("partition"))
        or bool(statement.tree.args.get("where"))
        or (str(statement.tree.args.get("alternative")) == "REPLACE")
    )


def _is_of_one_interval(statement: Statement) -> bool:
    """True if a filter of the source names the run's own dates."""
    from sqlglot import exp

    named = frozenset().union(*(statement.templates_in(where) for where in statement.find(exp.Where)))
    return any(template.lstrip("( ").startswith(_OF_RUN) for template in named)


def _is_staging(target: str) -> bool:
    return any(
        part in ("stg", "stage", "staging", "tmp", "temp", "scratch", "work", "raw", "landing", "delta", "today", "daily", "current")
        for part in target.replace(".", "_").split("_")
    )
