"""Which tasks of a DAG come before which."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from typing import TYPE_CHECKING

from dagcheck.project.order import knots

if TYPE_CHECKING:
    from dagcheck.model.dag import Dag, Task


class Relations:
    """The edges of one DAG, both ways. Tasks are named by their ids; an id that is not in the DAG has no relatives."""

    def __init__(self, dag: Dag) -> None:
        self.tasks: Mapping[str, Task] = {task.task_id: task for task in dag.tasks}
        self.upstream: dict[str, set[str]] = {task_id: set() for task_id in self.tasks}
        self.downstream: dict[str, set[str]] = {task_id: set() for task_id in self.tasks}
        for above, below in dag.edges:
            self.downstream.setdefault(above, set()).add(below)
            self.upstream.setdefault(below, set()).add(above)

    def before(self, task_id: str) -> set[str]:
        """Every task that comes before this one, at any distance."""
        return _reach(task_id, self.upstream)

    def after(self, task_id: str) -> set[str]:
        """Every task that comes after this one, at any distance."""
        return _reach(task_id, self.downstream)

    def comes_before(self, one: str, other: str) -> bool:
        """True if a task comes before another at any distance: `one in before(other)`, at once where many are asked about."""
        ancestors, places = self._ancestors
        return one in places and bool(ancestors.get(other, 0) >> places[one] & 1)

    @cached_property
    def _ancestors(self) -> tuple[dict[str, int], dict[str, int]]:
        """All tasks before each task as the bits of a number, and the place of each task's bit."""
        places = {task_id: place for place, task_id in enumerate({**self.downstream, **self.upstream})}
        below = {task_id: self.downstream.get(task_id, ()) for task_id in places}
        above = {task_id: self.upstream.get(task_id, ()) for task_id in places}
        found: dict[str, int] = {}
        for knot in knots(below, above):
            before = 0
            for task_id in knot:
                for upstream in above[task_id]:
                    before |= found.get(upstream, 0) | 1 << places[upstream]
            found.update(dict.fromkeys(knot, before))
        return found, places

    def is_alone(self, task_id: str) -> bool:
        """True for a task without any edge."""
        return not self.upstream.get(task_id) and not self.downstream.get(task_id)

    def in_order(self) -> list[str]:
        """The tasks, each after all that come before it; tasks on a cycle are left out."""
        waiting = {task_id: len(above) for task_id, above in self.upstream.items()}
        ready = [task_id for task_id, count in waiting.items() if not count]
        for task_id in ready:
            for below in sorted(self.downstream.get(task_id, ())):
                waiting[below] -= 1
                if not waiting[below]:
                    ready.append(below)
        return ready


def _reach(start: str, steps: Mapping[str, set[str]]) -> set[str]:
    seen: set[str] = set()
    waiting = [start]
    while waiting:
        for found in steps.get(waiting.pop(), ()):
            if found not in seen:
                seen.add(found)
                waiting.append(found)
    return seen
