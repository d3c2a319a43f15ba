from collections.abc import Iterable
from itertools import islice
from typing import Any

from dagcheck.model.dag import Dag, Task, Wait
from dagcheck.rule import Bad, Finding, Good, Meta, ProjectContext, Related, Rule
from dagcheck.rule.tasks import given, seconds
from dagcheck.timetable.describe import Timing
from dagcheck.timetable.errors import NoRun, NotKnown, Refused
from dagcheck.timetable.runs import runs_between, timetable_of

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
        dates = _Dates(context)
        for dag in context.dags:
            tasks = {task.task_id: task for task in dag.tasks} if dag.waits_for else {}
            for wait in dag.waits_for:
                others = context.project.by_id.get(wait.dag_id or "", ())
                task = tasks.get(wait.task_id)
                if task is None or len(others) != 1 or others[0] is dag or not _delta_is_known(task):
                    continue
                finding = _judge(task, wait, dag, others[0], dates)
                if finding is not None:
                    yield finding


class _Dates:
    """The next logical dates of DAGs, found once for each DAG, and once for DAGs with the same cron."""

    def __init__(self, context: ProjectContext) -> None:
        self._context = context
        self._of_dags: dict[int, frozenset[int] | None] = {}
        self._of_crons: dict[tuple[object, ...], frozenset[int] | None] = {}
        self._apart: dict[tuple[int, int, int], bool] = {}

    def never_meet(self, dag: Dag, other: Dag, delta: int) -> bool:
        """True if no date of the first DAG less `delta` (microseconds) is one of the other's, though enough lie in their time."""
        own, theirs = self.of(dag), self.of(other)
        if not own or not theirs:
            return False
        pair = (id(own), id(theirs), delta)
        if pair not in self._apart:
            first, last = min(theirs), max(theirs)
            enough = sum(first <= date - delta <= last for date in own) >= _ENOUGH
            self._apart[pair] = enough and not any(date - delta in theirs for date in own)
        return self._apart[pair]

    def of(self, dag: Dag) -> frozenset[int] | None:
        """Logical dates; None where the DAG does not run by time alone or they are not known."""
        if id(dag) not in self._of_dags:
            self._of_dags[id(dag)] = self._find(dag)
        return self._of_dags[id(dag)]

    def _find(self, dag: Dag) -> frozenset[int] | None:
        if dag.schedule.kind not in _BY_TIME or dag.start_moves:
            return None
        now = self._context.setting.instant
        try:
            timed = timetable_of(dag, self._context.airflow, self._context.setting.airflow_settings, now)
        except (Refused, NotKnown):
            return None
        if dag.schedule.kind != "cron" or not isinstance(dag.schedule.given, str):
            return _dates(timed, now)
        cron = (dag.schedule.given, dag.schedule.timezone, dag.schedule.timetable)
        if cron not in self._of_crons:
            self._of_crons[cron] = _dates(timed, now)
        return self._of_crons[cron]


def _judge(task: Task, wait: Wait, dag: Dag, other: Dag, dates: _Dates) -> Finding | None:
    delta = int((seconds(given(task, "execution_delta")) or 0) * 1_000_000)
    if not dates.never_meet(dag, other, delta):
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


def _dates(timed: Timing, now: int) -> frozenset[int] | None:
    """The logical dates of some weeks before and of a year after `now`; None where Airflow fails to find them."""
    try:
        found = islice(runs_between(timed, now - 40 * _DAY, now + _WINDOW, now), 24 * _LOOKED_AT)
        return frozenset(run.logical_date for run in found if run.logical_date is not None)
    except (Refused, NotKnown, NoRun):
        return None
