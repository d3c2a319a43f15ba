from collections.abc import Iterable

from dagcheck.model.dag import File
from dagcheck.rule import Bad, FileContext, Finding, Good, Meta, Rule


class UncalledTask(Rule):
    """TaskFlow function that is never called

    A function with `@task` becomes a task only where it is called inside a DAG. One that never is, in a file that makes DAGs, was mostly forgotten, or its call was deleted
    with a line of dependencies.
    """

    meta = Meta(code="DAG115", name="uncalled-task", severity="warning", since="0.1.0")
    bad = (
        Bad(
            """
            from airflow.sdk import dag, task

            @dag
            def sales():
                @task
                def extract():
                    return 1

                @task  # DAG115
                def load(rows):
                    pass

                extract()

            sales()
            """
        ),
        Bad(
            """
            from airflow.sdk import DAG, task

            @task.bash  # DAG115
            def clean_up():
                return "rm -f /tmp/sales"

            @task
            def load():
                pass

            with DAG("sales"):
                load()
            """,
            title="At the top of the file",
        ),
        Bad(
            """
            from airflow.sdk import DAG, task, task_group

            with DAG("sales"):
                @task_group
                def write(region):
                    @task
                    def load():
                        pass

                    @task(retries=2)  # DAG115
                    def check():
                        pass

                    load()

                for region in ("north", "south"):
                    write.override(group_id=region)(region)
            """,
            title="In a group",
        ),
    )
    good = (
        Good(
            """
            from airflow.sdk import dag, task

            @dag
            def sales():
                @task
                def load(region):
                    pass

                load.override(task_id="load_north")("north")

            sales()
            """
        ),
        Good(
            """
            from airflow.sdk import task

            @task
            def load(region):
                pass
            """,
            title="A file of tasks for others to import",
        ),
        Good(
            """
            from airflow.sdk import dag, task

            @dag
            def sales():
                @task
                def load(region):
                    pass

                load.partial().expand(region=["north", "south"])

            sales()
            """,
            title="Expanded",
        ),
        Good(
            """
            from airflow.sdk import dag, task

            @task
            def load(region):
                pass

            steps = {"north": load}

            @dag
            def sales():
                for name, step in steps.items():
                    step(name)

            sales()
            """,
            title="Called by way of a dict",
        ),
    )

    def check_file(self, file: File, context: FileContext) -> Iterable[Finding]:
        """One finding for each such function of the file itself."""
        if not file.dags or not all(dag.complete for dag in file.dags):
            return
        for misuse in file.misuses:
            if misuse.kind == "uncalled-task" and misuse.span.path == file.path:
                yield Finding(f"{misuse.message[:1].upper()}{misuse.message[1:]}.", misuse.span, subject=misuse.message)
