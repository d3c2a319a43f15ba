from collections.abc import Iterable, Iterator
from typing import Any

from dagcheck.model.dag import Argument, Dag
from dagcheck.model.values import Span, Unknown
from dagcheck.rule import Bad, FileContext, Finding, Good, Meta, Rule
from dagcheck.rule.finding import Severity

_NOT_BY_TIME = ("none", "assets")


class MovingStartDate(Rule):
    """Start date that moves with the clock

    `datetime.now()`, `days_ago(1)` and the like give another date each time the file is parsed. With a data interval the first interval never ends, so the DAG never runs; or
    runs come and go as the date passes them, and tasks of older runs can no longer be cleared. Write a fixed date, and turn catchup off if the past is not wanted.
    Where the DAG does not go by time, it is a warning: runs that are started by hand still fall before a date that has moved on.
    """

    meta = Meta(code="DAG304", name="moving-start-date", severity="error", since="0.1.0")
    bad = (
        Bad(
            """
            from datetime import datetime

            from airflow.sdk import DAG

            with DAG(
                "sales",
                schedule="@daily",
                start_date=datetime.now(),  # DAG304
            ):
                pass
            """
        ),
        Bad(
            """
            from airflow import DAG
            from airflow.utils.dates import days_ago

            default_args = {
                "owner": "sales",
                "start_date": days_ago(1),  # DAG304
            }

            dag = DAG("sales", schedule="@daily", default_args=default_args)
            """,
            airflow="2.7",
            title="In default_args",
        ),
        Bad(
            """
            import pendulum

            from airflow.sdk import dag, task

            @dag(schedule="@daily", start_date=pendulum.today().subtract(days=3), catchup=True)  # DAG304
            def sales():
                @task
                def load():
                    pass

                load()

            sales()
            """,
            title="TaskFlow",
        ),
    )
    good = (
        Good(
            """
            import os
            from datetime import datetime

            from airflow.sdk import DAG

            with DAG("sales", schedule="@daily", start_date=datetime.fromisoformat(os.environ["START"])):
                pass
            """,
            title="Not known, but not of the clock",
        ),
        Good(
            """
            from datetime import datetime

            from airflow.sdk import dag, task

            @dag(schedule="@daily", start_date=datetime(2025, 1, 1))
            def sales():
                @task
                def load():
                    print(datetime.now())

                load()

            sales()
            """,
            title="The clock inside a task",
        ),
        Good(
            """
            import pendulum

            from airflow.sdk import DAG

            with DAG("sales", schedule="@daily", start_date=pendulum.datetime(2025, 1, 1, tz="Europe/Oslo")):
                pass
            """
        ),
    )

    def check_dag(self, dag: Dag, context: FileContext) -> Iterable[Finding]:
        """One finding for each place of the file where a start date of the DAG or of its tasks is taken from the clock."""
        told: set[Span] = set()
        for span, task_id in _places(dag):
            if span not in told:
                told.add(span)
                message = "The start date moves with the clock: each time Airflow parses the file, it is another one."
                help_text = (
                    'Write a fixed date, such as pendulum.datetime(2025, 1, 1, tz="UTC"), and catchup=False if the past is not wanted.'
                )
                severity: Severity | None = "warning" if dag.schedule.kind in _NOT_BY_TIME else None
                yield Finding(message, span, help_text, dag.dag_id, task_id, severity=severity, subject="start_date")


def _places(dag: Dag) -> Iterator[tuple[Span, str | None]]:
    start = dag.arguments.get("start_date")
    if start is not None and _moves(start.value):
        yield _span(start.value, start), None
    defaults = dag.arguments.get("default_args")
    if defaults is not None and isinstance(defaults.value, dict) and _moves(defaults.value.get("start_date")):
        yield _span(defaults.value["start_date"], defaults), None
    for task in dag.tasks:
        own = task.arguments.get("start_date")
        if own is not None and own.origin != "default_args" and _moves(own.value):
            yield _span(own.value, own), task.task_id


def _moves(value: Any) -> bool:
    return isinstance(value, Unknown) and value.cause == "clock"


def _span(value: Unknown, argument: Argument) -> Span:
    """Where the clock is asked, which may be far from the argument."""
    return value.span or argument.span
