from collections.abc import Iterable

from dagcheck.model.dag import Dag, Task
from dagcheck.model.values import XComRef
from dagcheck.rule import Bad, FileContext, Finding, Good, Meta, Rule
from dagcheck.rule.intervals import in_words, shortest_interval
from dagcheck.rule.tasks import class_facts, given, is_one_of, parts, seconds

_BY_TIME = (
    "TimeSensor",
    "TimeSensorAsync",
    "DateTimeSensor",
    "DateTimeSensorAsync",
    "TimeDeltaSensor",
    "TimeDeltaSensorAsync",
    "WaitSensor",
    "DayOfWeekSensor",
)


class EndlessSensor(Rule):
    """Sensor that waits for longer than there is to the next run

    Without a timeout a sensor waits for seven days. In a DAG that runs more often, what never comes is then waited for by run after run, until all slots or runs are taken, and
    nobody hears of it. A job that the DAG itself started ends by itself, so sensors that wait for one are left alone. Give it the time after which the wait is hopeless.
    """

    meta = Meta(code="DAG704", name="endless-sensor", severity="warning", since="0.1.0")
    bad = (
        Bad(
            """
            from airflow.providers.standard.sensors.filesystem import FileSensor
            from airflow.sdk import DAG

            with DAG("sales", schedule="@daily"):
                FileSensor(task_id="wait", filepath="/data/sales.csv")  # DAG704
            """
        ),
        Bad(
            """
            from datetime import timedelta

            from airflow.sdk import dag, task

            @dag(schedule="@hourly")
            def sales():
                @task.sensor(mode="reschedule", timeout=timedelta(hours=3).total_seconds())  # DAG704
                def wait():
                    return True

                wait()

            sales()
            """,
            title="Longer than the interval",
        ),
        Bad(
            """
            from airflow.providers.standard.sensors.external_task import ExternalTaskSensor
            from airflow.sdk import DAG

            with DAG("report", schedule="*/15 * * * *", max_active_runs=3):
                for region in ("north", "south"):
                    ExternalTaskSensor(  # DAG704
                        task_id=f"wait_{region}", external_dag_id=f"sales_{region}", mode="reschedule"
                    )
            """,
            title="Generated",
        ),
        Bad(
            """
            import pendulum

            from airflow.decorators import dag, task
            from airflow.sensors.external_task import ExternalTaskSensor

            @dag(schedule="@hourly", start_date=pendulum.datetime(2025, 12, 1), catchup=False)
            def sales():
                @task.sensor(poke_interval=60, mode="reschedule")
                def wait_for_rows():
                    return True

                wait_for_dag = ExternalTaskSensor(task_id="wait_for_dag", external_dag_id="orders")  # DAG704
                wait_for_dag >> wait_for_rows()  # DAG704

            sales()
            """,
            airflow="2.11",
            title="TaskFlow, and Airflow 2",
        ),
    )
    good = (
        Good(
            """
            from airflow.providers.standard.sensors.filesystem import FileSensor
            from airflow.sdk import DAG

            with DAG("sales", schedule="@daily"):
                FileSensor(task_id="wait", filepath="/data/sales.csv", timeout=6 * 3600)
            """
        ),
        Good(
            """
            from airflow.providers.standard.sensors.filesystem import FileSensor
            from airflow.sdk import DAG

            with DAG("sales", schedule=None):
                FileSensor(task_id="wait", filepath="/data/sales.csv")
            """,
            title="No next run to be late for",
        ),
        Good(
            """
            from datetime import timedelta

            from airflow.providers.standard.sensors.filesystem import FileSensor
            from airflow.sdk import DAG

            with DAG("sales", schedule="@daily", default_args={"execution_timeout": timedelta(hours=5)}):
                FileSensor(task_id="wait", filepath="/data/sales.csv")
            """,
            title="Ended by its execution timeout",
        ),
        Good(
            """
            from airflow.providers.standard.sensors.filesystem import FileSensor
            from airflow.sdk import DAG

            with DAG("sales", schedule="@hourly", max_active_runs=1):
                FileSensor(task_id="wait", filepath="/data/sales.csv", timeout=7200)
            """,
            title="One run at a time: it may fall behind (DAG314), but waits do not pile up",
        ),
        Good(
            """
            from airflow.providers.standard.sensors.date_time import DateTimeSensor
            from airflow.sdk import DAG

            with DAG("sales", schedule="@daily"):
                DateTimeSensor(task_id="wait", target_time="{{ data_interval_end.add(hours=2) }}")
            """,
            title="A moment that surely comes",
        ),
        Good(
            """
            from airflow.providers.standard.sensors.filesystem import FileSensor
            from airflow.sdk import DAG

            with DAG("sales", schedule="@monthly"):
                FileSensor(task_id="wait", filepath="/data/sales.csv")
            """,
            title="Seven days are less than a month",
        ),
        Good(
            """
            from airflow.providers.amazon.aws.operators.emr import EmrAddStepsOperator
            from airflow.providers.amazon.aws.sensors.emr import EmrStepSensor
            from airflow.sdk import DAG

            with DAG("sales", schedule="@daily"):
                steps = EmrAddStepsOperator(task_id="steps", job_flow_id="j-1", steps=[{"Name": "sales"}])
                EmrStepSensor(task_id="wait", job_flow_id="j-1", step_id="{{ ti.xcom_pull(task_ids='steps')[0] }}").set_upstream(steps)
            """,
            title="A job that the DAG itself started",
        ),
    )

    def check_dag(self, dag: Dag, context: FileContext) -> Iterable[Finding]:
        """One finding for each sensor that outlasts the interval."""
        sensors = [task for task in dag.tasks if task.kind == "sensor" or is_one_of(task, ("BaseSensorOperator",))]
        if not sensors or _is_given(dag, "dagrun_timeout"):
            return
        interval = shortest_interval(dag, context)
        if interval is None:
            return
        for task in sensors:
            patience = _patience(task, context)
            if (
                patience is None
                or patience <= interval
                or is_one_of(task, _BY_TIME)
                or _waits_for_own_work(task)
                or given(task, "execution_timeout") is not None
            ):
                continue
            own = task.arguments.get("timeout")
            if own is not None and dag.max_active_runs == 1 and (own.origin != "default_args" or dag.catchup):
                continue  # waits cannot pile up: that the runs come late is what DAG314 tells
            span = own.span if own is not None else task.span
            what = f"waits up to {in_words(patience)}" if own is not None else f"has no timeout and so waits up to {in_words(patience)}"
            message = f"The sensor {task.task_id} {what}, but the DAG runs every {in_words(interval)}: waits that are hopeless pile up."
            yield Finding(
                message, span, help="Give it a timeout shorter than that.", dag_id=dag.dag_id, task_id=task.task_id, subject="timeout"
            )


def _waits_for_own_work(task: Task) -> bool:
    """True for a sensor that is told by an XCom what to wait for: a job that the DAG itself started, which ends by itself."""
    values = [argument.value for argument in task.arguments.values()]
    return any(isinstance(part, XComRef) or (isinstance(part, str) and "xcom_pull" in part) for value in values for part in parts(value))


def _is_given(dag: Dag, name: str) -> bool:
    """True if the DAG has the argument, with a value other than None."""
    return name in dag.arguments and dag.arguments[name].value is not None


def _patience(task: Task, context: FileContext) -> float | None:
    """The seconds that a sensor waits; None where that is not known."""
    if "timeout" in task.arguments and task.arguments["timeout"].value is not None:
        return seconds(task.arguments["timeout"].value)
    facts = class_facts(task, context.facts)
    for known in context.facts.lineage(facts.dotted) if facts is not None else ():
        if known.name == "BaseSensorOperator":
            break  # its default is a setting
        own = (known.own_parameters or {}).get("timeout")
        if own is not None:
            return seconds(own.default) if own.known else None
        if "timeout" in known.overrides:
            return None
    default = context.setting.airflow_setting("sensors.default_timeout")
    by_default = facts is not None or task.kind == "taskflow" or any(base.endswith(".DecoratedSensorOperator") for base in task.bases)
    return float(default) if by_default and default is not None and default.replace(".", "").isdigit() else None
