from collections.abc import Iterable

from dagcheck.model.dag import Dag, Task
from dagcheck.rule import Bad, FileContext, Finding, Fix, Good, Meta, Option, Rule
from dagcheck.rule.edits import add_keyword
from dagcheck.rule.intervals import in_words
from dagcheck.rule.tasks import class_facts, given, is_one_of, seconds


class SlotHoldingSensor(Rule):
    """Sensor that holds a worker slot while it waits for long

    In the mode `poke`, which is the default, a sensor keeps its slot from the first look to the last. A handful of them blocks a small worker, though they only sleep. With
    `mode="reschedule"` the slot is free between two looks; a deferrable sensor needs none at all.
    """

    meta = Meta(code="DAG705", name="slot-holding-sensor", severity="warning", since="0.1.0", fix="unsafe")
    options = (
        Option("max-minutes", 60, "for how many minutes a sensor may hold its slot"),
        Option("max-pause", 300, "the pause between two looks, in seconds"),
    )
    bad = (
        Bad(
            """
            from airflow.providers.standard.sensors.filesystem import FileSensor
            from airflow.sdk import DAG

            with DAG("sales"):
                FileSensor(task_id="wait", filepath="/data/sales.csv", timeout=12 * 3600)  # DAG705
            """,
            fixed="""
            from airflow.providers.standard.sensors.filesystem import FileSensor
            from airflow.sdk import DAG

            with DAG("sales"):
                FileSensor(task_id="wait", filepath="/data/sales.csv", timeout=12 * 3600, mode="reschedule")
            """,
        ),
        Bad(
            """
            from airflow.sdk import dag, task

            @dag
            def sales():
                @task.sensor(poke_interval=600, timeout=7200, mode="poke")
                def wait():
                    return True

                wait()  # DAG705

            sales()
            """,
            title="TaskFlow",
        ),
        Bad(
            """
            from airflow.providers.standard.sensors.external_task import ExternalTaskSensor
            from airflow.sdk import DAG

            with DAG("report"):
                for region in ("north", "south"):
                    ExternalTaskSensor(task_id=f"wait_{region}", external_dag_id=region, poke_interval=900)  # DAG705
            """,
            fixed="""
            from airflow.providers.standard.sensors.external_task import ExternalTaskSensor
            from airflow.sdk import DAG

            with DAG("report"):
                for region in ("north", "south"):
                    ExternalTaskSensor(task_id=f"wait_{region}", external_dag_id=region, poke_interval=900, mode="reschedule")
            """,
            title="Looks every quarter of an hour",
        ),
    )
    good = (
        Good(
            """
            from airflow.providers.standard.sensors.filesystem import FileSensor
            from airflow.sdk import DAG

            with DAG("sales"):
                FileSensor(task_id="wait", filepath="/data/sales.csv", timeout=12 * 3600, mode="reschedule")
            """
        ),
        Good(
            """
            from airflow.providers.standard.sensors.filesystem import FileSensor
            from airflow.sdk import DAG

            with DAG("sales"):
                FileSensor(task_id="wait", filepath="/data/sales.csv", timeout=12 * 3600, deferrable=True)
            """
        ),
        Good(
            """
            from airflow.providers.standard.sensors.filesystem import FileSensor
            from airflow.sdk import DAG

            with DAG("sales"):
                FileSensor(task_id="wait", filepath="/data/sales.csv", timeout=300, poke_interval=10)
            """,
            title="A short wait",
        ),
        Good(
            """
            from airflow.providers.standard.sensors.filesystem import FileSensor
            from airflow.sdk import DAG

            with DAG("sales", default_args={"mode": "reschedule"}):
                FileSensor(task_id="wait", filepath="/data/sales.csv", timeout=12 * 3600)
            """,
            title="By default_args",
        ),
    )

    def check_task(self, task: Task, dag: Dag, context: FileContext) -> Iterable[Finding]:
        """One finding for a sensor that was told to wait for long, or to look seldom, and keeps its slot."""
        facts = class_facts(task, context.facts)
        if (
            facts is None
            or not is_one_of(task, ("BaseSensorOperator",))
            or given(task, "mode", "poke") != "poke"
            or facts.name.endswith("Async")
        ):
            return
        deferrable = given(task, "deferrable", False)
        if deferrable is not False or context.setting.airflow_setting("operators.default_deferrable") in ("True", "true"):
            return
        timeout, pause = seconds(given(task, "timeout")), seconds(given(task, "poke_interval"))
        if timeout is not None and timeout > self.option("max-minutes") * 60:
            what = f"up to {in_words(timeout)}"
        elif pause is not None and pause > self.option("max-pause") and timeout is None:
            what = f"{in_words(pause)} between two looks"
        else:
            return
        if any("deferrable" in (known.own_parameters or {}) for known in context.facts.lineage(facts.dotted)):
            help_text = 'Set deferrable=True, or mode="reschedule".'
        else:
            help_text = 'Set mode="reschedule".'
        message = f"The sensor {task.task_id} holds a worker slot while it waits, {what}."
        fix = None
        source = context.source_of(task.span.path)
        if "mode" not in task.arguments and source is not None and task.operator in context.text(task.span).partition("(")[0]:
            edit = add_keyword(source, task.span, "mode", '"reschedule"')
            fix = Fix('Set mode="reschedule"', (edit,), "unsafe") if edit else None
        yield Finding(message, task.span, help=help_text, dag_id=dag.dag_id, task_id=task.task_id, fix=fix, subject="mode")
