from collections.abc import Iterable

from dagcheck.model.dag import File
from dagcheck.rule import Bad, FileContext, Finding, Good, Meta, Rule


class OutputAtParseTime(Rule):
    """Printing or logging when the file is parsed

    The lines go to the log of the DAG processor at each parse, every half minute or so, and into each task's log once more. What is meant for a run belongs into its task.
    """

    meta = Meta(code="DAG605", name="output-at-parse-time", severity="info", since="0.1.0")
    bad = (
        Bad(
            """
            from airflow.sdk import DAG

            with DAG("sales") as dag:
                print("loading", dag.dag_id)  # DAG605
            """
        ),
        Bad(
            """
            import logging

            from airflow.sdk import DAG

            log = logging.getLogger(__name__)
            log.info("sales is parsed")  # DAG605

            with DAG("sales"):
                pass
            """,
            title="A logger",
        ),
        Bad(
            """
            from airflow.sdk import dag, task

            @dag
            def sales():
                @task
                def load(region):
                    pass

                for region in ("north", "south"):
                    print(region)  # DAG605
                    load(region)

            sales()
            """,
            title="In the function of the DAG",
        ),
    )
    good = (
        Good(
            """
            import logging

            from airflow.sdk import dag, task

            log = logging.getLogger(__name__)
            log.setLevel(logging.INFO)

            @dag
            def sales():
                @task
                def load():
                    print("load")
                    log.info("load")

                load()

            sales()
            """
        ),
        Good(
            """
            from airflow.providers.standard.operators.python import PythonOperator
            from airflow.sdk import DAG

            with DAG("sales"):
                PythonOperator(task_id="load", python_callable=print, op_args=["load"])
            """,
            title="Passed, not called",
        ),
        Good(
            """
            from airflow.sdk import DAG

            with DAG("sales") as dag:
                pass

            if __name__ == "__main__":
                print(dag.dag_id)
            """,
            title="Only when run by hand",
        ),
    )

    def check_file(self, file: File, context: FileContext) -> Iterable[Finding]:
        """One finding for each such place of the file itself."""
        for effect in file.effects if file.dags else ():
            if effect.kind == "output" and effect.span.path == file.path:
                what = "logged" if effect.name == "logging" else "printed"
                yield Finding(f"This is {what} each time the file is parsed.", effect.span, subject=effect.name)
