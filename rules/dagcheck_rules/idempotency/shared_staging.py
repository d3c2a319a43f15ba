import ast
from collections.abc import Iterable, Iterator

from dagcheck.model.dag import Dag, Task
from dagcheck.model.values import Span
from dagcheck.patterns import late
from dagcheck.rule import Bad, FileContext, Finding, Good, Meta, Rule
from dagcheck.rule.callable_sql import run_sql
from dagcheck.rule.code import argument, constant
from dagcheck.rule.sql import Statement
from dagcheck.rule.tasks import text
from dagcheck.source.nodes import every

_STAGING = late(r"(^|[._])(stg|stage|staging|tmp|temp|scratch|work)([._]|$)")
_SHELL = late(r"(?:(?<![>\d&])>\s*|--?o(?:utput)?[ =])(?P<file>/(?:tmp|var/tmp|scratch|staging)/[^\s;|&]+)")
_FOLDER = late(r"/(?:tmp|var/tmp|scratch|staging)/")
_EMPTIES = ("truncate", "drop", "overwrite", "create", "delete")
_WRITERS = {"to_csv": "path_or_buf", "to_json": "path_or_buf", "to_parquet": "path", "to_pickle": "path", "to_excel": "excel_writer"}
_TEMPLATE = ("{{", "$", "mktemp")
_SCHEDULED = ("cron", "interval")


class SharedStaging(Rule):
    """Staging table or file that overlapping runs share

    Where a DAG may have several runs at once (after a pause, in a backfill, with catchup), they empty and fill the same staging table or file under each other, and load each
    other's rows. Put the interval or the run_id into its name, use a temporary table, or set `max_active_runs=1`.
    """

    meta = Meta(code="DAG506", name="shared-staging", severity="warning", since="0.1.0")
    bad = (
        Bad(
            """
            from airflow.providers.common.sql.operators.sql import SQLExecuteQueryOperator
            from airflow.sdk import DAG

            with DAG("sales", schedule="@daily", catchup=True):
                SQLExecuteQueryOperator(
                    task_id="stage",
                    conn_id="pg_shop",
                    sql=["TRUNCATE TABLE stg_sales", "INSERT INTO stg_sales SELECT * FROM orders WHERE day = '{{ ds }}'"],  # DAG506
                )
            """
        ),
        Bad(
            """
            from airflow.providers.standard.operators.bash import BashOperator
            from airflow.sdk import DAG

            with DAG("sales", schedule="@hourly", catchup=True):
                BashOperator(task_id="extract", bash_command="extract --hour {{ ts }} > /tmp/sales.csv") >> BashOperator(  # DAG506
                    task_id="load", bash_command="load /tmp/sales.csv"
                )
            """,
            title="A file",
        ),
        Bad(
            """
            from airflow.providers.common.sql.operators.sql import SQLExecuteQueryOperator
            from airflow import DAG

            with DAG("sales", schedule="@daily", max_active_runs=4):
                for region in ("north", "south"):
                    SQLExecuteQueryOperator(
                        task_id=region,
                        conn_id="pg_shop",
                        sql=f"CREATE OR REPLACE TABLE staging.{region} AS SELECT * FROM {region} WHERE day = '{{{{ ds }}}}'",  # DAG506
                    )
            """,
            airflow="2.11",
            title="Made anew by each run, generated",
        ),
        Bad(
            """
            from datetime import datetime

            import pandas as pd

            from airflow.sdk import dag, task

            @dag(schedule="@daily", start_date=datetime(2024, 1, 1), catchup=True)
            def sales():
                @task
                def extract(ds=None):
                    pd.read_json(f"https://shop.example/sales/{ds}").to_csv("/tmp/sales.csv")  # DAG506

                @task
                def note():
                    with open("/tmp/note.txt", "w") as file:  # DAG506
                        file.write("done")

                extract() >> note()

            sales()
            """,
            title="TaskFlow",
        ),
    )
    good = (
        Good(
            """
            from airflow.providers.common.sql.operators.sql import SQLExecuteQueryOperator
            from airflow.sdk import DAG

            with DAG("sales", schedule="@daily", catchup=True, max_active_runs=1):
                SQLExecuteQueryOperator(task_id="stage", conn_id="pg_shop", sql="TRUNCATE TABLE stg_sales")
            """,
            title="One run at a time",
        ),
        Good(
            """
            from airflow.providers.common.sql.operators.sql import SQLExecuteQueryOperator
            from airflow.sdk import DAG

            with DAG("sales", schedule="@daily", catchup=True):
                SQLExecuteQueryOperator(
                    task_id="stage",
                    conn_id="pg_shop",
                    sql=["CREATE TEMPORARY TABLE tmp_sales AS SELECT 1", "DROP TABLE IF EXISTS stg_sales_{{ ds_nodash }}", "TRUNCATE TABLE sales"],
                )
            """,
            title="A temporary table, the day in the name, another table",
        ),
        Good(
            """
            from airflow.providers.standard.operators.bash import BashOperator
            from airflow.sdk import DAG

            with DAG("sales", schedule="@daily", catchup=True):
                BashOperator(task_id="extract", bash_command="extract > /tmp/sales-{{ ds }}.csv; extract > $(mktemp); echo 2>/tmp/errors")
            """
        ),
        Good(
            """
            from airflow.providers.common.sql.operators.sql import SQLExecuteQueryOperator
            from airflow.sdk import DAG

            with DAG("sales", schedule="@daily", catchup=False):
                SQLExecuteQueryOperator(task_id="stage", conn_id="pg_shop", sql="TRUNCATE TABLE stg_sales")
            """,
            title="Without catchup runs hardly ever overlap",
        ),
        Good(
            """
            from datetime import datetime

            from airflow.providers.common.sql.operators.sql import SQLExecuteQueryOperator
            from airflow.sdk import dag, task

            @dag(schedule="@daily", start_date=datetime(2024, 1, 1), catchup=True)
            def sales():
                @task
                def extract(ds=None):
                    with open("/tmp/settings.json") as file, open(f"/tmp/sales-{ds}.csv", "w") as target:
                        target.write(file.read())

                extract() >> SQLExecuteQueryOperator(task_id="stage", conn_id="shop", sql="DELETE FROM staging.sales WHERE day = '{{ ds }}'")

            sales()
            """,
            title="TaskFlow: the day in the name, and a file that is read; rows of one day",
        ),
    )

    def check_task(self, task: Task, dag: Dag, context: FileContext) -> Iterable[Finding]:
        """One finding for each staging table or file that is emptied or written without regard to the run."""
        if dag.schedule.kind not in _SCHEDULED or not dag.max_active_runs or dag.max_active_runs <= 1:
            return
        if dag.catchup is not True and "max_active_runs" not in dag.arguments:
            return
        for span, name in _shared(task, dag, context):
            message = f"Up to {dag.max_active_runs} runs write {name} at the same time, and each may load what another wrote."
            help_text = "Put the interval into its name, or set max_active_runs=1."
            yield Finding(message, span, help=help_text, dag_id=dag.dag_id, task_id=task.task_id, subject=name)


def _shared(task: Task, dag: Dag, context: FileContext) -> Iterator[tuple[Span, str]]:
    sql = run_sql(task, dag, context)
    if sql is not None:
        from sqlglot import exp

        temporary = {item.target for item in sql.statements if item.kind == "create" and item.find(exp.TemporaryProperty)}
        emptied = {item.target for item in sql.statements if item.kind in _EMPTIES and not _is_of_its_interval(item)} - temporary
        for target in sorted(name for name in emptied if name and _STAGING.search(name) and "{{" not in name):
            yield sql.span, f"the table {target}"
    command = text(task, "bash_command")
    found = _SHELL.search(command) if command is not None else None
    if found and not any(mark in found["file"] for mark in _TEMPLATE):
        yield task.arguments["bash_command"].span, f"the file {found['file']}"
    node = context.callable_of(task, "open", *_WRITERS)
    for call in every(node, ast.Call) if node is not None else ():
        if isinstance(name := _written(call), str) and _FOLDER.match(name):
            yield context.span(call), f"the file {name}"


def _is_of_its_interval(statement: Statement) -> bool:
    """True for a DELETE that a template limits."""
    return statement.kind == "delete" and bool(statement.templates_in(statement.tree.args.get("where")))


def _written(call: ast.Call) -> object:
    """The path that a call writes a file to, where it is written out."""
    name = call.func.attr if isinstance(call.func, ast.Attribute) else call.func.id if isinstance(call.func, ast.Name) else ""
    if name == "open" and isinstance(call.func, ast.Name):
        mode = constant(argument(call, 1, "mode"))
        return constant(argument(call, 0, "file")) if isinstance(mode, str) and mode.startswith(("w", "x")) else None
    return constant(argument(call, 0, _WRITERS[name])) if name in _WRITERS else None
