from collections.abc import Iterable
from itertools import islice
from typing import Any

from dagcheck.model.dag import Dag, Task, Wait
from dagcheck.rule import Bad, Finding, Good, Meta, ProjectContext, Related, Rule
from dagcheck.rule.tasks import given, seconds
from dagcheck.timetable.errors import NoRun, NotKnown, Refused
from dagcheck.timetable.runs import runs_between, timetable_of
from dagcheck.timetable.zones import micros

_DAY = 24 * 3600 * 1_000_000
_WINDOW = 400 * _DAY
_LOOKED_AT = 60
_ENOUGH = 3
_BY_TIME = ("cron", "interval")


class NeverMeetingWait(Rule):
    """Wait for a run that the other DAG never has

    An `ExternalTaskSensor` waits for the run of the other DAG with its own logical date, less `execution_delta`. Where the two schedules share no date, there is no
    such run, and it waits until its timeout. Give it an `execution_delta` or an `execution_date_fn` that leads to a date of the other DAG.
    """

    meta = Meta(code="DAG823", name="never-meeting-wait", severity="warning", since="0.1.0")
    bad = (
        Bad(
            """
            from airflow.providers.standard.operators.empty import EmptyOperator
            from airflow.providers.standard.sensors.external_task import ExternalTaskSensor
            from airflow.sdk import DAG

            with DAG("sales", schedule="0 3 * * *"):
                EmptyOperator(task_id="load")

            with DAG("report", schedule="0 5 * * *"):
                ExternalTaskSensor(task_id="wait", external_dag_id="sales")  # DAG823
            """
        ),
        Bad(
            """
            from datetime import timedelta

            from airflow.providers.standard.operators.empty import EmptyOperator
            from airflow.providers.standard.sensors.external_task import ExternalTaskSensor
            from airflow.sdk import DAG

            with DAG("sales", schedule="@hourly"):
                EmptyOperator(task_id="load")

            with DAG("report", schedule="15 * * * *"):
                for task in ("load",):
                    ExternalTaskSensor(task_id="wait", external_dag_id="sales", external_task_id=task, execution_delta=timedelta(hours=1))  # DAG823
            """,
            title="A delta that leads past it",
        ),
        Bad(
            """
            import pendulum

            from airflow.operators.empty import EmptyOperator
            from airflow.sensors.external_task import ExternalTaskSensor
            from airflow import DAG

            start = pendulum.datetime(2025, 1, 1, tz="Europe/Oslo")

            with DAG("sales", schedule="0 3 * * *", start_date=pendulum.datetime(2025, 1, 1)):
                EmptyOperator(task_id="load")

            with DAG("report", schedule="0 3 * * *", start_date=start):
                ExternalTaskSensor(task_id="wait", external_dag_id="sales")  # DAG823
            """,
            airflow="2.11",
            title="The same hour in different zones",
        ),
    )
    good = (
        Good(
            """
            from datetime import timedelta

            from airflow.providers.standard.operators.empty import EmptyOperator
            from airflow.providers.standard.sensors.external_task import ExternalTaskSensor
            from airflow.sdk import DAG

            with DAG("sales", schedule="0 3 * * *"):
                EmptyOperator(task_id="load")

            with DAG("report", schedule="0 5 * * *"):
                ExternalTaskSensor(task_id="wait", external_dag_id="sales", execution_delta=timedelta(hours=2))
            """
        ),
        Good(
            """
            from airflow.providers.standard.operators.empty import EmptyOperator
            from airflow.providers.standard.sensors.external_task import ExternalTaskSensor
            from airflow.sdk import DAG

            with DAG("sales", schedule="@hourly"):
                EmptyOperator(task_id="load")

            with DAG("report", schedule="0 5 * * *"):
                ExternalTaskSensor(task_id="wait", external_dag_id="sales")
            """,
            title="A run a day among those of every hour",
        ),
        Good(
            """
            from airflow.providers.standard.operators.empty import EmptyOperator
            from airflow.providers.standard.sensors.external_task import ExternalTaskSensor
            from airflow.sdk import DAG

            with DAG("sales", schedule=None):
                EmptyOperator(task_id="load")

            with DAG("report", schedule="0 5 * * *"):
                ExternalTaskSensor(task_id="wait", external_dag_id="sales")
                ExternalTaskSensor(task_id="computed", external_dag_id="sales", execution_date_fn=lambda date: date.replace(hour=3))
            """,
            title="A DAG that others start, and a date that is computed",
        ),
    )

    def check_project(self, context: ProjectContext) -> Iterable[Finding]:
        """One finding for each sensor whose dates the other DAG never has."""
        dates: dict[int, set[int] | None] = {}
        for dag in context.dags:
            tasks = {task.task_id: task for task in dag.tasks}
            for wait in dag.waits_for:
                others = context.project.by_id.get(wait.dag_id or "", ())
                task = tasks.get(wait.task_id)
                if task is None or len(others) != 1 or others[0] is dag or not _delta_is_known(task):
                    continue
                finding = _judge(task, wait, dag, others[0], dates, context)
                if finding is not None:
                    yield finding


def _judge(task: Task, wait: Wait, dag: Dag, other: Dag, dates: dict[int, set[int] | None], context: ProjectContext) -> Finding | None:
    for one in (dag, other):
        if id(one) not in dates:
            dates[id(one)] = _dates(one, context)
    own, theirs = dates[id(dag)], dates[id(other)]
    delta = int((seconds(given(task, "execution_delta")) or 0) * 1_000_000)
    if not own or not theirs:
        return None
    compared = [date - delta for date in own if min(theirs) <= date - delta <= max(theirs)]
    if len(compared) < _ENOUGH or any(date in theirs for date in compared):
        return None
    less = " less its execution_delta" if delta else ""
    return Finding(
        f"The sensor {task.task_id} waits for the run of {wait.dag_id} with its own logical date{less}, but none of the next dates is one of that DAG: it waits in vain.",
        task.span,
        help="Give it the execution_delta between the two schedules.",
        dag_id=dag.dag_id,
        task_id=task.task_id,
        related=(Related(other.schedule.span or other.span, f"the schedule of {wait.dag_id}"),),
        subject=str(wait.dag_id),
    )


def _delta_is_known(task: Task) -> bool:
    value: Any = given(task, "execution_delta")
    return given(task, "execution_date_fn") is None and (value is None or seconds(value) is not None)


def _dates(dag: Dag, context: ProjectContext) -> set[int] | None:
    """The next logical dates of a DAG; None where it does not run by time alone or they are not known. Those of a DAG that others wait for cover the longer stretch."""
    if dag.schedule.kind not in _BY_TIME or dag.start_moves:
        return None
    now = micros(context.now)
    try:
        timed = timetable_of(dag, context.airflow, context.setting.airflow_settings, now)
        found = islice(runs_between(timed, now - 40 * _DAY, now + _WINDOW, now), 24 * _LOOKED_AT)
        return {run.logical_date for run in found if run.logical_date is not None}
    except (Refused, NotKnown, NoRun):
        return None
