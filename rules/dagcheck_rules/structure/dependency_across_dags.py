from collections.abc import Iterable

from dagcheck.model.dag import Dag
from dagcheck.rule import Bad, FileContext, Finding, Good, Meta, Related, Rule


class DependencyAcrossDags(Rule):
    """Dependency between tasks of different DAGs

    `>>` ties tasks of one DAG. Between two DAGs Airflow refuses it, and the file does not load. Use an asset that one DAG writes and the other is scheduled on, an
    `ExternalTaskSensor`, or a `TriggerDagRunOperator`.
    """

    meta = Meta(code="DAG108", name="dependency-across-dags", severity="error", since="0.1.0")
    bad = (
        Bad(
            """
            from airflow.providers.standard.operators.empty import EmptyOperator
            from airflow.sdk import DAG

            with DAG("sales"):
                load = EmptyOperator(task_id="load")

            with DAG("report"):
                draw = EmptyOperator(task_id="draw")

            load >> draw  # DAG108
            """
        ),
        Bad(
            """
            from airflow.providers.standard.operators.empty import EmptyOperator
            from airflow.sdk import DAG, chain

            first, second = DAG("sales"), DAG("report")
            load = EmptyOperator(task_id="load", dag=first)
            draw = EmptyOperator(task_id="draw", dag=second)
            chain(load, draw)  # DAG108
            """,
            title="Tied by chain",
        ),
        Bad(
            """
            from airflow.providers.standard.operators.empty import EmptyOperator
            from airflow.sdk import DAG

            last = None
            for region in ("north", "south"):
                with DAG(f"sales_{region}"):
                    load = EmptyOperator(task_id="load")
                    if last is not None:
                        last >> load  # DAG108
                    last = load
            """,
            title="A name kept from the pass before",
        ),
    )
    good = (
        Good(
            """
            from airflow.providers.standard.operators.empty import EmptyOperator
            from airflow.sdk import DAG

            for region in ("north", "south"):
                with DAG(f"sales_{region}"):
                    EmptyOperator(task_id="extract") >> EmptyOperator(task_id="load")
            """
        ),
        Good(
            """
            from airflow.providers.standard.operators.empty import EmptyOperator
            from airflow.providers.standard.operators.trigger_dagrun import TriggerDagRunOperator
            from airflow.sdk import DAG

            with DAG("sales"):
                EmptyOperator(task_id="load") >> TriggerDagRunOperator(task_id="start_report", trigger_dag_id="report")

            with DAG("report"):
                EmptyOperator(task_id="draw")
            """
        ),
        Good(
            """
            from airflow.providers.standard.operators.empty import EmptyOperator
            from airflow.sdk import DAG

            with DAG("sales"):
                load = EmptyOperator(task_id="load")
                load >> EmptyOperator(task_id="check")

            with DAG("report"):
                load = EmptyOperator(task_id="load")
                load >> EmptyOperator(task_id="draw")
            """,
            title="One name for two tasks, each tied in its own DAG",
        ),
    )

    def check_dag(self, dag: Dag, context: FileContext) -> Iterable[Finding]:
        """One finding for each such dependency."""
        for misuse in dag.misuses:
            if misuse.kind == "cross-dag-edge":
                related = tuple(Related(span, message) for span, message in misuse.related)
                message = "This ties a task of this DAG to a task of another, which Airflow refuses: the file does not load."
                help_text = "Let the DAGs meet by an asset, an ExternalTaskSensor or a TriggerDagRunOperator."
                yield Finding(message, misuse.span, help=help_text, dag_id=dag.dag_id, related=related, subject="across")
