from collections.abc import Iterable

from dagcheck.model.dag import Dag
from dagcheck.rule import Bad, FileContext, Finding, Good, Meta, Rule
from dagcheck.rule.tasks import class_facts, given


class MissingExecutionTimeout(Rule):
    """Tasks that may run for ever

    A task that hangs keeps its slot until somebody looks. `execution_timeout`, best in `default_args`, ends it; `dagrun_timeout` ends the run. Off by default: what is long is
    for the owner to know.
    """

    meta = Meta(code="DAG703", name="missing-execution-timeout", severity="info", since="0.1.0", default=False)
    bad = (
        Bad(
            """
            from airflow.providers.standard.operators.bash import BashOperator
            from airflow.sdk import DAG

            with DAG("sales"):  # DAG703
                BashOperator(task_id="load", bash_command="load")
            """
        ),
        Bad(
            """
            from airflow.sdk import dag, task

            @dag(default_args={"retries": 2})  # DAG703
            def sales():
                @task
                def load():
                    pass

                load()

            sales()
            """,
            title="TaskFlow",
        ),
        Bad(
            """
            from datetime import timedelta

            from airflow.providers.standard.operators.bash import BashOperator
            from airflow.sdk import DAG

            with DAG("sales"):  # DAG703
                BashOperator(task_id="extract", bash_command="load", execution_timeout=timedelta(hours=1))
                BashOperator(task_id="load", bash_command="load", execution_timeout=None)
            """,
            title="One without",
        ),
    )
    good = (
        Good(
            """
            from datetime import timedelta

            from airflow.providers.standard.operators.bash import BashOperator
            from airflow.sdk import DAG

            with DAG("sales", default_args={"execution_timeout": timedelta(hours=1)}):
                BashOperator(task_id="load", bash_command="load")
            """
        ),
        Good(
            """
            from datetime import timedelta

            from airflow.providers.standard.operators.bash import BashOperator
            from airflow.sdk import DAG

            with DAG("sales", dagrun_timeout=timedelta(hours=3)):
                BashOperator(task_id="load", bash_command="load")
            """,
            title="The run as a whole",
        ),
        Good(
            """
            from airflow.providers.standard.operators.empty import EmptyOperator
            from airflow.sdk import DAG

            with DAG("sales"):
                EmptyOperator(task_id="start")
            """,
            title="A task that does nothing",
        ),
    )

    def check_dag(self, dag: Dag, context: FileContext) -> Iterable[Finding]:
        """One finding for the DAG, naming the first such task."""
        if "dagrun_timeout" in dag.arguments or context.setting.airflow_setting("core.default_task_execution_timeout"):
            return
        free = [task for task in dag.tasks if given(task, "execution_timeout") is None and not _is_empty(class_facts(task, context.facts))]
        free = [task for task in free if task.kind != "sensor"]
        if free:
            others = f" and {len(free) - 1} more" if len(free) > 1 else ""
            message = f"Nothing ends the task {free[0].task_id}{others} if it hangs: there is no execution_timeout and no dagrun_timeout."
            yield Finding(message, dag.span, dag_id=dag.dag_id, subject="execution_timeout")


def _is_empty(facts: object) -> bool:
    return bool(getattr(facts, "empty", False))
