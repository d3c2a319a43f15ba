from collections.abc import Iterable

from dagcheck.model.dag import Dag
from dagcheck.rule import Bad, FileContext, Finding, Good, Meta, Rule


class LoneTask(Rule):
    """Task that is tied to no other task of its DAG

    Where the other tasks of a DAG wait for each other, a task without any dependency was mostly forgotten: it starts at once, beside what it should follow. In a DAG
    in which most tasks stand alone, that is the design, and the rule is silent.
    """

    meta = Meta(code="DAG105", name="lone-task", severity="warning", since="0.1.0")
    bad = (
        Bad(
            """
            from airflow.providers.standard.operators.empty import EmptyOperator
            from airflow.sdk import DAG

            with DAG("sales"):
                extract = EmptyOperator(task_id="extract")
                load = EmptyOperator(task_id="load")
                report = EmptyOperator(task_id="report")
                notify = EmptyOperator(task_id="notify")  # DAG105
                extract >> load >> report
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
                def load(rows):
                    pass

                @task
                def clean_up():
                    pass

                load(extract())
                clean_up()  # DAG105

            sales()
            """,
            title="TaskFlow",
        ),
        Bad(
            """
            from airflow.providers.standard.operators.empty import EmptyOperator
            from airflow.sdk import DAG, TaskGroup

            with DAG("sales"):
                start = EmptyOperator(task_id="start")
                with TaskGroup("load") as load:
                    EmptyOperator(task_id="north")
                    EmptyOperator(task_id="south")
                end = EmptyOperator(task_id="end")  # DAG105
                start >> load
            """,
            title="Beside a group",
        ),
    )
    good = (
        Good(
            """
            from airflow.providers.standard.operators.empty import EmptyOperator
            from airflow.sdk import DAG

            with DAG("sales"):
                for region in ("north", "south", "west"):
                    EmptyOperator(task_id=f"load_{region}")
            """,
            title="All tasks stand alone",
        ),
        Good(
            """
            from airflow.providers.standard.operators.empty import EmptyOperator
            from airflow.sdk import DAG

            with DAG("sales"):
                only = EmptyOperator(task_id="only")
            """
        ),
        Good(
            """
            from airflow.providers.standard.operators.empty import EmptyOperator
            from airflow.sdk import DAG, TaskGroup

            with DAG("sales"):
                start = EmptyOperator(task_id="start")
                with TaskGroup("load") as load:
                    EmptyOperator(task_id="north")
                    EmptyOperator(task_id="south")
                start >> load
            """,
            title="Tied through their group",
        ),
        Good(
            """
            from airflow.providers.standard.operators.bash import BashOperator
            from airflow.sdk import DAG

            with DAG("sales"):
                first = BashOperator(task_id="first", bash_command="echo 1")
                second = BashOperator(task_id="second", bash_command="echo 2")
                third = BashOperator(task_id="third", bash_command="echo 3")
                fourth = BashOperator(task_id="fourth", bash_command="echo 4")
                third >> fourth
            """,
            title="As many stand alone as are tied",
        ),
    )

    def check_dag(self, dag: Dag, context: FileContext) -> Iterable[Finding]:
        """One finding for each lone task of a DAG in which lone tasks are the exception."""
        if not dag.complete or len(dag.tasks) < 3:
            return
        relations = context.relations(dag)
        alone = [task for task in dag.tasks if relations.is_alone(task.task_id)]
        if len(alone) > max(1, len(dag.tasks) // 5):
            return
        for task in alone:
            message = (
                f"The task {task.task_id} is tied to no other task of the DAG, while the others wait for each other: it starts at once."
            )
            help_text = "Put it before or after the tasks that it belongs to."
            yield Finding(message, task.span, help=help_text, dag_id=dag.dag_id, task_id=task.task_id, subject="alone")
