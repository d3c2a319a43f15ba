from collections.abc import Iterable

from dagcheck.model.dag import Argument, Dag
from dagcheck.model.values import Span, Unknown
from dagcheck.rule import Bad, FileContext, Finding, Good, Meta, Rule

_CAUSES = {"clock": "the clock", "random": "chance"}


class ChangingId(Rule):
    """Id that is another one at each parse

    Airflow parses a file again and again, and each worker once more for its task. An id made of the clock, a random number or a UUID is new each time: DAGs and tasks come
    and go, their history is lost, and a worker does not find the task that it was sent to run.
    """

    meta = Meta(code="DAG205", name="changing-id", severity="error", since="0.1.0")
    bad = (
        Bad(
            """
            from datetime import datetime

            from airflow.sdk import DAG

            with DAG(f"sales_{datetime.now():%Y%m%d}"):  # DAG205
                pass
            """
        ),
        Bad(
            """
            import uuid

            from airflow.providers.standard.operators.empty import EmptyOperator
            from airflow.sdk import DAG

            with DAG("sales"):
                EmptyOperator(task_id="load_" + str(uuid.uuid4()))  # DAG205
            """
        ),
        Bad(
            """
            import random

            from airflow.sdk import dag, task

            SUFFIX = random.randint(1, 1000)

            @dag
            def sales():
                @task
                def load():
                    pass

                for region in ("north", "south"):
                    load.override(task_id=f"load_{region}_{SUFFIX}")()  # DAG205

            sales()
            """,
            title="Far from where chance is asked",
        ),
    )
    good = (
        Good(
            """
            import os

            from airflow.providers.standard.operators.empty import EmptyOperator
            from airflow.sdk import DAG

            with DAG(f"sales_{os.environ['STAGE']}"):
                EmptyOperator(task_id="load")
            """,
            title="The environment stays the same",
        ),
        Good(
            """
            import uuid

            from airflow.providers.standard.operators.empty import EmptyOperator
            from airflow.sdk import DAG

            with DAG("sales"):
                EmptyOperator(task_id=f"load_{uuid.uuid5(uuid.NAMESPACE_DNS, 'north').hex}")
            """,
            title="A UUID that is computed of a name",
        ),
        Good(
            """
            from datetime import datetime

            from airflow.providers.standard.operators.bash import BashOperator
            from airflow.sdk import DAG

            VERSION = datetime(2025, 1, 1).strftime("%Y%m")

            with DAG(f"sales_{VERSION}"):
                BashOperator(task_id="load", bash_command="load {{ macros.datetime.now() }}")
            """,
            title="A fixed date, and a clock that is asked when the task runs",
        ),
    )

    def check_dag(self, dag: Dag, context: FileContext) -> Iterable[Finding]:
        """One finding for each id of the DAG and its tasks that the clock or chance goes into."""
        found = _changing(dag.arguments.get("dag_id"))
        if found:
            message = f"The id of the DAG is made of {found[0]}: each time Airflow parses the file, it is another DAG."
            yield Finding(message, found[1], subject="dag")
        for task in dag.tasks:
            found = _changing(task.arguments.get("task_id"))
            if found:
                message = f"The id of the task is made of {found[0]}: a worker that parses the file again does not find the task."
                yield Finding(message, found[1], dag_id=dag.dag_id if dag.id_known else None, subject="task")


def _changing(argument: Argument | None) -> tuple[str, Span] | None:
    """What an id changes with, and where it is given."""
    if argument is None or not isinstance(argument.value, Unknown) or argument.value.cause not in _CAUSES:
        return None
    return _CAUSES[argument.value.cause], argument.span
