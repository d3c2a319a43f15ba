from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from dagcheck.model.dag import Dag
from dagcheck.rule import Bad, FileContext, Finding, Good, Meta, Rule
from dagcheck.rule.callable_sql import tasks_with_sql
from dagcheck.rule.sql import Statement

if TYPE_CHECKING:
    from sqlglot import exp

_Bounds = dict[tuple[str, str, str], bool]


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
        Bad(
            """
            from airflow.providers.postgres.hooks.postgres import PostgresHook
            from airflow.sdk import dag, task

            @dag(schedule="@daily")
            def sales():
                @task
                def load(data_interval_start=None, data_interval_end=None):
                    hook = PostgresHook("shop")
                    hook.run(f"DELETE FROM sales WHERE sold >= '{data_interval_start}' AND sold < '{data_interval_end}'")  # DAG512
                    hook.run(f"INSERT INTO sales SELECT * FROM orders WHERE sold BETWEEN '{data_interval_start}' AND '{data_interval_end}'")

                load()

            sales()
            """,
            title="TaskFlow: the end of the stretch is written, but not deleted",
        ),
        Bad(
            """
            from airflow.providers.common.sql.operators.sql import SQLExecuteQueryOperator
            from airflow.sdk import DAG

            with DAG("sales", schedule="@daily"):
                SQLExecuteQueryOperator(
                    task_id="load",
                    conn_id="shop",
                    sql=[  # DAG512
                        "DELETE FROM sales WHERE day = '{{ ds }}' AND region = 'north'",
                        "INSERT INTO sales SELECT * FROM orders WHERE day = '{{ ds }}' AND region = 'south'",
                    ],
                )
            """,
            title="Another region",
        ),
        Bad(
            """
            from airflow import DAG
            from airflow.providers.snowflake.operators.snowflake import SnowflakeOperator

            DELETE = "delete from sales where day = '{{ ds }}' and region = 'north'"
            INSERT = "insert into sales select * from orders where day = '{{ ds }}'"

            with DAG("sales", schedule=None):
                SnowflakeOperator(task_id="load", sql=[DELETE, INSERT])  # DAG512
            """,
            airflow="2.7",
            title="The delete is for one region, the insert for all",
        ),
        Bad(
            """
            from airflow.providers.common.sql.operators.sql import SQLExecuteQueryOperator
            from airflow.sdk import DAG

            with DAG("sales", schedule="@daily"):
                SQLExecuteQueryOperator(
                    task_id="load",
                    conn_id="shop",
                    sql=[  # DAG512
                        "DELETE FROM sales WHERE day = '{{ ds }}'",
                        "INSERT INTO sales SELECT * FROM orders WHERE day BETWEEN '{{ macros.ds_add(ds, -2) }}' AND '{{ ds }}'",
                    ],
                )
            """,
            title="The last three days are written, one is deleted",
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
                    conn_id="shop",
                    sql=[
                        "DELETE FROM sales WHERE sold >= '{{ data_interval_start }}' AND sold < '{{ data_interval_end }}' AND region = 'north'",
                        "INSERT INTO sales SELECT * FROM orders WHERE '{{ data_interval_end }}' > sold AND sold >= '{{ data_interval_start }}' AND region = 'north' AND ok",
                    ],
                )
            """,
            title="The same stretch, of which only some rows are wanted",
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
        Good(
            """
            from airflow.providers.common.sql.operators.sql import SQLExecuteQueryOperator
            from airflow.sdk import DAG

            with DAG("sales", schedule="@daily"):
                for region in ("north", "south"):
                    SQLExecuteQueryOperator(
                        task_id=region,
                        conn_id="shop",
                        sql=[
                            f"DELETE FROM sales WHERE day = '{{{{ ds }}}}' AND region = '{region}'",
                            f"INSERT INTO sales SELECT * FROM orders_{region} WHERE day = '{{{{ ds }}}}'",
                        ],
                    )
            """,
            title="The table of one region",
        ),
        Good(
            """
            from airflow.providers.common.sql.operators.sql import SQLExecuteQueryOperator
            from airflow.sdk import DAG

            with DAG("sales", schedule="@daily"):
                SQLExecuteQueryOperator(
                    task_id="load",
                    conn_id="shop",
                    sql=[
                        "DELETE FROM sales WHERE day = '{{ ds }}'",
                        "INSERT INTO sales SELECT '{{ ds }}', count(*) FROM orders WHERE ordered BETWEEN '{{ macros.ds_add(ds, -6) }}' AND '{{ ds }}'",
                    ],
                )
            """,
            title="A figure of the last seven days, written under one",
        ),
    )

    def check_dag(self, dag: Dag, context: FileContext) -> Iterable[Finding]:
        """One finding for each pair of delete and insert of a task that do not match."""
        for task, sql in tasks_with_sql(dag, context):
            for index, delete in enumerate(sql.statements):
                if delete.kind != "delete" or delete.tree.args.get("where") is None:
                    continue
                for insert in sql.statements[index + 1 :]:
                    if insert.kind == "insert" and insert.target == delete.target and (problem := _problem(delete, insert)):
                        message = f"{task.task_id} deletes from {delete.target} {problem}"
                        span = delete.span or sql.span
                        yield Finding(message, span, dag_id=dag.dag_id, task_id=task.task_id, subject=delete.target or "")


def _problem(delete: Statement, insert: Statement) -> str | None:
    deleted, written = delete.templates_in(delete.tree.args.get("where")), insert.templates_in(insert.tree)
    if deleted and written and not {_plain(one) for one in deleted} & {_plain(one) for one in written}:
        return f"what belongs to {{{{ {min(deleted)} }}}}, but writes what belongs to {{{{ {min(written)} }}}}."
    open_ended = _open_ended(delete)
    if open_ended and {_plain(one) for one in deleted} <= {_plain(one) for one in written} and _equals(insert, open_ended):
        return f"everything on one side of {{{{ {min(deleted)} }}}}, but writes only that interval: rows of other intervals are lost."
    bounds = _bounds(insert)
    return _other_end(_bounds(delete), bounds) or _longer(delete, bounds) or _other_value(delete, insert)


def _longer(delete: Statement, written: _Bounds) -> str | None:
    """What is written beside the one moment that is deleted, where the insert takes a stretch of the same column that begins earlier."""
    from sqlglot import exp

    where: exp.Expr = delete.tree.args["where"]
    for node in delete.find(exp.EQ, part=where):
        if not isinstance(node.this, exp.Column) or not delete.templates_in(node.expression):
            continue
        column, moment = node.this.name.lower(), _end(node.expression, delete)
        begins = {place for name, side, place in written if name == column and side == "from" and place.startswith("{{")}
        ends = {place for name, side, place in written if name == column and side == "up"}
        if begins and moment in ends and moment not in begins:
            return f"what belongs to {moment}, but writes all from {min(begins)} on: what lies before is doubled."
    return None


def _other_end(deleted: _Bounds, written: _Bounds) -> str | None:
    """What differs where both name one end of a stretch, and one takes it in while the other does not."""
    for (column, side, place), inclusive in deleted.items():
        if written.get((column, side, place), inclusive) != inclusive:
            more = (
                "with its end, but writes it without: rows of the next interval are lost"
                if inclusive
                else "without its end, but writes it with: those rows are doubled"
            )
            return (
                f"the stretch up to {place} {more}."
                if side == "up"
                else f"the stretch from {place} on {more.replace('end', 'beginning').replace('next', 'one before')}."
            )
    return None


def _other_value(delete: Statement, insert: Statement) -> str | None:
    """What differs where both fix one column to a value."""
    deleted, written = _fixed(delete), _fixed(insert)
    for column, value in deleted.items():
        if written.get(column, value) != value:
            return f"where {column} is {value!r}, but writes where it is {written[column]!r}: one is doubled, the other lost."
        if _takes_all(insert, column, value):
            return f"only where {column} is {value!r}, but writes whatever it is: the rest is doubled."
    return None


def _takes_all(insert: Statement, column: str, value: str) -> bool:
    """Whether an insert reads a filtered table without a word of a column, or of what it is to hold there."""
    from sqlglot import exp

    if not insert.find(exp.Where) or column in {node.name.lower() for node in insert.find(exp.Column)}:
        return False
    text = str(insert.tree.sql()).lower()
    return value.lower() not in text and not text.count(f"{column},") and not text.count(f"{column})")


def _bounds(statement: Statement) -> _Bounds:
    """The ends of the stretches that a statement's filter names, with whether they belong to them: by column, side and the template or value."""
    from sqlglot import exp

    found: _Bounds = {}
    for where in statement.find(exp.Where):
        for node in statement.find(exp.GT, exp.GTE, exp.LT, exp.LTE, part=where):
            if isinstance(node.this, exp.Column):
                side = "from" if isinstance(node, exp.GT | exp.GTE) else "up"
                found[node.this.name.lower(), side, _end(node.expression, statement)] = isinstance(node, exp.GTE | exp.LTE)
        for between in statement.find(exp.Between, part=where):
            if isinstance(between.this, exp.Column):
                found[between.this.name.lower(), "from", _end(between.args["low"], statement)] = True
                found[between.this.name.lower(), "up", _end(between.args["high"], statement)] = True
    return found


def _end(node: exp.Expr, statement: Statement) -> str:
    templates = statement.templates_in(node)
    return f"{{{{ {' '.join(sorted(templates))} }}}}" if templates else str(node.sql())


def _fixed(statement: Statement) -> dict[str, str]:
    """The texts without templates that a statement's filter holds columns to."""
    from sqlglot import exp

    equal = [
        node for where in statement.find(exp.Where) for node in statement.find(exp.EQ, part=where) if node.find_ancestor(exp.Or) is None
    ]
    pairs = [
        (node.this, node.expression) for node in equal if isinstance(node.this, exp.Column) and isinstance(node.expression, exp.Literal)
    ]
    return {column.name.lower(): str(value.this) for column, value in pairs if value.is_string and not statement.templates_in(value)}


def _plain(template: str) -> str:
    return "".join(template.split())


def _open_ended(delete: Statement) -> str | None:
    """The column that a delete limits on one side alone."""
    from sqlglot import exp

    where: exp.Expr = delete.tree.args["where"]
    sides = [node for node in delete.find(exp.GT, exp.GTE, exp.LT, exp.LTE, part=where) if isinstance(node.this, exp.Column)]
    if len(sides) == 1 and not delete.find(exp.EQ, exp.Between, exp.In, part=where):
        return str(sides[0].this.name).lower()
    return None


def _equals(insert: Statement, column: str) -> bool:
    from sqlglot import exp

    return any(isinstance(node.this, exp.Column) and node.this.name.lower() == column for node in insert.find(exp.EQ))
