import ast
from collections.abc import Iterable

from dagcheck.model.dag import Dag, Task
from dagcheck.rule import Bad, FileContext, Finding, Good, Meta, Related, Rule
from dagcheck.rule.tasks import class_facts
from dagcheck.source.nodes import walk

_NOT_OUTSIDE = ("airflow.providers.standard.", "airflow.providers.common.compat.")
_CLIENTS = (
    "requests.",
    "httpx.",
    "urllib.request.",
    "boto3.",
    "aiohttp.",
    "paramiko.",
    "psycopg2.",
    "google.cloud.",
    "smtplib.",
    "ftplib.",
)
_SCHEDULED = ("cron", "interval", "assets", "asset-or-time", "continuous", "events")


class MissingRetries(Rule):
    """Scheduled DAG that talks to the outside and never retries

    Networks, databases and services fail now and then, and pass again by themselves. Without retries such a moment fails the run, and somebody is called to clear it by hand.
    The rule speaks of scheduled DAGs in which no task at all has retries, neither by itself, nor by `default_args`, nor by Airflow's `core.default_task_retries`.
    """

    meta = Meta(code="DAG701", name="missing-retries", severity="warning", since="0.1.0")
    bad = (
        Bad(
            """
            from airflow.providers.common.sql.operators.sql import SQLExecuteQueryOperator
            from airflow.sdk import DAG

            with DAG("sales", schedule="@daily"):  # DAG701
                SQLExecuteQueryOperator(task_id="load", conn_id="shop", sql="CALL load()")
            """
        ),
        Bad(
            """
            import requests

            from airflow.sdk import dag, task

            @dag(schedule="0 3 * * *")  # DAG701
            def sales():
                @task
                def fetch():
                    return requests.get("https://shop.example/sales", timeout=30).json()

                fetch()

            sales()
            """,
            title="TaskFlow",
        ),
        Bad(
            """
            from airflow.providers.amazon.aws.hooks.s3 import S3Hook
            from airflow.providers.standard.operators.python import PythonOperator
            from airflow.sdk import DAG

            def copy(region):
                S3Hook("aws").load_file(f"/data/{region}.csv", f"{region}.csv", "sales")

            with DAG("sales", schedule="@hourly", default_args={"retries": 0}):  # DAG701
                for region in ("north", "south"):
                    PythonOperator(task_id=f"copy_{region}", python_callable=copy, op_args=[region])
            """,
            title="Generated, through a hook",
        ),
    )
    good = (
        Good(
            """
            from airflow.providers.common.sql.operators.sql import SQLExecuteQueryOperator
            from airflow.sdk import DAG

            with DAG("sales", schedule="@daily", default_args={"retries": 3}):
                SQLExecuteQueryOperator(task_id="load", conn_id="shop", sql="CALL load()")
            """
        ),
        Good(
            """
            from airflow.providers.standard.operators.bash import BashOperator
            from airflow.sdk import DAG

            with DAG("sales", schedule="@daily"):
                BashOperator(task_id="load", bash_command="gzip /data/sales.csv")
            """,
            title="Nothing outside",
        ),
        Good(
            """
            from airflow.providers.common.sql.operators.sql import SQLExecuteQueryOperator
            from airflow.sdk import DAG

            with DAG("sales", schedule=None):
                SQLExecuteQueryOperator(task_id="load", conn_id="shop", sql="CALL load()")
            """,
            title="Started by hand",
        ),
        Good(
            """
            from airflow.providers.common.sql.operators.sql import SQLExecuteQueryOperator
            from airflow.sdk import DAG

            with DAG("sales", schedule="@daily"):
                SQLExecuteQueryOperator(task_id="load", conn_id="shop", sql="CALL load()")
            """,
            title="Airflow's own default",
            config=(("airflow-settings", {"core.default_task_retries": "2"}),),
        ),
    )

    def check_dag(self, dag: Dag, context: FileContext) -> Iterable[Finding]:
        """One finding for the DAG, with the first such task."""
        if not dag.complete or dag.schedule.kind not in _SCHEDULED or any(task.retries != 0 for task in dag.tasks):
            return
        outside = [task for task in dag.tasks if _talks_outside(task, context)]
        if outside:
            many = f"{len(outside)} of its tasks talk" if len(outside) > 1 else f"its task {outside[0].task_id} talks"
            yield Finding(
                f"No task of the DAG is retried, though {many} to the outside: a passing failure there fails the run.",
                dag.span,
                help='Set retries in default_args, such as {"retries": 2, "retry_delay": timedelta(minutes=5)}.',
                dag_id=dag.dag_id,
                related=(Related(outside[0].span, "talks to the outside"),),
                subject="retries",
            )


def _talks_outside(task: Task, context: FileContext) -> bool:
    """True for an operator of a provider for some service, and for a callable that calls a hook or a client."""
    facts = class_facts(task, context.facts)
    if facts is not None and facts.module.startswith("airflow.providers.") and not facts.module.startswith(_NOT_OUTSIDE):
        return not facts.empty
    node = context.function(task.callable) if task.callable is not None else None
    if node is None or task.callable is None or task.callable.path != context.file.path:
        return False
    names = [context.dotted(call.func) or "" for call in walk(node) if isinstance(call, ast.Call)]
    return any(name.startswith(_CLIENTS) or (name.endswith("Hook") and name.startswith("airflow.")) for name in names)
