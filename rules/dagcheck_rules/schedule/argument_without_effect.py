from collections.abc import Iterable, Iterator

from dagcheck.model.dag import Argument, Dag
from dagcheck.records import dataclass
from dagcheck.rule import Bad, FileContext, Finding, Fix, Good, Meta, Related, Rule
from dagcheck.rule.edits import add_keyword, remove_keyword, replace_value
from dagcheck.rule.finding import Severity
from dagcheck.rule.timing import hides_arguments, place_of_schedule

_KINDS = {
    "none": "a DAG without a schedule has no runs to catch up with",
    "assets": "a DAG that runs by assets has no runs to catch up with",
    "once": "a DAG that runs once has no runs to catch up with",
    "continuous": "a continuous DAG begins its next run when the last one has ended, whatever the date",
}


@dataclass(frozen=True)
class _Fault:
    """An argument that contradicts the schedule; `argument` None: its default does."""

    name: str
    argument: Argument | None
    message: str
    severity: Severity | None = None


class ArgumentWithoutEffect(Rule):
    """Argument that has no effect with this schedule, or contradicts it

    `@continuous` works with one active run alone: Airflow refuses to load the DAG with more, and more is the default. A DAG that runs once, by assets or by hand has nothing to
    catch up with, so `catchup=True` promises what does not happen; the same holds for the end and for several active runs of a DAG that runs once. Take the argument
    away, or give the DAG the schedule that it belongs to.
    """

    meta = Meta(code="DAG313", name="argument-without-effect", severity="warning", since="0.1.0", fix="safe")
    bad = (
        Bad(
            """
            import pendulum

            from airflow.sdk import DAG

            with DAG("sales", schedule="@continuous", start_date=pendulum.datetime(2025, 1, 1, tz="UTC"), max_active_runs=4):  # DAG313
                pass
            """,
            fixed="""
            import pendulum

            from airflow.sdk import DAG

            with DAG("sales", schedule="@continuous", start_date=pendulum.datetime(2025, 1, 1, tz="UTC"), max_active_runs=1):
                pass
            """,
            title="Airflow refuses to load it",
        ),
        Bad(
            """
            from datetime import datetime

            from airflow.decorators import dag, task

            @dag(schedule="@continuous", start_date=datetime(2025, 1, 1), catchup=False)  # DAG313
            def sales():
                @task
                def load():
                    pass

                load()

            sales()
            """,
            fixed="""
            from datetime import datetime

            from airflow.decorators import dag, task

            @dag(schedule="@continuous", start_date=datetime(2025, 1, 1), catchup=False, max_active_runs=1)
            def sales():
                @task
                def load():
                    pass

                load()

            sales()
            """,
            airflow="2.11",
            title="TaskFlow: the default is more than one",
        ),
        Bad(
            """
            import pendulum

            from airflow.sdk import DAG, Asset

            SOURCES = {"sales": [Asset("s3://raw/sales")], "stock": [Asset("s3://raw/stock")]}

            for name, sources in SOURCES.items():
                with DAG(
                    name,
                    schedule=sources,
                    start_date=pendulum.datetime(2025, 1, 1, tz="UTC"),
                    catchup=True,  # DAG313
                ):
                    pass
            """,
            fixed="""
            import pendulum

            from airflow.sdk import DAG, Asset

            SOURCES = {"sales": [Asset("s3://raw/sales")], "stock": [Asset("s3://raw/stock")]}

            for name, sources in SOURCES.items():
                with DAG(
                    name,
                    schedule=sources,
                    start_date=pendulum.datetime(2025, 1, 1, tz="UTC"),
                    catchup=False,
                ):
                    pass
            """,
            title="Generated: nothing to catch up with",
        ),
        Bad(
            """
            import pendulum

            from airflow.sdk import DAG

            with DAG(
                "set_up",
                schedule="@once",
                start_date=pendulum.datetime(2025, 1, 1, tz="UTC"),
                end_date=pendulum.datetime(2027, 1, 1, tz="UTC"), max_active_runs=4,  # DAG313
            ):
                pass
            """,
            fixed="""
            import pendulum

            from airflow.sdk import DAG

            with DAG(
                "set_up",
                schedule="@once",
                start_date=pendulum.datetime(2025, 1, 1, tz="UTC"),
                end_date=pendulum.datetime(2027, 1, 1, tz="UTC"),
            ):
                pass
            """,
            title="A single run needs neither an end nor room for four",
        ),
    )
    good = (
        Good(
            """
            import pendulum

            from airflow.sdk import DAG

            with DAG("sales", schedule="@continuous", start_date=pendulum.datetime(2025, 1, 1, tz="UTC"), max_active_runs=1, catchup=False):
                pass
            """
        ),
        Good(
            """
            import pendulum

            from airflow.sdk import DAG, Asset

            with DAG("sales", schedule=None, catchup=False, max_active_runs=1):
                pass

            with DAG("stock", schedule=[Asset("raw")], catchup=False, max_active_runs=3):
                pass

            with DAG("set_up", schedule="@once", start_date=pendulum.datetime(2025, 1, 1, tz="UTC"), catchup=False, max_active_runs=1):
                pass
            """,
            title="What is said to be off, and limits for runs by hand and by assets",
        ),
        Good(
            """
            from datetime import datetime

            from airflow import DAG

            with DAG("sales", schedule="@continuous", start_date=datetime(2025, 1, 1)):
                pass
            """,
            airflow="2.11",
            config=(("airflow-settings", {"core.max_active_runs_per_dag": 1}),),
            title="The installation allows one run for each DAG",
        ),
        Good(
            """
            import pendulum

            from airflow.sdk import Asset, AssetOrTimeSchedule, CronTriggerTimetable, DAG

            with DAG(
                "sales",
                schedule=AssetOrTimeSchedule(timetable=CronTriggerTimetable("@daily", timezone="UTC"), assets=[Asset("raw")]),
                start_date=pendulum.datetime(2025, 12, 30, tz="UTC"),
                end_date=pendulum.datetime(2027, 1, 1, tz="UTC"),
                catchup=True,
            ):
                pass
            """,
            title="By assets and by time",
        ),
    )

    def check_dag(self, dag: Dag, context: FileContext) -> Iterable[Finding]:
        """One finding for each argument that the schedule makes void or refuses."""
        if hides_arguments(dag):
            return
        for fault in _faults(dag):
            place = dag.span if fault.argument is None else fault.argument.span
            yield Finding(
                fault.message,
                place,
                dag_id=dag.dag_id,
                related=(Related(place_of_schedule(dag), "the schedule"),) if fault.argument is not None else (),
                fix=_fix(fault, dag, context),
                severity=fault.severity,
                subject=fault.name,
            )


def _faults(dag: Dag) -> Iterator[_Fault]:
    kind, given = dag.schedule.kind, dag.arguments
    runs, catchup, end = given.get("max_active_runs"), given.get("catchup"), given.get("end_date")
    if kind == "continuous" and dag.max_active_runs is not None and dag.max_active_runs > 1:
        has = f"max_active_runs is {dag.max_active_runs}" + ("" if runs else " by default")
        yield _Fault(
            "max_active_runs", runs, f"A continuous schedule needs max_active_runs=1, but {has}: Airflow refuses to load the DAG.", "error"
        )
    if kind in _KINDS and catchup is not None and catchup.value is True:
        yield _Fault("catchup", catchup, f"catchup=True has no effect: {_KINDS[kind]}.")
    if kind != "once":
        return
    if end is not None and dag.end_date is not None and (dag.start_date is None or dag.end_date >= dag.start_date):
        yield _Fault("end_date", end, "The end date has no effect: the DAG runs once, at its start date.")
    if runs is not None and isinstance(runs.value, int) and runs.value > 1:
        yield _Fault("max_active_runs", runs, f"max_active_runs={runs.value} has no effect: the DAG runs once.")


def _fix(fault: _Fault, dag: Dag, context: FileContext) -> Fix | None:
    """One active run for a continuous DAG, what happens anyway for catchup, and no limit where there is one run; the end date stays, it limits runs by hand."""
    source = context.source_of(dag.span.path)
    if source is None or (fault.argument is not None and fault.argument.origin != "call"):
        return None
    if fault.name == "catchup" and fault.argument is not None:
        written = context.text(fault.argument.span) == "True"
        return Fix("Write catchup=False, as it is", (replace_value(fault.argument.span, "False"),)) if written else None
    if fault.name != "max_active_runs":
        return None
    if dag.schedule.kind == "once":
        edit = remove_keyword(source, dag.span, "max_active_runs")
        return Fix("Take max_active_runs away", (edit,)) if edit else None
    if fault.argument is None:
        edit = add_keyword(source, dag.span, "max_active_runs", "1")
        return Fix("Set max_active_runs=1", (edit,)) if edit else None
    written = context.text(fault.argument.span).isdigit()
    return Fix("Set max_active_runs=1", (replace_value(fault.argument.span, "1"),)) if written else None
