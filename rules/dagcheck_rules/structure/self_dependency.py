from collections.abc import Iterable

from dagcheck.model.dag import Dag
from dagcheck.rule import Bad, FileContext, Finding, Good, Meta, Rule


class SelfDependency(Rule):
    """Task that depends on itself

    The task would have to be done before it starts, so Airflow refuses to load the DAG. Often it comes of a list that holds the task on both sides, or of a name that was
    used twice.
    """

    meta = Meta(code="DAG102", name="self-dependency", severity="error", since="0.1.0")
    bad = (
        Bad(
            """
            from airflow.providers.standard.operators.empty import EmptyOperator
            from airflow.sdk import DAG

            with DAG("sales"):
                extract = EmptyOperator(task_id="extract")
                load = EmptyOperator(task_id="load")
                extract >> [load, extract]  # DAG102
            """
        ),
        Bad(
            """
            from airflow.sdk import dag, task

            @dag
            def sales():
                @task
                def load(region):
                    pass

                tasks = [load(region) for region in ("north", "south")]
                for one in tasks:
                    one >> tasks[0]  # DAG102

            sales()
            """,
            title="TaskFlow, in a loop that passes its own task",
        ),
        Bad(
            """
            from airflow.providers.standard.operators.empty import EmptyOperator
            from airflow.sdk import DAG, chain

            with DAG("sales"):
                extract = EmptyOperator(task_id="extract")
                load = EmptyOperator(task_id="load")
                chain(extract, load, load)  # DAG102
            """,
            title="Twice in a chain",
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
                extract >> load
            """
        ),
        Good(
            """
            from airflow.providers.standard.operators.empty import EmptyOperator
            from airflow.sdk import DAG

            with DAG("sales"):
                task = EmptyOperator(task_id="extract")
                for name in ("load", "report"):
                    before, task = task, EmptyOperator(task_id=name)
                    before >> task
            """,
            title="One name, another task at each pass",
        ),
        Good(
            """
            from airflow.sdk import dag, task

            @dag
            def sales():
                @task
                def load(rows=None):
                    return rows

                load(load(load()))

            sales()
            """,
            title="One function, three tasks",
        ),
    )

    def check_dag(self, dag: Dag, context: FileContext) -> Iterable[Finding]:
        """One finding for each task that is its own upstream, at the first place that says so."""
        places = {edge.upstream: edge.span for edge in reversed(dag.declared) if edge.upstream == edge.downstream}
        places.update({misuse.task_id: misuse.span for misuse in reversed(dag.misuses) if misuse.kind == "self-edge" and misuse.task_id})
        for task_id, span in places.items():
            message = f"The task {task_id} is put before itself, so it could never start. Airflow refuses to load the DAG."
            yield Finding(message, span, dag_id=dag.dag_id, task_id=task_id, subject="self")
