from collections.abc import Iterable

from dagcheck.model.dag import Dag, Task
from dagcheck.rule import Bad, FileContext, Finding, Good, Meta, Option, Rule
from dagcheck.rule.intervals import in_words
from dagcheck.rule.tasks import given, is_one_of, seconds


class OddRetries(Rule):
    """Retries without a pause, or far too many

    A service that is down is still down a second later: retries that follow at once are used up before it is back. Dozens of retries keep a broken task busy for days before
    anybody hears of it.
    """

    meta = Meta(code="DAG702", name="odd-retries", severity="info", since="0.1.0")
    options = (
        Option("max-retries", 20, "the number of retries that is still sensible"),
        Option("min-delay", 5, "the least pause between attempts, in seconds"),
    )
    bad = (
        Bad(
            """
            from datetime import timedelta

            from airflow.providers.standard.operators.bash import BashOperator
            from airflow.sdk import DAG

            with DAG("sales"):
                BashOperator(task_id="load", bash_command="load", retries=3, retry_delay=timedelta(seconds=1))  # DAG702
            """
        ),
        Bad(
            """
            from airflow.sdk import dag, task

            defaults = {
                "retries": 100,  # DAG702
            }

            @dag(default_args=defaults)
            def sales():
                @task
                def load():
                    pass

                load()

            sales()
            """,
            title="In default_args",
        ),
        Bad(
            """
            from airflow.providers.standard.operators.bash import BashOperator
            from airflow.sdk import DAG

            with DAG("sales"):
                for region in ("north", "south"):
                    BashOperator(task_id=f"load_{region}", bash_command="load", retries=2, retry_delay=0)  # DAG702
            """,
            title="A delay as a number",
        ),
    )
    good = (
        Good(
            """
            from datetime import timedelta

            from airflow.providers.standard.operators.bash import BashOperator
            from airflow.sdk import DAG

            with DAG("sales"):
                BashOperator(task_id="load", bash_command="load", retries=3, retry_delay=timedelta(minutes=1))
            """
        ),
        Good(
            """
            from datetime import timedelta

            from airflow.providers.standard.operators.bash import BashOperator
            from airflow.sdk import DAG

            with DAG("sales", default_args={"retry_delay": timedelta(seconds=1)}):
                BashOperator(task_id="load", bash_command="load", retries=0)
            """,
            title="A delay without retries",
        ),
        Good(
            """
            import os

            from airflow.providers.standard.operators.bash import BashOperator
            from airflow.sdk import DAG

            with DAG("sales"):
                BashOperator(task_id="load", bash_command="load", retries=int(os.environ["RETRIES"]), retry_delay=1)
            """,
            title="Not known",
        ),
        Good(
            """
            from datetime import timedelta

            from airflow.providers.standard.operators.bash import BashOperator
            from airflow.sdk import DAG

            with DAG("sales"):
                BashOperator(
                    task_id="load", bash_command="load", retries=3, retry_delay=timedelta(seconds=2), retry_exponential_backoff=True
                )
            """,
            title="A delay that grows",
        ),
    )

    def check_task(self, task: Task, dag: Dag, context: FileContext) -> Iterable[Finding]:
        """One finding for each of the two."""
        if not task.retries or is_one_of(task, ("BaseSensorOperator",)):
            return
        retries, delay = task.arguments.get("retries"), task.arguments.get("retry_delay")
        if task.retries > self.option("max-retries"):
            span = retries.span if retries else task.span
            message = f"The task {task.task_id} is tried {task.retries + 1} times before anybody hears that it is broken."
            yield Finding(message, span, dag_id=dag.dag_id, task_id=task.task_id, subject="many")
        pause = seconds(delay.value) if delay is not None else None
        grows = given(task, "retry_exponential_backoff", False)
        if delay is not None and pause is not None and pause < self.option("min-delay") and (grows is False or grows == 0):
            message = f"The task {task.task_id} is retried after {in_words(pause)}: what failed has hardly had the time to recover."
            yield Finding(message, delay.span, dag_id=dag.dag_id, task_id=task.task_id, subject="delay")
