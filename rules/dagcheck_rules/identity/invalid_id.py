import re
from collections.abc import Iterable

from dagcheck.model.dag import Dag
from dagcheck.model.values import Span
from dagcheck.patterns import late
from dagcheck.rule import Bad, FileContext, Finding, Fix, Good, Meta, Rule
from dagcheck.rule.edits import replace_value

_KEY = late(r"[\w.-]+", re.ASCII)
_GROUP = late(r"[\w-]+", re.ASCII)
_WRONG = late(r"[^\w.-]+", re.ASCII)
_WRONG_IN_GROUP = late(r"[^\w-]+", re.ASCII)
_LONGEST = 250
_LONGEST_GROUP = 200


class InvalidId(Rule):
    """Id that Airflow refuses

    Ids of DAGs and tasks hold letters, digits, dashes, dots and underscores, 250 characters at most, a task's with the prefix of its groups; those of groups no dots, and 200
    characters at most. With any other id the file does not load.
    """

    meta = Meta(code="DAG203", name="invalid-id", severity="error", since="0.1.0", fix="unsafe")
    bad = (
        Bad(
            """
            from airflow.providers.standard.operators.empty import EmptyOperator
            from airflow.sdk import DAG

            with DAG("daily sales"):  # DAG203
                EmptyOperator(task_id="load (north)")  # DAG203
            """,
            fixed="""
            from airflow.providers.standard.operators.empty import EmptyOperator
            from airflow.sdk import DAG

            with DAG("daily_sales"):
                EmptyOperator(task_id="load_north")
            """,
        ),
        Bad(
            """
            from airflow.sdk import dag, task, task_group

            @dag
            def sales():
                @task_group(group_id="write.north")
                def write():
                    @task(task_id="load/all")  # DAG203
                    def load():
                        pass

                    load()

                write()  # DAG203

            sales()
            """,
            fixed="""
            from airflow.sdk import dag, task, task_group

            @dag
            def sales():
                @task_group(group_id="write.north")
                def write():
                    @task(task_id="load_all")
                    def load():
                        pass

                    load()

                write()

            sales()
            """,
            title="A dot in a group's id, a slash in a task's",
        ),
        Bad(
            """
            from airflow.providers.standard.operators.empty import EmptyOperator
            from airflow.sdk import DAG, TaskGroup

            with DAG("sales"):
                with TaskGroup("g" * 150):
                    for region in ("north", "south" * 30):
                        EmptyOperator(task_id=f"load_{region}")  # DAG203
            """,
            title="Too long with the prefix of the group",
        ),
    )
    good = (
        Good(
            """
            from airflow.providers.standard.operators.empty import EmptyOperator
            from airflow.sdk import DAG, TaskGroup

            with DAG("team.sales-daily_2"):
                with TaskGroup("write-all"):
                    EmptyOperator(task_id="load.north-1")
            """
        ),
        Good(
            """
            from airflow.providers.standard.operators.empty import EmptyOperator
            from airflow.sdk import DAG

            with DAG("sales", dag_display_name="Daily sales (north)"):
                EmptyOperator(task_id="load", task_display_name="Load all")
            """,
            title="Names for people are free",
        ),
        Good(
            """
            import os

            from airflow.providers.standard.operators.empty import EmptyOperator
            from airflow.sdk import DAG

            with DAG(f"sales {os.environ['REGION']}".replace(" ", "_")):
                EmptyOperator(task_id="load")
            """,
            title="Not known",
        ),
    )

    def check_dag(self, dag: Dag, context: FileContext) -> Iterable[Finding]:
        """One finding for each id that breaks the rules."""
        place = dag.arguments.get("dag_id")
        if dag.id_known and (problem := _problem(dag.dag_id)):
            span = place.span if place else dag.span
            yield Finding(f"The DAG id {problem}", span, dag_id=dag.dag_id, fix=_fix(dag.dag_id, span, context), subject="dag")
        for task in dag.tasks:
            if task.id_known and (problem := _problem(task.task_id)):
                span = task.arguments["task_id"].span if "task_id" in task.arguments else task.span
                fix = _fix(task.label, span, context)
                yield Finding(f"The task id {problem}", span, dag_id=dag.dag_id, task_id=task.task_id, fix=fix, subject=task.task_id)
        for group in dag.groups:
            if _GROUP.fullmatch(group.label) and len(group.label) <= _LONGEST_GROUP:
                continue
            why = (
                f"is {len(group.label)} characters long; Airflow takes {_LONGEST_GROUP}."
                if _GROUP.fullmatch(group.label)
                else _why(group.label, _WRONG_IN_GROUP)
            )
            yield Finding(f"The group id {_short(group.label)!r} {why}", group.span, dag_id=dag.dag_id, subject=group.group_id)


def _problem(found: str) -> str | None:
    if not _KEY.fullmatch(found) and not _KEY.fullmatch(found.encode("ascii", "ignore").decode()):
        return f"{_short(found)!r} {_why(found, _WRONG)}"
    if len(found) > _LONGEST:
        return f"{_short(found)!r} is {len(found)} characters long; Airflow takes {_LONGEST}."
    return None


def _why(found: str, wrong: re.Pattern[str]) -> str:
    match = wrong.search(found)
    return f"holds {match.group()!r}, which Airflow refuses in ids." if match else "is empty, which Airflow refuses."


def _short(found: str) -> str:
    return found if len(found) <= 60 else f"{found[:57]}..."


def _fix(found: str, span: Span, context: FileContext) -> Fix | None:
    """The id with underscores, where it is written as a plain text right there."""
    new = _WRONG.sub("_", found).strip("_")
    if context.text(span) not in (f'"{found}"', f"'{found}'") or not new or new == found:
        return None
    return Fix(f"Write {new!r}", (replace_value(span, f'"{new}"'),), "unsafe")
