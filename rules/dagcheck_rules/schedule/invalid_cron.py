import ast
from collections.abc import Iterable, Iterator
from typing import Any

from dagcheck.model.dag import Dag
from dagcheck.model.values import ObjectRef, Span
from dagcheck.rule import Bad, FileContext, Finding, Fix, Good, Meta, Rule
from dagcheck.rule.edits import replace_value
from dagcheck.timetable.cron import expand_preset, read
from dagcheck.timetable.errors import Refused

_NO_CRON = ("@once", "@continuous", "@asset")
_ONE = ("CronTriggerTimetable", "CronDataIntervalTimetable", "CronPartitionTimetable")
_MANY = ("MultipleCronTriggerTimetable",)


class InvalidCron(Rule):
    """Schedule that is no valid cron expression

    Airflow refuses to load the DAG. The finding says which field is wrong and why: a cron expression has five fields (minute, hour, day of the month, month, day of the
    week), with a sixth for seconds last, as the library that Airflow uses reads it.
    """

    meta = Meta(code="DAG306", name="invalid-cron", severity="error", since="0.1.0", fix="unsafe")
    bad = (
        Bad(
            """
            from airflow.sdk import DAG

            with DAG("sales", schedule="0 24 * * *"):  # DAG306
                pass
            """,
            fixed="""
            from airflow.sdk import DAG

            with DAG("sales", schedule="0 23 * * *"):
                pass
            """,
        ),
        Bad(
            """
            from airflow.sdk import DAG, CronTriggerTimetable

            with DAG("sales", schedule=CronTriggerTimetable("0 3 * *", timezone="UTC")):  # DAG306
                pass
            """,
            title="Four fields, in a timetable",
        ),
        Bad(
            """
            from airflow.sdk import dag

            HOURS = {"north": 3, "south": 61}

            for region, minute in HOURS.items():

                @dag(dag_id=f"sales_{region}", schedule=f"{minute} 4 * * *")  # DAG306
                def sales():
                    pass

                sales()
            """,
            title="Generated: one of two",
        ),
    )
    good = (
        Good(
            """
            import os

            from airflow.sdk import DAG

            with DAG("sales", schedule=f"{os.environ['MINUTE']} 25 * * *"):
                pass
            """,
            title="Known only in part",
        ),
        Good(
            """
            from airflow.sdk import DAG

            with DAG("sales", schedule="0 3 * * mon-fri"):
                pass
            """
        ),
        Good(
            """
            from airflow.sdk import DAG

            with DAG("sales", schedule="@daily"):
                pass
            """
        ),
    )

    def check_dag(self, dag: Dag, context: FileContext) -> Iterable[Finding]:
        """One finding for each expression of the schedule that Airflow does not take."""
        argument = dag.arguments.get(dag.schedule.argument or "schedule")
        if argument is None:
            return
        for text in _expressions(argument.value):
            try:
                read(expand_preset(text))
            except Refused as refused:
                span = dag.schedule.span or argument.span
                fix = _fix(text, refused.nearest, span, context)
                yield Finding(
                    f"{_sentence(refused.reason)} Airflow refuses to load the DAG.", span, dag_id=dag.dag_id, fix=fix, subject=text
                )


def _expressions(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        if value not in _NO_CRON:
            yield value
    elif isinstance(value, ObjectRef) and value.name in _ONE:
        given = value.kwargs.get("cron", value.args[0] if value.args else None)
        if isinstance(given, str):
            yield given
    elif isinstance(value, ObjectRef) and value.name in _MANY:
        yield from (item for item in value.args if isinstance(item, str))


def _sentence(reason: str) -> str:
    return f"{reason[:1].upper()}{reason[1:]}."


def _fix(text: str, nearest: str | None, span: Span, context: FileContext) -> Fix | None:
    """The nearest valid expression, where the schedule is written as a plain text right there."""
    if nearest is None:
        return None
    try:
        written = ast.literal_eval(context.text(span))
    except (ValueError, SyntaxError):
        return None
    return Fix(f"Write {nearest!r}", (replace_value(span, f'"{nearest}"'),), "unsafe") if written == text else None
