from collections.abc import Iterable

from dagcheck.model.dag import Effect, File
from dagcheck.rule import Bad, FileContext, Finding, Fix, Good, Meta, Rule
from dagcheck.rule.edits import replace_value

_WHAT = {"variable": "Variable", "connection": "connection"}


class VariableAtParseTime(Rule):
    """Variable or connection that is read when the file is parsed

    Airflow parses a file every half minute or so, and each time this asks its database or the secrets backend, for every DAG file again; where that is slow or down,
    DAGs vanish. In a template (`{{ var.value.name }}`, `{{ conn.name.host }}`) or inside a task the value is read only when it is needed.
    """

    meta = Meta(code="DAG601", name="variable-at-parse-time", severity="warning", since="0.1.0", fix="unsafe")
    bad = (
        Bad(
            """
            from airflow.providers.standard.operators.bash import BashOperator
            from airflow.sdk import DAG, Variable

            with DAG("sales"):
                BashOperator(task_id="load", bash_command=Variable.get("command"))  # DAG601
            """,
            fixed="""
            from airflow.providers.standard.operators.bash import BashOperator
            from airflow.sdk import DAG, Variable

            with DAG("sales"):
                BashOperator(task_id="load", bash_command="{{ var.value.command }}")
            """,
        ),
        Bad(
            """
            from airflow import DAG
            from airflow.hooks.base import BaseHook
            from airflow.models import Variable

            OWNER = Variable.get("owner", default_var="sales")  # DAG601
            HOST = BaseHook.get_connection("shop").host  # DAG601

            with DAG("sales", default_args={"owner": OWNER}):
                pass
            """,
            airflow="2.11",
            title="At the top of the file",
        ),
        Bad(
            """
            from airflow.sdk import Variable, dag, task

            def regions():
                return Variable.get("regions", deserialize_json=True)  # DAG601

            @dag
            def sales():
                @task
                def load(region):
                    pass

                for region in regions():
                    load(region)

            sales()
            """,
            title="In a function that runs when the file is parsed",
        ),
    )
    good = (
        Good(
            """
            from airflow.providers.standard.operators.bash import BashOperator
            from airflow.sdk import DAG, Variable, task

            with DAG("sales"):
                BashOperator(task_id="load", bash_command="load {{ var.value.region }} {{ conn.shop.host }}")

                @task
                def check():
                    return Variable.get("region")

                check()
            """
        ),
        Good(
            """
            from airflow.providers.standard.operators.python import PythonOperator
            from airflow.sdk import DAG, Variable

            def load():
                print(Variable.get("region"))

            with DAG("sales"):
                PythonOperator(task_id="load", python_callable=load)
                PythonOperator(task_id="other", python_callable=lambda: Variable.get("region"))
            """,
            title="In callables",
        ),
        Good(
            """
            import os

            from airflow.sdk import DAG

            REGION = os.environ.get("REGION", "north")

            with DAG("sales", tags=[REGION]):
                pass
            """,
            title="The environment costs nothing",
        ),
    )

    def check_file(self, file: File, context: FileContext) -> Iterable[Finding]:
        """One finding for each such place."""
        for effect in file.effects if file.dags else ():
            if effect.kind in _WHAT:
                name = f" {effect.name}" if effect.name != "?" else ""
                message = f"The {_WHAT[effect.kind]}{name} is read each time the file is parsed."
                help_text = "Read it in a template, or inside the task."
                yield Finding(message, effect.span, help=help_text, fix=_fix(effect, file), subject=f"{effect.kind} {effect.name}")


def _fix(effect: Effect, file: File) -> Fix | None:
    """A template, where the Variable is the whole value of a templated argument."""
    if effect.kind != "variable" or not effect.name.isidentifier():
        return None
    for dag in file.dags:
        for task in dag.tasks:
            for name in task.template_fields or ():
                argument = task.arguments.get(name)
                if argument is not None and argument.span == effect.span and argument.origin in ("call", "partial"):
                    text = f'"{{{{ var.value.{effect.name} }}}}"'
                    return Fix("Read it in a template", (replace_value(effect.span, text),), "unsafe")
    return None
