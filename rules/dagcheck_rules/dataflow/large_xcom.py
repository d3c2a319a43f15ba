import ast
from collections.abc import Iterable, Iterator, Mapping

from dagcheck.model.dag import Dag, File, Task
from dagcheck.rule import Bad, FileContext, Finding, Good, Meta, Related, Rule
from dagcheck.rule.code import argument, own_nodes
from dagcheck.rule.tasks import given, is_one_of

_MAKERS = (
    "pandas.read_",
    "pandas.DataFrame",
    "pandas.concat",
    "pandas.merge",
    "polars.read_",
    "polars.DataFrame",
    "polars.scan_",
    "geopandas.read_",
    "pickle.dumps",
    "joblib.load",
    "pyarrow.parquet.read_table",
    "xarray.open_dataset",
)
_LIBRARIES = tuple(dict.fromkeys(maker.partition(".")[0] for maker in _MAKERS))
_FRAMES = ("DataFrame", "GeoDataFrame", "LazyFrame", "Table")
_READS = ("read", "read_text", "read_bytes", "readlines", "get_df", "get_pandas_df", "get_pandas_df_by_chunks", "toPandas", "to_dataframe")
_FORMS = frozenset(["to_csv", "to_dict", "to_dicts", "to_json", "to_records", "tolist"])
"""Methods that give all of a frame in another form, where no file is named."""


class LargeXcom(Rule):
    """Data frame, file or model returned as XCom

    What a task returns goes into Airflow's own database, or wherever the XCom backend keeps it, and is read again by each task that uses it. That is made for ids, paths and
    counts. Write data to storage and return the path. With an XCom backend made for large values, ignore this rule.
    """

    meta = Meta(code="DAG804", name="large-xcom", severity="warning", since="0.1.0")
    bad = (
        Bad(
            """
            import pandas as pd

            from airflow.sdk import dag, task

            @dag
            def sales():
                @task
                def extract():
                    rows = pd.read_csv("/data/sales.csv")
                    rows["day"] = 1
                    return rows  # DAG804

                extract()

            sales()
            """
        ),
        Bad(
            """
            from pathlib import Path

            from airflow.providers.standard.operators.python import PythonOperator
            from airflow.sdk import DAG

            def read(region):
                return Path(f"/data/{region}.csv").read_text()  # DAG804

            with DAG("sales"):
                for region in ("north", "south"):
                    PythonOperator(task_id=region, python_callable=read, op_args=[region])
            """,
            title="The content of a file",
        ),
        Bad(
            """
            import pickle

            from airflow.sdk import dag, task

            @dag
            def sales():
                @task
                def train(rows):
                    model = fit(rows)
                    return pickle.dumps(model)  # DAG804

                train([1])

            sales()
            """,
            title="A model",
        ),
        Bad(
            """
            import pandas

            from airflow import DAG
            from airflow.operators.python import PythonOperator

            def read(ti):
                rows = pandas.read_parquet("/data/sales.parquet")
                ti.xcom_push(key="rows", value=rows)  # DAG804

            def convert():
                rows = pandas.read_csv("/data/sales.csv")
                return rows.to_dict(orient="records")  # DAG804

            with DAG("sales", schedule=None):
                PythonOperator(task_id="read", python_callable=read) >> PythonOperator(task_id="convert", python_callable=convert)
            """,
            airflow="2.11",
            title="Pushed, and in another form",
        ),
    )
    good = (
        Good(
            """
            import pandas as pd

            from airflow.sdk import dag, task

            @dag
            def sales():
                @task
                def extract():
                    rows = pd.read_csv("/data/sales.csv")
                    rows.to_parquet("/data/sales.parquet")
                    return "/data/sales.parquet"

                extract()

            sales()
            """
        ),
        Good(
            """
            import pandas as pd

            from airflow.sdk import dag, task

            @dag
            def sales():
                @task
                def count():
                    rows = pd.read_csv("/data/sales.csv")
                    return len(rows)

                @task
                def total():
                    def rows():
                        return pd.read_csv("/data/sales.csv")

                    return float(rows()["amount"].sum())

                count() >> total()

            sales()
            """,
            title="A number made of it",
        ),
        Good(
            """
            import pandas as pd

            from airflow.providers.standard.operators.python import PythonOperator
            from airflow.sdk import DAG

            def read():
                return pd.read_csv("/data/sales.csv")

            with DAG("sales"):
                PythonOperator(task_id="read", python_callable=read, do_xcom_push=False)
            """,
            title="Not pushed",
        ),
        Good(
            """
            from airflow.sdk import dag, task

            @dag
            def sales():
                @task
                def names():
                    rows = ["a", "b"]
                    return rows

                names()

            sales()
            """
        ),
        Good(
            """
            import pandas as pd

            from airflow.sdk import dag, task

            @dag
            def sales():
                @task
                def convert(ti=None):
                    rows = pd.read_csv("/data/sales.csv")
                    rows.to_json("/data/sales.json")
                    ti.xcom_push(key="rows", value=len(rows))
                    rows = rows.describe()
                    return rows.to_dict()

                convert()

            sales()
            """,
            title="Written to a file, and figures of it",
        ),
    )

    def check_file(self, file: File, context: FileContext) -> Iterable[Finding]:
        """One finding for each such return of each task."""
        if context.source is None or not (context.source.mentions(*_LIBRARIES) or context.source.says(*map(str.lower, _READS))):
            return
        for dag in file.dags:
            for task in dag.tasks:
                yield from _of_task(task, dag, context)


def _of_task(task: Task, dag: Dag, context: FileContext) -> Iterator[Finding]:
    if task.callable is None or task.callable.path != context.file.path or given(task, "do_xcom_push", True) is not True:
        return
    node = context.function(task.callable)
    if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) or not is_one_of(task, ("PythonOperator", "DecoratedOperator")):
        return
    made = _made(node)
    for place, value, how in _stored(node):
        what = _what(made.get(value.id) if isinstance(value, ast.Name) else value, made, context)
        if what:
            yield Finding(
                f"{task.task_id} {how} {what}: all of it is stored as XCom.",
                context.span(place),
                help="Write it to storage and return the path.",
                dag_id=dag.dag_id,
                task_id=task.task_id,
                related=(Related(task.span, "the task"),),
                subject="return" if how == "returns" else "push",
            )


def _stored(node: ast.FunctionDef | ast.AsyncFunctionDef) -> Iterator[tuple[ast.stmt | ast.expr, ast.expr, str]]:
    """What a callable returns or pushes: the place, the value and the word for it."""
    for inner in own_nodes(node):
        if isinstance(inner, ast.Return) and inner.value is not None:
            yield inner, inner.value, "returns"
        elif isinstance(inner, ast.Call) and isinstance(inner.func, ast.Attribute) and inner.func.attr == "xcom_push":
            value = argument(inner, 1, "value")
            if value is not None:
                yield inner, value, "pushes"


def _made(node: ast.FunctionDef | ast.AsyncFunctionDef) -> dict[str, ast.expr]:
    """What each local name was bound to last, by plain assignments."""
    found: dict[str, ast.expr] = {}
    for inner in own_nodes(node):
        if isinstance(inner, ast.Assign) and len(inner.targets) == 1 and isinstance(inner.targets[0], ast.Name):
            found[inner.targets[0].id] = inner.value
    return found


def _what(value: ast.expr | None, made: Mapping[str, ast.expr], context: FileContext) -> str | None:
    """What an expression is, if it is something large: as a frame, or all of a frame in another form."""
    if not isinstance(value, ast.Call):
        return None
    if isinstance(value.func, ast.Attribute) and value.func.attr in _FORMS and not value.args:
        frame = value.func.value
        return _what(made.get(frame.id) if isinstance(frame, ast.Name) else frame, {}, context)
    name = context.dotted(value.func) or ""
    if name.startswith(_MAKERS):
        return (
            "a pickled object"
            if name.startswith("pickle")
            else "a data frame"
            if "pandas" in name or "polars" in name
            else "a large object"
        )
    if isinstance(value.func, ast.Attribute) and value.func.attr in _READS:
        return (
            "a data frame"
            if "d" in value.func.attr and value.func.attr.endswith(("df", "Pandas", "dataframe"))
            else "the content of a file"
        )
    return None
