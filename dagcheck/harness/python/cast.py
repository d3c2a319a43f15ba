"""Makes an actor of a Python task of the model: its function, its arguments, the child process of its file."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from dagcheck.harness.forking import fork_of
from dagcheck.harness.history import Run
from dagcheck.harness.python.actor import Child, PythonActor
from dagcheck.harness.sql.database import Database
from dagcheck.harness.sql.task import NotPlayed, plain_param
from dagcheck.model.dag import Task
from dagcheck.model.values import FunctionRef, TaskRef, Unknown, XComRef

NOT_CALLED_PLAINLY = ("virtualenv", "docker", "kubernetes", "external_python", "pyspark", "bash", "branch_virtualenv", "sensor", "snowpark")
"""Parts of the names of operators that run their function elsewhere or otherwise."""


def call_of(task: Task, index: int) -> tuple[list[Any], dict[str, Any]]:
    """The arguments of a Python task's function, as the child can be told them.

    Raises:
        NotPlayed: one of them is not known.
    """
    args, kwargs = [], {}
    for name in ("op_args", "op_kwargs", "templates_dict"):
        argument = task.arguments.get(name)
        if argument is None or argument.value is None:
            continue
        value = argument.value
        if argument.origin == "expand" and isinstance(value, list | tuple) and 0 <= index < len(value):
            value = value[index]
        told = _told(value, name, argument.span.line)
        if name == "op_args":
            args = list(told)
        elif name == "op_kwargs":
            kwargs.update(told)
        else:
            kwargs[name] = told
    if task.mapped and task.kind == "taskflow":
        kwargs.update(_mapped(task, index))
    several = task.arguments.get("expand_kwargs")
    if task.kind == "taskflow" and several is not None and isinstance(several.value, list | tuple) and 0 <= index < len(several.value):
        kwargs.update(_told(several.value[index], "expand_kwargs", several.span.line))
    return args, kwargs


def _mapped(task: Task, index: int) -> dict[str, Any]:
    """The arguments of `.partial(…)` and `.expand(…)` that the function itself takes."""
    function = task.callable
    names = {name for name, _, _ in function.parameters} if function is not None else set()
    found = {}
    for name, argument in task.arguments.items():
        if name in names and argument.origin in ("partial", "expand"):
            value = argument.value
            if argument.origin == "expand" and isinstance(value, list | tuple) and 0 <= index < len(value):
                value = value[index]
            found[name] = _told(value, name, argument.span.line)
            if argument.origin == "expand" and isinstance(value, XComRef):
                found[name]["index"] = index
    return found


def _told(value: Any, name: str, line: int) -> Any:
    if isinstance(value, Unknown):
        raise NotPlayed(f"its argument {name} is not known: {value.reason}", line)
    if isinstance(value, XComRef):
        return {"$xcom": value.task_id, "key": value.key}
    if isinstance(value, dict):
        return {key: _told(item, str(key), line) for key, item in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [_told(item, name, line) for item in value]
    if isinstance(value, TaskRef | FunctionRef):
        raise NotPlayed(f"its argument {name} is no plain value", line)
    return plain_param(value)


def python_actor(
    task: Task,
    child: Child,
    database: Database,
    runs: Sequence[Run],
    dag_id: str,
    params: Mapping[str, Any],
    base: Path,
    indexes: Sequence[int],
) -> PythonActor | None:
    """The actor of a Python task, or None when it is no task that plainly calls a function of the project.

    Raises:
        NotPlayed: its arguments are not known.
    """
    lowered = f"{task.operator} {task.module}".lower()
    if task.callable is None or any(part in lowered for part in NOT_CALLED_PLAINLY):
        return None
    calls = {index: call_of(task, index) for index in indexes}
    path = (base / task.callable.path).resolve()
    return PythonActor(task.task_id, task.callable, path, calls, child, database, dag_id, runs, params, fork_of(task))
