from collections.abc import Iterable

from dagcheck.model.dag import Dag
from dagcheck.rule import Bad, FileContext, Finding, Fix, Good, Meta, Rule
from dagcheck.rule.edits import add_keyword
from dagcheck.rule.near import nearest
from dagcheck.rule.timing import hides_arguments, is_sub_dag

_NAMES = ("schedule", "schedule_interval", "timetable")


class UnsetSchedule(Rule):
    """DAG without a schedule, which versions of Airflow read differently

    Airflow 2 runs a DAG that says nothing about its schedule every day; Airflow 3 never runs it by itself. The same file so starts or stops with the move to another version, and
    nothing fails. Write `schedule=None` or the schedule that is meant. On Airflow 3 it is only worth knowing, unless the DAG has an end or is to catch up, or the configuration
    names an Airflow 2 in `airflow-also`.
    """

    meta = Meta(code="DAG308", name="unset-schedule", severity="warning", since="0.1.0", fix="safe")
    bad = (
        Bad(
            """
            from datetime import datetime

            from airflow import DAG

            with DAG("sales", start_date=datetime(2025, 1, 1), catchup=False):  # DAG308
                pass
            """,
            airflow="2.11",
            title="Daily on Airflow 2",
        ),
        Bad(
            """
            import pendulum

            from airflow.sdk import dag, task

            @dag(start_date=pendulum.datetime(2025, 1, 1, tz="UTC"), catchup=False)  # DAG308
            def sales():
                @task
                def load():
                    pass

                load()

            sales()
            """,
            fixed="""
            import pendulum

            from airflow.sdk import dag, task

            @dag(start_date=pendulum.datetime(2025, 1, 1, tz="UTC"), catchup=False, schedule=None)
            def sales():
                @task
                def load():
                    pass

                load()

            sales()
            """,
            title="Never on Airflow 3, in spite of its start date",
        ),
        Bad(
            """
            from airflow.sdk import DAG

            DEFAULTS = {"owner": "sales", "retries": 2}

            for region in ("north", "south"):
                dag = DAG(f"sales_{region}", default_args=DEFAULTS)  # DAG308
                globals()[dag.dag_id] = dag
            """,
            fixed="""
            from airflow.sdk import DAG

            DEFAULTS = {"owner": "sales", "retries": 2}

            for region in ("north", "south"):
                dag = DAG(f"sales_{region}", default_args=DEFAULTS, schedule=None)
                globals()[dag.dag_id] = dag
            """,
            config=(("airflow-also", ["2.10"]),),
            title="Generated, while the files run on both",
        ),
    )
    good = (
        Good(
            """
            from airflow.sdk import DAG

            with DAG("sales", schedule=None):
                pass
            """,
            title="Said so",
        ),
        Good(
            """
            from airflow import DAG
            from company import SETTINGS

            with DAG("sales", **SETTINGS):
                pass
            """,
            airflow="2.11",
            title="It may be among the settings",
        ),
        Good(
            """
            from datetime import datetime

            from airflow import DAG

            def daily(dag_id, **more):
                return DAG(dag_id, start_date=datetime(2025, 1, 1), **{"schedule": "@daily", "catchup": False, **more})

            sales = daily("sales", tags=["sales"])
            """,
            airflow="2.11",
            title="Given by a function",
        ),
        Good(
            """
            from airflow.sdk import Asset, asset

            @asset(schedule=[Asset("raw_sales")])
            def sales():
                pass
            """,
            title="An asset's own DAG",
        ),
        Good(
            """
            import pendulum

            from airflow import DAG

            with DAG("sales", shedule="@daily", start_date=pendulum.datetime(2025, 1, 1), catchup=False):
                pass
            """,
            airflow="2.11",
            title="Meant, but misspelt",
        ),
    )

    def check_dag(self, dag: Dag, context: FileContext) -> Iterable[Finding]:
        """One finding for a DAG that surely was given no schedule."""
        if dag.schedule.kind == "unknown" or not dag.arguments.keys().isdisjoint(_NAMES):
            return
        if any(nearest(name, _NAMES) for name in dag.arguments):
            return  # a name that is only like one of these is an argument that Airflow does not take, which DAG811 tells
        if hides_arguments(dag) or is_sub_dag(dag, context.dags_by_id):
            return
        third = context.setting.release >= (3, 0)
        others = [version for version in context.setting.airflow_also if version.startswith("2.") == third]
        here = "never runs it by time" if third else "runs it every day"
        there = "Airflow 2 runs it every day" if third else "Airflow 3 never runs it by time"
        meant = not third or bool(others) or dag.end_date is not None or dag.catchup is True
        idle = ", in spite of its start date" if third and "start_date" in dag.arguments else ""
        yield Finding(
            f"No schedule is given: Airflow {context.airflow} {here}{idle}; {there}.",
            dag.span,
            help="Write schedule=None, or the schedule that is meant.",
            dag_id=dag.dag_id,
            fix=_fix(dag, context) if third else None,
            severity=None if meant else "info",
            subject="schedule",
        )


def _fix(dag: Dag, context: FileContext) -> Fix | None:
    source = context.source_of(dag.span.path)
    edit = add_keyword(source, dag.span, "schedule", "None") if source else None
    return Fix("Write schedule=None, as it is", (edit,), "safe") if edit else None
