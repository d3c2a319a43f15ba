import datetime
from collections.abc import Iterable

from dagcheck.model.dag import Dag
from dagcheck.model.values import Span
from dagcheck.rule import Bad, FileContext, Finding, Fix, Good, Meta, Related, Rule
from dagcheck.rule.edits import replace_value
from dagcheck.rule.timing import place_of_schedule, start_argument
from dagcheck.timetable.describe import Timing
from dagcheck.timetable.zones import moment


class DriftingLocalHour(Rule):
    """Timedelta of days where an hour of the wall clock is meant

    A `timedelta` is counted in UTC. In a zone with summer time the runs of `timedelta(days=1)` so come an hour later or earlier on the wall clock for half of the year, and the
    days that they stand for no longer begin at midnight. A cron expression stays at its hour. Leave it where the time between the runs is what counts.
    """

    meta = Meta(code="DAG312", name="drifting-local-hour", severity="warning", since="0.1.0", fix="unsafe")
    bad = (
        Bad(
            """
            from datetime import timedelta

            import pendulum

            from airflow.sdk import DAG

            with DAG(
                "sales",
                schedule=timedelta(days=1),  # DAG312
                start_date=pendulum.datetime(2025, 1, 1, 6, tz="Europe/Oslo"),
                catchup=True,
            ):
                pass
            """,
            fixed="""
            from datetime import timedelta

            import pendulum

            from airflow.sdk import DAG

            with DAG(
                "sales",
                schedule="0 6 * * *",
                start_date=pendulum.datetime(2025, 1, 1, 6, tz="Europe/Oslo"),
                catchup=True,
            ):
                pass
            """,
        ),
        Bad(
            """
            from datetime import datetime, timedelta

            from airflow.decorators import dag, task
            from pendulum import timezone

            @dag(
                schedule=timedelta(weeks=1),  # DAG312
                start_date=datetime(2025, 1, 6, 7, 30, tzinfo=timezone("America/New_York")),
                catchup=False,
            )
            def sales():
                @task
                def load():
                    pass

                load()

            sales()
            """,
            fixed="""
            from datetime import datetime, timedelta

            from airflow.decorators import dag, task
            from pendulum import timezone

            @dag(
                schedule="30 7 * * 1",
                start_date=datetime(2025, 1, 6, 7, 30, tzinfo=timezone("America/New_York")),
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
            title="TaskFlow, by weeks",
        ),
        Bad(
            """
            from datetime import timedelta

            import pendulum

            from airflow.sdk import DAG

            EVERY = {"sales": timedelta(days=2), "stock": timedelta(hours=12)}

            for name, every in EVERY.items():
                with DAG(
                    name,
                    schedule=every,  # DAG312
                    start_date=pendulum.datetime(2026, 1, 1, tz="Europe/Berlin"),
                    catchup=True,
                ):
                    pass
            """,
            title="Generated: one of two counts days",
        ),
    )
    good = (
        Good(
            """
            from datetime import timedelta

            import pendulum

            from airflow.sdk import DAG

            with DAG("sales", schedule=timedelta(days=1), start_date=pendulum.datetime(2025, 1, 1, 6, tz="UTC"), catchup=True):
                pass

            with DAG("stock", schedule=timedelta(days=1), start_date=pendulum.datetime(2025, 1, 1, 6, tz="Asia/Tokyo"), catchup=True):
                pass
            """,
            title="Clocks that never change",
        ),
        Good(
            """
            from datetime import timedelta

            import pendulum

            from airflow.sdk import DAG

            with DAG("sales", schedule=timedelta(hours=6), start_date=pendulum.datetime(2025, 1, 1, tz="Europe/Oslo"), catchup=True):
                pass
            """,
            title="No hour of the day is meant",
        ),
        Good(
            """
            import pendulum

            from airflow.sdk import DAG

            with DAG("sales", schedule="0 6 * * *", start_date=pendulum.datetime(2025, 1, 1, tz="Europe/Oslo"), catchup=True):
                pass
            """,
            title="A cron expression stays at its hour",
        ),
        Good(
            """
            import os
            from datetime import datetime, timedelta

            import pendulum

            from airflow import DAG

            zone = pendulum.timezone(os.environ["ZONE"])

            with DAG("sales", schedule=timedelta(days=1), start_date=datetime(2025, 1, 1, 6, tzinfo=zone), catchup=False):
                pass
            """,
            airflow="2.11",
            title="A zone that is not known",
        ),
    )

    def check_dag(self, dag: Dag, context: FileContext) -> Iterable[Finding]:
        """One finding for a delta of whole days that begins at an hour of such a zone."""
        timed, start = context.timing(dag), start_argument(dag)
        surprise = next((each for each in context.surprises(dag) if each.kind == "delta-ignores-clocks"), None)
        if timed is None or surprise is None or start is None:
            return
        place = place_of_schedule(dag)
        yield Finding(
            f"{surprise.message[:1].upper()}{surprise.message[1:]}.",
            place,
            help="Write the hour as a cron expression, such as 0 6 * * *.",
            dag_id=dag.dag_id,
            related=(Related(start.span, "the hour and the zone"),),
            fix=_fix(timed, place, context),
            subject="schedule",
        )


def _fix(timed: Timing, place: Span, context: FileContext) -> Fix | None:
    """The cron expression of a day or a week from the start date on, where the delta is written right there."""
    start, delta, written = timed.dates.start, timed.plan.delta, context.text(place)
    if start is None or "delta(" not in written or delta not in (datetime.timedelta(days=1), datetime.timedelta(weeks=1)):
        return None
    at = moment(timed.dates.zone.wall(start))
    weekday = "*" if delta == datetime.timedelta(days=1) else str(at.isoweekday() % 7)
    cron = f"{at.minute} {at.hour} * * {weekday}"
    return None if at.second else Fix(f"Write {cron!r}", (replace_value(place, f'"{cron}"'),), "unsafe")
