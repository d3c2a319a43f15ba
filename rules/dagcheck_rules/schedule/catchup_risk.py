from collections.abc import Iterable

from dagcheck.model.dag import Argument, Dag
from dagcheck.rule import Bad, FileContext, Finding, Fix, Good, Meta, Option, Related, Rule
from dagcheck.rule.edits import replace_value
from dagcheck.rule.timing import backlog_in_words, backlog_of


class CatchupRisk(Rule):
    """Catchup that floods the cluster on deployment

    With `catchup=True`, Airflow creates a run for every interval between the start date and now as soon as the DAG is switched on. The finding says how many that would be
    today, and is an error where they are very many. Leave it where the history is really wanted, and say how many runs are fine in the options, or suppress the finding with
    the reason. (Where `catchup` is not set and on by default, DAG302 says so.)
    """

    meta = Meta(code="DAG301", name="catchup-risk", severity="warning", since="0.1.0", fix="unsafe")
    options = (
        Option("max-runs", 10, "the number of runs that may be created at once without a finding"),
        Option("error-above", 1000, "the number of runs above which the finding is an error"),
    )
    bad = (
        Bad(
            """
            import pendulum

            from airflow.sdk import DAG

            with DAG(
                "sales",
                schedule="0 3 * * *",
                start_date=pendulum.datetime(2024, 1, 1, tz="UTC"),
                catchup=True,  # DAG301
            ):
                pass
            """,
            fixed="""
            import pendulum

            from airflow.sdk import DAG

            with DAG(
                "sales",
                schedule="0 3 * * *",
                start_date=pendulum.datetime(2024, 1, 1, tz="UTC"),
                catchup=False,
            ):
                pass
            """,
        ),
        Bad(
            """
            from datetime import datetime, timedelta

            from airflow import DAG

            with DAG("sales", schedule=timedelta(hours=6), start_date=datetime(2025, 1, 1), catchup=True, max_active_runs=1):  # DAG301
                pass
            """,
            fixed="""
            from datetime import datetime, timedelta

            from airflow import DAG

            with DAG("sales", schedule=timedelta(hours=6), start_date=datetime(2025, 1, 1), catchup=False, max_active_runs=1):
                pass
            """,
            airflow="2.11",
            title="A timedelta, one run at a time",
        ),
        Bad(
            """
            import pendulum

            from airflow.sdk import dag

            for region in ("north", "south"):

                @dag(
                    dag_id=f"sales_{region}",
                    schedule="@hourly",
                    start_date=pendulum.datetime(2025, 6, 1, tz="UTC"),
                    catchup=True,  # DAG301
                )
                def sales():
                    pass

                sales()
            """,
            fixed="""
            import pendulum

            from airflow.sdk import dag

            for region in ("north", "south"):

                @dag(
                    dag_id=f"sales_{region}",
                    schedule="@hourly",
                    start_date=pendulum.datetime(2025, 6, 1, tz="UTC"),
                    catchup=False,
                )
                def sales():
                    pass

                sales()
            """,
            title="Generated",
        ),
    )
    good = (
        Good(
            """
            import pendulum

            from airflow.sdk import DAG

            with DAG("sales", schedule="@yearly", start_date=pendulum.datetime(2020, 1, 1, tz="UTC"), catchup=True):
                pass
            """,
            title="A few runs only",
        ),
        Good(
            """
            import pendulum

            from airflow.sdk import DAG

            with DAG("sales", schedule="0 3 * * *", start_date=pendulum.datetime(2025, 12, 28, tz="UTC"), catchup=True):
                pass
            """,
            title="A start date in the last days",
        ),
        Good(
            """
            import pendulum

            from airflow.sdk import DAG

            with DAG("sales", schedule="0 3 * * *", start_date=pendulum.datetime(2024, 1, 1, tz="UTC"), catchup=False):
                pass
            """
        ),
    )

    def check_dag(self, dag: Dag, context: FileContext) -> Iterable[Finding]:
        """One finding for a DAG that is told to catch up and whose backlog today is above the limit, at its `catchup` argument."""
        given = dag.arguments.get("catchup")
        if given is None or given.value is not True:
            return
        timed, now = context.timing(dag), context.setting.instant
        if timed is None or not timed.catchup:
            return
        due, whole = backlog_of(timed, now)
        if due <= self.option("max-runs"):
            return
        start = dag.start_date.date().isoformat() if dag.start_date else "the first event"
        many = backlog_in_words(due, whole, timed)
        message = f"Deployed today, this DAG creates {many}: catchup is on, and its schedule reaches back to {start}."
        place = dag.arguments.get("start_date")
        yield Finding(
            message,
            given.span,
            help="Set catchup=False or a later start date, and load the history with a backfill when it is wanted.",
            dag_id=dag.dag_id,
            related=(Related(place.span, "the start date"),) if place else (),
            fix=_fix(given, context),
            severity="error" if due > self.option("error-above") else None,
            subject="catchup",
        )


def _fix(given: Argument, context: FileContext) -> Fix | None:
    """`catchup=False` in place of the value, where that is written right there."""
    if given.origin != "call" or context.text(given.span) != "True":
        return None
    return Fix("Set catchup=False", (replace_value(given.span, "False"),), "unsafe")
