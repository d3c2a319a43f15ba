from collections.abc import Iterable

from dagcheck.model.dag import Dag
from dagcheck.rule import Bad, FileContext, Finding, Good, Meta, Rule
from dagcheck.rule.near import nearest


class UnknownXcomSource(Rule):
    """XCom pulled from a task that does not exist

    `xcom_pull` says nothing when there is no such task: it gives None, and the task works on that. Ids carry the prefix of their groups.
    """

    meta = Meta(code="DAG801", name="unknown-xcom-source", severity="error", since="0.1.0")
    bad = (
        Bad(
            """
            from airflow.providers.standard.operators.bash import BashOperator
            from airflow.sdk import DAG

            with DAG("sales"):
                extract = BashOperator(task_id="extract", bash_command="echo 3")
                load = BashOperator(task_id="load", bash_command="load {{ ti.xcom_pull(task_ids='extrakt') }}")  # DAG801
                extract >> load
            """
        ),
        Bad(
            """
            from airflow.sdk import dag, task, task_group

            @dag
            def sales():
                @task_group
                def read():
                    @task
                    def extract():
                        return 1

                    extract()

                @task
                def load(ti=None):
                    print(ti.xcom_pull("extract"))  # DAG801

                read() >> load()

            sales()
            """,
            title="The prefix of the group is missing",
        ),
        Bad(
            """
            from airflow.providers.standard.operators.python import PythonOperator
            from airflow.sdk import DAG

            def add(**context):
                rows = context["ti"].xcom_pull(task_ids=["count_north", "count_east"])  # DAG801
                return sum(rows)

            with DAG("sales"):
                total = PythonOperator(task_id="total", python_callable=add)
                for region in ("north", "south"):
                    PythonOperator(task_id=f"count_{region}", python_callable=lambda: 1) >> total
            """,
            title="Generated tasks, one of which is not made",
        ),
    )
    good = (
        Good(
            """
            from airflow.providers.standard.operators.bash import BashOperator
            from airflow.sdk import DAG

            with DAG("sales"):
                extract = BashOperator(task_id="extract", bash_command="echo 3")
                load = BashOperator(task_id="load", bash_command="load {{ ti.xcom_pull(task_ids='extract') }} {{ ti.xcom_pull(key='all') }}")
                extract >> load
            """
        ),
        Good(
            """
            from airflow.providers.standard.operators.bash import BashOperator
            from airflow.sdk import DAG

            with DAG("report"):
                BashOperator(task_id="draw", bash_command="draw {{ ti.xcom_pull(dag_id='sales', task_ids='count') }}")
            """,
            title="A task of another DAG",
        ),
        Good(
            """
            from airflow.sdk import DAG, task
            from company import add_steps

            with DAG("sales") as dag:
                @task
                def load(ti=None):
                    return ti.xcom_pull(task_ids="step_1")

                add_steps(dag) >> load()
            """,
            title="An unknown function may add the task",
        ),
        Good(
            """
            from airflow.sdk import dag, task

            @dag
            def sales():
                @task
                def load(names, ti=None):
                    return [ti.xcom_pull(task_ids=name) for name in names] + ti.xcom_pull(task_ids="load", include_prior_dates=True)

                load(["a", "b"])

            sales()
            """,
            title="Not written out, and a task's own earlier value",
        ),
    )

    def check_dag(self, dag: Dag, context: FileContext) -> Iterable[Finding]:
        """One finding for each id that no task of the DAG has, and task that pulls from it."""
        if not dag.complete:
            return
        ids = {task.task_id for task in dag.tasks}
        for task, pull, span in context.pulls(dag):
            for source in pull.tasks or ():
                if source not in ids:
                    hint = _hint(source, ids)
                    message = f"The DAG has no task {source!r}, so what {task.task_id} pulls from it is None.{hint}"
                    yield Finding(message, span, dag_id=dag.dag_id, task_id=task.task_id, subject=source)


def _hint(source: str, ids: set[str]) -> str:
    ends = [task_id for task_id in sorted(ids) if task_id.rpartition(".")[2] == source]
    near = ends[0] if len(ends) == 1 else nearest(source, ids)
    return f" Did you mean {near!r}?" if near else ""
