from collections.abc import Iterable

from dagcheck.model.dag import Dag
from dagcheck.rule import Bad, FileContext, Finding, Fix, Good, Meta, Option, Related, Rule
from dagcheck.rule.edits import add_keyword
from dagcheck.rule.timing import backlog_in_words, backlog_of, timing_of


class UnsetCatchup(Rule):
    """Backlog that hangs on the default of catchup

    Nobody wrote down whether this DAG is to make up for the runs since its start date, and the versions of Airflow answer differently: Airflow 2 catches up, Airflow 3 does
    not. The finding says how many runs would be created where it does. Set `catchup` to what is meant. Other versions than the target count where the configuration names them
    in `airflow-also`.
    """

    meta = Meta(code="DAG302", name="unset-catchup", severity="warning", since="0.1.0", fix="unsafe")
    options = (Option("max-runs", 10, "the number of runs that may be created at once without a finding"),)
    bad = (
        Bad(
            """
            import pendulum

            from airflow import DAG

            dag = DAG("sales", schedule="@daily", start_date=pendulum.datetime(2025, 1, 1))  # DAG302
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

            from airflow.decorators import dag, task

            @dag(schedule="@hourly", start_date=pendulum.datetime(2025, 12, 1, tz="Europe/Oslo"), tags=["sales"])  # DAG302
            def sales():
                @task
                def load():
                    pass

                load()

            sales()
            """,
            fixed="""
            import pendulum

            from airflow.decorators import dag, task

            @dag(schedule="@hourly", start_date=pendulum.datetime(2025, 12, 1, tz="Europe/Oslo"), tags=["sales"], catchup=False)
            def sales():
                @task
                def load():
                    pass

                load()

            sales()
            """,
            airflow="3.3",
            config=(("airflow-also", ["2.11"]),),
            title="TaskFlow: while the same files run on Airflow 2",
        ),
        Bad(
            """
            from datetime import datetime

            from airflow import DAG
            from airflow.operators.bash import BashOperator

            for region in ("north", "south"):
                dag = DAG(  # DAG302
                    dag_id=f"sales_{region}",
                    schedule="0 3 * * mon-fri",
                    default_args={"start_date": datetime(2024, 1, 1)},
                )
                BashOperator(task_id="load", bash_command="load", dag=dag)
                globals()[dag.dag_id] = dag
            """,
            fixed="""
            from datetime import datetime

            from airflow import DAG
            from airflow.operators.bash import BashOperator

            for region in ("north", "south"):
                dag = DAG(
                    dag_id=f"sales_{region}",
                    schedule="0 3 * * mon-fri",
                    default_args={"start_date": datetime(2024, 1, 1)},
                    catchup=False,
                )
                BashOperator(task_id="load", bash_command="load", dag=dag)
                globals()[dag.dag_id] = dag
            """,
            airflow="2.11",
            title="Generated, the start date in default_args",
        ),
    )
    good = (
        Good(
            """
            import pendulum

            from airflow.sdk import DAG

            dag = DAG("sales", schedule="@daily", start_date=pendulum.datetime(2020, 1, 1, tz="UTC"))
            """,
            title="Airflow 3 does not catch up by default",
        ),
        Good(
            """
            import pendulum

            from airflow import DAG

            dag = DAG("sales", schedule="@daily", start_date=pendulum.datetime(2020, 1, 1, tz="UTC"))
            """,
            airflow="2.11",
            config=(("airflow-settings", {"scheduler.catchup_by_default": False}),),
            title="Turned off for the whole installation",
        ),
        Good(
            """
            import pendulum

            from airflow import DAG

            with DAG("sales", schedule=None, start_date=pendulum.datetime(2020, 1, 1, tz="UTC")) as by_hand:
                pass

            with DAG("year", schedule="@yearly", start_date=pendulum.datetime(2020, 1, 1, tz="UTC")) as few_runs:
                pass

            with DAG("stock", schedule="@daily", start_date=pendulum.datetime(2025, 12, 28, tz="UTC")) as since_some_days:
                pass
            """,
            airflow="2.11",
            title="No backlog to speak of",
        ),
        Good(
            """
            import pendulum

            from airflow import DAG
            from company import SETTINGS

            dag = DAG("sales", schedule="@daily", start_date=pendulum.datetime(2020, 1, 1, tz="UTC"), **SETTINGS)
            """,
            airflow="2.11",
            title="It may be among the settings",
        ),
    )

    def check_dag(self, dag: Dag, context: FileContext) -> Iterable[Finding]:
        """One finding for a DAG without `catchup` whose backlog is above the limit on the target version or on one of the others."""
        if "catchup" in dag.arguments:
            return
        setting, now = context.setting, context.setting.instant
        for version in dict.fromkeys((setting.airflow, *setting.airflow_also)):
            timed = context.timing(dag) if version == setting.airflow else timing_of(dag, setting, version)
            if timed is None or not timed.catchup:
                continue
            due, whole = backlog_of(timed, now)
            if due <= self.option("max-runs"):
                continue
            place = dag.arguments.get("start_date")
            many = backlog_in_words(due, whole, timed)
            other = "" if version == setting.airflow else f"; Airflow {setting.airflow} does not, so the versions differ"
            yield Finding(
                f"catchup is not set, and Airflow {version} catches up unless told otherwise: deployed today, this DAG creates {many}{other}.",
                dag.span,
                help="Set catchup to what is meant: False for the runs from now on alone.",
                dag_id=dag.dag_id,
                related=(Related(place.span, "the start date"),) if place else (),
                fix=_fix(dag, context),
                subject="catchup",
            )
            return


def _fix(dag: Dag, context: FileContext) -> Fix | None:
    source = context.source_of(dag.span.path)
    edit = add_keyword(source, dag.span, "catchup", "False") if source else None
    return Fix("Set catchup=False", (edit,), "unsafe") if edit else None
