"""Branches and short circuits: from what such a task finds to what it lets go on."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from dagcheck.harness.shaping import BRANCHES, SHORT_CIRCUITS, kind_among
from dagcheck.model.dag import Task

Fork = Callable[[Any], tuple[str, ...] | None]
"""From what a task finds (the result of its function, or its rows) to the ids of tasks and groups that go on; None: all of them."""

TRUE = ("y", "yes", "t", "true", "on", "1")
"""The texts that BranchSQLOperator takes for true."""


def fork_of(task: Task) -> Fork | None:
    """How a task decides what goes on after it; None when it decides nothing."""
    if kind_among(task, ("BranchSQLOperator",)):
        return _by_rows(task)
    if kind_among(task, SHORT_CIRCUITS):
        return lambda result: None if result else ()
    return _named if kind_among(task, BRANCHES) else None


def _named(result: Any) -> tuple[str, ...]:
    """What a branching function has named: an id, several, or nothing."""
    if result is None:
        return ()
    return (result,) if isinstance(result, str) else tuple(str(item) for item in result)


def _by_rows(task: Task) -> Fork:
    def given(name: str) -> tuple[str, ...]:
        argument = task.arguments.get(name)
        return _named(argument.value) if argument is not None and isinstance(argument.value, str | list | tuple) else ()

    def chosen(rows: Any) -> tuple[str, ...]:
        value = rows[0][0] if rows else None
        true = value.lower() in TRUE if isinstance(value, str) else bool(value)
        return given("follow_task_ids_if_true" if true else "follow_task_ids_if_false")

    return chosen
