from collections.abc import Iterable
from pathlib import Path

from dagcheck.model.dag import Argument, Dag, Task
from dagcheck.rule import Bad, FileContext, Finding, Good, Meta, Rule
from dagcheck.rule.tasks import class_facts
from dagcheck.source.project import OutsideRoots


class MissingTemplateFile(Rule):
    """Template file that is not there

    A templated text with one of the operator's file endings (`.sql`, `.sh`, …) names a file, which Airflow looks for beside the DAG file and in `template_searchpath`. Where
    it is in neither, the task fails. The name is relative to those folders, not to the working directory.
    """

    meta = Meta(code="DAG808", name="missing-template-file", severity="error", since="0.1.0")
    bad = (
        Bad(
            """
            from airflow.providers.common.sql.operators.sql import SQLExecuteQueryOperator
            from airflow.sdk import DAG

            with DAG("sales"):
                SQLExecuteQueryOperator(task_id="load", conn_id="shop", sql="sql/load.sql")  # DAG808
            """,
            files=(("dags/sql/laod.sql", "SELECT 1"),),
        ),
        Bad(
            """
            from airflow.providers.standard.operators.bash import BashOperator
            from airflow.sdk import DAG

            with DAG("sales"):
                for region in ("north", "south"):
                    BashOperator(task_id=region, bash_command=f"{region}.sh")  # DAG808
            """,
            files=(("dags/north.sh", "load north"),),
            title="Generated: one of two is there",
        ),
        Bad(
            """
            from airflow.providers.common.sql.operators.sql import SQLExecuteQueryOperator
            from airflow.sdk import DAG

            with DAG("sales"):
                SQLExecuteQueryOperator(task_id="load", conn_id="shop", sql="dags/sql/load.sql")  # DAG808
            """,
            files=(("dags/sql/load.sql", "SELECT 1"),),
            title="Relative to the wrong folder",
        ),
    )
    good = (
        Good(
            """
            from airflow.providers.common.sql.operators.sql import SQLExecuteQueryOperator
            from airflow.sdk import DAG

            with DAG("sales"):
                SQLExecuteQueryOperator(task_id="load", conn_id="shop", sql="sql/load.sql")
            """,
            files=(("dags/sql/load.sql", "SELECT 1"),),
        ),
        Good(
            """
            from airflow.providers.common.sql.operators.sql import SQLExecuteQueryOperator
            from airflow.sdk import DAG

            with DAG("sales", template_searchpath="/opt/airflow/sql"):
                SQLExecuteQueryOperator(task_id="load", conn_id="shop", sql="load.sql")
            """,
            title="In a folder of the machine",
        ),
        Good(
            """
            from airflow.providers.common.sql.operators.sql import SQLExecuteQueryOperator
            from airflow.sdk import DAG

            with DAG("sales"):
                SQLExecuteQueryOperator(task_id="load", conn_id="shop", sql="{% include 'sql/load.sql' %}")
                SQLExecuteQueryOperator(task_id="call", conn_id="shop", sql="SELECT '{{ ds }}.sql'")
            """,
            title="Texts, not names",
        ),
        Good(
            """
            from airflow.providers.standard.operators.python import PythonOperator
            from airflow.sdk import DAG

            with DAG("sales"):
                PythonOperator(task_id="load", python_callable=print, op_args=["load.sql"])
            """,
            title="An operator without template files",
        ),
    )

    def check_task(self, task: Task, dag: Dag, context: FileContext) -> Iterable[Finding]:
        """One finding for each named file that is surely not there."""
        facts = class_facts(task, context.facts)
        if facts is None or not facts.template_ext or "jinja_environment_kwargs" in dag.arguments or "template_ext" in task.arguments:
            return
        for name in task.template_fields or ():
            argument = task.arguments.get(name)
            for value in _file_names(argument, facts.template_ext) if argument is not None else ():
                if argument is None or not _is_missing(value, dag, context):
                    continue
                elsewhere = _is_above(value, dag, context)
                what = "only relative to a folder above the DAG's" if elsewhere else "none of that name beside the DAG"
                yield Finding(
                    f"Airflow takes {value!r} for a template file, and there is {what}: the task {task.task_id} fails.",
                    argument.span,
                    help="Name it relative to the DAG's folder, or give the DAG a template_searchpath.",
                    dag_id=dag.dag_id,
                    task_id=task.task_id,
                    severity="warning" if elsewhere else None,
                    subject=value,
                )


def _file_names(argument: Argument, endings: tuple[str, ...]) -> list[str]:
    values = argument.value if isinstance(argument.value, list) else [argument.value]
    names = [value for value in values if isinstance(value, str) and value.endswith(endings)]
    return [
        name
        for name in names
        if not any(char in name for char in " \t\n{}*;") and not name.startswith(("/", "~", "$")) and "://" not in name
    ]


def _is_missing(name: str, dag: Dag, context: FileContext) -> bool:
    """True if the file is in none of the folders, all of which are known."""
    places = dag.arguments.get("template_searchpath")
    if places is not None and places.value is not None:
        return False
    base = context.sources.base
    folders = {(base / Path(path)).parent for path in (dag.path, context.file.path)}
    try:
        return all(context.sources.kind(folder / name) == "none" for folder in folders)
    except OutsideRoots:
        return False


def _is_above(name: str, dag: Dag, context: FileContext) -> bool:
    """True if the file stands relative to a folder above that of the DAG, which a deployment may lay out otherwise."""
    base = context.sources.base
    try:
        return any(
            context.sources.kind(folder / name) == "file" for folder in (base / Path(dag.path)).parents if folder.is_relative_to(base)
        )
    except OutsideRoots:
        return False
