import ast
from collections.abc import Iterable, Iterator
from typing import Any

from dagcheck.model.dag import Argument, Dag
from dagcheck.model.values import Unknown
from dagcheck.rule import Bad, FileContext, Finding, Fix, Good, Meta, Rule
from dagcheck.rule.edits import replace_value

_CALLBACKS = (
    "on_failure_callback",
    "on_success_callback",
    "on_retry_callback",
    "on_execute_callback",
    "on_skipped_callback",
    "sla_miss_callback",
)
_MAILS = ("email_on_failure", "email_on_retry")


class SilentNotification(Rule):
    """Notification that will never be sent

    `email_on_failure=True` without an address sends nothing. A callback that is called where it should be passed runs once when the file is parsed, and what it returns,
    mostly None, is what Airflow calls when a task fails: nothing.
    """

    meta = Meta(code="DAG707", name="silent-notification", severity="warning", since="0.1.0", fix="unsafe")
    bad = (
        Bad(
            """
            from airflow.providers.standard.operators.bash import BashOperator
            from airflow.sdk import DAG

            def alarm(context=None):
                print("failed", context)

            with DAG("sales", on_failure_callback=alarm()):  # DAG707
                BashOperator(task_id="load", bash_command="load")
            """,
            fixed="""
            from airflow.providers.standard.operators.bash import BashOperator
            from airflow.sdk import DAG

            def alarm(context=None):
                print("failed", context)

            with DAG("sales", on_failure_callback=alarm):
                BashOperator(task_id="load", bash_command="load")
            """,
        ),
        Bad(
            """
            from airflow.sdk import dag, task

            defaults = {
                "owner": "sales",
                "email_on_failure": True,  # DAG707
            }

            @dag(default_args=defaults)
            def sales():
                @task
                def load():
                    pass

                load()

            sales()
            """,
            title="No address",
        ),
        Bad(
            """
            from airflow.providers.standard.operators.bash import BashOperator
            from airflow.sdk import DAG

            def alarm(channel):
                print(channel)

            with DAG("sales"):
                for region in ("north", "south"):
                    BashOperator(
                        task_id=f"load_{region}",
                        bash_command="load",
                        email=[],
                        email_on_retry=True,  # DAG707
                        on_failure_callback=alarm("#sales"),  # DAG707
                    )
            """,
            title="Generated, with an empty list of addresses",
        ),
    )
    good = (
        Good(
            """
            from airflow.providers.standard.operators.bash import BashOperator
            from airflow.sdk import DAG

            def alarm(channel):
                def send(context):
                    print(channel, context)
                return send

            with DAG("sales", on_failure_callback=alarm("#sales")):
                BashOperator(task_id="load", bash_command="load")
            """,
            title="A call that returns the callback",
        ),
        Good(
            """
            from functools import partial

            from airflow.providers.slack.notifications.slack import SlackNotifier
            from airflow.providers.standard.operators.bash import BashOperator
            from airflow.sdk import DAG

            def alarm(channel, context):
                print(channel, context)

            with DAG("sales", on_failure_callback=[partial(alarm, "#sales"), SlackNotifier(text="failed")]):
                BashOperator(task_id="load", bash_command="load")
            """,
            title="Partial functions and notifiers",
        ),
        Good(
            """
            from airflow.providers.standard.operators.bash import BashOperator
            from airflow.sdk import DAG

            with DAG("sales", default_args={"email": ["sales@example.com"], "email_on_failure": True}):
                BashOperator(task_id="load", bash_command="load")
            """
        ),
        Good(
            """
            from airflow.providers.standard.operators.bash import BashOperator
            from airflow.sdk import DAG, Variable

            with DAG("sales", default_args={"email": Variable.get("mail"), "email_on_failure": True}):
                BashOperator(task_id="load", bash_command="load")
            """,
            title="An address that is not known",
        ),
    )

    def check_dag(self, dag: Dag, context: FileContext) -> Iterable[Finding]:
        """One finding for each place that asks for such a notification."""
        for argument in _each_argument(dag):
            if argument.name in _MAILS and argument.argument.value is True and not argument.mail:
                what = "fails" if argument.name == "email_on_failure" else "is retried"
                message = f"No mail is sent when a task {what}: {argument.name} is set, but there is no address in `email`."
                yield Finding(message, argument.argument.span, dag_id=dag.dag_id, task_id=argument.task_id, subject=argument.name)
            elif argument.name in _CALLBACKS and _is_no_callback(argument.argument.value):
                call = _written_call(argument.argument, context)
                if call is not None:
                    message = f"{argument.name} is called here, when the file is parsed, and gives nothing that Airflow could call later."
                    text = ast.unparse(call.func)
                    fix = (
                        None
                        if call.args or call.keywords
                        else Fix(f"Pass {text}", (replace_value(argument.argument.span, text),), "unsafe")
                    )
                    yield Finding(
                        message, argument.argument.span, dag_id=dag.dag_id, task_id=argument.task_id, fix=fix, subject=argument.name
                    )


class _Asked:
    """An argument of the DAG or of a task. `mail` is false where there surely is no address."""

    def __init__(self, argument: Argument, task_id: str | None, mail: Any) -> None:
        self.name = argument.name
        self.argument = argument
        self.task_id = task_id
        self.mail = isinstance(mail, Unknown) or bool(mail)


def _each_argument(dag: Dag) -> Iterator[_Asked]:
    for argument in dag.arguments.values():
        if argument.name in _CALLBACKS:
            yield _Asked(argument, None, None)
    for task in dag.tasks:
        mail = task.arguments["email"].value if "email" in task.arguments else None
        for argument in task.arguments.values():
            if argument.span == task.span:
                continue
            if argument.name in _CALLBACKS or argument.name in _MAILS:
                yield _Asked(argument, None if argument.origin == "default_args" else task.task_id, mail)


def _is_no_callback(value: Any) -> bool:
    return value is None or isinstance(value, bool | int | float | str)


def _written_call(argument: Argument, context: FileContext) -> ast.Call | None:
    """The call that stands where the argument is given, in this very file."""
    if argument.span.path != context.file.path:
        return None
    try:
        node = ast.parse(context.text(argument.span).strip(), mode="eval").body
    except SyntaxError:
        return None
    return node if isinstance(node, ast.Call) else None
