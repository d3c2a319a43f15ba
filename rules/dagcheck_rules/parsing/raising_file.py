from collections.abc import Iterable

from dagcheck.model.dag import File
from dagcheck.model.values import Span
from dagcheck.patterns import late
from dagcheck.rule import Bad, FileContext, Finding, Good, Meta, Rule

_SHIFT = late(r"unsupported operand type\(s\) for (?:>>|<<):")
"""What Python says of a shift between things that are no tasks; `broken-shift` tells of it."""


class RaisingFile(Rule):
    """File that raises when Airflow imports it

    The file parses, but running it from top to bottom ends in an exception: a name that is not defined, a call that Airflow refuses, a missing key. Airflow shows an
    import error and loads none of its DAGs. Files that Airflow would not run by themselves are left alone: those outside of the DAG folders, and those without the words
    "dag" and "airflow".
    """

    meta = Meta(code="DAG007", name="raising-file", severity="error", since="0.1.0")
    bad = (
        Bad(
            """
            from airflow.sdk import DAG

            with DAG("sales", schedule=DAILY):  # DAG007
                pass
            """
        ),
        Bad(
            """
            from airflow.sdk import dag

            SCHEDULES = {"north": "@daily"}

            @dag(schedule=SCHEDULES["south"])  # DAG007
            def sales():
                pass

            sales()
            """,
            title="A missing key",
        ),
        Bad(
            """
            from airflow.providers.standard.operators.empty import EmptyOperator
            from airflow.sdk import DAG

            with DAG("sales"):
                tasks = [EmptyOperator(task_id=f"load_{number}") for number in range(3)]
                tasks[0] >> tasks[3]  # DAG007
            """,
            title="Generated: one too few",
        ),
    )
    good = (
        Good(
            """
            from airflow.sdk import DAG, task

            with DAG("sales"):

                @task
                def load():
                    return UNKNOWN["key"]

                load()
            """,
            title="Inside a task it is the task that fails",
        ),
        Good(
            """
            import os

            from airflow.sdk import DAG

            try:
                SCHEDULE = os.environ["SCHEDULE"]
            except KeyError:
                SCHEDULE = "@daily"

            with DAG("sales", schedule=SCHEDULE):
                pass
            """,
            title="Expected, and handled",
        ),
        Good(
            """
            from airflow.sdk import DAG

            DAILY = "0 3 * * *"

            with DAG("sales", schedule=DAILY):
                pass
            """
        ),
    )

    def check_file(self, file: File, context: FileContext) -> Iterable[Finding]:
        """One finding for each error that the evaluation is sure of."""
        if not context.is_dag_file:
            return
        for error in file.errors:
            if error.kind == "raises" and not _SHIFT.search(error.message):
                span = Span(file.path, error.line, error.column, error.line, error.column)
                yield Finding(f"{error.message.rstrip('.')}. None of its DAGs appears.", span, subject=error.kind)
