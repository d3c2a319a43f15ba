from collections.abc import Iterable

from dagcheck.model.dag import Dag, Declared
from dagcheck.rule import Bad, FileContext, Finding, Good, Meta, Related, Rule

_WRITTEN = ("shift", "call")


class RepeatedDependency(Rule):
    """Dependency that is declared twice

    Airflow keeps an edge once, so the second declaration does nothing. It misleads the reader, and who removes one of the two wonders why the tasks are still tied.
    Often it is what is left of a copied line in which another task was meant.
    """

    meta = Meta(code="DAG103", name="repeated-dependency", severity="info", since="0.1.0")
    bad = (
        Bad(
            """
            from airflow.providers.standard.operators.empty import EmptyOperator
            from airflow.sdk import DAG

            with DAG("sales"):
                extract = EmptyOperator(task_id="extract")
                load = EmptyOperator(task_id="load")
                extract >> load
                load << extract  # DAG103
            """
        ),
        Bad(
            """
            from airflow.providers.standard.operators.empty import EmptyOperator
            from airflow.sdk import DAG, chain

            with DAG("sales"):
                extract = EmptyOperator(task_id="extract")
                load = EmptyOperator(task_id="load")
                report = EmptyOperator(task_id="report")
                chain(extract, load, report)
                load.set_downstream(report)  # DAG103
            """,
            title="chain, then a method",
        ),
        Bad(
            """
            from airflow.sdk import dag, task

            @dag
            def sales():
                @task
                def extract():
                    pass

                @task
                def load():
                    pass

                first, second = extract(), load()
                first >> second
                first >> [second]  # DAG103

            sales()
            """,
            title="TaskFlow",
        ),
    )
    good = (
        Good(
            """
            from airflow.providers.standard.operators.empty import EmptyOperator
            from airflow.sdk import DAG

            with DAG("sales"):
                extract = EmptyOperator(task_id="extract")
                load = EmptyOperator(task_id="load")
                report = EmptyOperator(task_id="report")
                extract >> load >> report
                extract >> report
            """,
            title="Implied by others, but said once",
        ),
        Good(
            """
            from airflow.sdk import dag, task

            @dag
            def sales():
                @task
                def extract():
                    return 1

                @task
                def load(rows):
                    pass

                rows = extract()
                rows >> load(rows)

            sales()
            """,
            title="Said by the data and, for the reader, by a shift",
        ),
        Good(
            """
            from airflow.providers.standard.operators.empty import EmptyOperator
            from airflow.sdk import DAG

            with DAG("sales"):
                start = EmptyOperator(task_id="start")
                for region in ("north", "south"):
                    start >> EmptyOperator(task_id=f"load_{region}")
            """,
            title="One line, other tasks at each pass",
        ),
        Good(
            """
            from airflow.providers.standard.operators.empty import EmptyOperator
            from airflow.sdk import DAG, TaskGroup

            with DAG("sales"):
                start = EmptyOperator(task_id="start")
                with TaskGroup("load") as load:
                    first = EmptyOperator(task_id="first")
                    start >> first
                start >> load
            """,
            title="The second time by way of a group",
        ),
    )

    def check_dag(self, dag: Dag, context: FileContext) -> Iterable[Finding]:
        """One finding for each place that only repeats what other places said."""
        first: dict[tuple[str, str], Declared] = {}
        for edge in dag.declared:
            if edge.how not in _WRITTEN or edge.via_group:
                continue
            earlier = first.setdefault((edge.upstream, edge.downstream), edge)
            if earlier.span != edge.span:
                yield Finding(
                    f"{edge.upstream} is already put before {edge.downstream}.",
                    edge.span,
                    help="Take one of the two out, or name the task that was meant.",
                    dag_id=dag.dag_id,
                    task_id=edge.downstream,
                    related=(Related(earlier.span, "first declared here"),),
                    subject=f"{edge.upstream} {edge.downstream}",
                )
