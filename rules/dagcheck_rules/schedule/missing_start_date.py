from collections.abc import Iterable

from dagcheck.model.dag import Dag
from dagcheck.model.values import Unknown
from dagcheck.rule import Bad, FileContext, Finding, Good, Meta, Rule

_BY_TIME = ("cron", "interval", "once", "continuous", "events", "asset-or-time")
_TASKS_DECIDE_UNTIL = (2, 8)


class MissingStartDate(Rule):
    """Scheduled DAG without a start date

    Airflow 2 refuses a DAG that has a schedule and no start date, and Airflow 3 one that also catches up. Where Airflow 3 takes it, the first run depends on the moment at
    which the DAG is switched on, in each environment anew; that is only worth knowing.
    """

    meta = Meta(code="DAG303", name="missing-start-date", severity="error", since="0.1.0")
    bad = (
        Bad(
            """
            from airflow import DAG

            dag = DAG("sales", schedule="@daily", catchup=False)  # DAG303
            """,
            airflow="2.11",
        ),
        Bad(
            """
            from airflow.sdk import DAG

            dag = DAG("sales", schedule="@daily", catchup=True)  # DAG303
            """
        ),
        Bad(
            """
            from airflow import DAG

            for region in ("north", "south"):
                with DAG(f"sales_{region}", schedule="@daily", default_args={"owner": "sales"}):  # DAG303
                    pass
            """,
            airflow="2.11",
            title="Generated",
        ),
    )
    good = (
        Good(
            """
            import os

            from airflow import DAG
            from company import DEFAULTS

            with DAG("sales", schedule="@daily", default_args=DEFAULTS):
                pass
            """,
            airflow="2.11",
            title="Defaults that are not known",
        ),
        Good(
            """
            import datetime

            from airflow import DAG

            dag = DAG("sales", schedule="@daily", default_args={"start_date": datetime.datetime(2025, 1, 1)})
            """,
            airflow="2.11",
            title="In default_args",
        ),
        Good(
            """
            from airflow.sdk import DAG

            dag = DAG("sales", schedule=None)
            """
        ),
    )

    def check_dag(self, dag: Dag, context: FileContext) -> Iterable[Finding]:
        """One finding for a DAG that surely has no start date anywhere, and a schedule that goes by time."""
        by_time = dag.schedule.kind in _BY_TIME
        if not (by_time or dag.schedule.kind == "assets") or dag.start_moves or dag.catchup is None:
            return
        if not _surely_missing(dag) or _is_called_with_unknowns(dag):
            return
        second = context.setting.release < (3, 0)
        if context.setting.release < _TASKS_DECIDE_UNTIL and all("start_date" in task.arguments for task in dag.tasks):
            return
        tasks_decide = context.setting.release < _TASKS_DECIDE_UNTIL
        if second and (dag.schedule.argument is None or not by_time) and (dag.schedule.argument is None) != tasks_decide:
            return
        if second or dag.catchup:
            what = "has a schedule, but" if second else "catches up, but has"
            message = f"The DAG {what} no start date, so Airflow {context.airflow} refuses to load it."
            yield Finding(message, dag.span, help="Give it a fixed start_date.", dag_id=dag.dag_id, subject="start_date")
        elif by_time:
            message = "The DAG has a schedule but no start date: its first run depends on when it is switched on."
            yield Finding(message, dag.span, help="Give it a fixed start_date.", dag_id=dag.dag_id, severity="info", subject="start_date")


def _surely_missing(dag: Dag) -> bool:
    """True if neither the DAG nor its `default_args` has a start date, and both are known."""
    given = dag.arguments.get("start_date")
    if given is not None and given.value is not None:
        return False
    defaults = dag.arguments.get("default_args")
    if defaults is None or defaults.value is None:
        return True
    if any(doubt.cause != "error" for doubt in dag.doubts):  # what is known of default_args may be only a part of it
        return False
    if not isinstance(defaults.value, dict) or any(isinstance(key, Unknown) for key in defaults.value):
        return False
    return defaults.value.get("start_date") is None


def _is_called_with_unknowns(dag: Dag) -> bool:
    """True if a doubt stands in the call that makes the DAG, where `**kwargs` may hold a start date, or if not even the schedule is given and the DAG is not exact."""
    unknown = [doubt for doubt in dag.doubts if doubt.cause != "error"]
    within = any((doubt.path or dag.path) == dag.span.path and dag.span.line <= doubt.line <= dag.span.end_line for doubt in unknown)
    return within or (bool(unknown) and dag.schedule.argument is None)
