from collections.abc import Iterable

from dagcheck.model.dag import Dag, Task
from dagcheck.model.values import Unknown
from dagcheck.rule import Bad, FileContext, Finding, Good, Meta, Related, Rule
from dagcheck.rule.tasks import is_one_of, parts

_CAUSES = {"clock": "the clock", "random": "chance"}
_WITH_UNKNOWNS = (Unknown, dict, list, tuple, set, frozenset)
_ELSEWHERE = ("start_date", "end_date", "task_id", "dag_id")
_BY_TIME = ("DateTimeSensor", "DateTimeSensorAsync", "TimeSensor", "TimeSensorAsync")


class ParseTimeValue(Rule):
    """Argument of a task that differs each time the file is parsed

    The file is parsed anew for each attempt, so a value that is made of the clock or of chance at parse time differs between the attempts of one task, and between a
    run and its repetition. Use a template (`{{ ds }}`, `{{ run_id }}`), or the context inside the callable. The moment that a sensor waits for in a DAG that is started
    by hand is left alone: it is meant from now on.
    """

    meta = Meta(code="DAG510", name="parse-time-value", severity="warning", since="0.1.0")
    bad = (
        Bad(
            """
            from datetime import datetime

            from airflow.providers.standard.operators.bash import BashOperator
            from airflow.sdk import DAG

            TODAY = datetime.now().strftime("%Y-%m-%d")

            with DAG("sales", schedule="@daily"):
                BashOperator(task_id="load", bash_command=f"load --day {TODAY}")  # DAG510
            """
        ),
        Bad(
            """
            import uuid

            from airflow.providers.standard.operators.python import PythonOperator
            from airflow.sdk import DAG

            with DAG("sales", schedule="@daily"):
                for region in ("north", "south"):
                    PythonOperator(task_id=region, python_callable=print, op_kwargs={"end": str(uuid.uuid4())})  # DAG510
            """,
            title="Inside a dict, generated",
        ),
        Bad(
            """
            import pendulum

            from airflow.sdk import dag, task

            @dag(schedule="@daily")
            def sales():
                @task
                def load(day):
                    pass

                load(pendulum.today().subtract(days=1))  # DAG510

            sales()
            """,
            title="TaskFlow",
        ),
    )
    good = (
        Good(
            """
            from datetime import UTC, datetime, timedelta

            from airflow.providers.standard.sensors.date_time import DateTimeSensor
            from airflow.sdk import DAG

            with DAG("sales", schedule=None):
                DateTimeSensor(task_id="wait", target_time=datetime.now(UTC) + timedelta(minutes=5))
            """,
            title="A moment from now on, in a DAG that is started by hand",
        ),
        Good(
            """
            from datetime import datetime

            from airflow.providers.standard.operators.bash import BashOperator
            from airflow.sdk import DAG

            with DAG("sales", schedule="@daily"):
                BashOperator(task_id="load", bash_command="load --day {{ ds }} --since " + datetime(2025, 1, 1).isoformat())
            """
        ),
        Good(
            """
            from datetime import datetime

            from airflow.sdk import dag, task

            @dag(schedule="@daily")
            def sales():
                @task
                def load():
                    return str(datetime.now())

                load()

            sales()
            """,
            title="Asked when the task runs",
        ),
        Good(
            """
            import os

            from airflow.providers.standard.operators.bash import BashOperator
            from airflow.sdk import DAG, Variable

            with DAG("sales", schedule="@daily"):
                BashOperator(task_id="load", bash_command=f"load {os.environ['REGION']} {Variable.get('day')}")
            """,
            title="Not known, but not of the clock",
        ),
    )

    def check_task(self, task: Task, dag: Dag, context: FileContext) -> Iterable[Finding]:
        """One finding for each argument that holds such a value."""
        for name, argument in task.arguments.items():
            if not isinstance(argument.value, _WITH_UNKNOWNS) or name in _ELSEWHERE:
                continue
            if name == "target_time" and dag.schedule.kind == "none" and is_one_of(task, _BY_TIME):
                continue
            for part in parts(argument.value):
                if isinstance(part, Unknown) and part.cause in _CAUSES:
                    message = (
                        f"{name} of {task.task_id} is made of {_CAUSES[part.cause]} when the file is parsed: it differs between attempts."
                    )
                    related = (Related(part.span, "made here"),) if part.span is not None and part.span.line != argument.span.line else ()
                    yield Finding(message, argument.span, dag_id=dag.dag_id, task_id=task.task_id, related=related, subject=name)
                    break
