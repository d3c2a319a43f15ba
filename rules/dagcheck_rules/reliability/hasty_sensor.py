from collections.abc import Iterable

from dagcheck.model.dag import Dag, Task
from dagcheck.rule import Bad, FileContext, Finding, Good, Meta, Rule
from dagcheck.rule.intervals import in_words
from dagcheck.rule.tasks import given, is_one_of, seconds

_LEAST_POKE = 5
_LEAST_RESCHEDULE = 30


class HastySensor(Rule):
    """Sensor that looks too often

    Each look asks the service or the database again; in the mode `reschedule` each is moreover a new start of the task, with a new process and several writes to Airflow's own
    database. Half a minute is the least that makes sense there; in the mode `poke` a few seconds.
    """

    meta = Meta(code="DAG706", name="hasty-sensor", severity="info", since="0.1.0")
    bad = (
        Bad(
            """
            from airflow.providers.standard.sensors.filesystem import FileSensor
            from airflow.sdk import DAG

            with DAG("sales"):
                FileSensor(task_id="wait", filepath="/data/sales.csv", poke_interval=1)  # DAG706
            """
        ),
        Bad(
            """
            from airflow.sdk import dag, task

            @dag
            def sales():
                @task.sensor(poke_interval=5, mode="reschedule")  # DAG706
                def wait():
                    return True

                wait()

            sales()
            """,
            title="A new process every five seconds",
        ),
        Bad(
            """
            from datetime import timedelta

            from airflow.providers.standard.sensors.external_task import ExternalTaskSensor
            from airflow.sdk import DAG

            defaults = {
                "mode": "reschedule",
                "poke_interval": timedelta(seconds=10),  # DAG706
            }

            with DAG("report", default_args=defaults):
                ExternalTaskSensor(task_id="wait", external_dag_id="sales")
            """,
            title="By default_args",
        ),
    )
    good = (
        Good(
            """
            from airflow.providers.standard.sensors.filesystem import FileSensor
            from airflow.sdk import DAG

            with DAG("sales"):
                FileSensor(task_id="wait", filepath="/data/sales.csv", poke_interval=30)
            """
        ),
        Good(
            """
            from airflow.providers.standard.sensors.filesystem import FileSensor
            from airflow.sdk import DAG

            with DAG("sales"):
                FileSensor(task_id="wait", filepath="/data/sales.csv", poke_interval=1, exponential_backoff=True)
            """,
            title="A pause that grows",
        ),
        Good(
            """
            from airflow.providers.standard.operators.bash import BashOperator
            from airflow.sdk import DAG

            with DAG("sales", default_args={"poke_interval": 1}):
                BashOperator(task_id="load", bash_command="load")
            """,
            title="No sensor",
        ),
    )

    arguments = frozenset({"poke_interval"})

    def check_task(self, task: Task, dag: Dag, context: FileContext) -> Iterable[Finding]:
        """One finding for a sensor whose pause is known and too short."""
        argument = task.arguments.get("poke_interval")
        if argument is None or not is_one_of(task, ("BaseSensorOperator",)) or given(task, "exponential_backoff", False) is not False:
            return
        pause, mode = seconds(argument.value), given(task, "mode", "poke")
        least = _LEAST_RESCHEDULE if mode == "reschedule" else _LEAST_POKE
        if pause is not None and isinstance(mode, str) and pause < least and given(task, "deferrable", False) is False:
            what = "starts again" if mode == "reschedule" else "looks"
            message = f"The sensor {task.task_id} {what} every {in_words(pause)}."
            yield Finding(message, argument.span, dag_id=dag.dag_id, task_id=task.task_id, subject="poke_interval")
