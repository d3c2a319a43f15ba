from collections.abc import Iterable, Iterator

from dagcheck.model.dag import Dag, Task
from dagcheck.model.values import Span
from dagcheck.rule import Bad, FileContext, Finding, Fix, Good, Meta, Related, Rule
from dagcheck.rule.branching import branch_targets, is_branch
from dagcheck.rule.edits import replace_value
from dagcheck.rule.near import nearest


class WrongBranchTarget(Rule):
    """Branch that chooses a task which is not directly downstream

    A branch names the tasks to go on with by their full ids, with the prefix of their groups. An id that does not exist makes the task fail when the branch is taken; one
    that is not directly downstream leaves everything below the branch skipped.
    """

    meta = Meta(code="DAG109", name="wrong-branch-target", severity="error", since="0.1.0", fix="unsafe")
    bad = (
        Bad(
            """
            from airflow.providers.standard.operators.empty import EmptyOperator
            from airflow.providers.standard.operators.python import BranchPythonOperator
            from airflow.sdk import DAG

            def choose(**context):
                if context["dag_run"].conf.get("full"):
                    return "load_all"
                return "load_parts"  # DAG109

            with DAG("sales"):
                branch = BranchPythonOperator(task_id="branch", python_callable=choose)
                branch >> [EmptyOperator(task_id="load_all"), EmptyOperator(task_id="load_part")]
            """,
            fixed="""
            from airflow.providers.standard.operators.empty import EmptyOperator
            from airflow.providers.standard.operators.python import BranchPythonOperator
            from airflow.sdk import DAG

            def choose(**context):
                if context["dag_run"].conf.get("full"):
                    return "load_all"
                return "load_part"

            with DAG("sales"):
                branch = BranchPythonOperator(task_id="branch", python_callable=choose)
                branch >> [EmptyOperator(task_id="load_all"), EmptyOperator(task_id="load_part")]
            """,
        ),
        Bad(
            """
            from airflow.sdk import dag, task, task_group

            @dag
            def sales():
                @task.branch
                def choose(rows):
                    return "load" if rows else "skip_load"  # DAG109

                @task_group
                def write():
                    @task
                    def load():
                        pass

                    load()

                @task
                def skip_load():
                    pass

                choose([1]) >> [write(), skip_load()]

            sales()
            """,
            fixed="""
            from airflow.sdk import dag, task, task_group

            @dag
            def sales():
                @task.branch
                def choose(rows):
                    return "write.load" if rows else "skip_load"

                @task_group
                def write():
                    @task
                    def load():
                        pass

                    load()

                @task
                def skip_load():
                    pass

                choose([1]) >> [write(), skip_load()]

            sales()
            """,
            title="The prefix of the group is missing",
        ),
        Bad(
            """
            from airflow.providers.common.sql.operators.sql import BranchSQLOperator
            from airflow.providers.standard.operators.empty import EmptyOperator
            from airflow.sdk import DAG

            with DAG("sales"):
                branch = BranchSQLOperator(
                    task_id="branch",
                    conn_id="shop",
                    sql="SELECT count(*) > 0 FROM orders",
                    follow_task_ids_if_true=["load"],
                    follow_task_ids_if_false="report",  # DAG109
                )
                branch >> EmptyOperator(task_id="load") >> EmptyOperator(task_id="report")
                branch >> EmptyOperator(task_id="nothing")
            """,
            title="Downstream, but not directly",
        ),
        Bad(
            """
            from airflow import DAG
            from airflow.operators.branch import BaseBranchOperator
            from airflow.operators.empty import EmptyOperator

            class ByRows(BaseBranchOperator):
                def choose_branch(self, context):
                    rows = context["ti"].xcom_pull(task_ids="count")
                    chosen = "load" if rows else "report_nothing"  # DAG109
                    return chosen

            with DAG("sales", schedule=None) as dag:
                way = ByRows(task_id="way")
                way >> [EmptyOperator(task_id="load"), EmptyOperator(task_id="report")]
            """,
            airflow="2.11",
            title="A branch of a class of its own, by way of a variable",
        ),
    )
    good = (
        Good(
            """
            from airflow.sdk import dag, task

            @dag
            def sales():
                @task.branch
                def choose(rows):
                    def label(row):
                        return "not an id"

                    if not rows:
                        return None
                    return ["load", "report"] if len(rows) > 3 else "load"

                @task
                def load():
                    pass

                @task
                def report():
                    pass

                choose([1]) >> [load(), report()]

            sales()
            """,
            title="None, a list, and a function inside",
        ),
        Good(
            """
            from airflow.providers.standard.operators.empty import EmptyOperator
            from airflow.providers.standard.operators.python import BranchPythonOperator
            from airflow.sdk import DAG, TaskGroup

            with DAG("sales"):
                branch = BranchPythonOperator(task_id="branch", python_callable=lambda: "write")
                with TaskGroup("write") as write:
                    EmptyOperator(task_id="load")
                branch >> write
            """,
            title="A whole group",
        ),
        Good(
            """
            import random

            from airflow.providers.standard.operators.empty import EmptyOperator
            from airflow.providers.standard.operators.python import BranchPythonOperator
            from airflow.sdk import DAG

            regions = ["north", "south"]

            with DAG("sales"):
                branch = BranchPythonOperator(task_id="branch", python_callable=lambda: f"load_{random.choice(regions)}")
                for region in regions:
                    branch >> EmptyOperator(task_id=f"load_{region}")
            """,
            title="Computed when it runs",
        ),
        Good(
            """
            from airflow.providers.standard.operators.empty import EmptyOperator
            from airflow.providers.standard.operators.python import PythonOperator
            from airflow.sdk import DAG

            def name():
                return "nobody"

            with DAG("sales"):
                PythonOperator(task_id="name", python_callable=name) >> EmptyOperator(task_id="load")
            """,
            title="No branch",
        ),
    )

    def check_dag(self, dag: Dag, context: FileContext) -> Iterable[Finding]:
        """One finding for each written id that a branch must not give."""
        for task in [task for task in dag.tasks if is_branch(task)] if dag.complete else ():
            below = context.relations(dag).downstream.get(task.task_id, set())
            for target, span in branch_targets(task, context):
                problem = _problem(target, dag, below)
                if problem:
                    fix = _fix(target, span, task, below, context)
                    related = (Related(task.span, f"the branch {task.task_id}"),) if span != task.span else ()
                    message = f"The branch {task.task_id} chooses {target!r}, {problem}"
                    yield Finding(
                        message, span, dag_id=dag.dag_id, task_id=task.task_id, related=related, fix=fix, subject=f"{task.task_id} {target}"
                    )


def _problem(target: str, dag: Dag, below: set[str]) -> str | None:
    """What is wrong with a target; None if nothing is, or if it can't be told."""
    if target in below:
        return None
    members = {task.task_id for task in dag.tasks if target in _groups_of(task, dag)}
    if members or any(group.group_id == target for group in dag.groups):
        return (
            None if not members or members & below else "a group of which no task is directly downstream, so all that follows is skipped."
        )
    if any(task.task_id == target for task in dag.tasks):
        return "which is not directly downstream, so all that follows is skipped."
    return "and this DAG has no such task or group: the task fails when it comes to that."


def _groups_of(task: Task, dag: Dag) -> Iterator[str]:
    parents = {group.group_id: group.parent for group in dag.groups}
    group = task.group
    while group is not None:
        yield group
        group = parents.get(group)


def _fix(target: str, span: Span, task: Task, below: set[str], context: FileContext) -> Fix | None:
    """The one task directly downstream whose id, or its part after the group's prefix, is like the target's."""
    if context.text(span) not in (f'"{target}"', f"'{target}'"):
        return None
    ends = sorted(task_id for task_id in below if task_id.rpartition(".")[2] == target)
    meant = ends[0] if len(ends) == 1 else None if ends else nearest(target, below)
    return Fix(f"Write {meant!r}", (replace_value(span, f'"{meant}"'),), "unsafe") if meant else None
