import ast
from collections.abc import Iterable

from dagcheck.model.dag import Dag, Task
from dagcheck.rule import Bad, FileContext, Finding, Good, Meta, Related, Rule
from dagcheck.rule.branching import is_branch
from dagcheck.rule.relations import Relations
from dagcheck.rule.tasks import text
from dagcheck.source.nodes import every

_RUNS_AFTER_FAILURE = frozenset(
    {"all_done", "always", "one_done", "one_failed", "all_failed", "none_skipped", "dummy", "all_done_min_one_success"}
)
_MAY_HIDE = _RUNS_AFTER_FAILURE | {"one_success"}
_MEANT = frozenset({"one_failed", "all_failed"})


class HiddenFailure(Rule):
    """Last task that hides the failure of those before it

    A DAG run takes its state from its last tasks. Where the only task after some work runs whatever happened (`all_done`, `always`), the run is a success although the
    work failed: no alarm, no retry by hand. Mark a clean-up as teardown, or add a last task with the default rule beside it.
    """

    meta = Meta(code="DAG111", name="hidden-failure", severity="warning", since="0.1.0")
    bad = (
        Bad(
            """
            from airflow.providers.standard.operators.bash import BashOperator
            from airflow.sdk import DAG

            with DAG("sales"):
                load = BashOperator(task_id="load", bash_command="load-sales")
                clean_up = BashOperator(task_id="clean_up", bash_command="rm -f /tmp/sales", trigger_rule="all_done")  # DAG111
                load >> clean_up
            """
        ),
        Bad(
            """
            from airflow.sdk import TriggerRule, dag, task

            @dag
            def sales():
                @task
                def load():
                    pass

                @task(trigger_rule=TriggerRule.ALL_DONE)
                def notify():
                    print("done")

                load() >> notify()  # DAG111

            sales()
            """,
            title="TaskFlow",
        ),
        Bad(
            """
            from airflow.providers.standard.operators.bash import BashOperator
            from airflow.providers.standard.operators.empty import EmptyOperator
            from airflow.sdk import DAG

            with DAG("sales"):
                end = EmptyOperator(task_id="end", trigger_rule="all_done")  # DAG111
                for region in ("north", "south"):
                    BashOperator(task_id=f"load_{region}", bash_command=f"load {region}") >> end
            """,
            title="Generated",
        ),
        Bad(
            """
            from airflow.sdk import dag, task

            @dag(schedule="@daily")
            def sales():
                @task
                def load(region):
                    pass

                @task(trigger_rule="one_success")
                def report():
                    pass

                [load("north"), load("south")] >> report()  # DAG111

            sales()
            """,
            title="One success is enough",
        ),
    )
    good = (
        Good(
            """
            from airflow.providers.standard.operators.empty import EmptyOperator
            from airflow.providers.standard.operators.python import BranchPythonOperator
            from airflow.sdk import DAG

            with DAG("sales"):
                branch = BranchPythonOperator(task_id="branch", python_callable=lambda ds: "all" if ds.endswith("01") else "part")
                branch >> [EmptyOperator(task_id="all"), EmptyOperator(task_id="part")] >> EmptyOperator(task_id="join", trigger_rule="one_success")
            """,
            title="A join after a branch",
        ),
        Good(
            """
            from airflow.providers.standard.operators.bash import BashOperator
            from airflow.sdk import DAG

            with DAG("sales"):
                load = BashOperator(task_id="load", bash_command="load-sales")
                report = BashOperator(task_id="report", bash_command="report-sales")
                clean_up = BashOperator(task_id="clean_up", bash_command="rm -f /tmp/sales", trigger_rule="all_done")
                load >> [clean_up, report]
            """,
            title="Another last task still fails with it",
        ),
        Good(
            """
            from airflow.sdk import dag, task

            @dag
            def sales():
                @task
                def load():
                    pass

                @task(trigger_rule="all_done")
                def judge(**context):
                    if context["dag_run"].get_task_instances(state="failed"):
                        raise RuntimeError("a task failed")

                load() >> judge()

            sales()
            """,
            title="The last task looks itself and fails",
        ),
        Good(
            """
            from airflow.sdk import dag, setup, task, teardown

            @dag
            def sales():
                @setup
                def make_table():
                    pass

                @task
                def load():
                    pass

                @teardown
                def drop_table():
                    pass

                make_table() >> load() >> drop_table()

            sales()
            """,
            title="A teardown does not decide",
        ),
        Good(
            """
            from airflow.providers.standard.operators.bash import BashOperator
            from airflow.sdk import DAG

            with DAG("sales"):
                load = BashOperator(task_id="load", bash_command="load-sales")
                clean_up = BashOperator(task_id="clean_up", bash_command="rm -f /tmp/sales", trigger_rule="all_done")
                report = BashOperator(task_id="report", bash_command="report-sales")
                load >> clean_up >> report
                load >> report
            """,
            title="Not the last",
        ),
    )

    def check_dag(self, dag: Dag, context: FileContext) -> Iterable[Finding]:
        """One finding for each last task behind which work stands that no other last task answers for."""
        if not dag.complete or all(task.trigger_rule not in _MAY_HIDE for task in dag.tasks):
            return
        relations = context.relations(dag)
        work = [task.task_id for task in dag.tasks if not task.teardown]
        last = {task_id for task_id in work if all(relations.tasks[below].teardown for below in relations.downstream[task_id])}
        hidden = _hidden(last, relations)
        for task_id in sorted(last) if hidden else ():
            task = relations.tasks[task_id]
            if not _runs_after_failure(task_id, relations) or task.setup or _can_fail_itself(task, context):
                continue
            failing = next((above for above in hidden if relations.comes_before(above, task_id)), None)
            if failing is not None:
                when = "runs" if task.trigger_rule in _MEANT else "runs all the same"
                yield Finding(
                    f"When {failing} fails, {task_id} {when} (trigger rule {task.trigger_rule}), and as the last task it makes the whole run a success.",
                    task.span,
                    help="Make it a teardown, or let a task with the default trigger rule end the DAG beside it.",
                    dag_id=dag.dag_id,
                    task_id=task_id,
                    related=(Related(relations.tasks[failing].span, "its failure is hidden"),),
                    subject="last",
                )


def _hidden(last: set[str], relations: Relations) -> list[str]:
    """The tasks after which every last task runs whatever became of them, sorted. A failure is handed on by all rules but those that run after one."""
    told = _handing_on({task_id for task_id in last if not _runs_after_failure(task_id, relations)}, relations)
    reached = _handing_on(last, relations)
    return sorted(task_id for task_id in reached - told - last if not relations.tasks[task_id].teardown)


def _handing_on(ends: set[str], relations: Relations) -> set[str]:
    """The tasks whose failure is handed on to one of these tasks."""
    found: set[str] = set()
    waiting = list(ends)
    while waiting:
        for above in relations.upstream[waiting.pop()] - found:
            found.add(above)
            if not _runs_after_failure(above, relations):
                waiting.append(above)
    return found


def _runs_after_failure(task_id: str, relations: Relations) -> bool:
    """True for a task that may run though one directly before it failed. With `one_success`, only where no branch chooses which of them run."""
    rule = relations.tasks[task_id].trigger_rule
    if rule == "one_success":
        return len(relations.upstream[task_id]) > 1 and not any(is_branch(relations.tasks[above]) for above in relations.before(task_id))
    return rule in _RUNS_AFTER_FAILURE


def _can_fail_itself(task: Task, context: FileContext) -> bool:
    """True if the task seems to judge the others: its code raises, or its command exits with a status."""
    if any("exit " in (text(task, name) or "") for name in ("bash_command", "command")):
        return True
    if "python_callable" in task.arguments and task.callable is None:
        return True
    node = context.function(task.callable) if task.callable is not None else None
    return node is not None and bool(every(node, ast.Raise))
