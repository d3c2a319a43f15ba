import datetime
from collections.abc import Iterable, Iterator

from dagcheck.model.dag import Argument, Dag, Task
from dagcheck.rule import Bad, FileContext, Finding, Good, Meta, Related, Rule
from dagcheck.rule.intervals import in_words
from dagcheck.rule.relations import Relations
from dagcheck.rule.tasks import given, is_one_of, seconds


class ContradictoryArguments(Rule):
    """Arguments that contradict each other

    One of the two then has no effect: a greatest retry delay below the first one, a task that may run longer than its DAG, a sensor that is killed before its own timeout or
    looks only once, sensors that take all slots which `max_active_tasks` leaves, several runs at once of a single task that depends on its past.
    """

    meta = Meta(code="DAG713", name="contradictory-arguments", severity="warning", since="0.1.0")
    bad = (
        Bad(
            """
            from datetime import timedelta

            from airflow.providers.standard.operators.bash import BashOperator
            from airflow.sdk import DAG

            with DAG("sales"):
                BashOperator(
                    task_id="load",
                    bash_command="load",
                    retries=5,
                    retry_delay=timedelta(minutes=10),
                    retry_exponential_backoff=True,
                    max_retry_delay=timedelta(minutes=5),  # DAG713
                )
            """
        ),
        Bad(
            """
            from datetime import timedelta

            from airflow.sdk import dag, task

            @dag(dagrun_timeout=timedelta(hours=1))
            def sales():
                @task(execution_timeout=timedelta(hours=2))  # DAG713
                def load():
                    pass

                load()

            sales()
            """,
            title="TaskFlow: longer than the run may take",
        ),
        Bad(
            """
            from datetime import timedelta

            from airflow.providers.standard.sensors.filesystem import FileSensor
            from airflow.sdk import DAG

            with DAG("sales", default_args={"execution_timeout": timedelta(minutes=30)}):
                FileSensor(task_id="wait", filepath="/data/a.csv", timeout=7200, mode="poke")  # DAG713
                FileSensor(task_id="look", filepath="/data/b.csv", timeout=60, poke_interval=300)  # DAG713
            """,
            title="Sensors",
        ),
        Bad(
            """
            from airflow.providers.amazon.aws.sensors.s3 import S3KeySensor
            from airflow.providers.standard.operators.bash import BashOperator
            from airflow.sdk import DAG

            with DAG("sales", schedule="@daily", max_active_tasks=2):  # DAG713
                for region in ("north", "south"):
                    wait = S3KeySensor(task_id=f"wait_{region}", bucket_key=f"s3://shop/{region}.csv", timeout=600)
                    wait >> BashOperator(task_id=f"load_{region}", bash_command="load")
                BashOperator(task_id="prices", bash_command="load prices")
            """,
            title="Generated: the sensors take all slots",
        ),
        Bad(
            """
            from airflow.sdk import dag, task

            @dag(schedule="@hourly", max_active_runs=4, default_args={"depends_on_past": True})  # DAG713
            def sales():
                @task
                def load():
                    pass

                load()

            sales()
            """,
            title="TaskFlow: runs that wait for each other",
        ),
        Bad(
            """
            from datetime import datetime, timedelta

            from airflow.providers.standard.operators.bash import BashOperator
            from airflow.sdk import DAG

            with DAG("sales", dagrun_timeout=timedelta(hours=1), end_date=datetime(2026, 1, 1)):
                BashOperator(task_id="load", bash_command="load", retries=5, retry_delay=timedelta(minutes=20))  # DAG713
                BashOperator(task_id="check", bash_command="check", start_date=datetime(2026, 2, 1))  # DAG713
            """,
            title="Retries that the run has no time for, a task that begins after the end",
        ),
    )
    good = (
        Good(
            """
            from datetime import datetime, timedelta

            from airflow.providers.standard.operators.bash import BashOperator
            from airflow.sdk import DAG

            with DAG(
                "sales",
                dagrun_timeout=timedelta(hours=3),
                end_date=datetime(2027, 1, 1),
                default_args={"retries": 3, "retry_delay": timedelta(minutes=20)},
            ):
                BashOperator(task_id="load", bash_command="load", start_date=datetime(2025, 7, 1))
            """,
            title="Time enough for each retry, and a task that begins later",
        ),
        Good(
            """
            from datetime import timedelta

            from airflow.providers.standard.operators.bash import BashOperator
            from airflow.sdk import DAG

            with DAG("sales", dagrun_timeout=timedelta(hours=3)):
                BashOperator(
                    task_id="load",
                    bash_command="load",
                    retries=5,
                    retry_delay=timedelta(minutes=1),
                    retry_exponential_backoff=True,
                    max_retry_delay=timedelta(minutes=5),
                    execution_timeout=timedelta(hours=1),
                )
            """
        ),
        Good(
            """
            from datetime import timedelta

            from airflow.providers.standard.sensors.filesystem import FileSensor
            from airflow.sdk import DAG

            with DAG("sales", default_args={"execution_timeout": timedelta(minutes=30)}):
                FileSensor(task_id="wait", filepath="/data/a.csv", timeout=7200, mode="reschedule")
            """,
            title="Between two looks the clock of the execution timeout stands still",
        ),
        Good(
            """
            from datetime import timedelta

            from airflow.providers.standard.operators.bash import BashOperator
            from airflow.sdk import DAG

            with DAG("sales", default_args={"retry_delay": timedelta(minutes=1)}):
                BashOperator(task_id="load", bash_command="load", retries=0)
            """,
            title="A delay for the other tasks",
        ),
        Good(
            """
            from datetime import timedelta

            from airflow.providers.standard.operators.bash import BashOperator
            from airflow.sdk import DAG

            with DAG("sales"):
                BashOperator(
                    task_id="load", bash_command="load", retries=2, retry_delay=timedelta(minutes=9), max_retry_delay=timedelta(minutes=5)
                )
            """,
            title="Without backoff the greatest delay does not matter",
        ),
        Good(
            """
            from airflow.providers.amazon.aws.sensors.s3 import S3KeySensor
            from airflow.providers.standard.operators.bash import BashOperator
            from airflow.sdk import DAG

            with DAG("sales", schedule="@daily", max_active_tasks=2, max_active_runs=3, default_args={"depends_on_past": True}):
                ready = BashOperator(task_id="ready", bash_command="load")
                for region in ("north", "south"):
                    wait = S3KeySensor(task_id=f"wait_{region}", bucket_key=f"s3://shop/{region}.csv", timeout=600)
                    wait >> BashOperator(task_id=f"load_{region}", bash_command="load") >> ready
            """,
            title="All that runs needs the sensors, and the steps of runs may overlap",
        ),
    )

    def check_dag(self, dag: Dag, context: FileContext) -> Iterable[Finding]:
        """One finding for each pair of arguments of which one is without effect."""
        for task in dag.tasks:
            for name, message, other in _contradictions(task, dag):
                argument = task.arguments[name]
                related = (Related(other.span, f"{other.name} is given here"),) if other.span != argument.span else ()
                yield Finding(
                    message, argument.span, dag_id=dag.dag_id, task_id=task.task_id, related=related, subject=f"{name} {other.name}"
                )
        if dag.complete:
            yield from _too_few_slots(dag)
            yield from _runs_in_turn(dag)


def _too_few_slots(dag: Dag) -> Iterator[Finding]:
    """Sensors that hold all slots of the DAG while a task that does not wait for them could run."""
    limit = next((dag.arguments[name] for name in ("max_active_tasks", "concurrency") if name in dag.arguments), None)
    if limit is None or not isinstance(limit.value, int) or limit.value < 1:
        return
    relations = Relations(dag)
    holding = {task.task_id for task in dag.tasks if _holds_slot(task)}
    first = [task_id for task_id in sorted(holding) if not holding & relations.before(task_id)]
    related = set().union(*(relations.before(task_id) | relations.after(task_id) for task_id in first))
    others = [task for task in dag.tasks if task.task_id not in related and task.task_id not in first]
    if len(first) >= limit.value and others:
        message = (
            f"At most {limit.value} tasks of a run may be active, and {len(first)} sensors hold a slot while they wait: "
            f"{others[0].task_id}, which does not need them, waits with them."
        )
        places = tuple(Related(relations.tasks[task_id].span, "holds a slot") for task_id in first)
        help_text = 'Let the sensors give their slots back (mode="reschedule", deferrable), or allow more.'
        yield Finding(message, limit.span, help=help_text, dag_id=dag.dag_id, related=places, subject=limit.name)


def _holds_slot(task: Task) -> bool:
    """True for a sensor that surely keeps its slot while it waits."""
    poking = given(task, "mode", "poke") == "poke" and given(task, "deferrable", False) is False
    return poking and is_one_of(task, ("BaseSensorOperator",)) and not task.operator.endswith("Async")


def _runs_in_turn(dag: Dag) -> Iterator[Finding]:
    """A DAG of one task that waits for its own run before, with several runs at once."""
    runs = dag.arguments.get("max_active_runs")
    if runs is None or not isinstance(runs.value, int) or runs.value <= 1 or len(dag.tasks) != 1:
        return
    task = dag.tasks[0]
    if given(task, "depends_on_past") is True and not task.mapped:
        message = (
            f"{task.task_id} is the only task and waits for its run before (depends_on_past), so there is never more than one run at work."
        )
        related = (Related(task.arguments["depends_on_past"].span, "depends_on_past is given here"),)
        yield Finding(message, runs.span, dag_id=dag.dag_id, related=related, subject="max_active_runs depends_on_past")


def _contradictions(task: Task, dag: Dag) -> Iterator[tuple[str, str, Argument]]:
    """The argument at fault, what is wrong, and the argument that it stands against."""
    duration = {name: seconds(argument.value) for name, argument in task.arguments.items()}
    delay, largest, limit = duration.get("retry_delay"), duration.get("max_retry_delay"), duration.get("execution_timeout")
    if task.retries and delay is not None and largest is not None and largest < delay and given(task, "retry_exponential_backoff") is True:
        message = f"The greatest retry delay, {in_words(largest)}, is below the first, {in_words(delay)}: the delay never grows."
        yield "max_retry_delay", message, task.arguments["retry_delay"]
    whole = dag.arguments.get("dagrun_timeout")
    run = seconds(whole.value) if whole is not None else None
    if whole is not None and run is not None and limit is not None and limit > run:
        message = f"The task {task.task_id} may run for {in_words(limit)}, but the whole run is ended after {in_words(run)}."
        yield "execution_timeout", message, whole
    if whole is not None and run is not None and delay is not None and task.retries and "retries" in task.arguments:
        tried = int(run // delay) if delay else task.retries
        if tried < task.retries:
            many = f"at most {tried}" if tried else "none"
            message = (
                f"The run is ended after {in_words(run)}, which leaves time for {many} of the {task.retries} retries of {task.task_id} "
                f"with {in_words(delay)} before each."
            )
            yield "retries", message, whole
    yield from _dates(task, dag)
    if not is_one_of(task, ("BaseSensorOperator",)) or given(task, "deferrable", False) is not False:
        return
    timeout, pause, mode = duration.get("timeout"), duration.get("poke_interval"), given(task, "mode", "poke")
    if timeout is not None and limit is not None and mode == "poke" and limit < timeout:
        message = f"The sensor {task.task_id} is killed after {in_words(limit)}, before its own timeout of {in_words(timeout)}."
        yield "timeout", message, task.arguments["execution_timeout"]
    if whole is not None and timeout is not None and run is not None and timeout > run and limit is None:
        message = f"The sensor {task.task_id} waits up to {in_words(timeout)}, but the whole run is ended after {in_words(run)}."
        yield "timeout", message, whole
    if timeout is not None and pause is not None and timeout > 0 and pause >= timeout:
        message = f"The sensor {task.task_id} looks every {in_words(pause)} but gives up after {in_words(timeout)}: it looks only once."
        yield "poke_interval", message, task.arguments["timeout"]


def _dates(task: Task, dag: Dag) -> Iterator[tuple[str, str, Argument]]:
    """Dates of a task that leave it no run."""
    start, end = task.arguments.get("start_date"), task.arguments.get("end_date")
    own = [argument for argument in (start, end) if argument is not None and argument.origin != "default_args"]
    if start is not None and end is not None and own and _is_before(end, start):
        yield "end_date", f"The task {task.task_id} ends before it starts: it is in no run.", start
    last = dag.arguments.get("end_date")
    if start is not None and last is not None and start in own and _is_before(last, start):
        yield "start_date", f"The task {task.task_id} starts after the end of its DAG: it is in no run.", last


def _is_before(first: Argument, second: Argument) -> bool:
    """True if both are known dates, comparable ones, and the first is earlier."""
    a, b = first.value, second.value
    if not isinstance(a, datetime.datetime) or not isinstance(b, datetime.datetime) or (a.tzinfo is None) != (b.tzinfo is None):
        return False
    return a < b
