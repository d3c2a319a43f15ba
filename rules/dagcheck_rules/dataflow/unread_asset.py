from collections.abc import Iterable

from dagcheck.project.assets import asset_key, read, written
from dagcheck.rule import Bad, Finding, Good, Meta, ProjectContext, Rule


class UnreadAsset(Rule):
    """Asset that a task writes and nobody reads

    No DAG is scheduled on it and no task has it as an inlet. Off by default: assets also serve lineage, and DAGs of other repositories.
    """

    meta = Meta(code="DAG826", name="unread-asset", severity="info", since="0.1.0", default=False)
    bad = (
        Bad(
            """
            from airflow.providers.standard.operators.empty import EmptyOperator
            from airflow.sdk import DAG, Asset

            with DAG("sales", schedule="@daily"):
                EmptyOperator(task_id="load", outlets=[Asset("s3://shop/sales")])  # DAG826
            """
        ),
        Bad(
            """
            from airflow.sdk import Asset, dag, task

            @dag(schedule="@daily")
            def sales():
                @task(outlets=[Asset("s3://shop/sales"), Asset("s3://shop/stock")])
                def load():
                    pass

                load()  # DAG826

            @dag(schedule=Asset("s3://shop/sales"))
            def report():
                pass

            sales()
            report()
            """,
            title="One of two",
        ),
        Bad(
            """
            from airflow.sdk import asset

            @asset(schedule="@daily", uri="s3://shop/sales")  # DAG826
            def sales():
                pass
            """,
            title="@asset",
        ),
    )
    good = (
        Good(
            """
            from airflow.providers.standard.operators.empty import EmptyOperator
            from airflow.sdk import DAG, Asset

            sales = Asset("s3://shop/sales")

            with DAG("sales", schedule="@daily"):
                EmptyOperator(task_id="load", outlets=[sales])

            with DAG("report", schedule="@daily"):
                EmptyOperator(task_id="draw", inlets=[sales])
            """
        ),
        Good(
            """
            from airflow.sdk import Asset, asset

            @asset(schedule="@daily")
            def sales(report):
                pass

            @asset(schedule=None)
            def report(sales):
                pass
            """,
            title="Read by the name of a parameter",
        ),
        Good(
            """
            from airflow.providers.standard.operators.empty import EmptyOperator
            from airflow.sdk import DAG

            with DAG("sales", schedule="@daily"):
                EmptyOperator(task_id="load")
            """,
            title="No assets",
        ),
    )

    def check_project(self, context: ProjectContext) -> Iterable[Finding]:
        """One finding for each task that writes an asset which nobody reads."""
        known = {key for use in read(context.dags) if (key := asset_key(use.asset))}
        names = {name for dag in context.dags for task in dag.tasks if task.callable for name, _, _ in task.callable.parameters}
        for use in written(context.dags):
            key = asset_key(use.asset)
            if key is not None and key not in known and use.asset.name not in names and use.task is not None and use.asset.kind == "asset":
                message = f"Nobody reads the asset {key} that {use.task.task_id} writes."
                yield Finding(message, use.task.span, dag_id=use.dag.dag_id, task_id=use.task.task_id, subject=key)
