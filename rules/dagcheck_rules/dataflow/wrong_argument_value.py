import datetime
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from dagcheck.model.dag import Argument, Dag, Task
from dagcheck.rule import Bad, FileContext, Finding, Fix, Good, Meta, Rule
from dagcheck.rule.edits import replace_value
from dagcheck.rule.near import nearest
from dagcheck.rule.tasks import is_one_of

_Check = Callable[[Any], str | None]


def _whole(least: int) -> _Check:
    def check(value: Any) -> str | None:
        if isinstance(value, str) and value.strip().isdigit():
            return "a text, not a number"
        if isinstance(value, str | list | dict | tuple | datetime.timedelta) or (isinstance(value, float) and value != int(value)):
            return "no whole number"
        return f"below {least}" if isinstance(value, int | float) and value < least else None

    return check


def _duration(value: Any) -> str | None:
    if isinstance(value, str | list | dict | tuple | bool):
        return "no duration"
    number = value.total_seconds() if isinstance(value, datetime.timedelta) else value
    return "negative" if isinstance(number, int | float) and number < 0 else None


def _timedelta(value: Any) -> str | None:
    if isinstance(value, str | list | dict | tuple | bool | int | float):
        return "no timedelta"
    return "negative" if isinstance(value, datetime.timedelta) and value < datetime.timedelta(0) else None


def _truth(value: Any) -> str | None:
    return f"a text, which counts as true even where it says {value!r}" if isinstance(value, str) else None


def _list_of_texts(value: Any) -> str | None:
    return "one text, of which each letter becomes a tag" if isinstance(value, str) and len(value) > 1 else None


def _table(value: Any) -> str | None:
    return "no dict" if isinstance(value, str | int | float | list | tuple | set) else None


_OF_TASKS: dict[str, _Check] = {
    "retries": _whole(0),
    "retry_delay": _duration,
    "max_retry_delay": _duration,
    "execution_timeout": _timedelta,
    "priority_weight": _whole(-(2**31)),
    "pool_slots": _whole(1),
    "depends_on_past": _truth,
    "wait_for_downstream": _truth,
    "email_on_failure": _truth,
    "email_on_retry": _truth,
    "do_xcom_push": _truth,
}
_OF_SENSORS: dict[str, _Check] = {"poke_interval": _duration, "timeout": _duration, "soft_fail": _truth}
_OF_DAGS: dict[str, _Check] = {
    "catchup": _truth,
    "max_active_runs": _whole(0),
    "max_active_tasks": _whole(0),
    "dagrun_timeout": _timedelta,
    "is_paused_upon_creation": _truth,
    "render_template_as_native_obj": _truth,
    "tags": _list_of_texts,
    "default_args": _table,
    "params": _table,
}
_OF_ANY_SENSORS = {**_OF_TASKS, **_OF_SENSORS}
_LOOKED_AT = frozenset([*_OF_ANY_SENSORS, "trigger_rule", "weight_rule", "mode"])
_MODES = frozenset({"poke", "reschedule"})


class WrongArgumentValue(Rule):
    """Argument whose value has the wrong type or is out of range

    A trigger rule that does not exist, `retries="3"`, a timeout that is no duration, `catchup="False"` (a text, and so true): Airflow refuses to load the file, fails when
    the task starts, or takes the value for another than was meant.
    """

    meta = Meta(code="DAG813", name="wrong-argument-value", severity="error", since="0.1.0", fix="safe")
    bad = (
        Bad(
            """
            from airflow.providers.standard.operators.bash import BashOperator
            from airflow.sdk import DAG

            with DAG("sales", catchup="False"):  # DAG813
                BashOperator(
                    task_id="load",
                    bash_command="load",
                    retries="3",  # DAG813
                    trigger_rule="all_succes",  # DAG813
                )
            """,
            fixed="""
            from airflow.providers.standard.operators.bash import BashOperator
            from airflow.sdk import DAG

            with DAG("sales", catchup=False):
                BashOperator(
                    task_id="load",
                    bash_command="load",
                    retries=3,
                    trigger_rule="all_success",
                )
            """,
        ),
        Bad(
            """
            from airflow.sdk import dag, task

            defaults = {
                "execution_timeout": 3600,  # DAG813
                "pool_slots": 0,  # DAG813
            }

            @dag(default_args=defaults)
            def sales():
                @task
                def load():
                    pass

                load()

            sales()
            """,
            title="In default_args",
        ),
        Bad(
            """
            from airflow.providers.standard.sensors.filesystem import FileSensor
            from airflow.sdk import DAG

            with DAG("sales"):
                for region in ("north", "south"):
                    FileSensor(task_id=region, filepath=f"/data/{region}", mode="reschedul", timeout=-1)  # DAG813
            """,
            fixed="""
            from airflow.providers.standard.sensors.filesystem import FileSensor
            from airflow.sdk import DAG

            with DAG("sales"):
                for region in ("north", "south"):
                    FileSensor(task_id=region, filepath=f"/data/{region}", mode="reschedule", timeout=-1)
            """,
            title="Sensors",
        ),
        Bad(
            """
            from airflow.sdk import dag, task

            @dag(tags="finance")  # DAG813
            def sales():
                @task(weight_rule="largest_first")  # DAG813
                def load():
                    pass

                load()

            sales()
            """,
            title="TaskFlow: a lone tag, and a rule that there is not",
        ),
    )
    good = (
        Good(
            """
            from datetime import timedelta

            from airflow.providers.standard.operators.bash import BashOperator
            from airflow.sdk import DAG, TriggerRule

            with DAG("sales", catchup=False, dagrun_timeout=timedelta(hours=1)):
                BashOperator(
                    task_id="load",
                    bash_command="load",
                    retries=3,
                    retry_delay=60,
                    priority_weight=-5,
                    execution_timeout=timedelta(minutes=5),
                    trigger_rule=TriggerRule.ALL_DONE,
                )
            """
        ),
        Good(
            """
            import os

            from airflow.providers.standard.operators.bash import BashOperator
            from airflow.sdk import DAG

            with DAG("sales", catchup=os.environ["CATCHUP"] == "yes"):
                BashOperator(task_id="load", bash_command="load", retries=int(os.environ["RETRIES"]), trigger_rule=os.environ["RULE"])
            """,
            title="Not known",
        ),
        Good(
            """
            from airflow.providers.http.operators.http import HttpOperator
            from airflow.sdk import DAG

            with DAG("sales"):
                HttpOperator(task_id="fetch", endpoint="/sales", data={"retries": "3", "timeout": -1})
            """,
            title="The same words elsewhere",
        ),
        Good(
            """
            from airflow.providers.standard.operators.empty import EmptyOperator
            from airflow.sdk import DAG

            with DAG("sales", tags=["f"]):
                for name in ("load", "report"):
                    EmptyOperator(task_id=name, weight_rule="plugins.weights.ByAge", trigger_rule="none_failed")
            """,
            title="A weight rule of one's own, generated",
        ),
    )

    def check_dag(self, dag: Dag, context: FileContext) -> Iterable[Finding]:
        """One finding for each wrong value of the DAG and its tasks."""
        for name, check in _OF_DAGS.items():
            argument = dag.arguments.get(name)
            if argument is not None and (problem := check(argument.value)):
                yield _told(argument, problem, dag, None, context)
        for task in dag.tasks:
            if _LOOKED_AT.isdisjoint(task.arguments):
                continue
            sensor = is_one_of(task, ("BaseSensorOperator",))
            checks = _OF_ANY_SENSORS if sensor else _OF_TASKS
            for name, check in checks.items():
                argument = task.arguments.get(name)
                if argument is not None and argument.origin not in ("operator", "expand") and (problem := check(argument.value)):
                    yield _told(argument, problem, dag, task, context)
            yield from _choices(task, dag, sensor, context)


def _choices(task: Task, dag: Dag, sensor: bool, context: FileContext) -> Iterator[Finding]:
    """Arguments that take one of a few words."""
    words = {
        "trigger_rule": context.facts.trigger_rules,
        "weight_rule": context.facts.weight_rules,
        "mode": _MODES if sensor else frozenset(),
    }
    for name, known in words.items():
        argument = task.arguments.get(name)
        if argument is None or not known or not isinstance(argument.value, str) or argument.value in known or argument.origin == "operator":
            continue
        if name == "weight_rule" and "." in argument.value:  # the path of a class, from 2.9 on
            continue
        near = nearest(argument.value, known)
        hint = f"; did you mean {near}?" if near else f"; it is one of {', '.join(sorted(known))}"
        fix = None
        if near and context.text(argument.span).strip("\"'") == argument.value:
            fix = Fix(f"Write {near!r}", (replace_value(argument.span, f'"{near}"'),))
        message = f"There is no {name.replace('_', ' ')} {argument.value!r} in Airflow {context.airflow}{hint}"
        yield Finding(
            f"{message.rstrip('?')}{'?' if near else '.'}", argument.span, dag_id=dag.dag_id, task_id=task.task_id, fix=fix, subject=name
        )


def _told(argument: Argument, problem: str, dag: Dag, task: Task | None, context: FileContext) -> Finding:
    value, plain = argument.value, None
    if isinstance(value, str) and context.text(argument.span) in (f'"{value}"', f"'{value}'"):
        plain = value.strip() if value.strip().isdigit() else value if value in ("True", "False") else None
    fix = Fix(f"Write {plain}", (replace_value(argument.span, plain),)) if plain else None
    shown = f"{value!r}" if isinstance(value, str | int | float) else f"a {type(value).__name__}"
    message = f"{argument.name} is {shown}: {problem}."
    return Finding(message, argument.span, dag_id=dag.dag_id, task_id=task.task_id if task else None, fix=fix, subject=argument.name)
