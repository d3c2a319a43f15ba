from collections.abc import Iterable

from dagcheck.model.dag import Dag, Task
from dagcheck.rule import Bad, FileContext, Finding, Good, Meta, Rule
from dagcheck.rule.templates import parse, user_names


class BrokenTemplate(Rule):
    """Template that Jinja cannot parse

    The task fails when Airflow fills in its arguments, before any of its work. In an f-string the braces must be doubled twice: `f"{{{{ ds }}}}"`.
    """

    meta = Meta(code="DAG805", name="broken-template", severity="error", since="0.1.0")
    bad = (
        Bad(
            """
            from airflow.providers.standard.operators.bash import BashOperator
            from airflow.sdk import DAG

            with DAG("sales"):
                BashOperator(task_id="load", bash_command="load {{ ds }")  # DAG805
            """
        ),
        Bad(
            """
            from airflow.providers.common.sql.operators.sql import SQLExecuteQueryOperator
            from airflow.sdk import DAG

            QUERY = "SELECT * FROM sales {% if params.day %} WHERE day = '{{ ds }}'"

            with DAG("sales"):
                SQLExecuteQueryOperator(task_id="load", conn_id="shop", sql=[QUERY, "SELECT 1"])  # DAG805
            """,
            title="A block without an end, in a list",
        ),
        Bad(
            """
            from airflow.sdk import dag, task

            @dag
            def sales():
                @task
                def load(day):
                    pass

                for offset in (1, 2):
                    load(f"{{{{ macros.ds_add(ds, -{offset} }}}}")  # DAG805

            sales()
            """,
            title="TaskFlow: a bracket is missing",
        ),
    )
    good = (
        Good(
            """
            from airflow.providers.standard.operators.bash import BashOperator
            from airflow.sdk import DAG

            with DAG("sales"):
                BashOperator(task_id="load", bash_command="awk '{print $1}' /data/{{ ds }}.csv {# the day #}")
            """
        ),
        Good(
            """
            from airflow.providers.standard.operators.bash import BashOperator
            from airflow.sdk import DAG

            with DAG("sales", jinja_environment_kwargs={"variable_start_string": "[["}):
                BashOperator(task_id="load", bash_command="load {{ }")
            """,
            title="The DAG reads templates in its own way",
        ),
        Good(
            """
            from airflow.providers.standard.operators.bash import BashOperator
            from airflow.sdk import DAG

            with DAG("sales", description="load {{ ds }"):
                BashOperator(task_id="load", bash_command="load", doc_md="load {% raw")
            """,
            title="Not templated",
        ),
        Good(
            """
            from airflow.providers.standard.operators.bash import BashOperator
            from airflow.sdk import DAG

            with DAG("sales"):
                BashOperator(task_id="load", bash_command="{% raw %} docker inspect -f '{{.State' {% endraw %}")
            """,
            title="Raw text",
        ),
    )

    def check_task(self, task: Task, dag: Dag, context: FileContext) -> Iterable[Finding]:
        """One finding for each text that does not parse."""
        found = context.templates(task)
        if not found or user_names(dag) is None:
            return
        for template in found:
            error = parse(template.text).error
            if error is not None and not error[0].startswith("Encountered unknown tag"):
                where = f" (line {error[1]} of the text)" if "\n" in template.text.strip() else ""
                message = (
                    f"The template in {template.argument} cannot be parsed{where}: {error[0].rstrip('.')}. The task {task.task_id} fails."
                )
                yield Finding(message, template.span, dag_id=dag.dag_id, task_id=task.task_id, subject=template.argument)
