from collections.abc import Iterable, Iterator
from typing import Any

from dagcheck.airflow.facts import facts, number, versions
from dagcheck.model.dag import Dag, Task
from dagcheck.model.values import FunctionRef, Span, Unknown
from dagcheck.rule import Bad, FileContext, Finding, Good, Meta, Related, Rule
from dagcheck.rule.near import nearest
from dagcheck.rule.tasks import given

_PLAIN = frozenset(
    {
        "PythonOperator",
        "ShortCircuitOperator",
        "BranchPythonOperator",
        "PythonSensor",
        "_PythonDecoratedOperator",
        "_BranchPythonDecoratedOperator",
        "_ShortCircuitDecoratedOperator",
        "DecoratedSensorOperator",
    }
)
"""Classes that call the function with nothing but these arguments; others, such as those of Spark and Snowpark, add some of their own."""
_FIRST_OF_METHODS = ("self", "cls")


class UnfitCallArguments(Rule):
    """Arguments that do not fit the callable of the task

    Airflow calls the function with `op_args`, `op_kwargs` (or those of the TaskFlow call) and with the names of its context that the function asks for. A parameter
    that none of them fills, or an argument too many, makes the task fail, in TaskFlow already the loading of the file.
    """

    meta = Meta(code="DAG810", name="unfit-call-arguments", severity="error", since="0.1.0")
    bad = (
        Bad(
            """
            from airflow.providers.standard.operators.python import PythonOperator
            from airflow.sdk import DAG

            def load(region, day):
                print(region, day)

            with DAG("sales"):
                PythonOperator(task_id="load", python_callable=load, op_kwargs={"region": "north"})  # DAG810
            """
        ),
        Bad(
            """
            from airflow.sdk import dag, task

            @dag
            def sales():
                @task
                def load(region, *, full=False):
                    pass

                load("north", fulll=True)  # DAG810
                load("north", "south")  # DAG810

            sales()
            """,
            title="TaskFlow: a slip, and one too many",
        ),
        Bad(
            """
            from airflow.providers.standard.operators.python import PythonOperator
            from airflow.sdk import DAG

            def load(region, execution_date):
                print(region, execution_date)

            with DAG("sales"):
                for region in ("north", "south"):
                    PythonOperator(task_id=region, python_callable=load, op_args=[region])  # DAG810
            """,
            title="A name that the context of Airflow 3 does not have",
        ),
    )
    good = (
        Good(
            """
            from airflow.providers.standard.operators.python import PythonOperator
            from airflow.sdk import DAG

            def load(region, ds, ti=None, *, full=False, **context):
                print(region, ds)

            with DAG("sales"):
                PythonOperator(task_id="load", python_callable=load, op_args=["north"], op_kwargs={"anything": 1})
            """
        ),
        Good(
            """
            from airflow.sdk import dag, task

            @dag
            def sales():
                @task
                def load(region, day, ti):
                    pass

                load.partial(day="2025-01-01").expand(region=["north", "south"])
                load.expand_kwargs([{"region": "north", "day": "2025-01-01"}])

            sales()
            """,
            title="Partial, expanded, and from the context",
        ),
        Good(
            """
            from airflow.providers.standard.operators.python import PythonOperator
            from airflow.sdk import DAG
            from company import ARGUMENTS

            class Loader:
                def load(self, region):
                    print(region)

            def add(a, b):
                print(a, b)

            with DAG("sales"):
                PythonOperator(task_id="load", python_callable=Loader().load, op_args=["north"])
                PythonOperator(task_id="add", python_callable=add, op_kwargs=ARGUMENTS)
            """,
            title="A method, and arguments that are not known",
        ),
        Good(
            """
            from airflow.operators.python import PythonOperator
            from airflow import DAG

            def load(region, execution_date):
                print(region, execution_date)

            with DAG("sales"):
                PythonOperator(task_id="load", python_callable=load, op_args=["north"])
            """,
            airflow="2.11",
            title="Airflow 2 still has the name",
        ),
    )

    def check_task(self, task: Task, dag: Dag, context: FileContext) -> Iterable[Finding]:
        """One finding for each parameter that stays empty and each argument that nobody takes."""
        ref = task.callable
        if ref is None or task.operator not in _PLAIN or "templates_dict" in task.arguments:
            return
        positional, named = given(task, "op_args", []), given(task, "op_kwargs", {})
        if not isinstance(positional, list | tuple) or not isinstance(named, dict) or any(isinstance(key, Unknown) for key in named):
            return
        if task.mapped and (task.kind != "taskflow" or "expand_kwargs" in task.arguments):
            return
        expanded = {name for name, argument in task.arguments.items() if argument.origin == "expand"}
        span = next((task.arguments[name].span for name in ("op_kwargs", "op_args") if name in task.arguments), task.span)
        for problem, name in _problems(ref, positional, {*map(str, named), *expanded}, task, context):
            fails = "Airflow refuses to load the DAG" if task.kind == "taskflow" else "the task fails"
            message = f"The callable of {task.task_id} {problem}: {fails}."
            related = (Related(_place(ref), f"def {ref.name}"),) if not ref.is_lambda else ()
            yield Finding(message, span, dag_id=dag.dag_id, task_id=task.task_id, related=related, subject=name)


def _problems(
    ref: FunctionRef, positional: list[Any] | tuple[Any, ...], named: set[str], task: Task, context: FileContext
) -> Iterator[tuple[str, str]]:
    """What does not fit, in words, and the name at fault."""
    parameters = list(ref.parameters)
    if parameters and parameters[0][0] in _FIRST_OF_METHODS:
        parameters = parameters[1:]
    kinds = {kind for _, kind, _ in parameters}
    by_position = [name for name, kind, _ in parameters if kind in ("positional", "either")]
    filled = set(by_position[: len(positional)])
    if len(positional) > len(by_position) and "star" not in kinds:
        yield f"takes {len(by_position)} arguments by position, but gets {len(positional)}", "op_args"
    takers = {name for name, kind, _ in parameters if kind in ("either", "keyword")}
    if "star-star" not in kinds and task.kind == "taskflow":
        for name in sorted(named - takers):
            near = nearest(name, takers - filled)
            yield f"has no parameter {name}{f' (did you mean {near}?)' if near else ''}", name
    for name, kind, has_default in parameters:
        if kind in ("star", "star-star") or has_default or name in filled or name in named or name in context.facts.context:
            continue
        older = any(name in facts(version).context for version in versions() if number(version) < context.setting.release)
        what = f", which the context of Airflow {context.airflow} does not have" if older else ""
        yield f"needs {name}{what or ', which nothing fills'}", name


def _place(ref: FunctionRef) -> Span:
    return Span(ref.path, ref.line, 1, ref.line, 1)
