from collections.abc import Iterable

from dagcheck.model.dag import Dag
from dagcheck.rule import Bad, FileContext, Finding, Good, Meta, Rule
from dagcheck.rule.tasks import given

_ASKED = ("on_failure_callback", "email")


class MissingNotification(Rule):
    """Scheduled DAG whose failure nobody hears of

    Neither the DAG nor any of its tasks has a failure callback or an address for mail. Off by default: many teams are told by what watches Airflow as a whole.
    """

    meta = Meta(code="DAG708", name="missing-notification", severity="info", since="0.1.0", default=False)
    bad = (
        Bad(
            """
            from airflow.providers.standard.operators.bash import BashOperator
            from airflow.sdk import DAG

            with DAG("sales", schedule="@daily"):  # DAG708
                BashOperator(task_id="load", bash_command="load")
            """
        ),
        Bad(
            """
            from airflow.sdk import dag, task

            @dag(schedule="@daily", default_args={"email": []})  # DAG708
            def sales():
                @task
                def load():
                    pass

                load()

            sales()
            """,
            title="An empty list of addresses",
        ),
        Bad(
            """
            from airflow.providers.standard.operators.bash import BashOperator
            from airflow.sdk import DAG

            for region in ("north", "south"):
                with DAG(f"sales_{region}", schedule="@daily", on_success_callback=print):  # DAG708
                    BashOperator(task_id="load", bash_command="load")
            """,
            title="Only success is told",
        ),
    )
    good = (
        Good(
            """
            from airflow.providers.standard.operators.bash import BashOperator
            from airflow.sdk import DAG

            with DAG("sales", schedule="@daily", on_failure_callback=print):
                BashOperator(task_id="load", bash_command="load")
            """
        ),
        Good(
            """
            from airflow.providers.standard.operators.bash import BashOperator
            from airflow.sdk import DAG

            with DAG("sales", schedule="@daily", default_args={"email": "sales@example.com"}):
                BashOperator(task_id="load", bash_command="load")
            """
        ),
        Good(
            """
            from airflow.providers.standard.operators.bash import BashOperator
            from airflow.sdk import DAG

            with DAG("sales", schedule=None):
                BashOperator(task_id="load", bash_command="load")
            """,
            title="Who starts it by hand looks",
        ),
    )

    def check_dag(self, dag: Dag, context: FileContext) -> Iterable[Finding]:
        """One finding for the DAG."""
        if not dag.complete or not dag.tasks or dag.schedule.kind in ("none", "unknown"):
            return
        own = [dag.arguments[name].value for name in ("on_failure_callback", "deadline") if name in dag.arguments]
        told = [given(task, name) for task in dag.tasks for name in _ASKED]
        if all(value is None or (isinstance(value, list | tuple | str) and not value) for value in [*own, *told]):
            yield Finding("Nobody is told when a run of the DAG fails.", dag.span, dag_id=dag.dag_id, subject="notification")
