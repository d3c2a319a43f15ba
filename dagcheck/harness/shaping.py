"""A DAG of the model as the life-cycle sees it."""

from __future__ import annotations

from dagcheck.harness.expanding import Expansion, expansion_of
from dagcheck.harness.lifecycle import DagShape, TaskShape, in_order
from dagcheck.harness.triggers import RULES
from dagcheck.model.dag import Dag, Task


def shape_of(dag: Dag) -> DagShape:
    """The life-cycle shape of a DAG.

    Raises:
        ValueError: its tasks form a cycle.
    """
    upstream: dict[str, set[str]] = {task.task_id: set() for task in dag.tasks}
    for above, below in dag.edges:
        if above in upstream and below in upstream:
            upstream[below].add(above)
    shapes = [_task_shape(task, frozenset(upstream[task.task_id]), expansion_of(dag, task)) for task in dag.tasks]
    return in_order(shapes, dag.max_active_runs or 16)


def _task_shape(task: Task, upstream: frozenset[str], expansion: Expansion | None) -> TaskShape:
    def truth(name: str) -> bool:
        argument = task.arguments.get(name)
        return argument is not None and argument.value is True

    waits = truth("wait_for_downstream")
    return TaskShape(
        task.task_id, upstream, _rule(task), min(max(task.retries or 0, 0), 5), task.setup, task.teardown, truth("on_failure_fail_dagrun"),
        truth("depends_on_past") or waits, waits, None if expansion is None else expansion.played, cuts_off(task), None if expansion is None else expansion.group,
        kind_among(task, LATEST_ONLY),
    )  # fmt: skip


LATEST_ONLY = ("LatestOnlyOperator",)
BRANCHES = ("BranchPythonOperator", "_BranchPythonDecoratedOperator", "BranchSQLOperator", *LATEST_ONLY)
SHORT_CIRCUITS = ("ShortCircuitOperator", "_ShortCircuitDecoratedOperator")


def forks(task: Task) -> bool:
    """Whether what the task finds decides which tasks after it run."""
    return kind_among(task, BRANCHES) or kind_among(task, SHORT_CIRCUITS)


def cuts_off(task: Task) -> bool:
    """Whether the task skips all that is downstream of it, where it does not let go on."""
    argument = task.arguments.get("ignore_downstream_trigger_rules")
    return kind_among(task, SHORT_CIRCUITS) and (argument is None or argument.value is not False)


def kind_among(task: Task, names: tuple[str, ...]) -> bool:
    """Whether a task's operator is one of these classes of Airflow's, or derived from one."""
    return any(dotted.rpartition(".")[2] in names for dotted in (task.operator, *task.bases))


def _rule(task: Task) -> str:
    return task.trigger_rule if task.trigger_rule in RULES else "all_success"
