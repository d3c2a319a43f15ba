from collections.abc import Iterable

from dagcheck.model.dag import Argument, Dag, Task
from dagcheck.rule import Bad, FileContext, Finding, Fix, Good, Meta, Rule
from dagcheck.rule.edits import replace_value
from dagcheck.rule.tasks import class_facts

_SHELL = (".sh", ".bash")


class ScriptTakenForTemplate(Rule):
    """Shell command that Airflow takes for a template file

    A templated text that ends in `.sh` or `.bash` is for Airflow the name of a file with the template. It looks for a file called `bash /opt/load.sh` and the task fails with
    TemplateNotFound. A space at the end makes it a command again.
    """

    meta = Meta(code="DAG709", name="script-taken-for-template", severity="error", since="0.1.0", fix="safe")
    bad = (
        Bad(
            """
            from airflow.providers.standard.operators.bash import BashOperator
            from airflow.sdk import DAG

            with DAG("sales"):
                BashOperator(task_id="load", bash_command="bash /opt/load.sh")  # DAG709
            """,
            fixed="""
            from airflow.providers.standard.operators.bash import BashOperator
            from airflow.sdk import DAG

            with DAG("sales"):
                BashOperator(task_id="load", bash_command="bash /opt/load.sh ")
            """,
        ),
        Bad(
            """
            from airflow.providers.ssh.operators.ssh import SSHOperator
            from airflow.sdk import DAG

            SCRIPTS = "/opt/scripts"

            with DAG("sales"):
                for region in ("north", "south"):
                    SSHOperator(task_id=region, ssh_conn_id="host", command=f"{SCRIPTS}/{region}.sh")  # DAG709
            """,
            title="An absolute path, computed",
        ),
        Bad(
            """
            from airflow.operators.bash import BashOperator
            from airflow import DAG

            dag = DAG("sales")
            load = BashOperator(
                task_id="load",
                bash_command='cd /opt && ./load.sh',  # DAG709
                dag=dag,
            )
            """,
            fixed="""
            from airflow.operators.bash import BashOperator
            from airflow import DAG

            dag = DAG("sales")
            load = BashOperator(
                task_id="load",
                bash_command='cd /opt && ./load.sh ',
                dag=dag,
            )
            """,
            airflow="2.11",
        ),
    )
    good = (
        Good(
            """
            from airflow.providers.standard.operators.bash import BashOperator
            from airflow.sdk import DAG

            with DAG("sales"):
                BashOperator(task_id="load", bash_command="bash /opt/load.sh ")
                BashOperator(task_id="report", bash_command="/opt/report.sh north")
            """
        ),
        Good(
            """
            from airflow.providers.standard.operators.bash import BashOperator
            from airflow.sdk import DAG

            with DAG("sales"):
                BashOperator(task_id="load", bash_command="scripts/load.sh")
            """,
            files=(("dags/scripts/load.sh", "echo load"),),
            title="A template file, as Airflow means it",
        ),
        Good(
            """
            from airflow.providers.standard.operators.bash import BashOperator
            from airflow.sdk import DAG

            with DAG("sales"):
                BashOperator(task_id="load", bash_command="load", env={"SCRIPT": "/opt/load.py"}, cwd="/opt/load.d")
            """,
            title="Other endings",
        ),
        Good(
            """
            from airflow.providers.standard.operators.bash import BashOperator
            from airflow.sdk import DAG

            with DAG("sales", template_searchpath=["/"]):
                BashOperator(task_id="load", bash_command="/opt/load.sh")
            """,
            title="A template file in a folder that the DAG names",
        ),
        Good(
            """
            from airflow.providers.standard.operators.python import PythonOperator
            from airflow.sdk import DAG

            with DAG("sales"):
                PythonOperator(task_id="load", python_callable=print, op_args=["bash /opt/load.sh"])
            """,
            title="An operator without template files",
        ),
    )

    def check_task(self, task: Task, dag: Dag, context: FileContext) -> Iterable[Finding]:
        """One finding for each such argument."""
        facts = class_facts(task, context.facts)
        endings = tuple(ending for ending in (facts.template_ext if facts is not None else ()) if ending in _SHELL)
        if facts is None or not endings:
            return
        for name in task.template_fields or ():
            argument = task.arguments.get(name)
            if argument is None or not isinstance(argument.value, str) or not argument.value.endswith(endings):
                continue
            value = argument.value
            if " " in value.strip() or (value.startswith(("/", "~", "$")) and "template_searchpath" not in dag.arguments):
                message = f"{name} ends in {value[value.rindex('.') :]}, so Airflow takes {value!r} for the name of a template file and the task fails."
                yield Finding(
                    message,
                    argument.span,
                    help="Put a space at its end.",
                    dag_id=dag.dag_id,
                    task_id=task.task_id,
                    fix=_fix(argument, context),
                    subject=name,
                )


def _fix(argument: Argument, context: FileContext) -> Fix | None:
    """A space before the closing quote, where the text is written as a plain one right there."""
    written = context.text(argument.span)
    for quote in ('"', "'"):
        if written == f"{quote}{argument.value}{quote}":
            return Fix("Put a space at the end", (replace_value(argument.span, f"{written[:-1]} {quote}"),))
    return None
