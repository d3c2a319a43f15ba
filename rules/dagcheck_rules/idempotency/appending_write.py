from collections.abc import Iterable

from dagcheck.model.dag import Dag
from dagcheck.rule import Bad, FileContext, Finding, Good, Meta, Rule
from dagcheck.rule.callable_sql import tasks_with_sql
from dagcheck_rules.idempotency._guards import appending, is_guarded_upstream


class AppendingWrite(Rule):
    """INSERT that adds the same rows again when it is repeated

    A task runs more than once for an interval: it is retried, cleared, backfilled. A plain INSERT then doubles its rows. Delete the interval first, in the same task, or
    merge by a key, use a conflict clause, or overwrite the partition. Tables that are logs by their names are left out.
    """

    meta = Meta(code="DAG501", name="appending-write", severity="warning", since="0.1.0")
    bad = (
        Bad(
            """
            from airflow.providers.common.sql.operators.sql import SQLExecuteQueryOperator
            from airflow.sdk import DAG

            with DAG("sales", schedule="@daily"):
                SQLExecuteQueryOperator(
                    task_id="load",
                    conn_id="postgres_shop",
                    sql="INSERT INTO sales SELECT * FROM orders WHERE day = '{{ ds }}'",  # DAG501
                )
            """
        ),
        Bad(
            """
            from airflow.providers.common.sql.operators.sql import SQLExecuteQueryOperator
            from airflow.sdk import DAG

            with DAG("sales", schedule="@daily"):
                for region in ("north", "south"):
                    SQLExecuteQueryOperator(
                        task_id=f"load_{region}",
                        conn_id="shop",
                        sql=["CREATE TABLE IF NOT EXISTS totals (n int)", f"INSERT INTO totals SELECT count(*) FROM {region}"],  # DAG501
                    )
            """,
            title="Generated, in a list",
        ),
        Bad(
            """
            from airflow.providers.snowflake.operators.snowflake import SnowflakeOperator
            from airflow import DAG

            with DAG("sales", schedule="@daily"):
                SnowflakeOperator(task_id="load", sql="load.sql")  # DAG501
            """,
            files=(("dags/load.sql", "DELETE FROM other WHERE day = '{{ ds }}';\nINSERT INTO sales SELECT * FROM orders;"),),
            airflow="2.11",
            title="In a file; another table is cleared",
        ),
        Bad(
            """
            from airflow.providers.postgres.hooks.postgres import PostgresHook
            from airflow.sdk import dag, task

            @dag(schedule="@daily")
            def sales():
                @task
                def load(ds=None):
                    hook = PostgresHook(postgres_conn_id="shop")
                    hook.run(f"INSERT INTO sales SELECT * FROM orders WHERE day = '{ds}'")  # DAG501

                @task
                def note(rows):
                    hook = PostgresHook(postgres_conn_id="shop")
                    hook.insert_rows(table="totals", rows=rows)  # DAG501

                load() >> note([(1,)])

            sales()
            """,
            title="TaskFlow, by way of a hook",
        ),
    )
    good = (
        Good(
            """
            from airflow.providers.postgres.hooks.postgres import PostgresHook
            from airflow.sdk import dag, task

            @dag(schedule="@daily")
            def sales():
                @task
                def load(ds=None):
                    hook = PostgresHook("shop")
                    hook.run("DELETE FROM sales WHERE day = %(day)s", parameters={"day": ds})
                    hook.run("INSERT INTO sales SELECT * FROM orders WHERE day = %(day)s", parameters={"day": ds})

                @task
                def count(ds=None):
                    hook = PostgresHook("shop")
                    if hook.get_first("SELECT 1 FROM counts WHERE day = %s", parameters=[ds]) is None:
                        hook.run("INSERT INTO counts VALUES (%s, 1)", parameters=[ds])

                load() >> count()

            sales()
            """,
            title="TaskFlow: deleted first, or only where there is none",
        ),
        Good(
            """
            from airflow.providers.common.sql.operators.sql import SQLExecuteQueryOperator
            from airflow.sdk import DAG

            with DAG("sales", schedule="@daily"):
                SQLExecuteQueryOperator(
                    task_id="load",
                    conn_id="postgres_shop",
                    sql=["DELETE FROM sales WHERE day = '{{ ds }}'", "INSERT INTO sales SELECT * FROM orders WHERE day = '{{ ds }}'"],
                )
            """
        ),
        Good(
            """
            from airflow.providers.common.sql.operators.sql import SQLExecuteQueryOperator
            from airflow.sdk import DAG

            with DAG("sales", schedule="@daily"):
                clear = SQLExecuteQueryOperator(task_id="clear", conn_id="pg_shop", sql="TRUNCATE TABLE public.sales")
                load = SQLExecuteQueryOperator(task_id="load", conn_id="pg_shop", sql="INSERT INTO sales SELECT * FROM orders")
                clear >> load
            """,
            title="Cleared by the task before",
        ),
        Good(
            """
            from airflow.providers.common.sql.operators.sql import SQLExecuteQueryOperator
            from airflow.sdk import DAG

            with DAG("sales", schedule="@daily"):
                SQLExecuteQueryOperator(
                    task_id="load",
                    conn_id="pg_shop",
                    sql="INSERT INTO sales SELECT * FROM orders ON CONFLICT (id) DO UPDATE SET amount = excluded.amount",
                )
                SQLExecuteQueryOperator(
                    task_id="more",
                    conn_id="pg_shop",
                    sql="INSERT INTO sales SELECT o.* FROM orders o WHERE NOT EXISTS (SELECT 1 FROM sales s WHERE s.id = o.id)",
                )
            """,
            title="Conflict clause, and NOT EXISTS",
        ),
        Good(
            """
            from airflow.providers.common.sql.operators.sql import SQLExecuteQueryOperator
            from airflow.sdk import DAG

            with DAG("sales", schedule="@daily"):
                SQLExecuteQueryOperator(task_id="note", conn_id="shop", sql="INSERT INTO load_log VALUES ('{{ run_id }}')")
                SQLExecuteQueryOperator(task_id="all", conn_id="hive_x", sql="INSERT OVERWRITE TABLE sales SELECT * FROM orders")
            """,
            title="A log, and an overwrite",
        ),
    )

    def check_dag(self, dag: Dag, context: FileContext) -> Iterable[Finding]:
        """One finding for each task and table."""
        for task, sql in tasks_with_sql(dag, context):
            for statement in appending(sql.statements):
                if statement.target and not is_guarded_upstream(task, statement.target, dag, context.relations(dag), context):
                    message = f"Run again for the same interval, {task.task_id} inserts its rows into {statement.target} once more."
                    help_text = "Delete the interval first, merge by a key, or overwrite the partition."
                    yield Finding(
                        message,
                        statement.span or sql.span,
                        help=help_text,
                        dag_id=dag.dag_id,
                        task_id=task.task_id,
                        subject=statement.target,
                    )
