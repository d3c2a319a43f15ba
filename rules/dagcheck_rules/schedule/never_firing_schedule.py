import calendar
from collections.abc import Iterable
from functools import lru_cache

from dagcheck.model.dag import Dag
from dagcheck.rule import Bad, FileContext, Finding, Good, Meta, Related, Rule
from dagcheck.rule.timing import place_of_schedule, start_argument, when
from dagcheck.timetable.cron import Cron
from dagcheck.timetable.describe import Timing
from dagcheck.timetable.errors import NoRun
from dagcheck.timetable.run import Bounds
from dagcheck.timetable.surprise import crons_of
from dagcheck.timetable.surprises_of_fields import missing_months
from dagcheck.timetable.timetables import AssetOrTime, Events, Failing, MultipleCron, Timetable
from dagcheck.timetable.zones import DAY

_LATER = (DAY, 8 * DAY, 40 * DAY, 400 * DAY)


class NeverFiringSchedule(Rule):
    """Schedule that never creates a run

    Airflow takes such a DAG without a word and shows it beside the others, but its first run never comes: the cron names a day that no month has, no time of the schedule lies
    between the start and the end date, or the end comes before the start. A DAG whose end has passed, and which had its runs, is left alone.
    """

    meta = Meta(code="DAG307", name="never-firing-schedule", severity="error", since="0.1.0")
    bad = (
        Bad(
            """
            import pendulum

            from airflow.sdk import DAG

            with DAG("sales", schedule="0 3 30 2 *", start_date=pendulum.datetime(2025, 1, 1, tz="UTC"), catchup=False):  # DAG307
                pass
            """,
            title="There is no 30 February",
        ),
        Bad(
            """
            import pendulum

            from airflow.sdk import dag, task

            @dag(
                schedule="@daily",
                start_date=pendulum.datetime(2026, 2, 1, tz="UTC"),
                end_date=pendulum.datetime(2025, 12, 31, tz="UTC"),  # DAG307
            )
            def sales():
                @task
                def load():
                    pass

                load()

            sales()
            """,
            title="TaskFlow: the end before the start",
        ),
        Bad(
            """
            from datetime import datetime

            from airflow import DAG

            for year in (2025, 2026):
                with DAG(
                    f"close_{year}",
                    schedule="0 6 2 1 *",  # DAG307
                    start_date=datetime(year, 2, 1),
                    end_date=datetime(year, 12, 31),
                    catchup=True,
                ):
                    pass
            """,
            airflow="2.11",
            title="Generated: nothing between start and end",
        ),
        Bad(
            """
            from datetime import datetime

            from airflow import DAG
            from airflow.timetables.events import EventsTimetable

            holidays = EventsTimetable(event_dates=[datetime(2026, 5, 17), datetime(2026, 12, 25)], description="Holidays")

            with DAG("sales", schedule=holidays, start_date=datetime(2025, 1, 1)):  # DAG307
                pass
            """,
            airflow="2.11",
            title="Events without a time zone: Airflow fails at each look",
        ),
    )
    good = (
        Good(
            """
            import pendulum

            from airflow.sdk import DAG

            with DAG("sales", schedule="0 3 29 2 *", start_date=pendulum.datetime(2025, 1, 1, tz="UTC"), catchup=False):
                pass
            """,
            title="Each leap year",
        ),
        Good(
            """
            import pendulum

            from airflow.sdk import DAG

            with DAG(
                "sales",
                schedule="@daily",
                start_date=pendulum.datetime(2023, 1, 1, tz="UTC"),
                end_date=pendulum.datetime(2023, 12, 31, tz="UTC"),
                catchup=False,
            ):
                pass
            """,
            title="It has ended, and had its runs",
        ),
        Good(
            """
            from datetime import datetime

            from airflow import DAG

            with DAG("sales", schedule="@yearly", start_date=datetime(2025, 1, 1), end_date=datetime(2025, 1, 1), catchup=True):
                pass
            """,
            airflow="2.11",
            title="One run: both dates count",
        ),
        Good(
            """
            import os

            import pendulum

            from airflow.sdk import DAG

            with DAG(
                "sales",
                schedule="@monthly",
                start_date=pendulum.datetime(2026, 1, 2, tz="UTC"),
                end_date=pendulum.parse(os.environ["END"]),
            ):
                pass
            """,
            title="An end that is not known",
        ),
    )

    def check_dag(self, dag: Dag, context: FileContext) -> Iterable[Finding]:
        """One finding for a DAG whose dates exclude each other, else for one that surely gets no run."""
        timed = context.timing(dag)
        if timed is None:
            return
        start, end, zone = timed.earliest, timed.latest, timed.dates.zone
        given = start_argument(dag)
        if start is not None and end is not None and end < start:
            ends = dag.arguments.get("end_date")
            message = f"The end, {when(end, zone)}, is before the start, {when(start, zone)}: the DAG never runs by time."
            related = (Related(given.span, "the start date"),) if given else ()
            yield Finding(message, ends.span if ends else dag.span, dag_id=dag.dag_id, related=related, subject="end_date")
            return
        reason = _reason(timed, context.setting.instant)
        if reason is not None:
            yield Finding(f"The schedule never creates a run: {reason}.", place_of_schedule(dag), dag_id=dag.dag_id, subject="schedule")


@lru_cache(maxsize=512)  # many DAGs have the same schedule and start
def _reason(timed: Timing, now: int) -> str | None:
    """Why there is never a run; None where there are some, or where another rule says what is wrong."""
    outer = timed.plan.timetable
    timetable = outer.inner if isinstance(outer, AssetOrTime) else outer
    if not timetable.runs_by_time or (isinstance(timetable, MultipleCron) and any(isinstance(each, Failing) for each in timetable.members)):
        return None
    known = timed.earliest is not None
    if known and _first(timetable, timed, True, now) is None:
        return _why(timetable, timed, now)
    if timed.catchup or (timed.latest is not None and timed.latest < now):
        return None
    failure = _failure(timetable, timed, now)
    if failure is None or any(_failure(timetable, timed, now + later) is None for later in _LATER):
        return None
    return _no_day(timetable) or failure


def _first(timetable: Timetable, timed: Timing, catchup: bool, now: int) -> int | None:
    try:
        run = timetable.next_run(None, Bounds(timed.earliest, timed.latest, catchup, now))
    except NoRun:
        return None
    return None if run is None else run.run_after


def _failure(timetable: Timetable, timed: Timing, now: int) -> str | None:
    """What Airflow stumbles over while it looks for the first run at this time; None where it does not, be there a run or none."""
    try:
        timetable.next_run(None, Bounds(timed.earliest, timed.latest, False, now))
    except NoRun as failure:
        return f"Airflow fails while it looks for the first one ({failure})"
    return None


def _why(timetable: Timetable, timed: Timing, now: int) -> str | None:
    """Why there is no first run even from the start date on."""
    if isinstance(timetable, Events):
        return timetable.broken or "none of its dates lies between the start and the end"
    if not timed.catchup and _first(timetable, timed, False, now) is not None:
        return None  # such as a year field without a time before the first one, which the clock has passed
    day = _no_day(timetable)
    if day is not None:
        return day
    try:
        after = timetable.next_run(None, Bounds(timed.earliest, None, True, now))
    except NoRun as failure:
        return f"Airflow fails while it looks for the first one ({failure})"
    if after is None or timed.latest is None:
        return None
    begin = after.run_after if after.start is None else after.start
    return f"its first time, {when(begin, timed.plan.zone)}, is after the end, {when(timed.latest, timed.plan.zone)}"


def _no_day(timetable: Timetable) -> str | None:
    """That none of the days that a cron names exists."""
    for grid in crons_of(timetable):
        months = missing_months(grid.cron)
        if months and len(months) == len(_months(grid.cron)):
            return f"there is no {min(grid.cron.values(2) or (1,))} {' or '.join(calendar.month_name[month] for month in months)}"
    return None


def _months(cron: Cron) -> tuple[int, ...]:
    return cron.values(3) or tuple(range(1, 13))
