from collections.abc import Iterable, Iterator
from itertools import islice, pairwise

from dagcheck.model.dag import Argument, Dag, Task
from dagcheck.rule import Bad, FileContext, Finding, Good, Meta, Related, Rule
from dagcheck.rule.intervals import in_words
from dagcheck.rule.tasks import given, is_one_of, seconds
from dagcheck.rule.timing import place_of_schedule
from dagcheck.timetable.describe import Timing
from dagcheck.timetable.errors import NoRun
from dagcheck.timetable.runs import runs_between
from dagcheck.timetable.zones import DAY, SECOND

_YEAR = 366 * DAY
_LOOKED_AT = 30


class TimeoutAboveInterval(Rule):
    """Timeout longer than the interval, where one run may be active

    With `max_active_runs=1` the next run waits until the last one has ended. A run that uses its whole timeout then takes longer than the time until the next is due: with catchup
    the DAG falls behind, run after run; without it, runs are left out. Give up before the next run is due, or allow more runs at once. (A timeout that tasks have from
    `default_args` counts with catchup alone: it is mostly a limit for all DAGs of a team.)
    """

    meta = Meta(code="DAG314", name="timeout-above-interval", severity="warning", since="0.1.0")
    bad = (
        Bad(
            """
            from datetime import timedelta

            import pendulum

            from airflow.sdk import DAG

            with DAG(
                "sales",
                schedule="@hourly",
                start_date=pendulum.datetime(2025, 1, 1, tz="UTC"),
                max_active_runs=1,
                dagrun_timeout=timedelta(hours=3),  # DAG314
            ):
                pass
            """,
            title="The run as a whole",
        ),
        Bad(
            """
            from datetime import timedelta

            import pendulum

            from airflow.sdk import dag, task

            @dag(schedule="*/30 * * * *", start_date=pendulum.datetime(2025, 1, 1, tz="UTC"), max_active_runs=1)
            def sales():
                @task.sensor(mode="reschedule", poke_interval=60, timeout=7200)  # DAG314
                def wait():
                    return True

                @task(execution_timeout=timedelta(minutes=45))  # DAG314
                def load():
                    pass

                wait() >> load()

            sales()
            """,
            title="TaskFlow: a sensor and a task",
        ),
        Bad(
            """
            from datetime import datetime, timedelta

            from airflow import DAG
            from airflow.operators.bash import BashOperator
            from airflow.utils.task_group import TaskGroup

            default_args = {
                "owner": "sales",
                "execution_timeout": timedelta(hours=2),  # DAG314
            }

            with DAG(
                "sales",
                schedule=timedelta(hours=1),
                start_date=datetime(2025, 12, 31),
                catchup=True,
                max_active_runs=1,
                default_args=default_args,
            ):
                with TaskGroup("load"):
                    for region in ("north", "south"):
                        BashOperator(task_id=region, bash_command=f"load {region}")
            """,
            airflow="2.11",
            title="Generated in a group, from default_args",
        ),
    )
    good = (
        Good(
            """
            from datetime import timedelta

            import pendulum

            from airflow.sdk import DAG

            with DAG(
                "sales",
                schedule="@hourly",
                start_date=pendulum.datetime(2025, 1, 1, tz="UTC"),
                dagrun_timeout=timedelta(hours=3),
            ):
                pass
            """,
            title="Sixteen runs at once by default",
        ),
        Good(
            """
            from datetime import timedelta

            import pendulum

            from airflow.sdk import DAG, task

            with DAG(
                "sales",
                schedule="@hourly",
                start_date=pendulum.datetime(2025, 1, 1, tz="UTC"),
                max_active_runs=1,
                dagrun_timeout=timedelta(minutes=50),
            ):

                @task(execution_timeout=timedelta(hours=2))
                def load():
                    pass

                load()
            """,
            title="The run is ended in time, whatever its tasks may",
        ),
        Good(
            """
            from datetime import timedelta

            import pendulum

            from airflow.sdk import DAG

            with DAG(
                "sales",
                schedule="0 8,9,17 * * *",
                start_date=pendulum.datetime(2025, 1, 1, tz="UTC"),
                max_active_runs=1,
                dagrun_timeout=timedelta(hours=2),
            ):
                pass
            """,
            title="Two runs close together, and then time enough",
        ),
        Good(
            """
            from datetime import timedelta

            import pendulum

            from airflow.providers.standard.operators.bash import BashOperator
            from airflow.sdk import DAG

            TEAM = {"owner": "sales", "execution_timeout": timedelta(hours=1)}

            with DAG(
                "sales",
                schedule="*/30 * * * *",
                start_date=pendulum.datetime(2025, 1, 1, tz="UTC"),
                catchup=False,
                max_active_runs=1,
                default_args=TEAM,
            ):
                BashOperator(task_id="load", bash_command="load")
            """,
            title="A limit for all tasks of a team, and nothing to fall behind with",
        ),
        Good(
            """
            import os
            from datetime import timedelta

            import pendulum

            from airflow.sdk import DAG

            with DAG(
                "sales",
                schedule=os.environ["SCHEDULE"],
                start_date=pendulum.datetime(2025, 1, 1, tz="UTC"),
                max_active_runs=1,
                dagrun_timeout=timedelta(days=2),
            ):
                pass
            """,
            title="A schedule that is not known",
        ),
    )

    def check_dag(self, dag: Dag, context: FileContext) -> Iterable[Finding]:
        """One finding for the timeout of the run, else one for each task that may outlast the interval."""
        timed = context.timing(dag)
        if timed is None or timed.max_active_runs != 1 or dag.schedule.kind not in ("cron", "interval"):
            return
        limits = [each for each in _limits(dag) if timed.catchup or each[1].origin != "default_args"]
        interval = _mean_interval(timed, context.setting.instant) if limits else None
        if interval is None:
            return
        falls = "the DAG falls behind" if timed.catchup else "runs are left out"
        related = (Related(place_of_schedule(dag), "the schedule"),)
        for what, argument, limit, task in limits:
            if limit > interval:
                yield Finding(
                    f"{what} may take {in_words(limit)}, but a run is due every {in_words(round(interval))} and only one may be active: when it does, {falls}.",
                    argument.span,
                    help="Take a timeout below the interval, or a greater max_active_runs.",
                    dag_id=dag.dag_id,
                    task_id=task,
                    related=related,
                    subject=argument.name,
                )


def _limits(dag: Dag) -> Iterator[tuple[str, Argument, float, str | None]]:
    """What may take how long, in seconds: the run if it has a timeout, else each task and sensor that has one."""
    whole = dag.arguments.get("dagrun_timeout")
    if whole is not None and whole.value is not None:
        limit = seconds(whole.value)
        if limit is not None:
            yield "A run", whole, limit, None
        return
    for task in dag.tasks:
        found = _limit(task)
        limit = seconds(found.value) if found is not None else None
        if found is not None and limit is not None:
            kind = "sensor" if found.name == "timeout" else "task"
            yield f"The {kind} {task.task_id}", found, limit, task.task_id


def _limit(task: Task) -> Argument | None:
    """The argument that ends a task: its execution timeout, else the timeout of a sensor."""
    if given(task, "execution_timeout") is not None:
        return task.arguments["execution_timeout"]
    sensor = task.kind == "sensor" or is_one_of(task, ("BaseSensorOperator",))
    return task.arguments.get("timeout") if sensor else None


def _mean_interval(timed: Timing, now: int) -> float | None:
    """Seconds between the next runs, on average; None for a DAG that has no two more."""
    try:
        begin = now if timed.earliest is None else max(now, timed.earliest)
        moments = [run.run_after for run in islice(runs_between(timed, begin, begin + _YEAR, now), _LOOKED_AT)]
    except NoRun:
        return None
    gaps = [after - before for before, after in pairwise(moments)]
    return sum(gaps) / len(gaps) / SECOND if gaps else None
