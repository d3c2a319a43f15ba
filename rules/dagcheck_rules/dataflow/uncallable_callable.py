import ast
from collections.abc import Iterable
from typing import Any

from dagcheck.model.dag import Argument, Dag, Task
from dagcheck.model.values import XComRef
from dagcheck.rule import Bad, FileContext, Finding, Fix, Good, Meta, Rule
from dagcheck.rule.edits import replace_value
from dagcheck.rule.tasks import class_facts


class UncallableCallable(Rule):
    """`python_callable` that is called, or is no function

    `python_callable=load()` runs the function when the file is parsed, at every parse, and gives the task what it returns. Airflow refuses the task, unless that happens to be
    a function. Pass the function itself, and its arguments by `op_args` and `op_kwargs`.
    """

    meta = Meta(code="DAG809", name="uncallable-callable", severity="error", since="0.1.0", fix="unsafe")
    bad = (
        Bad(
            """
            from airflow.providers.standard.operators.python import PythonOperator
            from airflow.sdk import DAG

            def load():
                print("load")

            with DAG("sales"):
                PythonOperator(task_id="load", python_callable=load())  # DAG809
            """,
            fixed="""
            from airflow.providers.standard.operators.python import PythonOperator
            from airflow.sdk import DAG

            def load():
                print("load")

            with DAG("sales"):
                PythonOperator(task_id="load", python_callable=load)
            """,
        ),
        Bad(
            """
            from airflow.providers.standard.operators.python import BranchPythonOperator
            from airflow.sdk import DAG

            def choose(region):
                return f"load_{region}"

            with DAG("sales"):
                for region in ("north", "south"):
                    BranchPythonOperator(task_id=f"choose_{region}", python_callable=choose(region))  # DAG809
            """,
            title="With arguments",
        ),
        Bad(
            """
            from airflow.providers.standard.sensors.python import PythonSensor
            from airflow.sdk import DAG

            with DAG("sales"):
                PythonSensor(task_id="wait", python_callable="is_there")  # DAG809
            """,
            title="A name as a text",
        ),
    )
    good = (
        Good(
            """
            from functools import partial

            from airflow.providers.standard.operators.python import PythonOperator
            from airflow.sdk import DAG

            def load(region):
                print(region)

            with DAG("sales"):
                PythonOperator(task_id="load", python_callable=partial(load, "north"))
            """
        ),
        Good(
            """
            from airflow.providers.standard.operators.python import PythonOperator
            from airflow.sdk import DAG

            def loader(region):
                def load():
                    print(region)
                return load

            with DAG("sales"):
                PythonOperator(task_id="load", python_callable=loader("north"))
            """,
            title="A call that returns a function",
        ),
        Good(
            """
            from airflow.providers.standard.operators.python import PythonOperator
            from airflow.sdk import DAG
            from company import make_loader

            class Loader:
                def __call__(self):
                    print("load")

            with DAG("sales"):
                PythonOperator(task_id="load", python_callable=make_loader())
                PythonOperator(task_id="other", python_callable=Loader())
            """,
            title="Not known, and an object that can be called",
        ),
    )

    arguments = frozenset({"python_callable"})

    def check_task(self, task: Task, dag: Dag, context: FileContext) -> Iterable[Finding]:
        """One finding for a callable that surely is none."""
        argument = task.arguments.get("python_callable")
        if argument is None or task.callable is not None or class_facts(task, context.facts) is None or not _is_data(argument.value):
            return
        call = _written_call(argument, context)
        what = "is called here, when the file is parsed, and gives" if call is not None else "is"
        message = (
            f"The python_callable of {task.task_id} {what} {_named(argument.value)}, which cannot be called: Airflow refuses the task."
        )
        fix = None
        if call is not None and not call.args and not call.keywords:
            text = ast.unparse(call.func)
            fix = Fix(f"Pass {text}", (replace_value(argument.span, text),), "unsafe")
        yield Finding(message, argument.span, dag_id=dag.dag_id, task_id=task.task_id, fix=fix, subject="python_callable")


def _is_data(value: Any) -> bool:
    return value is None or isinstance(value, bool | int | float | str | bytes | list | tuple | dict | set | XComRef)


def _named(value: Any) -> str:
    return "None" if value is None else "an XCom" if isinstance(value, XComRef) else f"a {type(value).__name__}"


def _written_call(argument: Argument, context: FileContext) -> ast.Call | None:
    if argument.span.path != context.file.path:
        return None
    try:
        node = ast.parse(context.text(argument.span).strip(), mode="eval").body
    except SyntaxError:
        return None
    return node if isinstance(node, ast.Call) else None
