import re
from collections.abc import Iterable, Iterator

from dagcheck.model.dag import Dag, Task
from dagcheck.model.values import Span
from dagcheck.rule import Bad, FileContext, Finding, Good, Meta, Rule
from dagcheck.rule.callable_sql import run_sql
from dagcheck.rule.tasks import text

_STAGING = re.compile(r"(^|[._])(stg|stage|staging|tmp|temp|scratch|work)([._]|$)")
_SHELL = re.compile(r"(?:(?<![>\d&])>\s*|--?o(?:utput)?[ =])(?P<file>/(?:tmp|var/tmp|scratch|staging)/[^\s;|&]+)")
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

        temporary = {item.target for item in sql.statements if item.kind == "create" and item.tree.find(exp.TemporaryProperty) is not None}
        emptied = {item.target for item in sql.statements if item.kind in ("truncate", "drop", "overwrite", "create", "delete")} - temporary
        for target in sorted(name for name in emptied if name and _STAGING.search(name) and "dagcheck_template" not in name):
            yield sql.span, f"the table {target}"
    command = text(task, "bash_command")
    found = _SHELL.search(command) if command is not None else None
    if found and not any(mark in found["file"] for mark in _TEMPLATE):
        yield task.arguments["bash_command"].span, f"the file {found['file']}"
