import datetime
from collections.abc import Iterable, Iterator
from typing import Any

from dagcheck.model.dag import Argument, Dag, Task
from dagcheck.model.values import Unknown
from dagcheck.rule import Bad, FileContext, Finding, Good, Meta, Related, Rule
from dagcheck.rule.tasks import given
from dagcheck.rule.timing import hides_arguments, when
from dagcheck.timetable.describe import Timing
from dagcheck.timetable.zones import micros

_BY_TIME = ("cron", "interval", "continuous", "events", "asset-or-time")
_AT_FAILURE = ("one_failed", "all_failed", "all_done", "all_done_min_one_success", "all_done_setup_success", "one_done", "always", "dummy")
_TELLING = ("on_failure_callback", "sla", "sla_miss_callback", "deadline")
_IGNORE_FIRST = "scheduler.ignore_first_depends_on_past_by_default"


class BlockedByPast(Rule):
    """Task that depends on its past, and so brings the DAG to a standstill

    With `depends_on_past` a task starts only when it succeeded, or was skipped, in the run before. After one failure the later runs wait there. Airflow does not see that as a
    deadlock: they are neither failed nor ended, and when `max_active_runs` of them wait, no more are made. Have such runs ended (`dagrun_timeout`) or the failure told
    (`on_failure_callback`). And a task that begins later than its DAG has no run before its first: without catchup and with `ignore_first_depends_on_past=False` it never
    starts.
    """

    meta = Meta(code="DAG316", name="blocked-by-past", severity="warning", since="0.1.0")
    bad = (
        Bad(
            """
            import pendulum

            from airflow.providers.standard.operators.bash import BashOperator
            from airflow.sdk import DAG

            with DAG("sales", schedule="@daily", start_date=pendulum.datetime(2025, 1, 1, tz="UTC")):
                BashOperator(task_id="load", bash_command="load", depends_on_past=True)  # DAG316
            """,
            title="After one failure all runs wait, and nobody hears of it",
        ),
        Bad(
            """
            import pendulum

            from airflow.sdk import dag, task

            @dag(
                schedule="@daily",
                start_date=pendulum.datetime(2025, 1, 1, tz="UTC"),
                catchup=False,
                on_failure_callback=print,
            )
            def sales():
                @task
                def load():
                    pass

                @task(
                    depends_on_past=True,
                    ignore_first_depends_on_past=False,
                    start_date=pendulum.datetime(2025, 7, 1, tz="UTC"),  # DAG316
                )
                def check():
                    pass

                load() >> check()

            sales()
            """,
            title="TaskFlow: a task that begins later, and so never",
        ),
        Bad(
            """
            from datetime import datetime, timedelta

            from airflow import DAG
            from airflow.operators.bash import BashOperator

            default_args = {
                "owner": "sales",
                "retries": 2,
                "wait_for_downstream": True,  # DAG316
            }

            for region in ("north", "south"):
                with DAG(f"sales_{region}", schedule=timedelta(days=1), start_date=datetime(2025, 12, 31), default_args=default_args):
                    BashOperator(task_id="load", bash_command="load") >> BashOperator(task_id="check", bash_command="check")
            """,
            airflow="2.11",
            title="Generated, from default_args: wait_for_downstream brings depends_on_past with it",
        ),
    )
    good = (
        Good(
            """
            from datetime import timedelta

            import pendulum

            from airflow.providers.standard.operators.bash import BashOperator
            from airflow.sdk import DAG

            with DAG(
                "sales",
                schedule="@daily",
                start_date=pendulum.datetime(2025, 1, 1, tz="UTC"),
                dagrun_timeout=timedelta(hours=20),
            ):
                BashOperator(task_id="load", bash_command="load", depends_on_past=True)
            """,
            title="Runs that wait are ended",
        ),
        Good(
            """
            from datetime import datetime

            from airflow import DAG
            from airflow.operators.bash import BashOperator

            default_args = {"owner": "sales", "depends_on_past": True, "email": ["sales@example.com"]}

            with DAG("sales", schedule="@daily", start_date=datetime(2025, 12, 31), default_args=default_args):
                BashOperator(task_id="load", bash_command="load")
            """,
            airflow="2.11",
            title="A failure is told by mail",
        ),
        Good(
            """
            import pendulum

            from airflow.providers.standard.operators.bash import BashOperator
            from airflow.sdk import DAG

            with DAG("sales", schedule=None, start_date=pendulum.datetime(2025, 1, 1, tz="UTC")):
                BashOperator(task_id="load", bash_command="load", depends_on_past=True)

            with DAG("stock", schedule="@daily", start_date=pendulum.datetime(2025, 1, 1, tz="UTC")):
                BashOperator(task_id="load", bash_command="load", depends_on_past=False)
            """,
            title="By hand, and not at all",
        ),
        Good(
            """
            import pendulum

            from airflow.providers.standard.operators.bash import BashOperator
            from airflow.sdk import DAG

            with DAG("sales", schedule="@daily", start_date=pendulum.datetime(2025, 1, 1, tz="UTC"), catchup=False):
                load = BashOperator(
                    task_id="load", bash_command="load", depends_on_past=True, start_date=pendulum.datetime(2025, 7, 1, tz="UTC")
                )
                load >> BashOperator(task_id="tell", bash_command="tell", trigger_rule="one_failed")
            """,
            title="A first run that is let through, as it is by default; a task that tells",
        ),
    )

    def check_dag(self, dag: Dag, context: FileContext) -> Iterable[Finding]:
        """One finding for each task that never starts, else one for the first of those at which runs wait unnoticed."""
        blocked = [(task, past) for task in dag.tasks if (past := _past(task)) is not None]
        if not blocked or dag.schedule.kind not in _BY_TIME or not dag.complete or hides_arguments(dag):
            return
        timed = context.timing(dag)
        if timed is None or (timed.latest is not None and timed.latest < context.setting.instant):
            return
        never = list(_never_started(blocked, dag, timed, context))
        yield from never
        if never or _is_told(dag) or any(_is_noticed(task) for task in dag.tasks):
            return
        task, past = blocked[0]
        many = timed.max_active_runs
        still = f"after {many} such runs the DAG stands still" if many is not None and many > 1 else "and the DAG stands still"
        message = (
            f"Once {task.task_id} fails, later runs wait for it without failing themselves; {still}, "
            "and nothing here ends them (dagrun_timeout) or tells of the failure."
        )
        yield Finding(
            message,
            past.span,
            help="Set dagrun_timeout, or on_failure_callback.",
            dag_id=dag.dag_id,
            task_id=task.task_id,
            subject="depends_on_past",
        )


def _past(task: Task) -> Argument | None:
    """The argument that makes the task depend on its past."""
    for name in ("depends_on_past", "wait_for_downstream"):
        if given(task, name) is True:
            return task.arguments[name]
    return None


def _never_started(blocked: list[tuple[Task, Argument]], dag: Dag, timed: Timing, context: FileContext) -> Iterator[Finding]:
    """Tasks that begin after the DAG's first run: in the run before their first they do not exist, and that counts as not done."""
    if timed.catchup:
        return
    by_default = str(context.setting.airflow_setting(_IGNORE_FIRST) or "True").lower() in ("t", "true", "1")
    for task, past in blocked:
        first, start = given(task, "ignore_first_depends_on_past", by_default), task.arguments.get("start_date")
        if first is not False or start is None or start.origin == "default_args" or dag.start_date is None:
            continue
        begin = _instant(start.value, dag)
        if begin is None or timed.dates.start is None or begin <= timed.dates.start:
            continue
        zone = timed.dates.zone
        yield Finding(
            f"{task.task_id} begins on {when(begin, zone)}, later than its DAG, and depends on its past: the run before its first has no {task.task_id}, so it never starts.",
            start.span,
            help="Leave ignore_first_depends_on_past on, or give the task the start date of its DAG.",
            dag_id=dag.dag_id,
            task_id=task.task_id,
            related=(Related(past.span, "it depends on its past"),),
            subject="start_date",
        )


def _instant(value: Any, dag: Dag) -> int | None:
    """The instant of a task's own start date; None where that is not known."""
    if not isinstance(value, datetime.datetime) or dag.start_date is None:
        return None
    aware = value if value.tzinfo is not None else value.replace(tzinfo=dag.start_date.tzinfo)
    return micros(aware.astimezone(datetime.UTC))


def _is_told(dag: Dag) -> bool:
    """True if the DAG ends runs that take too long, or somebody hears of failures, or that is not known."""
    return any(name in dag.arguments and dag.arguments[name].value is not None for name in ("dagrun_timeout", *_TELLING))


def _is_noticed(task: Task) -> bool:
    """True if somebody hears of a failure by way of this task, or that is not known."""
    if any(given(task, name) is not None for name in _TELLING) or task.trigger_rule is None or task.trigger_rule in _AT_FAILURE:
        return True
    mail, at_failure = given(task, "email"), given(task, "email_on_failure", True)
    if isinstance(mail, Unknown) or isinstance(at_failure, Unknown):
        return True
    return bool(mail) and bool(at_failure)
