import ast
import re
from collections.abc import Iterable, Iterator

from dagcheck.model.dag import Dag, Task
from dagcheck.model.values import Span
from dagcheck.patterns import late
from dagcheck.rule import Bad, FileContext, Finding, Good, Meta, Rule
from dagcheck.rule.code import argument, constant, keyword
from dagcheck.rule.tasks import text
from dagcheck.source.nodes import every

_SHELL = late(r"(?<![>&\d])(?:\b1)?>>\s*(?P<file>[^\s;|&>]+)")
_LOGS = late(r"\.log\b|/log/|/logs/|/dev/|audit|history|\bLOG|_LOG", re.IGNORECASE)

_ARGUMENTS = {"write_disposition": "WRITE_APPEND", "method": "APPEND", "if_exists": "APPEND"}
"""Arguments of operators that say how they write, and the value that appends."""
_LOOKED_AT = frozenset({*_ARGUMENTS, "bash_command"})
APPENDING = ("open", "to_sql", "to_gbq", "to_csv", "mode")
"""What is called to append."""


class AppendingFile(Rule):
    """File or table that a task appends to

    Run again for the same interval, it appends the same once more. Write the whole file of the interval, or the partition, and put the interval into its name. Log
    files are left out.
    """

    meta = Meta(code="DAG503", name="appending-file", severity="warning", since="0.1.0")
    bad = (
        Bad(
            """
            from airflow.sdk import dag, task

            @dag(schedule="@daily")
            def sales():
                @task
                def load(rows):
                    with open("/data/sales.csv", "a") as file:  # DAG503
                        file.write(str(rows))

                load([1])

            sales()
            """
        ),
        Bad(
            """
            from airflow.providers.standard.operators.bash import BashOperator
            from airflow.sdk import DAG

            with DAG("sales", schedule="@daily"):
                for region in ("north", "south"):
                    BashOperator(task_id=region, bash_command=f"extract {region} >> /data/sales.csv")  # DAG503
            """,
            title="In the shell, generated",
        ),
        Bad(
            """
            import pandas as pd

            from airflow.providers.standard.operators.python import PythonOperator
            from airflow.sdk import DAG

            def load(engine, spark):
                pd.read_csv("/data/sales.csv").to_sql("sales", engine, if_exists="append")  # DAG503
                spark.read.csv("/data").write.mode("append").saveAsTable("sales")  # DAG503

            with DAG("sales", schedule="@daily"):
                PythonOperator(task_id="load", python_callable=load, op_args=[1, 2])
            """,
            title="Data frames",
        ),
        Bad(
            """
            from airflow.providers.google.cloud.transfers.gcs_to_bigquery import GCSToBigQueryOperator
            from airflow.sdk import DAG

            with DAG("sales", schedule="@daily"):
                GCSToBigQueryOperator(
                    task_id="load",
                    bucket="shop",
                    source_objects=["sales/{{ ds }}.csv"],
                    destination_project_dataset_table="shop.sales",
                    write_disposition="WRITE_APPEND",  # DAG503
                )
            """,
            title="A load that appends",
        ),
    )
    good = (
        Good(
            """
            from airflow.sdk import dag, task

            @dag(schedule="@daily")
            def sales():
                @task
                def load(rows, ds=None):
                    names = []
                    names.append("a")
                    with open(f"/data/sales-{ds}.csv", "w") as file:
                        file.write(str(rows))
                    with open("/var/log/sales.log", "a") as log:
                        log.write("done")

                load([1])

            sales()
            """
        ),
        Good(
            """
            from airflow.providers.standard.operators.bash import BashOperator
            from airflow.sdk import DAG

            with DAG("sales", schedule="@daily"):
                BashOperator(task_id="load", bash_command="extract > /data/{{ ds }}.csv 2>> /data/errors.txt; echo done >> /data/load.log")
                BashOperator(task_id="shift", bash_command="echo $((8 >> 1))")
            """,
            title="The error stream, a log, a shift",
        ),
        Good(
            """
            import pandas as pd

            from airflow.providers.standard.operators.python import PythonOperator
            from airflow.sdk import DAG

            def load(engine):
                engine.execute("DELETE FROM sales WHERE day = ?")
                pd.read_csv("/data/sales.csv").to_sql("sales", engine, if_exists="append")

            with DAG("sales", schedule="@daily"):
                PythonOperator(task_id="load", python_callable=load, op_args=[1])
            """,
            title="The interval is deleted first",
        ),
        Good(
            """
            from airflow.providers.google.cloud.transfers.gcs_to_bigquery import GCSToBigQueryOperator
            from airflow.sdk import DAG

            with DAG("sales", schedule="@daily"):
                for region in ("north", "south"):
                    GCSToBigQueryOperator(
                        task_id=f"load_{region}",
                        bucket="shop",
                        source_objects=[f"sales/{region}/{{{{ ds }}}}.csv"],
                        destination_project_dataset_table=f"shop.sales_{region}${{{{ ds_nodash }}}}",
                        write_disposition="WRITE_TRUNCATE",
                    )
            """,
            title="A partition that is written as a whole, generated",
        ),
    )

    def check_task(self, task: Task, dag: Dag, context: FileContext) -> Iterable[Finding]:
        """One finding for each place that appends."""
        for span, what in _appends(task, context):
            message = f"{task.task_id} appends to {what}: run again for the same interval, it does so once more."
            yield Finding(
                message,
                span,
                help="Write the interval's file or partition as a whole.",
                dag_id=dag.dag_id,
                task_id=task.task_id,
                subject=what,
            )


def _appends(task: Task, context: FileContext) -> Iterator[tuple[Span, str]]:
    if task.callable is None and _LOOKED_AT.isdisjoint(task.arguments):
        return
    for name, word in _ARGUMENTS.items():
        argument = task.arguments.get(name)
        if argument is not None and argument.origin in ("call", "partial") and str(text(task, name)).upper() == word:
            yield argument.span, "a table"
    command = text(task, "bash_command")
    if command is not None and ">>" in command:
        plain = re.sub(r"\(\([^)]*\)\)|\{\{.*?\}\}", "x", command)
        if (found := _SHELL.search(plain)) and not _LOGS.search(found["file"]):
            yield task.arguments["bash_command"].span, found["file"]
    node = context.callable_of(task, *APPENDING)
    if node is not None:
        yield from appends_in(node, context)


def appends_in(node: ast.AST, context: FileContext) -> Iterator[tuple[Span, str]]:
    """The calls of a callable that append to a file or table, with what they append to; none where it seems to take something out first."""
    found = [(call, what) for call in every(node, ast.Call) if (what := _appending(call))]
    if not found or _deletes(node):
        return
    yield from [(context.span(call), what) for call, what in found if not _LOGS.search(ast.unparse(call))]


def _appending(call: ast.Call) -> str | None:
    """What a call appends to, in words."""
    name = call.func.id if isinstance(call.func, ast.Name) else call.func.attr if isinstance(call.func, ast.Attribute) else ""
    mode = (
        argument(call, 1, "mode")
        if name == "open" and isinstance(call.func, ast.Name)
        else argument(call, 0, "mode")
        if name == "open"
        else None
    )
    if isinstance(value := constant(mode), str) and value.startswith("a"):
        return "a file"
    if name in ("to_sql", "to_gbq") and constant(keyword(call, "if_exists")) == "append":
        return "a table"
    if name == "mode" and constant(argument(call, 0, "saveMode")) == "append":
        return "a table"
    if name in ("to_csv",) and constant(keyword(call, "mode")) == "a":
        return "a file"
    return None


_DELETES = late(r"\b(delete|truncate|unlink|remove|rmtree|drop)\b|delete_|_delete|truncate_", re.IGNORECASE)


def _deletes(node: ast.AST) -> bool:
    """True if the callable takes something out first, as far as its texts and names tell."""
    words: list[object] = [inner.value for inner in every(node, ast.Constant)]
    words += [inner.attr for inner in every(node, ast.Attribute)]
    words += [inner.id for inner in every(node, ast.Name)]
    return any(isinstance(word, str) and _DELETES.search(word) for word in words)
