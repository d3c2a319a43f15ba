from collections.abc import Iterable

from dagcheck.model.dag import Dag
from dagcheck.rule import Bad, FileContext, Finding, Good, Meta, Related, Rule
from dagcheck_rules.identity._loops import loop_around


class DuplicateTaskId(Rule):
    """Two tasks with one id in a DAG

    Airflow refuses to load the DAG. In a loop the id must hold what differs from pass to pass; TaskFlow functions that are called again get `__1`, `__2`, … by themselves.
    """

    meta = Meta(code="DAG202", name="duplicate-task-id", severity="error", since="0.1.0")
    bad = (
        Bad(
            """
            from airflow.providers.standard.operators.empty import EmptyOperator
            from airflow.sdk import DAG

            with DAG("sales"):
                first = EmptyOperator(task_id="load")
                second = EmptyOperator(task_id="load")  # DAG202
            """
        ),
        Bad(
            """
            from airflow.providers.standard.operators.empty import EmptyOperator
            from airflow.sdk import DAG, TaskGroup

            with DAG("sales"):
                with TaskGroup("load"):
                    EmptyOperator(task_id="north")
                EmptyOperator(task_id="load")  # DAG202
                with TaskGroup("load"):  # DAG202
                    EmptyOperator(task_id="south")
            """,
            title="A task and a group, and two groups, of one name",
        ),
        Bad(
            """
            from airflow.providers.standard.operators.bash import BashOperator
            from airflow.sdk import DAG

            with DAG("sales"):
                for region in ("north", "south"):
                    BashOperator(task_id="load", bash_command=f"load {region}")  # DAG202
            """,
            title="In a loop",
        ),
    )
    good = (
        Good(
            """
            from airflow.providers.standard.operators.empty import EmptyOperator
            from airflow.sdk import DAG, TaskGroup

            with DAG("sales"):
                for region in ("north", "south"):
                    with TaskGroup(region):
                        EmptyOperator(task_id="load")
            """,
            title="The groups give their prefixes",
        ),
        Good(
            """
            from airflow.providers.standard.operators.empty import EmptyOperator
            from airflow.sdk import DAG

            for region in ("north", "south"):
                with DAG(f"sales_{region}"):
                    EmptyOperator(task_id="load")
            """,
            title="In two DAGs",
        ),
        Good(
            """
            from airflow.sdk import dag, task

            @dag
            def sales():
                @task
                def load(region):
                    pass

                load("north")
                load("south")

            sales()
            """
        ),
    )

    def check_dag(self, dag: Dag, context: FileContext) -> Iterable[Finding]:
        """One finding for each task or group that takes an id which is taken."""
        for misuse in dag.misuses:
            what = {"duplicate-task": "task", "duplicate-group": "group"}.get(misuse.kind)
            if what is not None:
                name = misuse.task_id or ""
                related = tuple(Related(span, message) for span, message in misuse.related)
                again = any(span == misuse.span for span, _ in misuse.related)
                source = context.source_of(misuse.span.path) if again else None
                loop = loop_around(source, misuse.span) if source is not None else None
                how = f": each pass of the loop on line {loop.span.line} (`{loop.head}`) makes it again" if loop else ""
                how += f", for {twice} comes twice" if loop and (twice := loop.repeated()) else ""
                message = f"The {what} id {name} is already taken in this DAG, which Airflow therefore refuses to load{how}."
                help_text = "Put what differs from pass to pass of the loop into the id." if again else ""
                task_id = name if what == "task" and name else None
                yield Finding(message, misuse.span, help_text, dag.dag_id, task_id, related, subject=name)
