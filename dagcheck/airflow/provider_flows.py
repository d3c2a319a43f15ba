"""What code of providers makes several tasks at once: a group that adds a task of its own, and a function that makes a chain.

Sources, read on 2026-11-22: the Databricks provider 7.23.0 (`operators/databricks_workflow.py`) and the Google provider 22.8.0 (`cloud/utils/dataform.py`).
"""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

from dagcheck.airflow.group import GroupClass, GroupValue
from dagcheck.airflow.nodes import relate_tasks
from dagcheck.airflow.world import world
from dagcheck.evaluate.values import Arguments, Value
from dagcheck.model.values import Unknown

if TYPE_CHECKING:
    from dagcheck.airflow.task import TaskValue
    from dagcheck.evaluate.interpreter import Interpreter

LAUNCH = "airflow.providers.databricks.operators.databricks_workflow._CreateDatabricksWorkflowOperator"
DATAFORM = "airflow.providers.google.cloud.operators.dataform"
WORKSPACE_STEPS = (
    ("make-definitions-directory", "DataformMakeDirectoryOperator"),
    ("write-first-view", "DataformWriteFileOperator"),
    ("write-second-view", "DataformWriteFileOperator"),
    ("write-gitignore-file", "DataformWriteFileOperator"),
    ("write-dataform-config-file", "DataformWriteFileOperator"),
    ("write-package-json", "DataformWriteFileOperator"),
    ("install-npm-packages", "DataformInstallNpmPackagesOperator"),
    ("make-includes-directory", "DataformMakeDirectoryOperator"),
)
"""The tasks of `make_initialization_workspace_flow` in their order. The directory for includes is made before other tasks of the chain, but comes last in it."""


def _task(interp: Interpreter, dotted: str, arguments: Arguments, **kwargs: Value) -> TaskValue:
    from dagcheck.airflow.names import operator_class
    from dagcheck.airflow.task import OperatorClass, TaskValue

    cls = operator_class(world(interp), dotted) or OperatorClass(dotted, None)
    task = interp.instantiate(cls, Arguments([], kwargs, span=arguments.span))
    assert isinstance(task, TaskValue)
    return task


class WorkflowGroup(GroupValue):
    """A group that puts the task `launch` before its roots when its block ends."""

    __slots__ = ()

    def leave(self, interp: Interpreter) -> None:
        roots = self.roots(interp)
        span = self.call_span
        launch = _task(interp, LAUNCH, Arguments([], {}, span=span), task_id="launch", dag=self.dag, task_group=self)
        for root in roots:
            relate_tasks(interp, [launch], root, upstream=False)
        if self.outside_upstream:
            relate_tasks(interp, [launch], list(self.outside_upstream), upstream=True)
        super().leave(interp)


class WorkflowGroupClass(GroupClass):
    """`DatabricksWorkflowTaskGroup`."""

    __slots__ = ()

    def __init__(self, dotted: str) -> None:
        super().__init__(dotted)
        self.name = "DatabricksWorkflowTaskGroup"

    def new(self, interp: Interpreter, cls: Value, arguments: Arguments) -> Value:
        group = WorkflowGroup("", None, span=arguments.span)
        group.cls = cls if cls is not self else None
        return group


def workspace_flow(interp: Interpreter, arguments: Arguments) -> Value:
    """`make_initialization_workspace_flow(…)` of Dataform: the first and the last task of the chain."""
    without = arguments.get(6, "without_installation", False)
    settled = interp.truth(without)
    steps = [step for step in WORKSPACE_STEPS if settled is not True or step[0] != "install-npm-packages"]
    tasks = [_task(interp, f"{DATAFORM}.{name}", arguments, task_id=task_id) for task_id, name in steps]
    for first, second in itertools.pairwise(tasks):
        relate_tasks(interp, [first], second, upstream=False)
    if isinstance(settled, Unknown):
        world(interp).doubt_tasks(tasks, settled)
    return (tasks[0], tasks[-1])
