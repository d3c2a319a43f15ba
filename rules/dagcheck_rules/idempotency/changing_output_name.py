import ast
from collections.abc import Iterable, Iterator

from dagcheck.model.dag import Dag, Task
from dagcheck.patterns import late
from dagcheck.rule import Bad, FileContext, Finding, Good, Meta, Rule
from dagcheck.rule.tasks import text
from dagcheck.source.nodes import every, walk

_CHANGING = (
    "uuid.uuid1",
    "uuid.uuid4",
    "random.",
    "secrets.token_",
    "time.time",
    "datetime.datetime.now",
    "datetime.datetime.utcnow",
    "pendulum.now",
    "datetime.date.today",
)
_CHANGING_WORDS = ("uuid1", "uuid4", "random", "secrets", "time", "now", "utcnow", "today")
"""One of these is in a file that calls any of them."""
_WRITERS = {
    "open": 0, "to_csv": 0, "to_parquet": 0, "to_json": 0, "to_excel": 0, "to_sql": 0, "to_gbq": 0, "saveAsTable": 0, "upload_file": None, "upload_blob": None,
    "upload_from_filename": None, "load_file": None, "load_string": None, "load_bytes": None, "put_object": None, "upload": None, "create_blob": None, "blob": 0,
}  # fmt: skip
"""Calls that write, and the position of the name (None: any argument)."""
_NAMES = frozenset(
    {"key", "Key", "object_name", "blob_name", "path", "path_or_buf", "file", "filename", "name", "dest", "bucket_key", "destination"}
)

_TARGETS = frozenset(
    {"s3_key", "dest_s3_key", "dest_key", "dest_bucket_key", "object_name", "destination_object", "dst", "destination_path", "destination_filepath", "remote_filepath",
     "filename", "output_location", "destination_project_dataset_table", "destination_dataset_table", "blob_name", "key"}
)  # fmt: skip
"""Arguments of operators that name what is written."""
_LOOKED_AT = _TARGETS | {"bash_command"}
_IN_TEMPLATE = late(r"\{\{[^}]*\bmacros\.(?:uuid|random|time\.time|datetime\.(?:now|utcnow|today))\b")
_IN_SHELL = late(r"(?:>\s*|\bcp\s+\S+\s+|\bmv\s+\S+\s+|--?o(?:utput)?[ =])[\"']?[^\s;|&]*(?:\$RANDOM|\$\{RANDOM\}|\$\(uuidgen\)|`uuidgen`)")
_HELP = "Put the interval or the run_id into the name."


class ChangingOutputName(Rule):
    """Output whose name is another one at each attempt

    With a random part, a UUID or the clock in the name, each retry and rerun leaves another file or table beside the first; nobody knows which one counts, and what
    reads them all counts twice. Make the name of the interval (`ds`) or of the run (`run_id`).
    """

    meta = Meta(code="DAG504", name="changing-output-name", severity="warning", since="0.1.0")
    bad = (
        Bad(
            """
            import uuid

            from airflow.sdk import dag, task

            @dag
            def sales():
                @task
                def load(rows):
                    with open(f"/data/sales-{uuid.uuid4()}.csv", "w") as file:  # DAG504
                        file.write(str(rows))

                load([1])

            sales()
            """
        ),
        Bad(
            """
            from datetime import datetime

            from airflow.providers.amazon.aws.hooks.s3 import S3Hook
            from airflow.providers.standard.operators.python import PythonOperator
            from airflow.sdk import DAG

            def load(region):
                stamp = datetime.now().strftime("%Y%m%d%H%M%S")
                S3Hook("aws").load_string("rows", key=f"sales/{region}/{stamp}.csv", bucket_name="shop")  # DAG504

            with DAG("sales"):
                for region in ("north", "south"):
                    PythonOperator(task_id=region, python_callable=load, op_args=[region])
            """,
            title="By way of a name, generated",
        ),
        Bad(
            """
            import random

            import pandas as pd

            from airflow.sdk import DAG, task

            with DAG("sales"):
                @task
                def load():
                    pd.DataFrame().to_parquet("/data/part-%d.parquet" % random.randint(0, 99999))  # DAG504

                load()
            """
        ),
        Bad(
            """
            from airflow.providers.amazon.aws.transfers.sql_to_s3 import SqlToS3Operator
            from airflow.providers.standard.operators.bash import BashOperator
            from airflow.sdk import DAG

            with DAG("sales", schedule="@daily"):
                SqlToS3Operator(
                    task_id="export",
                    query="SELECT * FROM sales",
                    s3_bucket="shop",
                    s3_key="sales/{{ macros.uuid.uuid4() }}.csv",  # DAG504
                )
                BashOperator(task_id="copy", bash_command="extract > /data/sales-$RANDOM.csv")  # DAG504
            """,
            title="In a template, and in the shell",
        ),
    )
    good = (
        Good(
            """
            import uuid

            from airflow.sdk import dag, task

            @dag
            def sales():
                @task
                def load(rows, ds=None):
                    scratch = uuid.uuid4()
                    print(scratch)
                    with open(f"/data/sales-{ds}.csv", "w") as file:
                        file.write(f"{uuid.uuid4()},{rows}")

                load([1])

            sales()
            """,
            title="A random id as content",
        ),
        Good(
            """
            import uuid

            from airflow.sdk import dag, task

            @dag
            def sales():
                @task
                def load(ds=None):
                    with open(f"/data/{uuid.uuid5(uuid.NAMESPACE_DNS, ds)}.csv", "w") as file:
                        file.write("rows")

                load()

            sales()
            """,
            title="A UUID that is computed of the day",
        ),
        Good(
            """
            from datetime import datetime

            from airflow.sdk import dag, task

            @dag
            def sales():
                @task
                def read():
                    with open(f"/data/{datetime.now():%Y}.csv") as file:
                        return len(file.readlines())

                read()

            sales()
            """,
            title="A file that is read",
        ),
        Good(
            """
            from airflow.providers.amazon.aws.transfers.sql_to_s3 import SqlToS3Operator
            from airflow.providers.standard.operators.bash import BashOperator
            from airflow.sdk import DAG

            with DAG("sales", schedule="@daily"):
                SqlToS3Operator(task_id="export", query="SELECT * FROM sales", s3_bucket="shop", s3_key="sales/{{ ds }}/{{ run_id }}.csv")
                BashOperator(task_id="wait", bash_command="sleep $((RANDOM % 10)); extract > /data/sales-{{ ds }}.csv")
            """,
            title="Names of the interval, and chance elsewhere",
        ),
    )

    def check_task(self, task: Task, dag: Dag, context: FileContext) -> Iterable[Finding]:
        """One finding for each call that writes under such a name."""
        if task.callable is None and _LOOKED_AT.isdisjoint(task.arguments):
            return
        for name in _TARGETS & task.arguments.keys() & set(task.template_fields or ()):
            if _IN_TEMPLATE.search(text(task, name) or ""):
                message = f"{name} of {task.task_id} is another one at each attempt."
                yield Finding(message, task.arguments[name].span, help=_HELP, dag_id=dag.dag_id, task_id=task.task_id, subject=name)
        message = f"{task.task_id} writes under a name that is another one at each attempt."
        if "bash_command" in task.arguments and _IN_SHELL.search(text(task, "bash_command") or ""):
            span = task.arguments["bash_command"].span
            yield Finding(message, span, help=_HELP, dag_id=dag.dag_id, task_id=task.task_id, subject="bash_command")
        for call in _writing_anew(task, context):
            yield Finding(message, context.span(call), help=_HELP, dag_id=dag.dag_id, task_id=task.task_id, subject="name")


def _writing_anew(task: Task, context: FileContext) -> list[ast.Call]:
    """The calls of a task's callable that write under a name that changes."""
    node = context.callable_of(task, *_CHANGING_WORDS)
    calls = [(call, names) for call in every(node, ast.Call) if (names := list(_names_of(call)))] if node is not None else []
    changing = _changing_names(node, context) if node is not None and calls else set()
    return [call for call, names in calls if any(_changes(name, changing, context) for name in names)]


def _names_of(call: ast.Call) -> Iterator[ast.expr]:
    """The arguments of a writing call that name what is written."""
    name = call.func.id if isinstance(call.func, ast.Name) else call.func.attr if isinstance(call.func, ast.Attribute) else ""
    if name not in _WRITERS:
        return
    if name == "open" and not any(
        isinstance(item, ast.Constant) and isinstance(item.value, str) and item.value[:1] in ("w", "x")
        for item in [*call.args[1:], *(item.value for item in call.keywords)]
    ):
        return
    position = _WRITERS[name]
    yield from (item.value for item in call.keywords if item.arg in _NAMES)
    if position is not None:
        yield from call.args[position : position + 1]
    else:
        yield from (item for item in call.args if isinstance(item, ast.JoinedStr | ast.BinOp))


def _changing_names(node: ast.AST, context: FileContext) -> set[str]:
    """Local names that are bound to something that changes."""
    found: set[str] = set()
    for inner in every(node, ast.Assign):
        if len(inner.targets) == 1 and isinstance(inner.targets[0], ast.Name) and _changes(inner.value, found, context):
            found.add(inner.targets[0].id)
    return found


def _changes(node: ast.expr, names: set[str], context: FileContext) -> bool:
    for inner in walk(node):
        if isinstance(inner, ast.Name) and inner.id in names:
            return True
        if isinstance(inner, ast.Call) and (context.dotted(inner.func) or "").startswith(_CHANGING):
            return True
    return False
