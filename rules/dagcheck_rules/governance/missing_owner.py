from collections.abc import Iterable

from dagcheck.model.dag import Dag
from dagcheck.rule import Bad, FileContext, Finding, Good, Meta, Option, Rule


class MissingOwner(Rule):
    """DAG that nobody owns

    The owner is who gets asked when a run fails. `airflow` is what Airflow writes where nobody was named. Off by default: not every team uses owners.
    """

    meta = Meta(code="DAG901", name="missing-owner", severity="info", since="0.1.0", default=False)
    options = (Option("anonymous", ("airflow", ""), "owners that count as none"),)
    bad = (
        Bad(
            """
            from airflow.providers.standard.operators.empty import EmptyOperator
            from airflow.sdk import DAG

            with DAG("sales"):  # DAG901
                EmptyOperator(task_id="load")
            """
        ),
        Bad(
            """
            from airflow.sdk import dag, task

            @dag(default_args={"owner": "airflow"})  # DAG901
            def sales():
                @task
                def load():
                    pass

                load()

            sales()
            """,
            title="The default, written out",
        ),
        Bad(
            """
            from airflow.providers.standard.operators.empty import EmptyOperator
            from airflow.sdk import DAG

            for region in ("north", "south"):
                with DAG(f"sales_{region}", default_args={"owner": "nobody"}):  # DAG901
                    EmptyOperator(task_id="load")
            """,
            config=(("rule", {"missing-owner": {"anonymous": ["airflow", "nobody"]}}),),
            title="An owner that is configured to count as none",
        ),
    )
    good = (
        Good(
            """
            from airflow.providers.standard.operators.empty import EmptyOperator
            from airflow.sdk import DAG

            with DAG("sales", default_args={"owner": "sales-team"}):
                EmptyOperator(task_id="load")
            """
        ),
        Good(
            """
            from airflow.providers.standard.operators.empty import EmptyOperator
            from airflow.sdk import DAG

            with DAG("sales"):
                EmptyOperator(task_id="start")
                EmptyOperator(task_id="load", owner="sales-team")
            """,
            title="One task has an owner",
        ),
        Good(
            """
            import os

            from airflow.providers.standard.operators.empty import EmptyOperator
            from airflow.sdk import DAG

            with DAG("sales", default_args={"owner": os.environ["TEAM"]}):
                EmptyOperator(task_id="load")
            """,
            title="Not known",
        ),
    )

    def check_dag(self, dag: Dag, context: FileContext) -> Iterable[Finding]:
        """One finding for a DAG none of whose tasks has an owner."""
        anonymous = self.option("anonymous")
        if dag.complete and dag.tasks and all(task.owner is not None and task.owner in anonymous for task in dag.tasks):
            yield Finding("The DAG has no owner.", dag.span, help='Set "owner" in default_args.', dag_id=dag.dag_id, subject="owner")
