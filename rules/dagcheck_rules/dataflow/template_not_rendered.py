import re
from collections.abc import Iterable
from functools import lru_cache

from dagcheck.airflow.facts import Facts
from dagcheck.model.dag import Dag, Task
from dagcheck.patterns import late
from dagcheck.rule import Bad, FileContext, Finding, Good, Meta, Rule
from dagcheck.rule.tasks import own_class_facts, texts
from dagcheck.rule.templates import parse

_MARK = late(r"\{\{.*?\}\}", re.DOTALL)
_WORDS = (
    "doc",
    "doc_md",
    "doc_json",
    "doc_yaml",
    "doc_rst",
    "map_index_template",
    "task_display_name",
    "description",
    "params",
    "default_args",
)
_RESOLVED_LATER = (
    "on_failure_callback",
    "on_success_callback",
    "on_retry_callback",
    "on_execute_callback",
    "on_skipped_callback",
    "inlets",
    "outlets",
)

_BUILDS_TEXTS = ("CheckOperator", "ToSlackOperator")
"""Classes whose constructors put arguments together to a templated text."""


class TemplateNotRendered(Rule):
    """Template in an argument that is not templated

    Airflow fills in templates only in the arguments that the operator's class names in `template_fields`. In any other the braces stay as they are, and the task works with the
    text `{{ ds }}`.
    """

    meta = Meta(code="DAG807", name="template-not-rendered", severity="warning", since="0.1.0")
    bad = (
        Bad(
            """
            from airflow.providers.standard.operators.bash import BashOperator
            from airflow.sdk import DAG

            with DAG("sales"):
                BashOperator(task_id="load", bash_command="load", pool="pool_{{ params.region }}")  # DAG807
            """
        ),
        Bad(
            """
            from airflow.providers.standard.sensors.external_task import ExternalTaskSensor
            from airflow.sdk import DAG

            with DAG("report"):
                for region in ("north", "south"):
                    ExternalTaskSensor(
                        task_id=f"wait_{region}",
                        external_dag_id=f"sales_{region}",
                        allowed_states=["{{ var.value.state }}"],  # DAG807
                    )
            """,
            title="In a list",
        ),
        Bad(
            """
            from airflow.sdk import dag, task

            @dag
            def sales():
                @task(queue="{{ params.queue }}")  # DAG807
                def load():
                    pass

                load()

            sales()
            """,
            title="An argument of @task",
        ),
    )
    good = (
        Good(
            """
            from airflow.providers.standard.operators.bash import BashOperator
            from airflow.sdk import DAG

            with DAG("sales"):
                BashOperator(task_id="load", bash_command="load {{ ds }}", env={"DAY": "{{ ds }}"}, doc_md="Loads {{ ds }}")
            """
        ),
        Good(
            """
            from airflow.providers.standard.operators.bash import BashOperator
            from airflow.sdk import DAG

            class LoadOperator(BashOperator):
                template_fields = ("region",)

                def __init__(self, region, **kwargs):
                    super().__init__(bash_command="load", **kwargs)
                    self.region = region

            with DAG("sales"):
                LoadOperator(task_id="load", region="{{ params.region }}")
            """,
            title="A class of the project, which has its own fields",
        ),
        Good(
            """
            from airflow.sdk import dag, task

            @dag
            def sales():
                @task
                def load(day):
                    pass

                load("{{ ds }}")
                load.override(map_index_template="{{ day }}").expand(day=["{{ ds }}"])

            sales()
            """,
            title="Arguments of a TaskFlow call",
        ),
        Good(
            """
            from airflow.providers.standard.operators.bash import BashOperator
            from airflow.sdk import DAG

            with DAG("sales"):
                BashOperator(task_id="load", bash_command="load", owner="{{ team }}", run_as_user="{{}}")
            """,
            title="Braces that are no template of Airflow",
        ),
    )

    def check_task(self, task: Task, dag: Dag, context: FileContext) -> Iterable[Finding]:
        """One finding for each such argument of an operator of Airflow or a provider."""
        known = own_class_facts(task, context.facts)
        plain = _not_templated(task.bases[0], context.facts) if known is not None else frozenset()
        if known is None or plain.isdisjoint(task.arguments):
            return
        for name, argument in task.arguments.items():
            if name not in plain or argument.origin == "operator":
                continue
            for text in texts(argument.value):
                mark = _MARK.search(text) if "{{" in text else None
                if mark and parse(mark.group()).names & context.facts.context:
                    message = f"{known.name} has no template in {name}: {mark.group()} stays as it is."
                    yield Finding(message, argument.span, dag_id=dag.dag_id, task_id=task.task_id, subject=name)
                    break


@lru_cache(maxsize=1024)
def _not_templated(dotted: str, facts: Facts) -> frozenset[str]:
    """The arguments of a class of Airflow or a provider whose texts stay as they are; none of a class that does something else with them."""
    known = facts.operator(dotted)
    if known is None or known.name.endswith(_BUILDS_TEXTS) or known.template_fields is None or known.name.endswith("BaseOperator"):
        return frozenset()
    fields = {name for ancestor in facts.lineage(known.dotted) for name in ancestor.template_fields or ()}
    return frozenset(facts.parameters(known.dotted) or ()).difference(fields, _WORDS, _RESOLVED_LATER)
