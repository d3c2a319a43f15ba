import datetime
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence

from dagcheck.model.dag import Dag
from dagcheck.records import dataclass
from dagcheck.rule import Bad, Finding, Good, Meta, Option, ProjectContext, Related, Rule
from dagcheck.rule.timing import BY_TIME, is_sub_dag, place_of_schedule, timing_of
from dagcheck.timetable.describe import Timing
from dagcheck.timetable.runs import bounds_of
from dagcheck.timetable.spans import moments_between
from dagcheck.timetable.timetables import AssetOrTime, Trigger
from dagcheck.timetable.zones import DAY, SECOND, moment

_MINUTE = 60 * SECOND
_SHOWN = 5


@dataclass(frozen=True)
class _Crowd:
    """DAGs (by their place in the list) that start in the same minute, and how many tasks they start with."""

    minute: int
    members: frozenset[int]
    tasks: int


class CrowdedMoment(Rule):
    """Minute in which very many DAGs or tasks start

    Many schedules name midnight or the full hour, so that the scheduler, the database and the systems behind it meet the whole load of the day in one minute. The finding says when
    that is and how many start; it looks at the runs of the next days as `dagcheck simulate` does. Spread the minutes of those that nobody waits for. Off by default: how many are
    too many depends on the installation.
    """

    meta = Meta(code="DAG315", name="crowded-moment", severity="info", since="0.1.0", default=False)
    options = (
        Option("dags", 20, "the number of DAGs that may start in one minute"),
        Option("tasks", 100, "the number of tasks without upstream that may start in one minute"),
        Option("days", 7, "how many days from now on are looked at"),
    )
    bad = (
        Bad(
            """
            import pendulum

            from airflow.providers.standard.operators.bash import BashOperator
            from airflow.sdk import DAG

            for number in range(25):
                with DAG(f"sales_{number}", schedule="@daily", start_date=pendulum.datetime(2025, 1, 1, tz="UTC")):  # DAG315
                    BashOperator(task_id="load", bash_command="load")
            """,
            title="Generated: all at midnight",
        ),
        Bad(
            """
            import pendulum

            from airflow.sdk import dag, task

            @dag(schedule="0 * * * *", start_date=pendulum.datetime(2025, 1, 1, tz="UTC"))  # DAG315
            def sales():
                @task
                def load(part):
                    pass

                for part in range(120):
                    load.override(task_id=f"load_{part}")(part)

            sales()
            """,
            title="TaskFlow: one DAG with many tasks at once",
        ),
        Bad(
            """
            import pendulum

            from airflow.sdk import DAG, CronTriggerTimetable

            start = pendulum.datetime(2025, 1, 1, tz="UTC")
            sales = DAG("sales", schedule="0 6 * * *", start_date=start)  # DAG315
            stock = DAG("stock", schedule="0 6 * * mon-fri", start_date=start)
            close = DAG("close", schedule=CronTriggerTimetable("0 7 * * *", timezone="Europe/Oslo"), start_date=start)
            other = DAG("other", schedule="30 6 * * *", start_date=start)
            """,
            config=(("rule", {"crowded-moment": {"dags": 2}}),),
            title="The same minute by other clocks, with a limit of one's own",
        ),
    )
    good = (
        Good(
            """
            import pendulum

            from airflow.sdk import DAG

            for number in range(25):
                with DAG(f"sales_{number}", schedule=f"{number * 2} 0 * * *", start_date=pendulum.datetime(2025, 1, 1, tz="UTC")):
                    pass
            """,
            title="Spread over the hour",
        ),
        Good(
            """
            import pendulum

            from airflow.sdk import DAG

            for number in range(25):
                with DAG(f"sales_{number}", schedule=None, start_date=pendulum.datetime(2025, 1, 1, tz="UTC")):
                    pass

            for number in range(25):
                with DAG(
                    f"old_{number}",
                    schedule="@daily",
                    start_date=pendulum.datetime(2023, 1, 1, tz="UTC"),
                    end_date=pendulum.datetime(2024, 1, 1, tz="UTC"),
                ):
                    pass
            """,
            title="Not by time, and ended",
        ),
        Good(
            """
            import pendulum

            from airflow.sdk import dag, task

            @dag(schedule="@hourly", start_date=pendulum.datetime(2025, 1, 1, tz="UTC"))
            def sales():
                @task
                def begin():
                    pass

                @task
                def load(part):
                    pass

                first = begin()
                for part in range(120):
                    first >> load.override(task_id=f"load_{part}")(part)

            sales()
            """,
            title="One task that all others wait for",
        ),
    )

    def check_project(self, context: ProjectContext) -> Iterable[Finding]:
        """One finding for each crowd that is not a part of a greater one, at its first DAG."""
        ids = {dag.dag_id: dag for dag in context.dags}
        alone = (dag for dag in context.dags if not is_sub_dag(dag, ids))
        found = [(dag, timed) for dag in alone if dag.schedule.kind in BY_TIME and (timed := _known(dag, context)) is not None]
        dags = [dag for dag, _ in found]
        told: list[_Crowd] = []
        for crowd in _crowds(found, context.setting.instant, self.option("days")):
            enough = len(crowd.members) > self.option("dags") or crowd.tasks > self.option("tasks")
            if enough and not any(crowd.members <= other.members for other in told):
                told.append(crowd)
                yield _finding(crowd, [dags[member] for member in sorted(crowd.members)])


def _known(dag: Dag, context: ProjectContext) -> Timing | None:
    """What decides on the runs of a DAG; None as well where they come several times a minute, or are counted from the moment at which Airflow first sees it."""
    timed = timing_of(dag, context.setting)
    if timed is None or timed.plan.delta is None:
        return timed
    delta, outer = timed.plan.delta, timed.plan.timetable
    if isinstance(delta, datetime.timedelta) and delta < datetime.timedelta(minutes=1):
        return None
    return timed if timed.catchup or not isinstance(outer.inner if isinstance(outer, AssetOrTime) else outer, Trigger) else None


def _crowds(found: Sequence[tuple[Dag, Timing]], now: int, days: int) -> Iterator[_Crowd]:
    """What starts together, the greatest first; one for each time of the day."""
    minutes: dict[int, list[int]] = defaultdict(list)
    begin = now // _MINUTE * _MINUTE + _MINUTE
    for number, (_, timed) in enumerate(found):
        for minute in {at // _MINUTE for at in moments_between(timed.plan.timetable, bounds_of(timed, now), begin, begin + days * DAY)}:
            minutes[minute].append(number)
    starting = [_starting(dag) for dag, _ in found]
    largest: dict[int, _Crowd] = {}
    for minute in sorted(minutes):
        members = minutes[minute]
        crowd = _Crowd(minute, frozenset(members), sum(starting[member] for member in members))
        known = largest.get(minute % 1440)
        if known is None or (len(crowd.members), crowd.tasks) > (len(known.members), known.tasks):
            largest[minute % 1440] = crowd
    yield from sorted(largest.values(), key=lambda crowd: (-len(crowd.members), -crowd.tasks, crowd.minute))


def _starting(dag: Dag) -> int:
    """How many tasks of a DAG wait for no other."""
    return len({task.task_id for task in dag.tasks} - {downstream for _, downstream in dag.edges})


def _finding(crowd: _Crowd, dags: Sequence[Dag]) -> Finding:
    first, *others = dags
    when = f"{moment(crowd.minute * _MINUTE):%Y-%m-%d %H:%M} UTC"
    many = f"{len(dags):,} DAGs with {crowd.tasks:,} tasks start" if others else f"{crowd.tasks:,} tasks of one DAG start"
    rest = f" ({len(others) - _SHOWN} more are not listed)" if len(others) > _SHOWN else ""
    return Finding(
        f"{many} in the same minute, {when}{rest}.",
        place_of_schedule(first),
        help="Spread the minutes of those that nobody waits for.",
        dag_id=first.dag_id,
        related=tuple(Related(place_of_schedule(dag), f"{dag.dag_id} starts then, too") for dag in others[:_SHOWN]),
        subject=f"{moment(crowd.minute * _MINUTE):%H:%M}",
    )
