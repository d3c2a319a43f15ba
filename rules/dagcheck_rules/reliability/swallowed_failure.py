import ast
from collections.abc import Iterable

from dagcheck.model.dag import Dag, Task
from dagcheck.rule import Bad, FileContext, Finding, Good, Meta, Related, Rule
from dagcheck.rule.code import constant

_ALL = ("Exception", "BaseException")


class SwallowedFailure(Rule):
    """Callable that swallows whatever goes wrong

    A task fails when its callable raises. One whose whole work stands in a `try` with `except Exception` that only logs is always a success: no retry, no alarm, and what
    comes after it works on what is not there. Raise again after logging, or catch only what is expected.
    """

    meta = Meta(code="DAG711", name="swallowed-failure", severity="warning", since="0.1.0")
    bad = (
        Bad(
            """
            from airflow.providers.standard.operators.python import PythonOperator
            from airflow.sdk import DAG

            def load():
                try:
                    write_rows()
                except Exception as error:  # DAG711
                    print("failed", error)

            with DAG("sales"):
                PythonOperator(task_id="load", python_callable=load)
            """
        ),
        Bad(
            """
            import logging

            from airflow.sdk import dag, task

            @dag
            def sales():
                @task
                def load(region):
                    rows = []
                    try:
                        rows = fetch(region)
                        write(rows)
                    except:  # DAG711
                        logging.exception("no rows")
                        return None
                    return len(rows)

                load("north")

            sales()
            """,
            title="TaskFlow, a bare except",
        ),
        Bad(
            """
            from airflow.providers.standard.operators.python import PythonOperator
            from airflow.sdk import DAG

            def load(region):
                print(region)
                try:
                    write_rows(region)
                except (ValueError, Exception):  # DAG711
                    pass
                finally:
                    close()

            with DAG("sales"):
                for region in ("north", "south"):
                    PythonOperator(task_id=f"load_{region}", python_callable=load, op_args=[region])
            """,
            title="Generated",
        ),
    )
    good = (
        Good(
            """
            from airflow.providers.standard.operators.python import PythonOperator
            from airflow.sdk import DAG

            def load():
                try:
                    write_rows()
                except Exception as error:
                    print("failed", error)
                    raise

            with DAG("sales"):
                PythonOperator(task_id="load", python_callable=load)
            """
        ),
        Good(
            """
            from airflow.sdk import dag, task

            @dag
            def sales():
                @task
                def load():
                    try:
                        drop_old_rows()
                    except Exception:
                        print("nothing to drop")
                    write_rows()

                load()

            sales()
            """,
            title="Only a part of the work",
        ),
        Good(
            """
            from airflow.sdk import dag, task

            @dag
            def sales():
                @task
                def load():
                    try:
                        write_rows()
                    except FileExistsError:
                        print("written before")

                load()

            sales()
            """,
            title="What is expected",
        ),
        Good(
            """
            from airflow.providers.standard.operators.python import BranchPythonOperator
            from airflow.providers.standard.operators.empty import EmptyOperator
            from airflow.sdk import DAG

            def choose():
                try:
                    probe()
                    return "load"
                except Exception:
                    return "report"

            with DAG("sales"):
                BranchPythonOperator(task_id="choose", python_callable=choose) >> [EmptyOperator(task_id="load"), EmptyOperator(task_id="report")]
            """,
            title="The failure decides on the way",
        ),
    )

    def check_task(self, task: Task, dag: Dag, context: FileContext) -> Iterable[Finding]:
        """One finding for each handler that hides the failure of the callable's whole work."""
        if task.callable is None or task.callable.path != context.file.path:
            return
        node = context.function(task.callable)
        if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            return
        attempt = _whole_work(node.body)
        for handler in attempt.handlers if attempt is not None else ():
            if _catches_all(handler) and all(_only_tells(statement) for statement in handler.body):
                message = f"Whatever goes wrong in the callable of {task.task_id} ends here, and the task is a success."
                related = (Related(task.span, "the task"),)
                help_text = "Raise again after logging, or catch only what is expected."
                yield Finding(
                    message,
                    context.span(handler),
                    help=help_text,
                    dag_id=dag.dag_id,
                    task_id=task.task_id,
                    related=related,
                    subject=node.name,
                )


def _whole_work(body: list[ast.stmt]) -> ast.Try | None:
    """The `try` that the function's work stands in: nothing but plain assignments and messages before it, nothing but a return after it."""
    tries = [statement for statement in body if isinstance(statement, ast.Try)]
    if len(tries) != 1:
        return None
    position = body.index(tries[0])
    before = all(
        isinstance(statement, ast.Import | ast.ImportFrom | ast.Assign | ast.AnnAssign) or _only_tells(statement)
        for statement in body[:position]
    )
    after = all(isinstance(statement, ast.Return) or _only_tells(statement) for statement in body[position + 1 :])
    return tries[0] if before and after and not tries[0].orelse else None


def _catches_all(handler: ast.ExceptHandler) -> bool:
    kinds = handler.type.elts if isinstance(handler.type, ast.Tuple) else [handler.type]
    return any(kind is None or (isinstance(kind, ast.Name) and kind.id in _ALL) for kind in kinds)


def _only_tells(statement: ast.stmt) -> bool:
    """True for `pass`, a docstring, a message, and a return of nothing."""
    if isinstance(statement, ast.Return):
        return statement.value is None or (isinstance(statement.value, ast.Constant) and not constant(statement.value))
    if isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Call):
        words = ast.unparse(statement.value.func).lower()
        return (
            words == "print"
            or "log" in words.split(".")
            or any(part in ("logger", "logging", "_logger", "print_exc") for part in words.split("."))
        )
    return isinstance(statement, ast.Pass) or (isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant))
