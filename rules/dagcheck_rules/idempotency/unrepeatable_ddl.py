from collections.abc import Iterable

from dagcheck.model.dag import Dag
from dagcheck.rule import Bad, FileContext, Finding, Good, Meta, Rule
from dagcheck.rule.callable_sql import run_sql, tasks_with_sql
from dagcheck.rule.sql import Statement


class UnrepeatableDdl(Rule):
    """CREATE, DROP or ALTER that fails the second time

    The first run makes the table, the next finds it there and fails; so does a retry after a later statement failed. Say `IF NOT EXISTS`, `IF EXISTS` or `OR
    REPLACE`, or drop it first.
    """

    meta = Meta(code="DAG507", name="unrepeatable-ddl", severity="warning", since="0.1.0")
    bad = (
        Bad(
            """
            from airflow.providers.common.sql.operators.sql import SQLExecuteQueryOperator
            from airflow.sdk import DAG

            with DAG("sales", schedule="@daily"):
                SQLExecuteQueryOperator(task_id="make", conn_id="pg_shop", sql="CREATE TABLE sales (id int, day date)")  # DAG507
            """
        ),
        Bad(
            """
            from airflow.providers.common.sql.operators.sql import SQLExecuteQueryOperator
            from airflow.sdk import DAG

            with DAG("sales", schedule="@daily"):
                SQLExecuteQueryOperator(task_id="drop", conn_id="pg_shop", sql=["SELECT 1", "DROP TABLE old_sales"])  # DAG507
            """
        ),
        Bad(
            """
            from airflow.providers.common.sql.operators.sql import SQLExecuteQueryOperator
            from airflow.sdk import DAG

            with DAG("sales", schedule="@daily"):
                for region in ("north", "south"):
                    SQLExecuteQueryOperator(task_id=region, conn_id="pg_shop", sql=f"ALTER TABLE {region} ADD COLUMN vat numeric")  # DAG507
            """,
            title="Generated",
        ),
    )
    good = (
        Good(
            """
            from airflow.providers.common.sql.operators.sql import SQLExecuteQueryOperator
            from airflow.sdk import DAG

            with DAG("sales", schedule="@daily"):
                SQLExecuteQueryOperator(
                    task_id="make",
                    conn_id="pg_shop",
                    sql=[
                        "CREATE TABLE IF NOT EXISTS sales (id int)",
                        "DROP TABLE IF EXISTS tmp_sales",
                        "CREATE TABLE tmp_sales AS SELECT * FROM sales",
                        "DROP TABLE tmp_sales",
                        "CREATE TEMPORARY TABLE t AS SELECT 1",
                        "CREATE OR REPLACE VIEW v AS SELECT 1",
                        "ALTER TABLE sales ADD COLUMN IF NOT EXISTS vat numeric",
                    ],
                )
            """
        ),
        Good(
            """
            from airflow.providers.common.sql.operators.sql import SQLExecuteQueryOperator
            from airflow.sdk import DAG

            with DAG("sales", schedule="@daily"):
                drop = SQLExecuteQueryOperator(task_id="drop", conn_id="pg_shop", sql="DROP TABLE IF EXISTS sales")
                make = SQLExecuteQueryOperator(task_id="make", conn_id="pg_shop", sql="CREATE TABLE sales (id int)")
                drop >> make
            """,
            title="Dropped by the task before",
        ),
        Good(
            """
            from airflow.providers.common.sql.operators.sql import SQLExecuteQueryOperator
            from airflow.sdk import DAG

            with DAG("setup", schedule="@once"):
                SQLExecuteQueryOperator(task_id="make", conn_id="pg_shop", sql="CREATE TABLE sales_{{ ds_nodash }} (id int)")
            """,
            title="A DAG that runs once",
        ),
    )

    def check_dag(self, dag: Dag, context: FileContext) -> Iterable[Finding]:
        """One finding for each such statement of a DAG that runs more than once."""
        if dag.schedule.kind in ("once", "none", "unknown"):
            return
        for task, sql in tasks_with_sql(dag, context):
            for index, statement in enumerate(sql.statements):
                if not _fails_again(statement) or statement.target is None:
                    continue
                relations = context.relations(dag)
                before = list(sql.statements[:index])
                for above in relations.before(task.task_id):
                    other = run_sql(relations.tasks[above], dag, context) if above in relations.tasks else None
                    before += other.statements if other is not None else ()
                if not any(_prepares(earlier, statement) for earlier in before):
                    message = f"Run a second time, this {statement.kind.upper()} of {statement.target} in {task.task_id} fails."
                    clause = "IF NOT EXISTS" if statement.kind != "drop" else "IF EXISTS"
                    yield Finding(
                        message,
                        statement.span or sql.span,
                        help=f"Say {clause}.",
                        dag_id=dag.dag_id,
                        task_id=task.task_id,
                        subject=f"{statement.kind} {statement.target}",
                    )


def _fails_again(statement: Statement) -> bool:
    from sqlglot import exp

    tree = statement.tree
    if statement.kind == "create":
        return not tree.args.get("exists") and not tree.args.get("replace") and not statement.find(exp.TemporaryProperty)
    if statement.kind == "drop":
        return not tree.args.get("exists")
    if statement.kind == "alter" and not tree.args.get("exists"):
        return any(isinstance(action, exp.ColumnDef) and not action.args.get("exists") for action in tree.args.get("actions") or ())
    return False


def _prepares(earlier: Statement, statement: Statement) -> bool:
    """True if an earlier statement makes room for a CREATE, or makes what a DROP takes away."""
    if earlier.target != statement.target:
        return False
    return earlier.kind == ("drop" if statement.kind == "create" else "create")
