import ast
from collections.abc import Iterable, Iterator

from dagcheck.model.dag import File
from dagcheck.rule import Bad, FileContext, Finding, Good, Meta, Rule
from dagcheck.source.nodes import every


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
        Bad(
            """
            from airflow.sdk import dag, task

            @task
            def load(region, table):
                pass

            @task
            def check():
                pass

            @dag
            def sales():
                north = load.partial(region="north")  # DAG115
                load.override(task_id="load_south").partial(region="south")  # DAG115
                check.override(retries=2)  # DAG115
                load.partial(region="west").expand(table=["orders", "returns"]) >> check()

            sales()
            """,
            title="TaskFlow functions that are begun, but neither expanded nor called",
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
        Good(
            """
            from functools import partial

            from airflow.sdk import dag, task

            @task
            def load(region, table):
                pass

            def scale(value, by):
                return value * by

            double = partial(scale, by=2)

            @dag
            def sales():
                begun = {region: load.partial(region=region) for region in ("north", "south")}
                begun["west"] = load.override(task_id="load_west").partial(region="west")
                again = load.override(task_id="again")
                for one in begun.values():
                    one.expand(table=["orders"]) >> again("north", "returns")

            sales()
            """,
            title="Kept in a dict, called under another name, and a partial of Python's own",
        ),
    )

    def check_file(self, file: File, context: FileContext) -> Iterable[Finding]:
        """One finding for each such function of the file itself."""
        if not file.dags or not all(dag.complete for dag in file.dags):
            return
        for misuse in file.misuses:
            if misuse.kind == "uncalled-task" and misuse.span.path == file.path:
                yield Finding(f"{misuse.message[:1].upper()}{misuse.message[1:]}.", misuse.span, subject=misuse.message)
        if context.source is None or not context.source.says("task_group", "partial", "override"):
            return
        used = {node.id for node in every(context.tree, ast.Name) if isinstance(node.ctx, ast.Load)}
        functions = every(context.tree, ast.FunctionDef)
        for function in functions:
            if function.name not in used:
                yield from _uncalled_group(function, context)
        tasks = {function.name for function in functions if any(_task_decorators(function, context))}
        for node in every(context.tree, ast.Expr, ast.Assign):
            if isinstance(node.value, ast.Call) and not _taken(node, used):
                yield from _begun(node.value, tasks, context)


def _task_decorators(node: ast.FunctionDef, context: FileContext) -> Iterator[str]:
    for decorator in node.decorator_list:
        dotted = context.dotted(decorator.func if isinstance(decorator, ast.Call) else decorator) or ""
        if dotted.startswith("airflow.") and "task" in dotted.split(".")[-2:]:
            yield dotted


def _uncalled_group(node: ast.FunctionDef, context: FileContext) -> Iterator[Finding]:
    for decorator in node.decorator_list:
        dotted = context.dotted(decorator.func if isinstance(decorator, ast.Call) else decorator) or ""
        if dotted.startswith("airflow.") and dotted.endswith(".task_group"):
            message = f"The @task_group function {node.name} is never called, so none of its tasks is made."
            yield Finding(message, context.span(decorator), subject=node.name)


def _taken(node: ast.Expr | ast.Assign, used: set[str]) -> bool:
    """Whether what a statement makes may be used later: it is kept under a name that is read, or elsewhere than in a name."""
    return isinstance(node, ast.Assign) and any(not isinstance(target, ast.Name) or target.id in used for target in node.targets)


def _begun(call: ast.Call, tasks: set[str], context: FileContext) -> Iterator[Finding]:
    """A `partial(…)` of an operator or a task that is never expanded, an `override(…)` of a task that is never called."""
    function = call.func
    if not isinstance(function, ast.Attribute) or function.attr not in ("partial", "override"):
        return
    of = function.value
    while isinstance(of, ast.Call) and isinstance(of.func, ast.Attribute) and of.func.attr in ("partial", "override"):
        of = of.func.value
    made = context.dotted(of) or ""
    is_operator = made.startswith("airflow.") and made.endswith(("Operator", "Sensor")) and function.attr == "partial"
    if is_operator or made in tasks:
        name = made.rpartition(".")[2]
        if function.attr == "override":
            message, advice = f"This {name}.override(…) is never called, so it makes no task.", "Call it: .override(…)(…)."
        else:
            message = f"This {name}.partial(…) is never expanded, so it makes no task."
            advice = "Call .expand(…) on it, or make the task without partial."
        yield Finding(message, context.span(call), help=advice, subject=made)
