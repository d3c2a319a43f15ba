import ast
from collections.abc import Iterable, Iterator

from dagcheck.model.dag import Dag, Task
from dagcheck.model.values import Span
from dagcheck.rule import Bad, FileContext, Finding, Good, Meta, Related, Rule
from dagcheck.rule.code import argument
from dagcheck.rule.near import nearest
from dagcheck.rule.pulls import keyed_references
from dagcheck.rule.tasks import given, is_one_of
from dagcheck.source.nodes import walk

_BY_CALLABLE = ("PythonOperator", "DecoratedOperator")
_CONTEXT = frozenset({"context", "kwargs", "ti", "task_instance", "_context"})
_ALWAYS = frozenset({"return_value", "skipmixin_key", "trigger_run_id"})


class UnpushedXcomKey(Rule):
    """XCom pulled by a key that is never pushed

    The callable of the other task neither pushes this key nor returns it in a dict, so the pull gives None (or fails, where the value is passed as an argument).
    """

    meta = Meta(code="DAG803", name="unpushed-xcom-key", severity="warning", since="0.1.0")
    bad = (
        Bad(
            """
            from airflow.providers.standard.operators.bash import BashOperator
            from airflow.providers.standard.operators.python import PythonOperator
            from airflow.sdk import DAG

            def extract(ti):
                ti.xcom_push(key="rows", value=3)

            with DAG("sales"):
                first = PythonOperator(task_id="extract", python_callable=extract)
                first >> BashOperator(task_id="load", bash_command="load {{ ti.xcom_pull('extract', key='row') }}")  # DAG803
            """
        ),
        Bad(
            """
            from airflow.sdk import dag, task

            @dag
            def sales():
                @task(multiple_outputs=True)
                def extract():
                    return {"rows": 3, "day": "2025-01-01"}

                @task
                def load(rows):
                    pass

                load(extract()["count"])  # DAG803

            sales()
            """,
            title="A key that the dict does not have",
        ),
        Bad(
            """
            from airflow.sdk import dag, task

            @dag
            def sales():
                @task
                def extract(region):
                    return [region]

                @task
                def load(ti=None):
                    return ti.xcom_pull(task_ids=["extract", "extract__1"], key="rows")  # DAG803

                [extract("north"), extract("south")] >> load()

            sales()
            """,
            title="Nothing but a return value",
        ),
    )
    good = (
        Good(
            """
            from airflow.providers.standard.operators.bash import BashOperator
            from airflow.providers.standard.operators.python import PythonOperator
            from airflow.sdk import DAG

            def extract(ti):
                ti.xcom_push("rows", 3)

            with DAG("sales"):
                first = PythonOperator(task_id="extract", python_callable=extract)
                first >> BashOperator(task_id="load", bash_command="load {{ ti.xcom_pull('extract', key='rows') }}")
            """
        ),
        Good(
            """
            from airflow.sdk import dag, task

            @dag
            def sales():
                @task(multiple_outputs=True)
                def extract():
                    names = ["rows", "day"]
                    return dict.fromkeys(names, 3)

                @task
                def load(rows):
                    pass

                load(extract()["rows"])

            sales()
            """,
            title="A dict that is computed",
        ),
        Good(
            """
            from airflow.providers.standard.operators.bash import BashOperator
            from airflow.providers.standard.operators.python import PythonOperator
            from airflow.sdk import DAG
            from company import push_all

            def extract(**context):
                push_all(context)

            with DAG("sales"):
                first = PythonOperator(task_id="extract", python_callable=extract)
                first >> BashOperator(task_id="load", bash_command="load {{ ti.xcom_pull('extract', key='rows') }}")
            """,
            title="The context goes elsewhere",
        ),
        Good(
            """
            from airflow.providers.http.operators.http import HttpOperator
            from airflow.providers.standard.operators.bash import BashOperator
            from airflow.sdk import DAG

            with DAG("sales"):
                first = HttpOperator(task_id="fetch", endpoint="/sales")
                first >> BashOperator(task_id="load", bash_command="load {{ ti.xcom_pull('fetch', key='status') }}")
            """,
            title="What an operator pushes is not known",
        ),
    )

    def check_dag(self, dag: Dag, context: FileContext) -> Iterable[Finding]:
        """One finding for each such pull."""
        tasks = {task.task_id: task for task in dag.tasks}
        for task, source_id, key, span in _keyed(dag, context):
            source = tasks.get(source_id)
            pushed = _pushed(source, context) if source is not None else None
            if source is None or pushed is None or key in pushed or key in _ALWAYS:
                continue
            near = nearest(key, pushed)
            hint = f" Did you mean {near!r}?" if near else ""
            message = f"{source_id} never pushes the key {key!r} that {task.task_id} pulls.{hint}"
            related = (Related(source.span, f"the task {source_id}"),)
            yield Finding(message, span, dag_id=dag.dag_id, task_id=task.task_id, related=related, subject=f"{source_id} {key}")


def _keyed(dag: Dag, context: FileContext) -> Iterator[tuple[Task, str, str, Span]]:
    """Every pull by a key: who pulls, the source, the key, and the place."""
    for task in dag.tasks:
        for reference, span in keyed_references(task):
            yield task, reference.task_id, reference.key, span
    for task, pull, span in context.pulls(dag):
        if pull.key is not None and pull.key != "return_value":
            yield from ((task, source, pull.key, span) for source in pull.tasks or ())


def _pushed(task: Task, context: FileContext) -> set[str] | None:
    """The keys that a Python task may push; None where that can't be told."""
    node = context.function(task.callable) if task.callable is not None else None
    if node is None or task.callable is None or not is_one_of(task, _BY_CALLABLE) or task.mapped:
        return None
    if given(task, "multiple_outputs") not in (None, True, False) or "templates_dict" in task.arguments:
        return None
    several = given(task, "multiple_outputs") is True or (isinstance(node, ast.FunctionDef) and node.returns is not None)
    found: set[str] = set()
    for inner in walk(node):
        if isinstance(inner, ast.Call):
            keys = _keys_of_call(inner)
            if keys is None:
                return None
            found |= keys
        elif isinstance(inner, ast.Return) and inner.value is not None and several:
            if not isinstance(inner.value, ast.Dict) or not all(isinstance(key, ast.Constant) for key in inner.value.keys):
                return None
            found |= {str(key.value) for key in inner.value.keys if isinstance(key, ast.Constant)}
    return found


def _keys_of_call(call: ast.Call) -> set[str] | None:
    """The key of an `xcom_push`; None where it is not written out, or where the call hands the context on."""
    if isinstance(call.func, ast.Attribute) and call.func.attr == "xcom_push":
        key = argument(call, 0, "key")
        return {key.value} if isinstance(key, ast.Constant) and isinstance(key.value, str) else None
    values = [*call.args, *(item.value for item in call.keywords)]
    plain = [value.value if isinstance(value, ast.Starred | ast.Subscript) else value for value in values]
    handed_on = any(isinstance(value, ast.Name) and value.id in _CONTEXT for value in plain)
    gets_context = isinstance(call.func, ast.Name) and call.func.id == "get_current_context"
    return None if handed_on or gets_context else set()
