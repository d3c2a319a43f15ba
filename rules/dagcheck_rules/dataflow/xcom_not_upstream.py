from collections.abc import Iterable

from dagcheck.model.dag import Dag
from dagcheck.rule import Bad, FileContext, Finding, Good, Meta, Related, Rule


class XcomNotUpstream(Rule):
    """XCom pulled from a task that need not have run before

    Nothing makes the task wait for the one whose value it pulls: sometimes it is there, sometimes it is None. `>>` ties them, or pass the value itself
    (`load(extract())`, `extract.output`), which ties them, too.
    """

    meta = Meta(code="DAG802", name="xcom-not-upstream", severity="warning", since="0.1.0")
    bad = (
        Bad(
            """
            from airflow.providers.standard.operators.bash import BashOperator
            from airflow.sdk import DAG

            with DAG("sales"):
                start = BashOperator(task_id="start", bash_command="date")
                count = BashOperator(task_id="count", bash_command="echo 3")
                load = BashOperator(task_id="load", bash_command="load {{ task_instance.xcom_pull('count') }}")  # DAG802
                start >> [count, load]
            """
        ),
        Bad(
            """
            from airflow.sdk import dag, task

            @dag
            def sales():
                @task
                def extract():
                    return 1

                @task
                def load(ti=None):
                    return ti.xcom_pull(task_ids="extract")  # DAG802

                extract()
                load()

            sales()
            """,
            title="TaskFlow without a tie",
        ),
        Bad(
            """
            from airflow.providers.standard.operators.python import PythonOperator
            from airflow.sdk import DAG

            def add(**context):
                return context["ti"].xcom_pull(task_ids=["north", "south"])  # DAG802

            with DAG("sales"):
                total = PythonOperator(task_id="total", python_callable=add)
                for region in ("north", "south"):
                    PythonOperator(task_id=region, python_callable=lambda: 1) << total
            """,
            title="The arrow points the wrong way",
        ),
    )
    good = (
        Good(
            """
            from airflow.providers.standard.operators.bash import BashOperator
            from airflow.sdk import DAG

            with DAG("sales"):
                count = BashOperator(task_id="count", bash_command="echo 3")
                check = BashOperator(task_id="check", bash_command="true")
                load = BashOperator(task_id="load", bash_command="load {{ ti.xcom_pull('count') }}")
                count >> check >> load
            """,
            title="Upstream by way of another task",
        ),
        Good(
            """
            from airflow.providers.standard.operators.bash import BashOperator
            from airflow.sdk import DAG

            with DAG("sales"):
                count = BashOperator(task_id="count", bash_command="echo 3")
                load = BashOperator(task_id="load", bash_command="load {{ ti.xcom_pull('load', include_prior_dates=True) }}")
                load >> count
            """,
            title="Its own value of an earlier run",
        ),
        Good(
            """
            from airflow.sdk import dag, task

            @dag
            def sales():
                @task
                def extract():
                    return 1

                @task
                def load(rows, ti=None):
                    return ti.xcom_pull(task_ids="extract", key="more")

                load(extract())

            sales()
            """,
            title="Tied by the data",
        ),
    )

    def check_dag(self, dag: Dag, context: FileContext) -> Iterable[Finding]:
        """One finding for each such pull and task."""
        for task, pull, span in context.pulls(dag) if dag.complete else ():
            relations = context.relations(dag)
            for source in pull.tasks or ():
                if source in relations.tasks and source != task.task_id and not relations.comes_before(source, task.task_id):
                    yield Finding(
                        f"{task.task_id} pulls what {source} pushes, but does not wait for it.",
                        span,
                        help=f"Tie them: {source} >> {task.task_id}.",
                        dag_id=dag.dag_id,
                        task_id=task.task_id,
                        related=(Related(relations.tasks[source].span, f"the task {source}"),),
                        subject=source,
                    )
