import ast
from collections.abc import Iterable, Iterator
from typing import Any

from dagcheck.model.dag import Dag
from dagcheck.model.values import FunctionRef, NameRef, ObjectRef, Span
from dagcheck.rule import Bad, FileContext, Finding, Fix, Good, Meta, Rule
from dagcheck.rule.edits import replace_value
from dagcheck.rule.timing import place_of_schedule, refusal_of, schedule_argument, start_argument
from dagcheck.timetable.cron import expand_preset, read
from dagcheck.timetable.errors import Refused
from dagcheck.timetable.versions import KEYWORDS, TIMETABLES, has

_NO_CRON = ("@once", "@continuous", "@asset")
_ONE = ("CronTriggerTimetable", "CronDataIntervalTimetable", "CronPartitionTimetable")
_KNOWN_HOMES = ("airflow.", "datetime.", "dateutil.", "pendulum.")
_MANY = ("MultipleCronTriggerTimetable",)


class InvalidSchedule(Rule):
    """Schedule that Airflow refuses

    Airflow then does not load the DAG. The finding says what is wrong: which field of a cron expression (it has minute, hour, day of the month, month and day of the week, with a
    sixth for the seconds last, as the library that Airflow uses reads it), an argument that a timetable lacks, a delta that does not move forward, a value that is no schedule,
    a date that is no datetime.
    """

    meta = Meta(code="DAG306", name="invalid-schedule", severity="error", since="0.1.0", fix="unsafe")
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
        Bad(
            """
            from datetime import date, timedelta

            import pendulum

            from airflow import DAG
            from airflow.timetables.trigger import CronTriggerTimetable

            start = pendulum.datetime(2025, 1, 1, tz="UTC")

            with DAG("sales", schedule=CronTriggerTimetable("0 3 * * *"), start_date=start):  # DAG306
                pass

            with DAG("stock", schedule=timedelta(days=0), start_date=start):  # DAG306
                pass

            with DAG("close", schedule=15, start_date=start):  # DAG306
                pass

            with DAG("rents", schedule="@daily", start_date=date(2025, 1, 1)):  # DAG306
                pass
            """,
            airflow="2.11",
            title="A timetable without its zone, a delta of nothing, a number, a date without a time",
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
        Good(
            """
            from datetime import timedelta

            import pendulum
            from company.settings import SINCE, SHOP_ZONE
            from company.timetables import Workdays

            from airflow.sdk import DAG, Asset, CronTriggerTimetable, MultipleCronTriggerTimetable

            start = pendulum.datetime(2025, 1, 1, tz="UTC")

            with DAG("sales", schedule=Workdays("Europe/Oslo", hour=25), start_date=start):
                pass

            with DAG("stock", schedule=[Asset("raw")], start_date=start):
                pass

            with DAG("close", schedule=MultipleCronTriggerTimetable("0 6 * * *", "30 18 * * mon-fri", timezone="UTC"), start_date=start):
                pass

            with DAG("rents", schedule=timedelta(seconds=90), start_date=SINCE):
                pass

            with DAG("wages", schedule=CronTriggerTimetable("0 6 * * *", timezone=SHOP_ZONE), start_date=start):
                pass
            """,
            title="A timetable of one's own, assets, several crons, an odd delta",
        ),
    )

    def check_dag(self, dag: Dag, context: FileContext) -> Iterable[Finding]:
        """One finding for each expression of the schedule that Airflow does not take, else one for what else it refuses."""
        argument, expressions = schedule_argument(dag), 0
        for text in _expressions(argument.value) if argument is not None else ():
            try:
                read(expand_preset(text))
            except Refused as refused:
                expressions += 1
                span = place_of_schedule(dag)
                fix = _fix(text, refused.nearest, span, context)
                yield Finding(
                    f"{_sentence(refused.reason)} Airflow refuses to load the DAG.", span, dag_id=dag.dag_id, fix=fix, subject=text
                )
        if expressions or context.timing(dag) is not None:
            return
        other = refusal_of(dag, context.setting) if _is_plain(dag) else None
        if other is None or _is_told_elsewhere(other, dag, context):
            return
        place = {"start_date": start_argument(dag), "end_date": dag.arguments.get("end_date")}.get(other.argument, argument)
        yield Finding(
            f"{_sentence(other.reason)} Airflow refuses to load the DAG.",
            dag.span if place is None else place.span,
            help=f"Did you mean {other.nearest!r}?" if other.nearest else "",
            dag_id=dag.dag_id,
            subject=other.argument,
        )


def _is_plain(dag: Dag) -> bool:
    """False where the schedule or a date is something of which only the name is known, such as a constant of a module that is not there."""
    given = (schedule_argument(dag), start_argument(dag), dag.arguments.get("end_date"))
    return all(_is_plain_value(argument.value) for argument in given if argument is not None)


def _is_plain_value(value: Any) -> bool:
    if isinstance(value, NameRef | ObjectRef) and not value.dotted.startswith(_KNOWN_HOMES):
        return False
    if isinstance(value, FunctionRef):
        return False
    inside = (
        [*value.args, *value.kwargs.values()]
        if isinstance(value, ObjectRef)
        else [value.get("start_date")]
        if isinstance(value, dict)
        else ()
    )
    return all(_is_plain_value(part) for part in inside)


def _is_told_elsewhere(refused: Refused, dag: Dag, context: FileContext) -> bool:
    """True for what other rules report: a start date that is missing, arguments and classes that the version does not have, and active runs of a continuous DAG."""
    release, argument = context.setting.release, schedule_argument(dag)
    if refused.argument == "max_active_runs" or (refused.argument == "start_date" and start_argument(dag) is None):
        return True
    if refused.argument in dag.arguments and refused.argument in KEYWORDS and not has(KEYWORDS, refused.argument, release):
        return True
    given = None if argument is None else argument.value
    return isinstance(given, ObjectRef) and given.name in TIMETABLES and not has(TIMETABLES, given.name, release)


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
