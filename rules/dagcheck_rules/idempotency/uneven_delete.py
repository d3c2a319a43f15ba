from collections.abc import Iterable

from dagcheck.model.dag import Dag, Task
from dagcheck.rule import Bad, FileContext, Finding, Good, Meta, Rule
from dagcheck.rule.sql import Statement, sql_of


class UnevenDelete(Rule):
    """Delete that takes out another stretch than the task writes

    The delete before an insert makes it repeatable only where both mean the same rows. Where it takes out less, the rest is doubled; where it takes out more, rows
    of other intervals are lost.
    """

    meta = Meta(code="DAG512", name="uneven-delete", severity="warning", since="0.1.0")
    bad = (
        Bad(
            """
            from airflow.providers.common.sql.operators.sql import SQLExecuteQueryOperator
            from airflow.sdk import DAG

            with DAG("sales", schedule="@daily"):
                SQLExecuteQueryOperator(
                    task_id="load",
                    conn_id="pg_shop",
                    sql=[  # DAG512
                        "DELETE FROM sales WHERE day = '{{ ds }}'",
                        "INSERT INTO sales SELECT * FROM orders WHERE day = '{{ macros.ds_add(ds, -1) }}'",
                    ],
                )
            """
        ),
        Bad(
            """
            from airflow.providers.common.sql.operators.sql import SQLExecuteQueryOperator
            from airflow.sdk import DAG

            with DAG("sales", schedule="@daily"):
                SQLExecuteQueryOperator(
                    task_id="load",
                    conn_id="pg_shop",
                    sql="DELETE FROM sales WHERE day >= '{{ ds }}'; INSERT INTO sales SELECT * FROM orders WHERE day = '{{ ds }}'",  # DAG512
                )
            """,
            title="Everything later is deleted, too",
        ),
        Bad(
            """
            from airflow.providers.common.sql.operators.sql import SQLExecuteQueryOperator
            from airflow.sdk import DAG

            with DAG("sales", schedule="@daily"):
                for region in ("north", "south"):
                    SQLExecuteQueryOperator(task_id=region, conn_id="pg_shop", sql="load.sql")  # DAG512
            """,
            files=(
                (
                    "dags/load.sql",
                    "DELETE FROM sales WHERE day = '{{ data_interval_end | ds }}';\nINSERT INTO sales SELECT * FROM orders WHERE day = '{{ data_interval_start | ds }}';",
                ),
            ),
            title="In a file: off by one interval",
        ),
    )
    good = (
        Good(
            """
            from airflow.providers.common.sql.operators.sql import SQLExecuteQueryOperator
            from airflow.sdk import DAG

            with DAG("sales", schedule="@daily"):
                SQLExecuteQueryOperator(
                    task_id="load",
                    conn_id="pg_shop",
                    sql=[
                        "DELETE FROM sales WHERE day = '{{ ds }}'",
                        "INSERT INTO sales SELECT *, '{{ ds }}' FROM orders WHERE ordered_at >= '{{ data_interval_start }}' AND ordered_at < '{{ data_interval_end }}'",
                    ],
                )
            """,
            title="The day as a value, the interval as a filter",
        ),
        Good(
            """
            from airflow.providers.common.sql.operators.sql import SQLExecuteQueryOperator
            from airflow.sdk import DAG

            with DAG("sales", schedule="@daily"):
                SQLExecuteQueryOperator(
                    task_id="load",
                    conn_id="pg_shop",
                    sql=[
                        "DELETE FROM sales WHERE day >= '{{ ds }}' AND day < '{{ macros.ds_add(ds, 1) }}'",
                        "INSERT INTO sales SELECT * FROM orders WHERE day >= '{{ds}}' AND day < '{{ macros.ds_add(ds, 1) }}'",
                    ],
                )
            """,
            title="The same stretch, other blanks",
        ),
        Good(
            """
            from airflow.providers.common.sql.operators.sql import SQLExecuteQueryOperator
            from airflow.sdk import DAG

            with DAG("sales", schedule="@daily"):
                SQLExecuteQueryOperator(
                    task_id="tidy",
                    conn_id="pg_shop",
                    sql=["DELETE FROM old_sales WHERE day < '{{ macros.ds_add(ds, -90) }}'", "INSERT INTO sales SELECT * FROM orders WHERE day = '{{ ds }}'"],
                )
            """,
            title="Two tables",
        ),
    )

    def check_task(self, task: Task, dag: Dag, context: FileContext) -> Iterable[Finding]:
        """One finding for each pair of delete and insert that do not match."""
        sql = sql_of(task, dag, context)
        for index, delete in enumerate(sql.statements if sql is not None else ()):
            if sql is None or delete.kind != "delete" or delete.tree.args.get("where") is None:
                continue
            for insert in sql.statements[index + 1 :]:
                if insert.kind == "insert" and insert.target == delete.target and (problem := _problem(delete, insert)):
                    message = f"{task.task_id} deletes from {delete.target} {problem}"
                    yield Finding(message, sql.span, dag_id=dag.dag_id, task_id=task.task_id, subject=delete.target or "")


def _problem(delete: Statement, insert: Statement) -> str | None:
    deleted, written = delete.templates_in(delete.tree.args.get("where")), insert.templates_in(insert.tree)
    if deleted and written and not {_plain(one) for one in deleted} & {_plain(one) for one in written}:
        return f"what belongs to {{{{ {min(deleted)} }}}}, but writes what belongs to {{{{ {min(written)} }}}}."
    open_ended = _open_ended(delete)
    if open_ended and {_plain(one) for one in deleted} == {_plain(one) for one in written} and _equals(insert, open_ended):
        return f"everything on one side of {{{{ {min(deleted)} }}}}, but writes only that interval: rows of other intervals are lost."
    return None


def _plain(template: str) -> str:
    return "".join(template.split())


def _open_ended(delete: Statement) -> str | None:
    """The column that a delete limits on one side alone."""
    from sqlglot import exp

    where: exp.Expr = delete.tree.args["where"]
    sides = [node for node in where.find_all(exp.GT, exp.GTE, exp.LT, exp.LTE) if isinstance(node.this, exp.Column)]
    if len(sides) == 1 and where.find(exp.EQ, exp.Between, exp.In) is None:
        return str(sides[0].this.name).lower()
    return None


def _equals(insert: Statement, column: str) -> bool:
    from sqlglot import exp

    return any(isinstance(node.this, exp.Column) and node.this.name.lower() == column for node in insert.tree.find_all(exp.EQ))
