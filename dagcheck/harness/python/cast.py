"""Makes an actor of a Python task of the model: its function, its arguments, the child process of its file."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from dagcheck.harness.expanding import Expansion, Own, XComItem
from dagcheck.harness.forking import fork_of
from dagcheck.harness.history import Run
from dagcheck.harness.python.actor import Called, Child, PythonActor
from dagcheck.harness.sql.database import Database
from dagcheck.harness.sql.task import NotPlayed, plain_param
from dagcheck.model.dag import Task
from dagcheck.model.values import FunctionRef, TaskRef, Unknown, XComRef

NOT_CALLED_PLAINLY = ("virtualenv", "docker", "kubernetes", "external_python", "pyspark", "bash", "branch_virtualenv", "sensor", "snowpark")
"""Parts of the names of operators that run their function elsewhere or otherwise."""


SEVERAL = "**"
"""Stands for keyword arguments that are known at run time only."""


def call_of(task: Task, index: int, expansion: Expansion | None = None) -> tuple[list[Any], dict[str, Any]]:
    """The arguments of a Python task's function for one instance, as the child can be told them.

    Raises:
        NotPlayed: one of them is not known.
    """
    args: list[Any] = []
    kwargs: dict[str, Any] = {}
    given = given_to(task, index, expansion)
    for name in ("op_args", "op_kwargs", "templates_dict"):
        if given.get(name) is None:
            continue
        told = _told(given[name], name, task.arguments[name].span.line if name in task.arguments else task.line)
        if name == "op_args":
            args = list(told)
        elif name == "op_kwargs":
            kwargs.update(told)
        else:
            kwargs[name] = told
    if task.mapped and task.kind == "taskflow":
        parameters = {name for name, _, _ in task.callable.parameters} if task.callable is not None else set()
        own = {name for name, argument in task.arguments.items() if argument.origin in ("partial", "expand")} | keywords_of(
            expansion, index
        )
        kwargs.update({name: _told(given[name], name, task.line) for name in given if name in own & parameters})
    several = None if expansion is None else expansion.several(index)
    if several is not None:
        kwargs[SEVERAL] = _told(several, SEVERAL, task.line)
    return args, kwargs


def given_to(task: Task, index: int, expansion: Expansion | None) -> dict[str, Any]:
    """The values of a task's arguments for one of its instances."""
    values = {name: argument.value for name, argument in task.arguments.items()}
    if expansion is None:
        return values
    return {name: expansion.given(name, value, index) for name, value in values.items()} | dict(expansion.keywords(index))


def keywords_of(expansion: Expansion | None, index: int) -> set[str]:
    return set(expansion.keywords(index)) if expansion is not None else set()


def _told(value: Any, name: str, line: int) -> Any:
    if isinstance(value, Unknown):
        raise NotPlayed(f"its argument {name} is not known: {value.reason}", line)
    if isinstance(value, XComRef):
        return {"$xcom": value.task_id, "key": value.key}
    if isinstance(value, XComItem):
        return {"$xcom": value.task_id, "key": value.key, "index": value.index, "name": value.name}
    if isinstance(value, Own):
        return {"$xcom": value.task_id, "key": value.key, "own": value.index}
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
    expansion: Expansion | None = None,
    alike: Sequence[Task] = (),
) -> PythonActor | None:
    """The actor of a Python task, or None when it is no task that plainly calls a function of the project, or an operator of its own (`alike`: see `alike_of`).

    Raises:
        NotPlayed: its arguments are not known.
    """
    if task.callable is None:
        called = _own_operator(task, base, alike)
    else:
        lowered = f"{task.operator} {task.module}".lower()
        if any(part in lowered for part in NOT_CALLED_PLAINLY):
            return None
        called = _function(task.callable, base)
    calls = {index: call_of(task, index, expansion) if task.callable is not None else ([], {}) for index in indexes}
    return PythonActor(task.task_id, called, calls, child, database, dag_id, runs, params, fork_of(task))


def _function(function: FunctionRef, base: Path) -> Called:
    path = (base / function.path).resolve()
    told = {
        "name": function.name.rpartition(".")[2],
        "path": str(path),
        "line": function.line,
        "end_line": function.end_line,
        "lambda": function.is_lambda,
    }
    return Called({"function": told}, path, function.line, function.end_line)


def _own_operator(task: Task, base: Path, alike: Sequence[Task]) -> Called:
    path = (base / task.span.path).resolve()
    told = {"operator": task.operator, "label": task.label, "path": str(path), "line": task.span.line, "end_line": task.span.end_line}
    number = next(place for place, other in enumerate(alike) if other.task_id == task.task_id)
    return Called({"operator": {**told, "alike": len(alike), "number": number}}, path, task.span.line, task.span.end_line)


def alike_of(task: Task, tasks: Sequence[Task]) -> list[Task]:
    """The tasks that the same call makes with the same label, in order."""
    return [other for other in tasks if (other.label, other.span, other.operator) == (task.label, task.span, task.operator)]
