import re
from collections.abc import Iterable

from dagcheck.model.values import Span
from dagcheck.project.assets import AssetUse, read, written
from dagcheck.rule import Bad, Finding, Good, Meta, ProjectContext, Related, Rule


class AssetWrittenTwoWays(Rule):
    """One place under two asset URIs

    For Airflow assets with different URIs are different assets: a DAG that is scheduled on `s3://shop/sales/` hears nothing of a task that writes `s3://shop/sales`. The rule
    compares URIs without regard to case of scheme and host, to doubled and final slashes.
    """

    meta = Meta(code="DAG827", name="asset-written-two-ways", severity="warning", since="0.1.0")
    bad = (
        Bad(
            """
            from airflow.providers.standard.operators.empty import EmptyOperator
            from airflow.sdk import DAG, Asset

            with DAG("sales", schedule="@daily"):
                EmptyOperator(task_id="load", outlets=[Asset("s3://shop/sales")])

            with DAG("report", schedule=[Asset("s3://shop/sales/")]):  # DAG827
                EmptyOperator(task_id="draw")
            """
        ),
        Bad(
            """
            from airflow.sdk import Asset, dag, task

            @dag(schedule="@daily")
            def sales():
                @task(outlets=[Asset("gs://shop/a//rows")])
                def load():
                    pass

                @task(inlets=[Asset("gs://shop/a/rows")])  # DAG827
                def check():
                    pass

                load() >> check()

            sales()
            """,
            title="A doubled slash",
        ),
        Bad(
            """
            from airflow.providers.standard.operators.empty import EmptyOperator
            from airflow.sdk import DAG, Asset

            with DAG("sales", schedule="@daily"):
                for number, end in enumerate(("", "/")):
                    EmptyOperator(task_id=f"load_{number}", outlets=[Asset(f"s3://shop/sales{end}")])  # DAG827
            """,
            title="Generated",
        ),
    )
    good = (
        Good(
            """
            from airflow.providers.standard.operators.empty import EmptyOperator
            from airflow.sdk import DAG, Asset

            with DAG("sales", schedule="@daily"):
                EmptyOperator(task_id="load", outlets=[Asset("s3://shop/sales"), Asset("s3://shop/sales/2025"), Asset("s3://shop/Sales")])
            """,
            title="Other places",
        ),
        Good(
            """
            from airflow.providers.standard.operators.empty import EmptyOperator
            from airflow.sdk import DAG, Asset

            with DAG("sales", schedule="@daily"):
                EmptyOperator(task_id="load", outlets=[Asset("s3://shop/sales")])

            with DAG("report", schedule=[Asset("s3://shop/sales")]):
                EmptyOperator(task_id="draw")
            """,
            title="The same",
        ),
        Good(
            """
            from airflow.providers.standard.operators.empty import EmptyOperator
            from airflow.sdk import DAG, Asset

            with DAG("sales", schedule="@daily"):
                EmptyOperator(task_id="load", outlets=[Asset("sales"), Asset("Sales"), Asset("sales/")])
            """,
            title="Names without a scheme",
        ),
    )

    def check_project(self, context: ProjectContext) -> Iterable[Finding]:
        """One finding for each asset whose URI differs from an earlier one in its spelling alone."""
        first: dict[str, AssetUse] = {}
        for use in (*written(context.dags), *read(context.dags)):
            uri = use.asset.uri
            if uri is None or "://" not in uri:
                continue
            earlier = first.setdefault(_plain(uri), use)
            if earlier.asset.uri != uri:
                message = f"{uri} and {earlier.asset.uri} are two assets for Airflow, though they seem to be one place."
                related = (Related(_place(earlier), f"written {earlier.asset.uri} here"),)
                yield Finding(
                    message,
                    _place(use),
                    dag_id=use.dag.dag_id,
                    task_id=use.task.task_id if use.task else None,
                    related=related,
                    subject=uri,
                )


def _plain(uri: str) -> str:
    scheme, _, rest = uri.partition("://")
    host, slash, path = rest.partition("/")
    return f"{scheme.lower()}://{host.lower()}{slash}{re.sub('/+', '/', path).rstrip('/')}".rstrip("/")


def _place(use: AssetUse) -> Span:
    return use.asset.span or (use.task.span if use.task is not None else use.dag.span)
