import ast
import re
from collections.abc import Iterable, Iterator

from dagcheck.model.dag import Dag, Task
from dagcheck.patterns import late
from dagcheck.rule import Bad, FileContext, Finding, Good, Meta, Rule
from dagcheck.rule.code import argument, constant, keyword
from dagcheck.source.nodes import every

_MARK = late(r"mark|cursor|offset|last|state|checkpoint|since|position|sequence", re.IGNORECASE)
"""What a file that says up to where was loaded is called."""


class HiddenCursor(Rule):
    """State of an earlier run that decides what this run loads

    A Variable, a file, or an XCom of an earlier run, as the mark up to which was loaded: a cleared or repeated run then loads another stretch than the first time, and two
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
        Bad(
            """
            from pathlib import Path

            from airflow.sdk import dag, task

            MARK = Path("/data/sales.last_id")

            @dag(schedule="@hourly")
            def sales():
                @task
                def load():
                    since = int(MARK.read_text())
                    rows = list(range(since, since + 10))
                    MARK.write_text(str(rows[-1]))  # DAG508

                load()

            sales()
            """,
            title="TaskFlow: a file",
        ),
    )
    good = (
        Good(
            """
            from airflow.sdk import Asset, dag, task

            @dag(schedule=[Asset("s3://shop/sales")])
            def report():
                @task
                def read(ti=None):
                    return ti.xcom_pull(dag_id="sales", task_ids="export", include_prior_dates=True)

                read()

            report()
            """,
            title="What the run of another DAG gave, on whose asset this one is scheduled",
        ),
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
        Good(
            """
            from airflow.sdk import dag, task

            @dag(schedule="@hourly")
            def sales():
                @task
                def tidy(ds=None):
                    with open(f"/data/{ds}/sales.csv") as file:
                        rows = sorted(file)
                    with open(f"/data/{ds}/sales.csv", "w") as file:
                        file.writelines(rows)

                tidy()

            sales()
            """,
            title="A file of data that is written again",
        ),
    )

    def check_task(self, task: Task, dag: Dag, context: FileContext) -> Iterable[Finding]:
        """One finding for each such place."""
        node = context.callable_of(task, "variable", "open", "read_text", "write_text", "xcom_pull")
        if node is None:
            return
        calls = [call for call in every(node, ast.Call) if isinstance(call.func, ast.Attribute)]
        for call, path in _marks(every(node, ast.Call)):
            message = f"What {task.task_id} loads depends on the file {path} that the run before left: repeated, it loads something else."
            yield Finding(
                message,
                context.span(call),
                help="Take the stretch from the run's data interval.",
                dag_id=dag.dag_id,
                task_id=task.task_id,
                subject="file",
            )
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
                and keyword(call, "dag_id") is None
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


def _marks(calls: list[ast.Call]) -> Iterator[tuple[ast.Call, str]]:
    """Where a file that was read before is written again, with its path as it is written."""
    read: dict[str, int] = {}
    for call in calls:
        path, mode = _file(call)
        if path is not None and mode == "r":
            read.setdefault(path, call.lineno)
    for call in calls:
        path, mode = _file(call)
        if path is not None and mode == "w" and read.get(path, call.lineno) < call.lineno and _MARK.search(path):
            yield call, path


def _file(call: ast.Call) -> tuple[str | None, str]:
    """The path of a file that is opened, as it is written, and whether it is read or written."""
    if isinstance(call.func, ast.Name) and call.func.id == "open" and call.args:
        mode = constant(argument(call, 1, "mode")) or "r"
        return ast.unparse(call.args[0]), str(mode)[:1]
    if isinstance(call.func, ast.Attribute) and call.func.attr in ("read_text", "write_text"):
        return ast.unparse(call.func.value), call.func.attr[:1]
    return None, ""


def _is_variable(call: ast.Call, method: str, context: FileContext) -> bool:
    name = context.dotted(call.func) or ""
    return name.startswith("airflow.") and name.endswith(f"Variable.{method}")


def _key(call: ast.Call) -> str | None:
    node = argument(call, 0, "key")
    return ast.unparse(node) if node is not None else None
