import datetime
from collections.abc import Iterable

from dagcheck.model.dag import Dag
from dagcheck.model.values import Span
from dagcheck.rule import Bad, FileContext, Finding, Good, Meta, Rule
from dagcheck.rule.finding import Severity
from dagcheck.rule.timing import place_of_schedule, start_argument, when
from dagcheck.timetable.describe import Timing
from dagcheck.timetable.zones import moment

_HELP = {
    "stall": "Name the hours in the cron expression, or set catchup=False.",
    "cron-never-chosen": "Give each cron a DAG of its own, or leave the interval away.",
    "anchored-at-first-parse": "Write a cron expression, or set catchup=True with a start date that is near.",
    "anchored-at-epoch": "Write a cron expression.",
    "slipping-day": "Write a cron expression; L is the last day of the month.",
    "seconds-last": "Write five fields, or the seconds as the sixth.",
    "off-grid-after-change": "Name the hours in the cron expression, or run in UTC.",
    "runs-after-end": "Move the end date one interval back if that run is not meant.",
    "ignored-day": "Leave the field that has no effect as *.",
    "lost-zero": "Write a cron expression.",
    "last-year": "Leave the year away if it is to go on.",
    "unusual-preset": "Write the preset as Airflow lists it, or the cron expression.",
    "setting-without-effect": "Use create_cron_data_intervals, or take the setting away.",
}
"""What to do about each kind of surprise; the other kinds are other rules'."""
_SEVERITY: dict[str, Severity] = {"unusual-preset": "info"}


class SurprisingSchedule(Rule):
    """Schedule that runs otherwise than it reads

    Each of these was seen in real Airflow: intervals that go round in circles after the clocks are put back; a `timedelta` that is counted from the first parse or from 1970
    instead of from the start date; a cron of `MultipleCronTriggerTimetable` that never fires; seconds in the wrong place; a run after the end date; fields that are ignored. The
    finding says what happens and when first. A `timedelta` of a day at most that begins at midnight is only worth knowing: no hour seems to be meant. `dagcheck simulate` shows
    the runs.
    """

    meta = Meta(code="DAG317", name="surprising-schedule", severity="warning", since="0.1.0")
    bad = (
        Bad(
            """
            from datetime import timedelta

            import pendulum

            from airflow.sdk import DAG

            with DAG(
                "sales",
                schedule=timedelta(days=1),
                start_date=pendulum.datetime(2025, 1, 1, 6, tz="UTC"),  # DAG317
            ):
                pass
            """,
            title="Airflow 3 counts from the moment at which it first sees the DAG",
        ),
        Bad(
            """
            from datetime import timedelta

            import pendulum

            from airflow.decorators import dag, task

            @dag(
                schedule=timedelta(weeks=1),
                start_date=pendulum.datetime(2025, 1, 6, tz="UTC"),  # DAG317
                catchup=False,
            )
            def sales():
                @task
                def load():
                    pass

                load()

            sales()
            """,
            airflow="2.11",
            title="TaskFlow: a Monday, but it runs on Thursdays, counted from 1970",
        ),
        Bad(
            """
            import pendulum

            from airflow import DAG

            for zone in ("Europe/Berlin", "America/New_York"):
                with DAG(
                    f"sales_{zone[:6].lower()}",
                    schedule="0 * * * mon-fri",  # DAG317
                    start_date=pendulum.datetime(2025, 12, 30, tz=zone),
                    catchup=True,
                ):
                    pass
            """,
            airflow="2.11",
            title="Generated: it stalls when the clocks go back",
        ),
        Bad(
            """
            from datetime import timedelta

            import pendulum

            from airflow.sdk import DAG, MultipleCronTriggerTimetable

            with DAG(
                "sales",
                schedule=MultipleCronTriggerTimetable(  # DAG317
                    "0 6 * * *", "0 18 * * *", timezone="UTC", interval=timedelta(days=1)
                ),
                start_date=pendulum.datetime(2025, 1, 1, tz="UTC"),
                catchup=False,
            ):
                pass
            """,
            title="The run at 18:00 never comes",
        ),
        Bad(
            """
            import pendulum

            from airflow.sdk import DAG

            with DAG("sales", schedule="0 0 3 * * 1", start_date=pendulum.datetime(2025, 1, 1, tz="UTC")):  # DAG317
                pass

            with DAG("stock", schedule="0 6 1 * mon#1", start_date=pendulum.datetime(2025, 1, 1, tz="UTC")):  # DAG317
                pass
            """,
            title="Seconds are last, and # makes the day of the month void",
        ),
        Bad(
            """
            import pendulum
            from dateutil.relativedelta import relativedelta

            from airflow.sdk import DAG

            with DAG(
                "invoices",
                schedule=relativedelta(months=1),  # DAG317
                start_date=pendulum.datetime(2026, 1, 1, tz="Europe/Oslo"),
                catchup=True,
            ):
                pass
            """,
            title="In Oslo the first of the month is the last one in UTC, and after February the 28th",
        ),
    )
    good = (
        Good(
            """
            from datetime import timedelta

            import pendulum

            from airflow.sdk import DAG

            with DAG("sales", schedule=timedelta(days=1), start_date=pendulum.datetime(2025, 12, 28, 6, tz="UTC"), catchup=True):
                pass

            with DAG("stock", schedule=timedelta(days=1), start_date=pendulum.datetime(2026, 2, 1, 6, tz="UTC")):
                pass
            """,
            title="Counted from the start date: with catchup, or while it is still to come",
        ),
        Good(
            """
            from datetime import timedelta

            import pendulum

            from airflow import DAG

            with DAG("sales", schedule=timedelta(hours=6), start_date=pendulum.datetime(2025, 1, 1, tz="UTC"), catchup=False):
                pass
            """,
            airflow="2.11",
            title="On the grid from 1970 as well as on its own",
        ),
        Good(
            """
            import pendulum

            from airflow import DAG

            with DAG("sales", schedule="@hourly", start_date=pendulum.datetime(2025, 12, 30, tz="Europe/Berlin"), catchup=True):
                pass

            with DAG("stock", schedule="0 6-20 * * mon-fri", start_date=pendulum.datetime(2025, 12, 30, tz="Europe/Berlin"), catchup=True):
                pass
            """,
            airflow="2.11",
            title="Every hour of every day, and fixed hours",
        ),
        Good(
            """
            import pendulum

            from airflow.sdk import DAG, MultipleCronTriggerTimetable

            with DAG(
                "sales",
                schedule=MultipleCronTriggerTimetable("0 6 * * *", "0 18 * * *", timezone="UTC"),
                start_date=pendulum.datetime(2025, 1, 1, tz="UTC"),
                end_date=pendulum.datetime(2027, 1, 1, tz="UTC"),
                catchup=False,
            ):
                pass
            """,
            title="Several crons without an interval",
        ),
    )

    def check_dag(self, dag: Dag, context: FileContext) -> Iterable[Finding]:
        """One finding for each surprise that no other rule tells."""
        timed = context.timing(dag)
        for surprise in context.surprises(dag):
            if timed is None or surprise.kind not in _HELP:
                continue
            if not _matters(surprise.kind, timed):
                continue
            zone = timed.plan.zone
            first = f" (first: {when(surprise.first, zone)})" if surprise.first is not None and surprise.kind not in _NOW else ""
            yield Finding(
                f"{surprise.message[:1].upper()}{surprise.message[1:]}{first}.",
                _place(surprise.kind, dag),
                help=_HELP[surprise.kind],
                dag_id=dag.dag_id,
                severity="info" if surprise.kind == "anchored-at-first-parse" and _by_habit(timed) else _SEVERITY.get(surprise.kind),
                subject=surprise.kind,
            )


_NOW = ("stall", "slipping-day", "anchored-at-first-parse", "anchored-at-epoch", "runs-after-end", "off-grid-after-change")
"""What holds from now on, or says its date itself."""


def _matters(kind: str, timed: Timing) -> bool:
    """False for a setting that this DAG has no use for, for a start that was not given, and where runs come so often that nobody looks at the minute."""
    if kind == "setting-without-effect":
        return timed.plan.kind == "interval"
    if not kind.startswith("anchored"):
        return True
    delta = timed.plan.delta
    return timed.earliest is not None and not (isinstance(delta, datetime.timedelta) and delta < datetime.timedelta(hours=1))


def _by_habit(timed: Timing) -> bool:
    """True for runs of at most a day apart that begin at midnight, as people write it who mean no hour."""
    delta = timed.plan.delta
    if not isinstance(delta, datetime.timedelta) or delta > datetime.timedelta(days=1) or timed.earliest is None:
        return False
    return moment(timed.earliest).astimezone(timed.plan.zone.tz).time() == datetime.time()


def _place(kind: str, dag: Dag) -> Span:
    """Where that is at fault which has no effect: the start or the end date; else the schedule."""
    start, end = start_argument(dag), dag.arguments.get("end_date")
    if kind.startswith("anchored") and start is not None:
        return start.span
    if kind == "runs-after-end" and end is not None:
        return end.span
    return place_of_schedule(dag)
