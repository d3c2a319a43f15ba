from collections.abc import Iterable

from dagcheck.model.dag import Dag
from dagcheck.rule import Bad, FileContext, Finding, Good, Meta, Rule
from dagcheck.rule.callable_sql import tasks_with_sql
from dagcheck.rule.sql import Statement


class CountingUpdate(Rule):
    """UPDATE that builds on the value it changes

    `SET n = n + 1` does something else each time it runs: after a retry or a rerun the number is too large. Compute the value anew from the rows, or keep what each
    interval adds in rows of its own.
    """

    meta = Meta(code="DAG505", name="counting-update", severity="warning", since="0.1.0")
    bad = (
        Bad(
            """
            from airflow.providers.common.sql.operators.sql import SQLExecuteQueryOperator
            from airflow.sdk import DAG

            with DAG("sales"):
                SQLExecuteQueryOperator(task_id="count", conn_id="pg_shop", sql="UPDATE totals SET n = n + 1 WHERE region = 'north'")  # DAG505
            """
        ),
        Bad(
            """
            from airflow.providers.common.sql.operators.sql import SQLExecuteQueryOperator
            from airflow.sdk import DAG

            SQL = "UPDATE totals t SET amount = t.amount + s.amount FROM sales s WHERE s.region = t.region AND s.day = '{{ ds }}'"

            with DAG("sales"):
                SQLExecuteQueryOperator(task_id="add", conn_id="pg_shop", sql=SQL)  # DAG505
            """,
            title="Adds what another table has",
        ),
        Bad(
            """
            from airflow.providers.common.sql.operators.sql import SQLExecuteQueryOperator
            from airflow.sdk import DAG

            with DAG("stock"):
                for shop in ("a", "b"):
                    SQLExecuteQueryOperator(
                        task_id=shop,
                        conn_id="mysql_shop",
                        sql=["SELECT 1", f"UPDATE stock SET pieces = pieces - 3, note = concat(note, 'x') WHERE shop = '{shop}'"],  # DAG505
                    )
            """,
            title="Generated, in a list",
        ),
    )
    good = (
        Good(
            """
            from airflow.providers.common.sql.operators.sql import SQLExecuteQueryOperator
            from airflow.sdk import DAG

            with DAG("sales"):
                SQLExecuteQueryOperator(
                    task_id="count", conn_id="pg_shop", sql="UPDATE totals SET n = (SELECT count(*) FROM sales), price = cost * 1.2, name = upper(name)"
                )
            """,
            title="Computed anew, of another column, or the same when repeated",
        ),
        Good(
            """
            from airflow.providers.common.sql.operators.sql import SQLExecuteQueryOperator
            from airflow.sdk import DAG

            with DAG("sales"):
                SQLExecuteQueryOperator(task_id="show", conn_id="pg_shop", sql="SELECT n + 1 AS n FROM totals WHERE n = n")
            """,
            title="Only read",
        ),
        Good(
            """
            from airflow.providers.common.sql.operators.sql import SQLExecuteQueryOperator
            from airflow.sdk import DAG

            with DAG("sales"):
                SQLExecuteQueryOperator(task_id="any", conn_id="pg_shop", sql="UPDATE {{ params.table }} SET {{ params.column }} = 1")
            """,
            title="Templates",
        ),
    )

    def check_dag(self, dag: Dag, context: FileContext) -> Iterable[Finding]:
        """One finding for each such column."""
        for task, sql in tasks_with_sql(dag, context):
            for statement in sql.statements:
                for column in counted_columns(statement):
                    message = f"Each time {task.task_id} runs, {column} in {statement.target} changes once more."
                    subject = f"{statement.target} {column}"
                    yield Finding(message, statement.span or sql.span, dag_id=dag.dag_id, task_id=task.task_id, subject=subject)


def counted_columns(statement: Statement) -> list[str]:
    """The columns that an UPDATE sets to something built on themselves by adding, taking away, multiplying or joining texts."""
    from sqlglot import exp

    found = []
    for assignment in statement.tree.expressions if statement.kind == "update" else ():
        if not isinstance(assignment, exp.EQ) or not isinstance(assignment.this, exp.Column):
            continue
        name = assignment.this.name.lower()
        for node in assignment.expression.find_all(exp.Add, exp.Sub, exp.Mul, exp.Div, exp.Concat, exp.DPipe):
            if node.find_ancestor(exp.Subquery) is None and any(column.name.lower() == name for column in node.find_all(exp.Column)):
                found.append(name)
                break
    return found
