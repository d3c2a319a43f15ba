import ast
from collections.abc import Iterable

from dagcheck.model.dag import File, Misuse
from dagcheck.model.values import Span
from dagcheck.rule import Bad, FileContext, Finding, Good, Meta, Related, Rule
from dagcheck.source.nodes import every

_KINDS = {
    "task-outside-dag": ("Airflow will never run it: {}.", "Make it inside the block of its DAG, or give it dag=…"),
    "group-of-other-dag": ("Airflow refuses to load this: {}.", "Make the task inside the block of the group's DAG."),
}


class TaskOutsideDag(Rule):
    """Task that belongs to no DAG, or not to the DAG of its group

    An operator that is made where no DAG is open, and that is given none, is lost: it loads without a word and never runs. A task whose DAG is not that of its group, and a
    group outside of any DAG, keep the file from loading.
    """

    meta = Meta(code="DAG107", name="task-outside-dag", severity="error", since="0.1.0")
    bad = (
        Bad(
            """
            from airflow.providers.standard.operators.empty import EmptyOperator
            from airflow.sdk import DAG

            with DAG("sales"):
                extract = EmptyOperator(task_id="extract")

            load = EmptyOperator(task_id="load")  # DAG107
            """
        ),
        Bad(
            """
            from airflow.providers.standard.operators.bash import BashOperator
            from airflow.sdk import DAG

            dag = DAG("sales")
            extract = BashOperator(task_id="extract", bash_command="echo 1", dag=dag)
            for region in ("north", "south"):
                BashOperator(task_id=f"load_{region}", bash_command="echo 2")  # DAG107
            """,
            title="The argument was forgotten",
        ),
        Bad(
            """
            from airflow.providers.standard.operators.empty import EmptyOperator
            from airflow.sdk import DAG, TaskGroup

            other = DAG("other")
            with DAG("sales"):
                with TaskGroup("load"):
                    EmptyOperator(task_id="north", dag=other)  # DAG107
            """,
            title="In the group of another DAG",
        ),
        Bad(
            """
            from airflow.providers.standard.operators.empty import EmptyOperator
            from airflow.sdk import DAG

            def load(region):
                return EmptyOperator(task_id=f"load_{region}")  # DAG107

            def make(name):
                dag = DAG(name)
                EmptyOperator(task_id="extract", dag=dag)
                EmptyOperator(task_id="report")  # DAG107
                return dag

            class Factory:
                def __init__(self, name):
                    with DAG(name) as self.dag:
                        EmptyOperator(task_id="extract")
                    for step in ("check", "report"):
                        EmptyOperator(task_id=step)  # DAG107

            sales, returns = make("sales"), Factory("returns").dag
            load("north")
            """,
            title="In a function or class that makes DAGs, and in one that makes tasks and is called too late",
        ),
    )
    good = (
        Good(
            """
            from airflow.providers.standard.operators.empty import EmptyOperator
            from airflow.sdk import DAG

            dag = DAG("sales")
            load = EmptyOperator(task_id="load")
            dag.add_task(load)
            """,
            title="Added later",
        ),
        Good(
            """
            from airflow.providers.standard.operators.empty import EmptyOperator
            from airflow.sdk import DAG

            dag = DAG("sales")
            extract = EmptyOperator(task_id="extract", dag=dag)
            load = EmptyOperator(task_id="load")
            extract >> load
            """,
            title="Joins the DAG of the task that it is tied to",
        ),
        Good(
            """
            from airflow.providers.standard.operators.empty import EmptyOperator
            from airflow.sdk import DAG

            def load(region):
                return EmptyOperator(task_id=f"load_{region}")

            with DAG("sales"):
                load("north")
            """,
            title="Made by a function that is called inside the block",
        ),
        Good(
            """
            from airflow.providers.slack.operators.slack_webhook import SlackWebhookOperator

            DEFAULTS = {"on_failure_callback": SlackWebhookOperator(task_id="alarm", slack_webhook_conn_id="slack").execute}
            """,
            title="A helper without DAGs that uses an operator's method",
        ),
        Good(
            """
            from airflow.providers.slack.operators.slack_webhook import SlackWebhookOperator
            from airflow.providers.standard.operators.empty import EmptyOperator
            from airflow.sdk import DAG

            alarm = SlackWebhookOperator(task_id="alarm", slack_webhook_conn_id="slack").execute

            with DAG("sales", on_failure_callback=alarm):
                EmptyOperator(task_id="load")
            """,
            title="An operator that is made for one of its methods",
        ),
    )

    def check_file(self, file: File, context: FileContext) -> Iterable[Finding]:
        """One finding for each such task or group."""
        if not file.dags and not file.errors:
            return
        for dag_id, misuse in [(None, item) for item in file.misuses] + [(dag.dag_id, item) for dag in file.dags for item in dag.misuses]:
            if misuse.kind in _KINDS and _is_of(file, misuse) and not (dag_id is None and _serves_otherwise(misuse.span, context)):
                what, help_text = _KINDS[misuse.kind]
                related = tuple(Related(span, message) for span, message in misuse.related)
                yield Finding(
                    what.format(misuse.message), misuse.span, help=help_text, dag_id=dag_id, task_id=misuse.task_id, related=related
                )


def _is_of(file: File, misuse: Misuse) -> bool:
    """True for what the file does, itself or by a function of a helper that it calls; what a helper does when it is imported is its own affair."""
    return misuse.span.path == file.path or any(span.path == file.path for span, _ in misuse.related)


def _serves_otherwise(span: Span, context: FileContext) -> bool:
    """True if an operator is made for one of its attributes alone, such as a method that serves as a callback."""
    source = context.source_of(span.path)
    return source is not None and any(source.span(node.value) == span for node in every(source.tree, ast.Attribute))
