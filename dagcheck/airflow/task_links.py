"""Tasks that wait for other DAGs, and tasks that trigger them."""

from __future__ import annotations

from functools import lru_cache

from dagcheck.model.dag import Task, Trigger, Wait

WAITING = frozenset({"ExternalTaskSensor", "ExternalTaskSensorAsync"})
TRIGGERING = frozenset({"TriggerDagRunOperator"})


@lru_cache(maxsize=1024)
def _is(bases: tuple[str, ...], names: frozenset[str]) -> bool:
    return any(base.rpartition(".")[2] in names for base in bases)


def _known_text(task: Task, name: str) -> str | None:
    value = task.arguments[name].value if name in task.arguments else None
    return value if isinstance(value, str) else None


def waits_of(tasks: list[Task]) -> list[Wait]:
    """What tasks of other DAGs these tasks wait for."""
    found = []
    for task in tasks:
        if _is(task.bases, WAITING):
            many = task.arguments["external_task_ids"].value if "external_task_ids" in task.arguments else None
            one = _known_text(task, "external_task_id")
            ids = [item for item in many if isinstance(item, str)] if isinstance(many, list | tuple | set) else [one] if one else []
            found.append(
                Wait(
                    task_id=task.task_id,
                    dag_id=_known_text(task, "external_dag_id"),
                    task_ids=tuple(ids),
                    group_id=_known_text(task, "external_task_group_id"),
                    span=task.span,
                )
            )
    return found


def triggers_of(tasks: list[Task]) -> list[Trigger]:
    """Which DAGs these tasks trigger."""
    return [
        Trigger(task_id=task.task_id, dag_id=_known_text(task, "trigger_dag_id"), span=task.span)
        for task in tasks
        if _is(task.bases, TRIGGERING)
    ]
