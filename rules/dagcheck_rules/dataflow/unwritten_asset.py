from collections.abc import Iterable

from dagcheck.project.assets import asset_key, assets_in, written
from dagcheck.rule import Bad, Finding, Good, Meta, Option, ProjectContext, Rule
from dagcheck.rule.near import letters, nearest


class UnwrittenAsset(Rule):
    """DAG that is scheduled on an asset which nobody writes

    It never runs, unless the asset is updated from outside: by the API, a watcher, or a DAG of another repository. So only a likely slip is told, unless the option
    `complete` says that the project holds all that writes assets.
    """

    meta = Meta(code="DAG825", name="unwritten-asset", severity="warning", since="0.1.0")
    options = (Option("complete", False, "every asset is written by a task of the project"),)
    bad = (
        Bad(
            """
            from airflow.providers.standard.operators.empty import EmptyOperator
            from airflow.sdk import DAG, Asset

            with DAG("sales", schedule="@daily"):
                EmptyOperator(task_id="load", outlets=[Asset("s3://shop/sales")])

            with DAG("report", schedule=[Asset("s3://shop/salse")]):  # DAG825
                EmptyOperator(task_id="draw")
            """
        ),
        Bad(
            """
            from airflow.sdk import Asset, dag, task

            @dag(schedule=Asset("s3://shop/sales") & Asset("s3://shop/stock"))  # DAG825
            def report():
                @task
                def draw():
                    pass

                draw()

            report()
            """,
            config=(("rule", {"unwritten-asset": {"complete": True}}),),
            title="The project holds all that writes",
        ),
        Bad(
            """
            from airflow import DAG, Dataset
            from airflow.operators.empty import EmptyOperator

            with DAG("sales", schedule="@daily"):
                for region in ("northern", "southern"):
                    EmptyOperator(task_id=region, outlets=[Dataset(f"s3://shop/{region}")])

            with DAG("report", schedule=[Dataset("s3://shop/northern"), Dataset("s3://shop/suothern")]):  # DAG825
                EmptyOperator(task_id="draw")
            """,
            airflow="2.11",
            title="A Dataset of Airflow 2, generated",
        ),
    )
    good = (
        Good(
            """
            from airflow.providers.standard.operators.empty import EmptyOperator
            from airflow.sdk import DAG, Asset

            with DAG("report", schedule=[Asset("s3://shop/sales")]):
                EmptyOperator(task_id="draw")
            """,
            title="Written elsewhere",
        ),
        Good(
            """
            from airflow.providers.standard.operators.empty import EmptyOperator
            from airflow.sdk import DAG, Asset

            sales = Asset(name="sales", uri="s3://shop/sales")

            with DAG("sales", schedule="@daily"):
                EmptyOperator(task_id="load", outlets=[sales])

            with DAG("report", schedule=(sales | Asset("s3://other/stock"))):
                EmptyOperator(task_id="draw")
            """
        ),
        Good(
            """
            from airflow.sdk import Asset, asset

            @asset(schedule="@daily", uri="s3://shop/sales")
            def sales():
                pass

            @asset(schedule=Asset("s3://shop/sales"))
            def report():
                pass
            """,
            config=(("rule", {"unwritten-asset": {"complete": True}}),),
            title="Written by @asset",
        ),
    )

    def check_project(self, context: ProjectContext) -> Iterable[Finding]:
        """One finding for each such asset of each DAG."""
        known = {key for use in written(context.dags) if (key := asset_key(use.asset))}
        certain = self.option("complete") and all(dag.complete for dag in context.dags)
        spelt = frozenset(map(letters, known))
        for dag in context.dags:
            for asset in assets_in(dag.schedule.given):
                key = asset_key(asset)
                if key is None or key in known or asset.kind != "asset":
                    continue
                if not certain and letters(key) not in spelt:  # `nearest` looks at every asset
                    continue
                near = nearest(key, known)
                if certain or (near is not None and letters(near) == letters(key)):
                    hint = f" Did you mean {near}?" if near else ""
                    message = f"No task writes the asset {key} that the DAG {dag.dag_id} is scheduled on.{hint}"
                    yield Finding(message, dag.schedule.span or dag.span, dag_id=dag.dag_id, subject=key)
