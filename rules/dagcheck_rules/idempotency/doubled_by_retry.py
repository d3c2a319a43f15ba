import re
from collections.abc import Iterable, Iterator

from dagcheck.model.dag import Dag, Task
from dagcheck.model.values import Span
from dagcheck.rule import Bad, FileContext, Finding, Good, Meta, Related, Rule
from dagcheck.rule.relations import Relations
from dagcheck.rule.sql import sql_of
from dagcheck.rule.tasks import text
from dagcheck_rules.idempotency._guards import appending, is_guarded_upstream
from dagcheck_rules.idempotency.counting_update import counted_columns

_APPEND = re.compile(r"(?<![>&\d])>>\s*(?P<file>[^\s;|&>]+)[^\n;&|]*(?:&&|;|\n)\s*(?P<next>[^\s#])")
_LOGS = re.compile(r"\.log\b|/log/|/logs/|/dev/|audit", re.IGNORECASE)


class DoubledByRetry(Rule):
    """Task whose retry repeats what its first attempt already wrote

    The task is retried, and the step that adds rows, counts up or appends is made durable before a later step of the same task that can fail. When that one fails,
    the retry does the first step once more. Put the steps into one transaction or apart into tasks, or make the first repeatable.
    """

    meta = Meta(code="DAG509", name="doubled-by-retry", severity="error", since="0.1.0")
    bad = (
        Bad(
            """
            from airflow.providers.common.sql.operators.sql import SQLExecuteQueryOperator
            from airflow.sdk import DAG

            with DAG("sales", schedule="@daily", default_args={"retries": 2}):
                SQLExecuteQueryOperator(
                    task_id="load",
                    conn_id="pg_shop",
                    autocommit=True,
                    sql=["INSERT INTO sales SELECT * FROM orders WHERE day = '{{ ds }}'", "CALL refresh_totals()"],  # DAG509
                )
            """
        ),
        Bad(
            """
            from airflow.providers.standard.operators.bash import BashOperator
            from airflow.sdk import DAG

            with DAG("sales", schedule="@daily"):
                for region in ("north", "south"):
                    BashOperator(task_id=region, retries=3, bash_command=f"extract {region} >> /data/sales.csv && load /data/sales.csv")  # DAG509
            """,
            title="In the shell, generated",
        ),
        Bad(
            """
            from airflow.providers.google.cloud.operators.bigquery import BigQueryInsertJobOperator
            from airflow.sdk import DAG

            SQL = "UPDATE shop.totals SET n = n + 1 WHERE day = '{{ ds }}'; DELETE FROM shop.queue WHERE day = '{{ ds }}';"

            with DAG("sales", schedule="@daily"):
                BigQueryInsertJobOperator(
                    task_id="count",
                    retries=1,
                    configuration={"query": {"query": SQL, "useLegacySql": False}},  # DAG509
                )
            """,
            title="A database that makes each statement durable",
        ),
    )
    good = (
        Good(
            """
            from airflow.providers.common.sql.operators.sql import SQLExecuteQueryOperator
            from airflow.sdk import DAG

            with DAG("sales", schedule="@daily", default_args={"retries": 2}):
                SQLExecuteQueryOperator(
                    task_id="load",
                    conn_id="pg_shop",
                    sql=["INSERT INTO sales SELECT * FROM orders WHERE day = '{{ ds }}'", "CALL refresh_totals()"],
                )
            """,
            title="One transaction: a retry begins anew",
        ),
        Good(
            """
            from airflow.providers.standard.operators.bash import BashOperator
            from airflow.sdk import DAG

            with DAG("sales", schedule="@daily", default_args={"retries": 2}):
                BashOperator(task_id="load", bash_command="extract && cat new.csv >> /data/sales.csv")
                BashOperator(task_id="note", bash_command="echo start >> /data/load.log; load")
            """,
            title="The last step, and a log",
        ),
        Good(
            """
            from airflow.providers.common.sql.operators.sql import SQLExecuteQueryOperator
            from airflow.sdk import DAG

            with DAG("sales", schedule="@daily"):
                SQLExecuteQueryOperator(
                    task_id="load", conn_id="pg_shop", autocommit=True, retries=0, sql=["INSERT INTO sales SELECT * FROM orders", "CALL refresh_totals()"]
                )
            """,
            title="Not retried",
        ),
    )

    def check_dag(self, dag: Dag, context: FileContext) -> Iterable[Finding]:
        """One finding for each such task."""
        relations = Relations(dag)
        for task in dag.tasks:
            if task.retries:
                for span, what in _doubled(task, dag, relations, context):
                    message = f"{task.task_id} is retried: when a later step of it fails, the retry {what} once more."
                    retries = task.arguments.get("retries")
                    related = (Related(retries.span, f"retried {task.retries} times"),) if retries is not None else ()
                    yield Finding(message, span, dag_id=dag.dag_id, task_id=task.task_id, related=related, subject=what)


def _doubled(task: Task, dag: Dag, relations: Relations, context: FileContext) -> Iterator[tuple[Span, str]]:
    sql = sql_of(task, dag, context)
    if sql is not None and sql.commits_each:
        adding = [
            item
            for item in appending(sql.statements)
            if item.target and not is_guarded_upstream(task, item.target, dag, relations, context)
        ]
        for statement in sql.statements[:-1]:
            if statement in adding:
                yield sql.span, f"inserts the rows into {statement.target}"
                return
            if counted_columns(statement):
                yield sql.span, f"changes {counted_columns(statement)[0]} in {statement.target}"
                return
    command = text(task, "bash_command")
    found = _APPEND.search(command.strip()) if command is not None else None
    if found and not _LOGS.search(found["file"]):
        yield task.arguments["bash_command"].span, f"appends to {found['file']}"
