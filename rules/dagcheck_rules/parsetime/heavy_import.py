import ast
from collections.abc import Iterable, Iterator, Set
from functools import cached_property

from dagcheck.model.dag import File
from dagcheck.rule import Bad, FileContext, Finding, Good, Meta, Option, Rule
from dagcheck.source.nodes import children, every
from dagcheck_rules.parsetime._heavy_libraries import HEAVY

_FUNCTIONS = ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda
_BUILDERS = ("dag", "task_group")


class HeavyImport(Rule):
    """Heavy library imported at the top where only tasks use it

    Each parse of the file, every half minute or so, and each task, imports it again in a new process, which takes seconds and memory. Imported inside the callable,
    only the task that needs it pays. Where the file uses the library while it is parsed, the rule is silent.
    """

    meta = Meta(code="DAG603", name="heavy-import", severity="warning", since="0.1.0")
    options = (Option("libraries", HEAVY, "the modules that count as heavy"),)
    bad = (
        Bad(
            """
            import pandas as pd  # DAG603

            from airflow.sdk import dag, task

            @dag
            def sales():
                @task
                def load():
                    pd.read_csv("/data/sales.csv").to_parquet("/data/sales.parquet")

                load()

            sales()
            """
        ),
        Bad(
            """
            from sklearn.linear_model import LinearRegression  # DAG603

            from airflow.providers.standard.operators.python import PythonOperator
            from airflow.sdk import DAG

            def fit(rows):
                return LinearRegression().fit(*rows)

            def train():
                fit(([1], [2]))

            with DAG("sales"):
                PythonOperator(task_id="train", python_callable=train)
            """,
            title="By way of another function",
        ),
        Bad(
            """
            import torch  # DAG603

            from airflow.sdk import DAG, task

            with DAG("sales"):
                for region in ("north", "south"):

                    @task(task_id=f"train_{region}")
                    def train():
                        return torch.cuda.is_available()

                    train()
            """,
            title="Generated",
        ),
        Bad(
            """
            from airflow import DAG
            from airflow.operators.python import PythonOperator

            try:
                import numpy as np  # DAG603
            except ImportError:
                np = None

            def total(**context):
                return float(np.sum(context["params"]["rows"]))

            with DAG("sales", params={"rows": [1, 2]}) as dag:
                PythonOperator(task_id="total", python_callable=total)
            """,
            airflow="2.11",
            title="In a try statement",
        ),
    )
    good = (
        Good(
            """
            from typing import TYPE_CHECKING

            from airflow.sdk import dag, task

            if TYPE_CHECKING:
                import pandas as pd

            @dag
            def sales():
                @task
                def load():
                    import pandas as pd

                    pd.read_csv("/data/sales.csv")

                load()

            sales()
            """
        ),
        Good(
            """
            import pandas as pd

            from airflow.sdk import dag, task

            def days():
                return [str(day.date()) for day in pd.date_range("2025-01-01", periods=3)]

            @dag
            def sales():
                @task
                def load(day):
                    pd.DataFrame()

                for day in days():
                    load(day)

            sales()
            """,
            title="Used while the file is parsed",
        ),
        Good(
            """
            import pandas as pd

            def clean(rows: pd.DataFrame) -> pd.DataFrame:
                return rows.dropna()
            """,
            title="A helper without DAGs",
        ),
        Good(
            """
            import polars as pl

            from airflow.sdk import dag, task

            @dag
            def sales():
                @task
                def load() -> pl.DataFrame:
                    return pl.DataFrame()

                load()

            sales()
            """,
            title="Needed by an annotation",
        ),
    )

    @cached_property
    def _heavy(self) -> frozenset[str]:
        return frozenset(self.option("libraries"))

    def check_file(self, file: File, context: FileContext) -> Iterable[Finding]:
        """One finding for each such import."""
        if not file.dags:
            return
        imports = list(_heavy_imports(context.tree, self._heavy))
        if not imports:
            return
        early = _early_names(context)
        later = {node.id for node in every(context.tree, ast.Name)}
        for statement, module, names in imports:
            if names & later and not names & early:
                message = f"{module} is imported each time the file is parsed, but only used inside tasks."
                yield Finding(message, context.span(statement), help="Import it inside the callables that use it.", subject=module)


def _heavy_imports(tree: ast.Module, heavy: Set[str]) -> Iterator[tuple[ast.stmt, str, set[str]]]:
    """Each import of a heavy module at the top level, with the names that it binds."""
    for statement in _top_statements(tree.body):
        if isinstance(statement, ast.Import):
            for alias in statement.names:
                if _is_heavy(alias.name, heavy):
                    yield statement, alias.name, {alias.asname or alias.name.partition(".")[0]}
        elif isinstance(statement, ast.ImportFrom) and statement.module and not statement.level and _is_heavy(statement.module, heavy):
            yield statement, statement.module, {alias.asname or alias.name for alias in statement.names}


def _top_statements(body: list[ast.stmt]) -> Iterator[ast.stmt]:
    for statement in body:
        if isinstance(statement, ast.Try):
            yield from _top_statements(statement.body)
        else:
            yield statement


def _is_heavy(module: str, heavy: Set[str]) -> bool:
    while module and module not in heavy:
        module = module.rpartition(".")[0]
    return bool(module)


def _early_names(context: FileContext) -> set[str]:
    """The names that are used while the file is parsed: outside of functions, and in functions that are called there, as far as the file's own functions tell."""
    functions: dict[str, list[_FUNCTIONS]] = {}
    for defined in every(context.tree, ast.FunctionDef, ast.AsyncFunctionDef):
        functions.setdefault(defined.name, []).append(defined)
    found: set[str] = set()
    waiting: list[ast.AST] = [context.tree]
    seen: set[int] = set()
    while waiting:
        for node in _early_nodes(waiting.pop()):
            if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load):
                found.add(node.id)
            run = functions.get(_called(node), []) if isinstance(node, ast.Call) else [node] if _builds(node, context) else []
            for function in run:
                if id(function) not in seen and not _is_task(function, context):
                    seen.add(id(function))
                    waiting.append(function)
    return found


def _early_nodes(root: ast.AST) -> Iterator[ast.AST]:
    """The nodes of a module's or function's own code; of functions inside, only what runs when they are defined."""
    body = getattr(root, "body", [])
    waiting: list[ast.AST] = list(body) if isinstance(body, list) else [body]
    while waiting:
        node = waiting.pop()
        yield node
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            given = [*node.decorator_list, *node.args.defaults, *(item for item in node.args.kw_defaults if item)]
            hints = [argument.annotation for argument in (*node.args.args, *node.args.kwonlyargs) if argument.annotation]
            waiting += [*given, *hints, *([node.returns] if node.returns else [])]
        elif isinstance(node, ast.Lambda):
            waiting += node.args.defaults
        else:
            waiting += children(node)


def _called(node: ast.Call) -> str:
    """The name of what is called: of a function, or of a method (so that classes of the file count)."""
    return node.func.id if isinstance(node.func, ast.Name) else node.func.attr if isinstance(node.func, ast.Attribute) else ""


def _builds(node: ast.AST, context: FileContext) -> bool:
    return isinstance(node, ast.FunctionDef) and any(name.split(".")[-1] in _BUILDERS for name in _decorators(node, context))


def _is_task(node: ast.AST, context: FileContext) -> bool:
    return isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and any(
        "task" in name.split(".") for name in _decorators(node, context)
    )


def _decorators(node: ast.FunctionDef | ast.AsyncFunctionDef, context: FileContext) -> list[str]:
    return [context.dotted(item.func if isinstance(item, ast.Call) else item) or "" for item in node.decorator_list]
