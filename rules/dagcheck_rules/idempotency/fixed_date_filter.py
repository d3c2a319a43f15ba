from collections.abc import Iterable

from dagcheck.model.dag import Dag
from dagcheck.model.values import Span
from dagcheck.patterns import late
from dagcheck.rule import Bad, FileContext, Finding, Good, Meta, Rule
from dagcheck.rule.callable_sql import tasks_with_sql
from dagcheck.rule.sql import Statement

_DATE = late(r"(19|20)\d\d-?(0[1-9]|1[0-2])-?(0[1-9]|[12]\d|3[01])([ T]\d\d:\d\d(:\d\d)?)?")
_WRITES = ("insert", "overwrite", "delete", "update", "merge")
_NEVER = ("9999", "1900", "1970", "2999", "2099", "1899")


class FixedDateFilter(Rule):
    """Fixed date in the filter of a scheduled write

    Each run then loads or deletes the same day, whatever interval it is for: mostly what is left of a test. A date as the beginning of all history (`>=`) is fine.
    Write `{{ ds }}`.
    """

    meta = Meta(code="DAG513", name="fixed-date-filter", severity="warning", since="0.1.0")
    bad = (
        Bad(
            """
            from airflow.providers.common.sql.operators.sql import SQLExecuteQueryOperator
            from airflow.sdk import DAG

            with DAG("sales", schedule="@daily"):
                SQLExecuteQueryOperator(
                    task_id="load",
                    conn_id="pg_shop",
                    sql=["DELETE FROM sales WHERE day = '2025-01-31'", "INSERT INTO sales SELECT * FROM orders WHERE day = '{{ ds }}'"],  # DAG513
                )
            """
        ),
        Bad(
            """
            from airflow.providers.common.sql.operators.sql import SQLExecuteQueryOperator
            from airflow.sdk import DAG

            DAY = "2025-01-31"

            with DAG("sales", schedule="@hourly"):
                for region in ("north", "south"):
                    SQLExecuteQueryOperator(
                        task_id=region,
                        conn_id="hive_shop",
                        sql=f"INSERT OVERWRITE TABLE sales PARTITION (day = '{DAY}') SELECT * FROM {region} WHERE day = '{DAY}'",  # DAG513
                    )
            """,
            title="A partition, by a constant",
        ),
        Bad(
            """
            from airflow.providers.common.sql.operators.sql import SQLExecuteQueryOperator
            from airflow.sdk import DAG

            with DAG("sales", schedule="@daily"):
                SQLExecuteQueryOperator(
                    task_id="load",
                    conn_id="pg_shop",
                    sql="UPDATE sales SET done = true WHERE day BETWEEN '2025-01-01' AND '2025-01-31'",  # DAG513
                )
            """,
            title="A fixed stretch",
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
                    sql="DELETE FROM sales WHERE day = '{{ ds }}' AND first_order >= '2020-01-01' AND valid_to = '9999-12-31'",
                )
            """,
            title="The beginning and the end of time",
        ),
        Good(
            """
            from airflow.providers.common.sql.operators.sql import SQLExecuteQueryOperator
            from airflow.sdk import DAG

            with DAG("repair", schedule=None):
                SQLExecuteQueryOperator(task_id="repair", conn_id="pg_shop", sql="DELETE FROM sales WHERE day = '2025-01-31'")
            """,
            title="Started by hand",
        ),
        Good(
            """
            from airflow.providers.common.sql.operators.sql import SQLExecuteQueryOperator
            from airflow.sdk import DAG

            with DAG("sales", schedule="@daily"):
                SQLExecuteQueryOperator(task_id="note", conn_id="pg_shop", sql="INSERT INTO versions VALUES ('2025-01-31', 'first')")
            """,
            title="A value, not a filter",
        ),
    )

    def check_dag(self, dag: Dag, context: FileContext) -> Iterable[Finding]:
        """One finding for each date that a write of a task is fixed to."""
        if dag.schedule.kind not in ("cron", "interval"):
            return
        for task, sql in tasks_with_sql(dag, context):
            places: dict[str, Span] = {}
            for statement in sql.statements:
                for date in _fixed(statement) if statement.kind in _WRITES else ():
                    places.setdefault(date, statement.span or sql.span)
            for date, span in places.items():
                message = f"Each run of {task.task_id} works on {date}, whatever interval it is for."
                yield Finding(message, span, help="Write {{ ds }}.", dag_id=dag.dag_id, task_id=task.task_id, subject=date)


def _fixed(statement: Statement) -> list[str]:
    """The dates that filters and partitions are equal to or lie between."""
    from sqlglot import exp

    found: list[exp.Expr | None] = []
    for place in [*statement.find(exp.Where), *statement.find(exp.Partition)]:
        for node in statement.find(exp.EQ, part=place):
            found += [node.expression, node.this]
        for between in statement.find(exp.Between, part=place):
            found += [between.args.get("low"), between.args.get("high")]
    texts = [str(node.this) for node in found if isinstance(node, exp.Literal) and node.is_string]
    texts += [str(node.this.this) for node in found if isinstance(node, exp.Cast) and isinstance(node.this, exp.Literal)]
    return [text for text in texts if _DATE.fullmatch(text) and not text.startswith(_NEVER)]
