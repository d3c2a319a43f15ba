from collections.abc import Iterable

from dagcheck.model.dag import Dag
from dagcheck.rule import Bad, FileContext, Finding, Good, Meta, Rule


class EmptyDag(Rule):
    """DAG without a single task

    It loads, and its runs succeed at once without having done anything. Mostly the tasks are made outside its block, or belong to another DAG.
    """

    meta = Meta(code="DAG106", name="empty-dag", severity="warning", since="0.1.0")
    bad = (
        Bad(
            """
            from airflow.sdk import DAG

            dag = DAG("sales", schedule="@daily")  # DAG106
            """
        ),
        Bad(
            """
            from airflow.sdk import dag, task

            @task
            def extract():
                pass

            @dag(schedule="@daily")  # DAG106
            def sales():
                extract

            sales()
            """,
            title="The task function is named, but not called",
        ),
        Bad(
            """
            from airflow.providers.standard.operators.empty import EmptyOperator
            from airflow.sdk import DAG

            for region in ():
                pass

            with DAG("sales") as dag:  # DAG106
                for region in []:
                    EmptyOperator(task_id=f"load_{region}")
            """,
            title="A loop that makes no pass",
        ),
    )
    good = (
        Good(
            """
            from airflow.providers.standard.operators.empty import EmptyOperator
            from airflow.sdk import DAG

            dag = DAG("sales")
            EmptyOperator(task_id="extract", dag=dag)
            """,
            title="Tied by an argument",
        ),
        Good(
            """
            from warehouse import tasks_of
            from airflow.sdk import DAG

            with DAG("sales") as dag:
                tasks_of(dag)
            """,
            title="What an unknown function adds is not known",
        ),
        Good(
            """
            import os

            from airflow.providers.standard.operators.empty import EmptyOperator
            from airflow.sdk import DAG

            with DAG("sales") as dag:
                for name in os.environ["REGIONS"].split(","):
                    EmptyOperator(task_id=f"load_{name}")
            """,
            title="How many tasks depends on the environment",
        ),
    )

    def check_dag(self, dag: Dag, context: FileContext) -> Iterable[Finding]:
        """One finding for a DAG that surely has no task."""
        if dag.complete and not dag.tasks:
            yield Finding("The DAG has no task: its runs do nothing and succeed.", dag.span, dag_id=dag.dag_id, subject="empty")
