import ast
import re
from collections.abc import Iterable
from pathlib import PurePosixPath

from dagcheck.model.dag import File
from dagcheck.patterns import late
from dagcheck.rule import Bad, FileContext, Finding, Good, Meta, Rule
from dagcheck.source.nodes import walk

_SHORT = late(r"[A-Za-z]{1,2}\d*|_")
_KIND_BEFORE = late(r"^(?:dag|task|t|op|run)[_\-.]")
_KIND_BEHIND = late(r"[_\-.](?:dag|task|t|op|operator)$")
_OF_FOLDERS = ("dag", "dags", "main", "pipeline", "workflow", "__init__")
"""Files that are named for what they hold; their folder names the DAG."""


class DifferingName(Rule):
    """Id that differs from the name of its file or variable

    Who sees an id in the Airflow UI looks for a file or a variable of that name. Off by default: many teams name by other rules. Of a file with several DAGs nothing is
    said, and dashes, dots and case do not count, nor do words such as `dag` and `task` at either end, and variables of one letter. Of `sales/dag.py` the folder's name counts.
    """

    meta = Meta(code="DAG206", name="differing-name", severity="info", since="0.1.0", default=False)
    bad = (
        Bad(
            """
            from airflow.providers.standard.operators.empty import EmptyOperator
            from airflow.sdk import DAG

            with DAG("sales"):  # DAG206
                load = EmptyOperator(task_id="write")  # DAG206
            """
        ),
        Bad(
            """
            from airflow.sdk import dag, task

            @dag  # DAG206
            def sales():
                pass

            sales()
            """,
            title="TaskFlow",
        ),
        Bad(
            """
            from airflow.providers.standard.operators.bash import BashOperator
            from airflow.sdk import DAG

            dag = DAG("example")
            first = BashOperator(task_id="extract", bash_command="echo", dag=dag)  # DAG206
            """,
            title="Only the variable",
        ),
    )
    good = (
        Good(
            """
            from airflow.providers.standard.operators.empty import EmptyOperator
            from airflow.sdk import DAG

            with DAG("Daily-Sales"):
                load = EmptyOperator(task_id="load")
            """,
            path="dags/daily_sales.py",
        ),
        Good(
            """
            from airflow.sdk import DAG

            for region in ("north", "south"):
                globals()[region] = DAG(f"sales_{region}")
            """,
            title="Several DAGs in a file",
        ),
        Good(
            """
            from airflow.providers.standard.operators.empty import EmptyOperator
            from airflow.sdk import DAG

            with DAG("sales_dag"):
                load_task = EmptyOperator(task_id="load")
                t1 = EmptyOperator(task_id="check")
                report = EmptyOperator(task_id="report_task")
            """,
            path="dags/sales/dag.py",
            title="Words for its kind, numbered tasks, and a file that is named for what it holds",
        ),
        Good(
            """
            from airflow.providers.standard.operators.empty import EmptyOperator
            from airflow.sdk import DAG, TaskGroup

            with DAG("example"):
                with TaskGroup("north"):
                    load = EmptyOperator(task_id="load")
                for region in ("east", "west"):
                    task = EmptyOperator(task_id=f"load_{region}")
            """,
            title="The prefix of a group, and generated ids",
        ),
    )

    def check_file(self, file: File, context: FileContext) -> Iterable[Finding]:
        """One finding for a lone DAG of another name than its file, and one for each variable of another name than its task."""
        path = PurePosixPath(file.path)
        name = path.stem
        names = [name, path.parent.name] if name in _OF_FOLDERS else [name]
        if len(file.dags) == 1 and file.dags[0].id_known and not any(_alike(file.dags[0].dag_id, one) for one in names):
            dag = file.dags[0]
            yield Finding(f"The DAG {dag.dag_id} stands in {name}.py.", dag.span, dag_id=dag.dag_id, subject="dag")
        tasks = {task.span: (dag, task) for dag in file.dags for task in dag.tasks if task.id_known and task.kind != "taskflow"}
        for node in walk(context.tree):
            if not isinstance(node, ast.Assign) or len(node.targets) != 1 or not isinstance(node.targets[0], ast.Name):
                continue
            found = tasks.get(context.span(node.value))
            if found is None or not _is_plain_id(node.value):
                continue
            if not _SHORT.fullmatch(node.targets[0].id) and not _alike(found[1].label, node.targets[0].id):
                message = f"The task {found[1].label} is called {node.targets[0].id} here."
                yield Finding(message, found[1].span, dag_id=found[0].dag_id, task_id=found[1].task_id, subject="task")


def _is_plain_id(node: ast.expr) -> bool:
    return isinstance(node, ast.Call) and any(item.arg == "task_id" and isinstance(item.value, ast.Constant) for item in node.keywords)


def _alike(first: str, second: str) -> bool:
    return not _forms(first).isdisjoint(_forms(second))


def _forms(name: str) -> set[str]:
    """A name without what does not count: as it is, and without a word for its kind at either end."""
    lower = name.lower()
    return {re.sub(r"[^a-z0-9]", "", form) for form in (lower, _KIND_BEFORE.sub("", lower), _KIND_BEHIND.sub("", lower))}
