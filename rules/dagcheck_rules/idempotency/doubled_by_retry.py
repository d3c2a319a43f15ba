import ast
import re
from collections.abc import Iterable, Iterator

from dagcheck.model.dag import Dag, Task
from dagcheck.model.values import Span
from dagcheck.patterns import late
from dagcheck.rule import Bad, FileContext, Finding, Good, Meta, Related, Rule
from dagcheck.rule.callable_sql import run_sql
from dagcheck.rule.code import own_nodes
from dagcheck.rule.relations import Relations
from dagcheck.rule.sql import sql_of
from dagcheck.rule.tasks import text
from dagcheck_rules.idempotency._guards import appending, is_guarded_upstream
from dagcheck_rules.idempotency.appending_file import APPENDING, appends_in
from dagcheck_rules.idempotency.counting_update import counted_columns

_APPEND = late(r"(?<![>&\d])>>\s*(?P<file>[^\s;|&>]+)[^\n;&|]*(?:&&|;|\n)\s*(?P<next>[^\s#])")
_LOGS = late(r"\.log\b|/log/|/logs/|/dev/|audit", re.IGNORECASE)
_COMMITTING = late(r".*?\.(?:run|insert_rows)\(", re.DOTALL)
_CLIENTS = ("requests.", "httpx.", "urllib.request.", "boto3.", "subprocess.", "smtplib.")
_OUTSIDE = frozenset(
    {
        "run",
        "execute",
        "get_records",
        "get_first",
        "get_df",
        "get_pandas_df",
        "insert_rows",
        "load_file",
        "load_string",
        "upload_file",
        "raise_for_status",
        "put_object",
    }
)


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
        Bad(
            """
            import requests

            from airflow.providers.postgres.hooks.postgres import PostgresHook
            from airflow.sdk import dag, task

            @dag(schedule="@daily", default_args={"retries": 3})
            def sales():
                @task
                def load(ds=None):
                    hook = PostgresHook("shop")
                    hook.run(f"INSERT INTO sales SELECT * FROM orders WHERE day = '{ds}'")  # DAG509
                    requests.put("https://shop.example/loaded", json={"day": ds}, timeout=10).raise_for_status()

                @task
                def export(rows):
                    with open("/data/sales.csv", "a") as file:  # DAG509
                        file.writelines(rows)
                    if not rows:
                        raise ValueError("nothing was sold")

                load() >> export(["1"])

            sales()
            """,
            title="TaskFlow: the step after it may fail",
        ),
    )
    good = (
        Good(
            """
            import requests

            from airflow.providers.postgres.hooks.postgres import PostgresHook
            from airflow.sdk import dag, task

            @dag(schedule="@daily", default_args={"retries": 3})
            def sales():
                @task
                def load(ds=None):
                    hook = PostgresHook("shop")
                    rows = requests.get("https://shop.example/sales", timeout=10).json()
                    hook.run("DELETE FROM sales WHERE day = %s", parameters=[ds])
                    hook.insert_rows(table="sales", rows=rows)
                    requests.put("https://shop.example/loaded", timeout=10)

                @task
                def export(rows):
                    if not rows:
                        raise ValueError("nothing was sold")
                    with open("/data/sales.csv", "a") as file:
                        file.writelines(rows)
                    print("done")

                load() >> export(["1"])

            sales()
            """,
            title="TaskFlow: deleted first, or the last step",
        ),
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
        relations = context.relations(dag)
        for task in dag.tasks:
            if task.retries:
                for span, what in _doubled(task, dag, relations, context):
                    message = f"{task.task_id} is retried: when a later step of it fails, the retry {what} once more."
                    retries = task.arguments.get("retries")
                    related = (Related(retries.span, f"retried {task.retries} times"),) if retries is not None else ()
                    yield Finding(message, span, dag_id=dag.dag_id, task_id=task.task_id, related=related, subject=what)


def _in_callable(task: Task, dag: Dag, relations: Relations, context: FileContext) -> Iterator[tuple[Span, str]]:
    """What the callable of a task makes durable before a step that can fail."""
    node = context.callable_of(task)
    if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
        return
    steps = list(_inserts(task, dag, relations, context))
    if context.callable_of(task, *APPENDING) is not None:
        steps += [(span, f"appends to {what}") for span, what in appends_in(node, context)]
    if not steps:
        return
    failing = max(
        (inner.lineno for inner in own_nodes(node) if isinstance(inner, ast.Raise | ast.Call) and _can_fail(inner, context)), default=0
    )
    for span, what in sorted(steps):
        if span.end_line < failing:
            yield span, what
            return


def _inserts(task: Task, dag: Dag, relations: Relations, context: FileContext) -> Iterator[tuple[Span, str]]:
    """What hooks insert or count up; a hook commits at the end of each call, a cursor does not."""
    sql = run_sql(task, dag, context)
    for statement in sql.statements if sql is not None else ():
        if statement.span is None or not _COMMITTING.match(context.text(statement.span)):
            continue
        if sql is not None and statement in appending(sql.statements) and statement.target:
            if not is_guarded_upstream(task, statement.target, dag, relations, context):
                yield statement.span, f"inserts the rows into {statement.target}"
        elif counted_columns(statement):
            yield statement.span, f"changes {counted_columns(statement)[0]} in {statement.target}"


def _can_fail(node: ast.Raise | ast.Call, context: FileContext) -> bool:
    """True for a `raise`, and for a call to the outside."""
    if isinstance(node, ast.Raise):
        return True
    if (context.dotted(node.func) or "").startswith(_CLIENTS):
        return True
    return isinstance(node.func, ast.Attribute) and node.func.attr in _OUTSIDE


def _doubled(task: Task, dag: Dag, relations: Relations, context: FileContext) -> Iterator[tuple[Span, str]]:
    yield from _in_callable(task, dag, relations, context)
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
