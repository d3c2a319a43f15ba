import ast
from collections.abc import Iterable, Iterator

from dagcheck.model.dag import File
from dagcheck.rule import Bad, FileContext, Finding, Good, Meta, Rule
from dagcheck.source.nodes import walk


class UncalledTask(Rule):
    """TaskFlow function that is never called

    A function with `@task` becomes a task only where it is called inside a DAG. One that never is, in a file that makes DAGs, was mostly forgotten, or its call was deleted
    with a line of dependencies. The same holds for a function with `@task_group`, and for an operator's `partial(…)` that is never expanded. A task that is made and tied to
    no other is told by `lone-task`.
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
        Bad(
            """
            from airflow.providers.standard.operators.bash import BashOperator
            from airflow.sdk import DAG, task_group

            with DAG("sales"):
                load = BashOperator.partial(task_id="load")  # DAG115

                @task_group  # DAG115
                def report():
                    BashOperator(task_id="mail", bash_command="mail")

                BashOperator(task_id="check", bash_command="check")
            """,
            title="A partial that is never expanded, a group that is never called",
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
        Good(
            """
            from airflow.providers.standard.operators.bash import BashOperator
            from airflow.sdk import DAG, task_group

            with DAG("sales"):
                load = BashOperator.partial(task_id="load")

                @task_group
                def report():
                    BashOperator(task_id="mail", bash_command="mail")

                load.expand(bash_command=["load north", "load south"]) >> report()
            """,
            title="A partial that is expanded later",
        ),
    )

    def check_file(self, file: File, context: FileContext) -> Iterable[Finding]:
        """One finding for each such function of the file itself."""
        if not file.dags or not all(dag.complete for dag in file.dags):
            return
        for misuse in file.misuses:
            if misuse.kind == "uncalled-task" and misuse.span.path == file.path:
                yield Finding(f"{misuse.message[:1].upper()}{misuse.message[1:]}.", misuse.span, subject=misuse.message)
        used = {node.id for node in walk(context.tree) if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load)}
        for node in walk(context.tree):
            yield from _left_alone(node, used, context)


def _left_alone(node: ast.AST, used: set[str], context: FileContext) -> Iterator[Finding]:
    """A group whose function is never called, and a `partial(…)` that is never expanded."""
    if isinstance(node, ast.FunctionDef) and node.name not in used:
        for decorator in node.decorator_list:
            call = decorator.func if isinstance(decorator, ast.Call) else decorator
            if (context.dotted(call) or "").startswith("airflow.") and (context.dotted(call) or "").endswith(".task_group"):
                message = f"The @task_group function {node.name} is never called, so none of its tasks is made."
                yield Finding(message, context.span(decorator), subject=node.name)
    value = node.value if isinstance(node, ast.Expr | ast.Assign) else None
    bound = node.targets if isinstance(node, ast.Assign) else []
    if isinstance(value, ast.Call) and isinstance(value.func, ast.Attribute) and value.func.attr == "partial":
        made = context.dotted(value.func.value) or ""
        if (
            made.startswith("airflow.")
            and made.endswith(("Operator", "Sensor"))
            and not {getattr(target, "id", "?") for target in bound} & {*used, "?"}
        ):
            message = f"This {made.rpartition('.')[2]}.partial(…) is never expanded, so it makes no task."
            yield Finding(message, context.span(value), help="Call .expand(…) on it, or make the task without partial.", subject=made)
