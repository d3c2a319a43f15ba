from collections.abc import Iterable, Iterator

from dagcheck.model.dag import Argument, Dag, Task
from dagcheck.rule import Bad, FileContext, Finding, Good, Meta, Related, Rule
from dagcheck.rule.intervals import in_words
from dagcheck.rule.tasks import given, is_one_of, seconds


class ContradictoryArguments(Rule):
    """Arguments that contradict each other

    One of the two then has no effect: a greatest retry delay below the first one, a task that may run longer than its DAG, a sensor that is killed before its own timeout or
    looks only once, a retry delay for a task that is told never to retry.
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
    )
    good = (
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
    )

    def check_task(self, task: Task, dag: Dag, context: FileContext) -> Iterable[Finding]:
        """One finding for each pair of arguments of which one is without effect."""
        for name, message, other in _contradictions(task, dag):
            argument = task.arguments[name]
            related = (Related(other.span, f"{other.name} is given here"),) if other.span != argument.span else ()
            yield Finding(message, argument.span, dag_id=dag.dag_id, task_id=task.task_id, related=related, subject=f"{name} {other.name}")


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
    if not is_one_of(task, ("BaseSensorOperator",)) or given(task, "deferrable", False) is not False:
        return
    timeout, pause, mode = duration.get("timeout"), duration.get("poke_interval"), given(task, "mode", "poke")
    if timeout is not None and limit is not None and mode == "poke" and limit < timeout:
        message = f"The sensor {task.task_id} is killed after {in_words(limit)}, before its own timeout of {in_words(timeout)}."
        yield "timeout", message, task.arguments["execution_timeout"]
    if timeout is not None and pause is not None and timeout > 0 and pause >= timeout:
        message = f"The sensor {task.task_id} looks every {in_words(pause)} but gives up after {in_words(timeout)}: it looks only once."
        yield "poke_interval", message, task.arguments["timeout"]
