from collections.abc import Iterable

from dagcheck.model.dag import Dag
from dagcheck.rule import Bad, FileContext, Finding, Good, Meta, Option, Rule


class UnconventionalName(Rule):
    """Id that breaks the agreed pattern

    Ids that follow one pattern can be searched, grouped and given rights by prefix. The patterns are options, regular expressions that the whole id must match. Off by default.
    """

    meta = Meta(code="DAG904", name="unconventional-name", severity="info", since="0.1.0", default=False)
    options = (
        Option("dag-id", "[a-z][a-z0-9_]*", "the pattern of DAG ids", pattern=True),
        Option("task-id", "[a-z][a-z0-9_]*", "the pattern of task ids without their groups", pattern=True),
        Option("group-id", "[a-z][a-z0-9_]*", "the pattern of group ids without their parents", pattern=True),
    )
    bad = (
        Bad(
            """
            from airflow.providers.standard.operators.empty import EmptyOperator
            from airflow.sdk import DAG

            with DAG("DailySales"):  # DAG904
                EmptyOperator(task_id="load-all")  # DAG904
            """
        ),
        Bad(
            """
            from airflow.sdk import dag, task, task_group

            @dag
            def sales():
                @task_group
                def Write():
                    @task
                    def load():
                        pass

                    load()

                Write()  # DAG904

            sales()
            """,
            title="A group",
        ),
        Bad(
            """
            from airflow.sdk import DAG

            for region in ("north", "south"):
                with DAG(f"sales_{region}"):  # DAG904
                    pass
            """,
            config=(("rule", {"unconventional-name": {"dag-id": "finance_.*"}}),),
            title="A prefix is agreed on",
        ),
    )
    good = (
        Good(
            """
            from airflow.providers.standard.operators.empty import EmptyOperator
            from airflow.sdk import DAG, TaskGroup

            with DAG("daily_sales"):
                with TaskGroup("write"):
                    EmptyOperator(task_id="load_all")
            """,
            title="The prefix of the group does not count",
        ),
        Good(
            """
            import os

            from airflow.sdk import DAG

            with DAG(os.environ["NAME"]):
                pass
            """,
            title="Not known",
        ),
        Good(
            """
            from airflow.providers.standard.operators.empty import EmptyOperator
            from airflow.sdk import DAG

            with DAG("Sales-Daily"):
                EmptyOperator(task_id="Load")
            """,
            config=(("rule", {"unconventional-name": {"dag-id": "[A-Za-z-]+", "task-id": "[A-Z].*"}}),),
        ),
    )

    def check_dag(self, dag: Dag, context: FileContext) -> Iterable[Finding]:
        """One finding for each id of the DAG that does not match."""
        if dag.id_known and self.fits("dag-id", dag.dag_id) is False:
            yield Finding(f"The DAG id {dag.dag_id} does not match {self.option('dag-id')}.", dag.span, dag_id=dag.dag_id, subject="dag")
        for task in dag.tasks:
            if task.id_known and task.label and self.fits("task-id", task.label) is False:
                message = f"The task id {task.label} does not match {self.option('task-id')}."
                yield Finding(message, task.span, dag_id=dag.dag_id, task_id=task.task_id, subject=task.task_id)
        for group in dag.groups:
            if self.fits("group-id", group.label) is False:
                message = f"The group id {group.label} does not match {self.option('group-id')}."
                yield Finding(message, group.span, dag_id=dag.dag_id, subject=group.group_id)
