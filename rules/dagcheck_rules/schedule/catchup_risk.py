from collections.abc import Iterable

from dagcheck.model.dag import Dag
from dagcheck.model.values import Unknown
from dagcheck.rule import Bad, FileContext, Finding, Fix, Good, Meta, Option, Related, Rule
from dagcheck.rule.edits import add_keyword, replace_value
from dagcheck.timetable.errors import NoRun, NotKnown, Refused
from dagcheck.timetable.runs import backlog, timetable_of
from dagcheck.timetable.zones import micros


class CatchupRisk(Rule):
    """Catchup that floods the cluster on deployment

    With catchup, Airflow creates a run for every interval between the start date and now as soon as the DAG is switched on. The finding says how many that would be today.
    Airflow 2 catches up unless told otherwise; Airflow 3 does so only on request. Leave it where the history is really wanted, and say how many runs are fine in
    the option, or suppress the finding with the reason.
    """

    meta = Meta(code="DAG301", name="catchup-risk", severity="warning", since="0.1.0", fix="unsafe")
    options = (Option("max-runs", 10, "the number of runs that may be created at once without a finding"),)
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
            import pendulum

            from airflow import DAG

            dag = DAG("sales", schedule="@daily", start_date=pendulum.datetime(2025, 1, 1))  # DAG301
            """,
            fixed="""
            import pendulum

            from airflow import DAG

            dag = DAG("sales", schedule="@daily", start_date=pendulum.datetime(2025, 1, 1), catchup=False)
            """,
            airflow="2.11",
            title="Airflow 2 catches up by default",
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
        """One finding for a DAG whose backlog today is above the limit, at its `catchup` argument or else at the DAG."""
        if dag.catchup is not True or dag.start_moves:
            return
        now = micros(context.now)
        try:
            timed = timetable_of(dag, context.airflow, context.setting.airflow_settings, now)
            due = backlog(timed, now)
        except (Refused, NotKnown, NoRun):
            return
        if not timed.catchup or due <= self.option("max-runs"):
            return
        given = dag.arguments.get("catchup")
        start = dag.start_date.date().isoformat() if dag.start_date else "the first event"
        how = "catchup is on" if given else f"Airflow {context.airflow} catches up unless told otherwise"
        limit = f", {dag.max_active_runs} at a time" if dag.max_active_runs and dag.max_active_runs < due else ""
        message = f"Deployed today, this DAG creates {due:,} runs at once{limit}: {how}, and its schedule reaches back to {start}."
        place = dag.arguments.get("start_date")
        related = (Related(place.span, "the start date"),) if place and not isinstance(place.value, Unknown) else ()
        yield Finding(
            message,
            given.span if given else dag.span,
            help="Set catchup=False or a later start date, and load the history with a backfill when it is wanted.",
            dag_id=dag.dag_id,
            related=related,
            fix=_fix(dag, context),
            subject="catchup",
        )


def _fix(dag: Dag, context: FileContext) -> Fix | None:
    """`catchup=False`, in place of the value or as a new argument."""
    given = dag.arguments.get("catchup")
    if given is not None:
        written = given.origin == "call" and context.text(given.span) == "True"
        return Fix("Set catchup=False", (replace_value(given.span, "False"),), "unsafe") if written else None
    source = context.source_of(dag.span.path)
    edit = add_keyword(source, dag.span, "catchup", "False") if source else None
    return Fix("Set catchup=False", (edit,), "unsafe") if edit else None
