import datetime
from collections.abc import Iterable
from functools import lru_cache

from dagcheck.model.dag import Dag
from dagcheck.rule import Bad, FileContext, Finding, Good, Meta, Related, Rule
from dagcheck.rule.timing import place_of_schedule, start_argument, when
from dagcheck.timetable.describe import Timing
from dagcheck.timetable.errors import NoRun
from dagcheck.timetable.run import Run
from dagcheck.timetable.runs import runs
from dagcheck.timetable.timetables import AssetOrTime, DataInterval, Trigger
from dagcheck.timetable.words import length_in_words
from dagcheck.timetable.zones import DAY


class LateFirstRun(Rule):
    """First run that comes later than the start date reads

    The start date is no run. A schedule with data intervals begins with the first whole interval after it and runs when that is over, so that a monthly DAG may begin two months
    late; a schedule that fires at times begins with the first one after it. The finding says when the first run comes; it is told only while that is still to come.
    Put the start date on a time of the schedule, and for data intervals on the one before the first run.
    """

    meta = Meta(code="DAG310", name="late-first-run", severity="info", since="0.1.0")
    bad = (
        Bad(
            """
            import pendulum

            from airflow import DAG

            with DAG(
                "invoices",
                schedule="@monthly",
                start_date=pendulum.datetime(2026, 1, 15, tz="UTC"),  # DAG310
                catchup=False,
            ):
                pass
            """,
            airflow="2.11",
            title="In the middle of an interval: the first run is on 1 March",
        ),
        Bad(
            """
            import pendulum

            from airflow.sdk import dag, task

            @dag(
                schedule="0 6 * * mon",
                start_date=pendulum.datetime(2026, 1, 6, 6, tz="Europe/Oslo"),  # DAG310
                catchup=True,
            )
            def sales():
                @task
                def load():
                    pass

                load()

            sales()
            """,
            title="TaskFlow: a Tuesday, for a DAG of Mondays",
        ),
        Bad(
            """
            from datetime import datetime

            from airflow.sdk import DAG, CronDataIntervalTimetable

            for region in ("north", "south"):
                with DAG(
                    f"sales_{region}",
                    schedule=CronDataIntervalTimetable("@weekly", timezone="UTC"),
                    start_date=datetime(2026, 1, 4),  # DAG310
                ):
                    pass
            """,
            title="Generated: on the grid, and a week later all the same",
        ),
    )
    good = (
        Good(
            """
            import pendulum

            from airflow.sdk import DAG

            with DAG("sales", schedule="0 6 * * *", start_date=pendulum.datetime(2026, 2, 1, tz="UTC")):
                pass
            """,
            title="On the day of the start date",
        ),
        Good(
            """
            import pendulum

            from airflow import DAG

            with DAG("sales", schedule="@monthly", start_date=pendulum.datetime(2024, 1, 15, tz="UTC"), catchup=False):
                pass
            """,
            airflow="2.11",
            title="Long ago",
        ),
        Good(
            """
            from datetime import datetime, timedelta

            from airflow import DAG

            with DAG("sales", schedule=timedelta(hours=6), start_date=datetime(2026, 1, 1), catchup=False):
                pass

            with DAG("stock", schedule="@hourly", start_date=datetime(2026, 1, 1, 0, 30), catchup=False):
                pass
            """,
            airflow="2.11",
            title="Some hours",
        ),
        Good(
            """
            import pendulum

            from airflow.sdk import DAG

            with DAG("invoices", schedule="0 6 1 * *", start_date=pendulum.datetime(2026, 2, 1, 6, tz="UTC"), catchup=True):
                pass

            with DAG("by_hand", schedule=None, start_date=pendulum.datetime(2026, 2, 1, tz="UTC")):
                pass
            """,
            title="On the start date itself, and none by time",
        ),
    )

    def check_dag(self, dag: Dag, context: FileContext) -> Iterable[Finding]:
        """One finding for a DAG whose first run is still to come, a day or more after its start date."""
        timed, given = context.timing(dag), start_argument(dag)
        if timed is None or given is None or timed.earliest is None or timed.dates.start != timed.earliest:
            return
        outer = timed.plan.timetable
        timetable = outer.inner if isinstance(outer, AssetOrTime) else outer
        if not isinstance(timetable, DataInterval | Trigger):
            return
        now = context.setting.instant
        first = _first_run(timed, now)
        if first is None or first.run_after <= now or first.run_after - timed.earliest < DAY:
            return
        late = length_in_words(datetime.timedelta(microseconds=first.run_after - timed.earliest))
        why = _why(timetable, timed.earliest, first.start, first.run_after)
        if why is None:
            return
        yield Finding(
            f"The first run comes on {when(first.run_after, timed.plan.zone)}, {late} after the start date: {why}.",
            given.span,
            help="Put the start date on the time of the schedule that is meant.",
            dag_id=dag.dag_id,
            related=(Related(place_of_schedule(dag), "the schedule"),),
            subject="start_date",
        )


@lru_cache(maxsize=512)  # many DAGs have the same schedule and start
def _first_run(timed: Timing, now: int) -> Run | None:
    try:
        return next(runs(timed, now, 1), None)
    except NoRun:
        return None


def _why(timetable: DataInterval | Trigger, start: int, first: int | None, fire: int) -> str | None:
    """Why the first run is that late; None where nobody would think otherwise."""
    if isinstance(timetable, DataInterval):
        over = "and its run comes when the interval is over"
        return (
            f"the start date begins the first interval, {over}" if first == start else f"the first whole interval begins after it, {over}"
        )
    return "it is not one of the schedule's times" if fire != start else None
