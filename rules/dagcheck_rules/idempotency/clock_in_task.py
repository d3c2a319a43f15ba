import ast
import re
from collections.abc import Iterable, Iterator

from dagcheck.model.dag import Dag, Task
from dagcheck.model.values import Span
from dagcheck.patterns import late
from dagcheck.rule import Bad, FileContext, Finding, Good, Meta, Rule
from dagcheck.rule.callable_sql import run_sql
from dagcheck.rule.tasks import text
from dagcheck.source.nodes import children, every, walk

_CLOCKS = frozenset(
    {
        "datetime.datetime.now",
        "datetime.datetime.utcnow",
        "datetime.datetime.today",
        "datetime.date.today",
        "pendulum.now",
        "pendulum.today",
        "pendulum.yesterday",
        "airflow.utils.timezone.utcnow",
    }
)
_WORDS = ("now", "utcnow", "today", "yesterday")
_DATED = ("strftime", "isoformat", "date", "format", "to_date_string", "subtract", "add", "replace", "start_of", "date_string")
_DAYS = ("datetime.date.today", "pendulum.today", "pendulum.yesterday")
_SHELL = late(r"\$\(\s*date\b[^)]*(?:\+|-d|--date)|`\s*date\b[^`]*(?:\+|-d|--date)")
_KEEPS_HOUSE = late(r"clean|purge|retention|expir|maintenance|housekeep|vacuum|backup|rotate|(?:delete|remove)_old", re.IGNORECASE)
_SCHEDULED = ("cron", "interval")


class ClockInTask(Rule):
    """Task that asks the clock which day it is

    A run that is late, cleared or backfilled then works on another day than its own, and the day that it is for stays empty. The run's own dates are in templates
    and in the context: `{{ ds }}`, `{{ data_interval_start }}`, `logical_date`. Times for logs and durations are
    fine, and so are tasks that keep house by their name: what is old is old today.
    """

    meta = Meta(code="DAG502", name="clock-in-task", severity="warning", since="0.1.0")
    bad = (
        Bad(
            """
            from datetime import date, datetime, timedelta

            from airflow.sdk import dag, task

            @dag(schedule="@daily")
            def sales():
                @task
                def load():
                    day = datetime.now() - timedelta(days=1)  # DAG502
                    write(day, date.today())  # DAG502

                load()

            sales()
            """
        ),
        Bad(
            """
            from airflow.providers.common.sql.operators.sql import SQLExecuteQueryOperator
            from airflow.sdk import DAG

            with DAG("sales", schedule="@daily"):
                SQLExecuteQueryOperator(
                    task_id="load",
                    conn_id="pg_shop",
                    sql="DELETE FROM sales WHERE day = CURRENT_DATE - 1",  # DAG502
                )
            """,
            title="In SQL",
        ),
        Bad(
            """
            from airflow.providers.standard.operators.bash import BashOperator
            from airflow.sdk import DAG

            with DAG("sales", schedule="0 3 * * *"):
                for region in ("north", "south"):
                    BashOperator(task_id=region, bash_command=f"load {region} $(date -d yesterday +%F)")  # DAG502
            """,
            title="In the shell, generated",
        ),
    )
    good = (
        Good(
            """
            from datetime import datetime, timedelta

            from airflow.sdk import dag, task

            @dag(schedule="@daily")
            def sales_retention():
                @task
                def delete_old_files():
                    border = datetime.now() - timedelta(days=30)
                    print(border)

                delete_old_files()

            sales_retention()
            """,
            title="What is older than a month today",
        ),
        Good(
            """
            import time
            from datetime import datetime

            from airflow.sdk import dag, task

            @dag(schedule="@daily")
            def sales():
                @task
                def load(logical_date=None):
                    started = datetime.now()
                    write(logical_date)
                    print("took", datetime.now() - started, time.time())

                load()

            sales()
            """,
            title="How long it takes",
        ),
        Good(
            """
            from airflow.providers.common.sql.operators.sql import SQLExecuteQueryOperator
            from airflow.sdk import DAG

            with DAG("sales", schedule="@daily"):
                SQLExecuteQueryOperator(
                    task_id="load",
                    conn_id="pg_shop",
                    sql="UPDATE sales SET loaded_at = now() WHERE day = '{{ ds }}'",
                )
            """,
            title="The moment of loading, as a value",
        ),
        Good(
            """
            from datetime import date

            from airflow.sdk import dag, task

            @dag(schedule=None)
            def sales():
                @task
                def load():
                    write(date.today())

                load()

            sales()
            """,
            title="Started by hand",
        ),
        Good(
            """
            from airflow.providers.standard.operators.bash import BashOperator
            from airflow.sdk import DAG

            with DAG("sales", schedule="@daily"):
                BashOperator(task_id="load", bash_command="date; load --day {{ ds }} --update $(update-file)")
            """,
            title="The word in a command",
        ),
    )

    def check_task(self, task: Task, dag: Dag, context: FileContext) -> Iterable[Finding]:
        """One finding for each place where the task asks which day it is."""
        if dag.schedule.kind not in _SCHEDULED:
            return
        for span, what in _clocks(task, dag, context):
            if _KEEPS_HOUSE.search(f"{dag.dag_id} {task.task_id}"):
                return
            message = f"{task.task_id} asks the clock ({what}): a late or repeated run works on another day than its own."
            help_text = "Use the run's own dates: {{ ds }}, {{ data_interval_start }}, logical_date."
            yield Finding(message, span, help=help_text, dag_id=dag.dag_id, task_id=task.task_id, subject=what)


def _clocks(task: Task, dag: Dag, context: FileContext) -> Iterator[tuple[Span, str]]:
    command = text(task, "bash_command")
    if command is not None and (found := _SHELL.search(command)):
        yield task.arguments["bash_command"].span, found.group().strip("$(` ") + " …"
    sql = run_sql(task, dag, context)
    if sql is not None:
        from sqlglot import exp

        clocks = (exp.CurrentDate, exp.CurrentTimestamp, exp.CurrentDatetime)
        for statement in sql.statements:
            if statement.kind != "other" and any(statement.find(*clocks, part=where) for where in statement.find(exp.Where)):
                yield statement.span or sql.span, "in the filter of its SQL"
                break
    yield from _in_callable(task, context)


def _in_callable(task: Task, context: FileContext) -> Iterator[tuple[Span, str]]:
    node = context.callable_of(task, *_WORDS)
    calls = [(call, name) for call in every(node, ast.Call) if (name := context.dotted(call.func)) in _CLOCKS] if node is not None else []
    if node is not None and calls:
        parents = {id(child): parent for parent in walk(node) for child in children(parent)}
        for call, name in calls:
            if _as_day(call, str(name), parents):
                yield context.span(call), f"{name}()"


def _as_day(call: ast.Call, name: str, parents: dict[int, ast.AST]) -> bool:
    """True if the moment is used as a day or as the base of one."""
    parent = parents.get(id(call))
    if isinstance(parent, ast.Attribute):
        return parent.attr in _DATED
    if isinstance(parent, ast.BinOp):
        other = parent.right if parent.left is call else parent.left
        return isinstance(other, ast.Call) and ast.unparse(other.func).split(".")[-1] in ("timedelta", "relativedelta", "duration")
    return name in _DAYS
