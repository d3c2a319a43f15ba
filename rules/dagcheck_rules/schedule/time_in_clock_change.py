from collections.abc import Iterable

from dagcheck.model.dag import Dag
from dagcheck.rule import Bad, FileContext, Finding, Good, Meta, Rule
from dagcheck.rule.timing import place_of_schedule

_KINDS = ("dst-gap", "dst-fold")


class TimeInClockChange(Rule):
    """Local time that a change of the clocks skips or repeats

    In a zone with summer time, one hour of the wall clock does not exist once a year and comes twice once a year. Airflow moves a run out of the hour that is skipped, drops
    further runs inside of it, and creates only the second of those that repeat. The finding names the dates of the next two years. Take another hour, or UTC, or leave it
    where an hour more or less does not matter.
    """

    meta = Meta(code="DAG309", name="time-in-clock-change", severity="warning", since="0.1.0")
    bad = (
        Bad(
            """
            import pendulum

            from airflow.sdk import DAG

            with DAG(
                "sales",
                schedule="30 2 * * *",  # DAG309
                start_date=pendulum.datetime(2025, 1, 1, tz="Europe/Oslo"),
            ):
                pass
            """
        ),
        Bad(
            """
            import pendulum

            from airflow.sdk import CronTriggerTimetable, dag, task

            @dag(
                schedule=CronTriggerTimetable("*/20 1-4 * * *", timezone="America/New_York"),  # DAG309
                start_date=pendulum.datetime(2025, 1, 1, tz="UTC"),
            )
            def sales():
                @task
                def load():
                    pass

                load()

            sales()
            """,
            title="TaskFlow: several times inside of the hour, in the zone of the timetable",
        ),
        Bad(
            """
            from datetime import datetime
            from zoneinfo import ZoneInfo

            from airflow import DAG

            ZONES = {"berlin": "Europe/Berlin", "cairo": "Africa/Cairo", "tokyo": "Asia/Tokyo"}

            for city, zone in ZONES.items():
                with DAG(
                    f"close_{city}",
                    schedule="@daily",  # DAG309
                    start_date=datetime(2025, 1, 1, tzinfo=ZoneInfo(zone)),
                    catchup=False,
                ):
                    pass
            """,
            airflow="2.11",
            title="Generated: in one of the zones the clocks change at midnight",
        ),
    )
    good = (
        Good(
            """
            import pendulum

            from airflow.sdk import DAG

            with DAG("sales", schedule="30 2 * * *", start_date=pendulum.datetime(2025, 1, 1, tz="UTC")):
                pass

            with DAG("stock", schedule="30 2 * * *", start_date=pendulum.datetime(2025, 1, 1, tz="Asia/Tokyo")):
                pass
            """,
            title="Clocks that never change",
        ),
        Good(
            """
            import pendulum

            from airflow.sdk import DAG

            with DAG("sales", schedule="30 2 * * mon-fri", start_date=pendulum.datetime(2025, 1, 1, tz="Europe/Oslo")):
                pass
            """,
            title="The clocks change on Sundays",
        ),
        Good(
            """
            import pendulum

            from airflow.sdk import DAG

            with DAG("sales", schedule="*/15 * * * *", start_date=pendulum.datetime(2025, 1, 1, tz="Europe/Oslo")):
                pass

            with DAG("stock", schedule="0 1,3 * * *", start_date=pendulum.datetime(2025, 1, 1, tz="Europe/Oslo")):
                pass
            """,
            title="Every hour, and on both sides of the change",
        ),
        Good(
            """
            import pendulum

            from airflow.sdk import DAG

            with DAG(
                "sales",
                schedule="30 2 * * *",
                start_date=pendulum.datetime(2026, 1, 1, tz="Europe/Oslo"),
                end_date=pendulum.datetime(2026, 3, 1, tz="Europe/Oslo"),
            ):
                pass
            """,
            title="It ends before the clocks change",
        ),
    )

    def check_dag(self, dag: Dag, context: FileContext) -> Iterable[Finding]:
        """One finding for a DAG with times in such an hour, whether skipped or repeated."""
        found = [surprise for surprise in context.surprises(dag) if surprise.kind in _KINDS]
        if not found:
            return
        said = "; ".join(dict.fromkeys(surprise.message for surprise in found))
        yield Finding(
            f"The clocks change at a time of this schedule: {said}.",
            place_of_schedule(dag),
            help="Take an hour that the change leaves alone, or UTC.",
            dag_id=dag.dag_id,
            subject="schedule",
        )
