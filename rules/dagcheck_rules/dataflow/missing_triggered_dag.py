from collections.abc import Iterable

from dagcheck.rule import Bad, Finding, Good, Meta, Option, ProjectContext, Rule
from dagcheck.rule.finding import Severity
from dagcheck.rule.near import letters, nearest


class MissingTriggeredDag(Rule):
    """Trigger for a DAG that does not exist

    The task fails with DagNotFound. A DAG that is not in the project may be in another repository: then only a likely slip is told, as a warning, unless the option
    `complete` says that all DAGs are here.
    """

    meta = Meta(code="DAG822", name="missing-triggered-dag", severity="error", since="0.1.0")
    options = (Option("complete", False, "the project holds every DAG of the Airflow installation"),)
    bad = (
        Bad(
            """
            from airflow.providers.standard.operators.empty import EmptyOperator
            from airflow.providers.standard.operators.trigger_dagrun import TriggerDagRunOperator
            from airflow.sdk import DAG

            with DAG("report"):
                EmptyOperator(task_id="draw")

            with DAG("sales"):
                TriggerDagRunOperator(task_id="start", trigger_dag_id="reprot")  # DAG822
            """
        ),
        Bad(
            """
            from airflow.providers.standard.operators.trigger_dagrun import TriggerDagRunOperator
            from airflow.sdk import DAG

            with DAG("sales"):
                for region in ("north", "south"):
                    TriggerDagRunOperator(task_id=region, trigger_dag_id=f"report_{region}")  # DAG822
            """,
            config=(("rule", {"missing-triggered-dag": {"complete": True}}),),
            title="The project holds all DAGs",
        ),
        Bad(
            """
            from airflow.operators.trigger_dagrun import TriggerDagRunOperator
            from airflow import DAG

            with DAG("daily_sales"):
                TriggerDagRunOperator(
                    task_id="again",
                    trigger_dag_id="dialy_sales",  # DAG822
                )
            """,
            airflow="2.11",
            title="Itself, with a slip",
        ),
    )
    good = (
        Good(
            """
            from airflow.providers.standard.operators.trigger_dagrun import TriggerDagRunOperator
            from airflow.sdk import DAG

            with DAG("sales"):
                TriggerDagRunOperator(task_id="start", trigger_dag_id="warehouse")
            """,
            title="A DAG of another repository",
        ),
        Good(
            """
            from airflow.providers.standard.operators.trigger_dagrun import TriggerDagRunOperator
            from airflow.sdk import DAG

            with DAG("sales_v1"):
                TriggerDagRunOperator(task_id="start", trigger_dag_id="sales_v2")
            """,
            title="Names that differ by a number",
        ),
        Good(
            """
            from airflow.providers.standard.operators.trigger_dagrun import TriggerDagRunOperator
            from airflow.sdk import DAG

            with DAG("sales"):
                TriggerDagRunOperator(task_id="start", trigger_dag_id="{{ params.dag }}")
            """,
            config=(("rule", {"missing-triggered-dag": {"complete": True}}),),
            title="A template",
        ),
    )

    def check_project(self, context: ProjectContext) -> Iterable[Finding]:
        """One finding for each trigger of what is not there."""
        by_id = context.project.by_id
        complete = self.option("complete") and all(dag.id_known for dag in context.dags)
        spelt = frozenset(map(letters, by_id))
        for dag in context.dags:
            tasks = {task.task_id: task for task in dag.tasks} if dag.triggers else {}
            for trigger in dag.triggers:
                task, target = tasks.get(trigger.task_id), trigger.dag_id
                if task is None or target is None or "{{" in target or target in by_id:
                    continue
                if not complete and letters(target) not in spelt:  # `nearest` looks at every id
                    continue
                near = nearest(target, by_id)
                if complete or (near and letters(near) == letters(target)):
                    hint = f" Did you mean {near}?" if near else ""
                    message = f"The task {task.task_id} starts the DAG {target}, which the project does not have.{hint}"
                    span = task.arguments["trigger_dag_id"].span if "trigger_dag_id" in task.arguments else task.span
                    severity: Severity | None = None if complete else "warning"
                    yield Finding(message, span, dag_id=dag.dag_id, task_id=task.task_id, severity=severity, subject=target)
