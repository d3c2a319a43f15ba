"""Setup and teardown blocks: `with setup_task: …` ties the tasks made inside to the setup and its teardown.

The rules are those of Airflow's SetupTeardownContext: the work tasks' roots come after the setup, their leaves before the teardown.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from dagcheck.airflow.nodes import relate_tasks
from dagcheck.airflow.world import world
from dagcheck.evaluate.values import Native, Object, Value

if TYPE_CHECKING:
    from dagcheck.airflow.task import TaskValue
    from dagcheck.evaluate.interpreter import Interpreter

Tasks = list["TaskValue"]


class SetupScopes(Object):
    """The stack of open setup and teardown blocks."""

    __slots__ = ("active", "owners", "setups", "teardowns", "work")

    def __init__(self) -> None:
        self.active = False
        self.setups: list[Tasks] = []
        self.teardowns: list[Tasks] = []
        self.work: dict[tuple[int, ...], Tasks] = {}
        self.owners: list[tuple[str, Tasks, Tasks]] = []

    def describe(self) -> str:
        return "a setup and teardown block"

    def open(self, tasks: Tasks) -> None:
        """Open the block of these setups, or of these teardowns."""
        kind = "teardown" if tasks[0].is_teardown else "setup"
        other = _find(tasks[0], "is_setup" if kind == "teardown" else "is_teardown", upstream=kind == "teardown")
        self.owners.append((kind, tasks, other))
        self.active = True

    def note(self, task: TaskValue) -> None:
        """A task was made inside the innermost block."""
        for _, tasks, _ in self.owners[-1:]:
            self.work.setdefault(_key(tasks), []).append(task)

    def close(self, interp: Interpreter) -> None:
        """Close the innermost block and set what follows from it."""
        kind, tasks, other = self.owners.pop()
        work = [task for task in self.work.pop(_key(tasks), []) if not task.is_setup and not task.is_teardown]
        with world(interp).declaring("scope"):
            if work:
                self._tie(interp, kind, tasks, other, work)
            if self.owners:
                outer_kind, outer, outer_other = self.owners[-1]
                self._nest(interp, kind, tasks, other, outer_kind, outer, outer_other)
        self.active = bool(self.owners)

    def _tie(self, interp: Interpreter, kind: str, tasks: Tasks, other: Tasks, work: Tasks) -> None:
        setups, teardowns = (tasks, other) if kind == "setup" else (other, tasks)
        roots = [task for task in work if not task.upstream] or work[:1]
        leaves = [task for task in work if not task.downstream] or work[-1:]
        if setups:
            relate_tasks(interp, setups, roots, upstream=False)
        leaves = [task for task in leaves if not task.downstream or task is work[-1]]
        if teardowns:
            relate_tasks(interp, teardowns, leaves, upstream=True)

    def _nest(self, interp: Interpreter, kind: str, tasks: Tasks, other: Tasks, outer_kind: str, outer: Tasks, outer_other: Tasks) -> None:
        """An inner block's setup comes after the outer setup, its teardown before the outer teardown."""
        inner_setups, inner_teardowns = (tasks, other) if kind == "setup" else (other, tasks)
        outer_setups, outer_teardowns = (outer, outer_other) if outer_kind == "setup" else (outer_other, outer)
        if inner_setups and outer_setups:
            relate_tasks(interp, outer_setups, inner_setups, upstream=False)
        if inner_teardowns and outer_teardowns:
            relate_tasks(interp, outer_teardowns, inner_teardowns, upstream=True)

    def get_attr(self, interp: Interpreter, name: str) -> Value:
        if name == "add_task":
            return Native(name, lambda i, arguments: self._add(arguments.get(0, "task")))
        return super().get_attr(interp, name)

    def _add(self, task: Value) -> None:
        for one in getattr(task, "sources", [task]):
            self.note(one)


def _key(tasks: Tasks) -> tuple[int, ...]:
    return tuple(id(task) for task in tasks)


def _find(start: TaskValue, attribute: str, upstream: bool) -> Tasks:
    """The nearest setups (or teardowns) that are reached from a task, first in one direction, then in both."""
    seen = {start}
    level = list(start.upstream if upstream else start.downstream)
    while level:
        found = [task for task in level if getattr(task, attribute)]
        if found:
            return found
        seen.update(level)
        level = list(dict.fromkeys(other for task in level for other in (*task.downstream, *task.upstream) if other not in seen))
    return []
