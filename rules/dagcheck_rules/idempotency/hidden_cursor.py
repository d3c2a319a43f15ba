import ast
from collections.abc import Iterable

from dagcheck.model.dag import Dag, Task
from dagcheck.rule import Bad, FileContext, Finding, Good, Meta, Rule
from dagcheck.rule.code import argument, constant, keyword
from dagcheck.source.nodes import walk


class HiddenCursor(Rule):
    """State of an earlier run that decides what this run loads

    A Variable, or an XCom of an earlier run, as the mark up to which was loaded: a cleared or repeated run then loads another stretch than the first time, and two
    runs at once skip or repeat rows. Take the stretch from the run's own interval.
    """

    meta = Meta(code="DAG508", name="hidden-cursor", severity="warning", since="0.1.0")
    bad = (
        Bad(
            """
            from airflow.sdk import Variable, dag, task

            @dag(schedule="@daily")
            def sales():
                @task
                def load():
                    last = Variable.get("last_id")
                    rows = fetch(after=last)
                    Variable.set("last_id", rows[-1])  # DAG508

                load()

            sales()
            """
        ),
        Bad(
            """
            from airflow.providers.standard.operators.python import PythonOperator
            from airflow.sdk import DAG

            def load(ti):
                last = ti.xcom_pull(task_ids="load", include_prior_dates=True)  # DAG508
                return fetch(last)

            with DAG("sales", schedule="@daily"):
                PythonOperator(task_id="load", python_callable=load)
            """,
            title="An XCom of an earlier run",
        ),
        Bad(
            """
            from airflow.models import Variable
            from airflow.operators.python import PythonOperator
            from airflow import DAG

            def load(region):
                key = f"last_{region}"
                rows = fetch(Variable.get(key, default_var=0))
                Variable.set(key=key, value=len(rows))  # DAG508

            with DAG("sales", schedule="@daily"):
                for region in ("north", "south"):
                    PythonOperator(task_id=region, python_callable=load, op_args=[region])
            """,
            airflow="2.11",
            title="Generated",
        ),
    )
    good = (
        Good(
            """
            from airflow.sdk import Variable, dag, task

            @dag(schedule="@daily")
            def sales():
                @task
                def load(data_interval_start=None, data_interval_end=None):
                    region = Variable.get("region")
                    fetch(region, data_interval_start, data_interval_end)
                    Variable.set("last_success", str(data_interval_end))

                load()

            sales()
            """,
            title="One Variable is read, another written",
        ),
        Good(
            """
            from airflow.providers.standard.operators.python import PythonOperator
            from airflow.sdk import DAG

            def load(ti):
                return fetch(ti.xcom_pull(task_ids="count", include_prior_dates=False))

            with DAG("sales", schedule="@daily"):
                PythonOperator(task_id="load", python_callable=load)
            """
        ),
        Good(
            """
            from airflow.sdk import Variable, dag, task

            @dag(schedule="@daily")
            def sales():
                @task
                def flip():
                    Variable.set("mode", "off")

                flip()

            sales()
            """,
            title="Only written",
        ),
    )

    def check_task(self, task: Task, dag: Dag, context: FileContext) -> Iterable[Finding]:
        """One finding for each such place."""
        node = context.function(task.callable) if task.callable is not None and task.callable.path == context.file.path else None
        if node is None:
            return
        calls = [call for call in walk(node) if isinstance(call, ast.Call) and isinstance(call.func, ast.Attribute)]
        read: dict[str | None, int] = {}
        for call in calls:
            if _is_variable(call, "get", context):
                read[_key(call)] = min(call.lineno, read.get(_key(call), call.lineno))
        read.pop(None, None)
        for call in calls:
            if _is_variable(call, "set", context) and read.get(_key(call), call.lineno) < call.lineno:
                message = f"What {task.task_id} loads depends on the Variable {_key(call)} that the run before left: repeated, it loads something else."
            elif (
                isinstance(call.func, ast.Attribute)
                and call.func.attr == "xcom_pull"
                and constant(keyword(call, "include_prior_dates")) is True
            ):
                message = f"What {task.task_id} does depends on the XCom of an earlier run: repeated, it does something else."
            else:
                continue
            yield Finding(
                message,
                context.span(call),
                help="Take the stretch from the run's data interval.",
                dag_id=dag.dag_id,
                task_id=task.task_id,
                subject="cursor",
            )


def _is_variable(call: ast.Call, method: str, context: FileContext) -> bool:
    name = context.dotted(call.func) or ""
    return name.startswith("airflow.") and name.endswith(f"Variable.{method}")


def _key(call: ast.Call) -> str | None:
    node = argument(call, 0, "key")
    return ast.unparse(node) if node is not None else None
