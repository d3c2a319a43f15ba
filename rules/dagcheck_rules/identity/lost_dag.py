from collections.abc import Iterable

from dagcheck.model.dag import File
from dagcheck.rule import Bad, FileContext, Finding, Good, Meta, Rule

_HELP = {
    "lost-dag": "Bind each DAG to a name of its own at the top of the file (globals()[dag_id] = dag in a loop), or open it in a `with` block.",
    "uncalled-dag": "Call the function at the top of the file.",
}


class LostDag(Rule):
    """DAG that Airflow will not find

    Airflow takes the DAGs that are bound to names at the top of the file, and those that a `with` block or `@dag` registered. One that is made in a function and returned
    to nobody, overwritten by the next pass of a loop, or whose `@dag` function is never called, does not exist for it, without any message.
    """

    meta = Meta(code="DAG204", name="lost-dag", severity="error", since="0.1.0")
    bad = (
        Bad(
            """
            from airflow.sdk import dag, task

            @dag(schedule="@daily")  # DAG204
            def sales():
                @task
                def load():
                    pass

                load()
            """
        ),
        Bad(
            """
            from airflow.providers.standard.operators.empty import EmptyOperator
            from airflow.sdk import DAG

            for region in ("north", "south", "west"):
                dag = DAG(f"sales_{region}", schedule="@daily")  # DAG204
                EmptyOperator(task_id="load", dag=dag)
            """,
            title="One name for all: the last one wins",
        ),
        Bad(
            """
            from airflow.providers.standard.operators.empty import EmptyOperator
            from airflow.sdk import DAG

            def make(region):
                dag = DAG(f"sales_{region}")  # DAG204
                EmptyOperator(task_id="load", dag=dag)
                return dag

            make("north")
            """,
            title="Returned to nobody",
        ),
    )
    good = (
        Good(
            """
            from airflow.providers.standard.operators.empty import EmptyOperator
            from airflow.sdk import DAG

            def make(region):
                with DAG(f"sales_{region}") as dag:
                    EmptyOperator(task_id="load")
                return dag

            make("north")
            """,
            title="A block registers its DAG",
        ),
        Good(
            """
            from airflow.providers.standard.operators.empty import EmptyOperator
            from airflow.sdk import DAG

            for region in ("north", "south"):
                dag = DAG(f"sales_{region}")
                EmptyOperator(task_id="load", dag=dag)
                globals()[dag.dag_id] = dag
            """,
            title="Kept by globals()",
        ),
        Good(
            """
            from airflow.sdk import dag, task

            @dag
            def sales():
                @task
                def load():
                    pass

                load()

            instance = sales()
            """
        ),
        Good(
            """
            from airflow.providers.standard.operators.empty import EmptyOperator
            from airflow.sdk import DAG
            from warehouse import register

            dags = {}
            for region in ("north", "south"):
                dags[region] = DAG(f"sales_{region}")
                EmptyOperator(task_id="load", dag=dags[region])
            register(dags, globals())
            """,
            title="What an unknown function does with them is not known",
        ),
    )

    def check_file(self, file: File, context: FileContext) -> Iterable[Finding]:
        """One finding for each such DAG of the file itself."""
        if file.errors:
            return
        for misuse in file.misuses:
            if misuse.kind in _HELP and misuse.span.path == file.path:
                message = f"{misuse.message[:1].upper()}{misuse.message[1:]}."
                yield Finding(message, misuse.span, help=_HELP[misuse.kind], subject=misuse.message)
