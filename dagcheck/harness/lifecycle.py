"""The life of runs and task instances as Airflow's scheduler leads it: a small state machine with no clock and no data.

The machine says which task instances may run now; whoever plays says how each attempt ended, or clears tasks. What follows of it (retries, skips, failed upstreams,
the states of runs, which runs are active) is the machine's.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Literal, NamedTuple

from dagcheck.harness.triggers import FAILED, FINISHED, SUCCEEDED, Decision, State, Upstream, count, decide, decide_after_setups

Outcome = Literal["success", "failed", "skipped"]
RunState = Literal["queued", "running", "success", "failed"]


class Instance(NamedTuple):
    """A task instance: run number, task id, and the index of a mapped instance (-1: not mapped)."""

    run: int
    task: str
    index: int = -1  # type: ignore[assignment]  # as Airflow calls it; the method of tuples that it hides is not needed


@dataclass(frozen=True)
class TaskShape:
    """What the life-cycle needs to know of a task. `mapped`: into how many instances it expands; None when it is not mapped."""

    task_id: str
    upstream: frozenset[str] = frozenset()
    trigger_rule: str = "all_success"
    retries: int = 0
    setup: bool = False
    teardown: bool = False
    fails_run: bool = False
    """Of a teardown: whether its failure fails the run (`on_failure_fail_dagrun`)."""
    depends_on_past: bool = False
    wait_for_downstream: bool = False
    mapped: int | None = None
    cuts: bool = False
    """When it stops what comes after it, it skips everything downstream, not only what is directly so (a short circuit)."""
    together: str | None = None
    """The mapped group whose instances it belongs to: an instance goes by the instances of the same index of the other tasks in it."""
    latest_only: bool = False
    """It lets go on only what is the latest run at that time."""

    @property
    def indexes(self) -> tuple[int, ...]:
        return (-1,) if self.mapped is None else tuple(range(self.mapped))


@dataclass(frozen=True)
class DagShape:
    """The tasks of a DAG in a topological order that keeps the order of the source where it can, and how many of its runs may be active at once."""

    tasks: tuple[TaskShape, ...]
    max_active_runs: int = 16

    @cached_property
    def by_id(self) -> Mapping[str, TaskShape]:
        return {task.task_id: task for task in self.tasks}

    @cached_property
    def downstream(self) -> Mapping[str, frozenset[str]]:
        """The direct downstream task ids of every task."""
        below: dict[str, set[str]] = {task.task_id: set() for task in self.tasks}
        for task in self.tasks:
            for name in task.upstream:
                below[name].add(task.task_id)
        return {name: frozenset(found) for name, found in below.items()}

    @cached_property
    def ancestors(self) -> Mapping[str, frozenset[str]]:
        """All task ids upstream of every task, direct or not."""
        above: dict[str, frozenset[str]] = {}
        for task in self.tasks:
            above[task.task_id] = task.upstream.union(*(above[name] for name in task.upstream))
        return above

    @cached_property
    def descendants(self) -> Mapping[str, frozenset[str]]:
        """All task ids downstream of every task, direct or not."""
        below: dict[str, frozenset[str]] = {}
        for task in reversed(self.tasks):
            direct = self.downstream[task.task_id]
            below[task.task_id] = direct.union(*(below[name] for name in direct))
        return below

    @cached_property
    def deciding(self) -> frozenset[str]:
        """The tasks whose final states decide the run's: its leaves, without teardowns unless they fail the run."""
        counted = {task.task_id for task in self.tasks if not task.teardown or task.fails_run}
        plain = {name for name in counted if not self.by_id[name].teardown}
        leaves = {name for name in plain if not self.downstream[name] & plain}
        return frozenset(leaves | (counted - plain)) or frozenset(self.by_id)

    def paired(self, one: str, other: str) -> bool:
        """Whether two tasks are in one mapped group, so that their instances go together by index."""
        together = self.by_id[one].together
        return together is not None and together == self.by_id[other].together

    def setups_of(self, task_id: str) -> frozenset[str]:
        """The setup tasks whose scope the task is in: a setup upstream with no teardown of its own, or with one that is not already upstream of the task."""
        return self._scopes[task_id]

    @cached_property
    def _scopes(self) -> Mapping[str, frozenset[str]]:
        return {task.task_id: self._scope_of(task.task_id) for task in self.tasks}

    def _scope_of(self, task_id: str) -> frozenset[str]:
        found = set()
        for name in self.ancestors[task_id]:
            if not self.by_id[name].setup:
                continue
            teardowns = {below for below in self.downstream[name] if self.by_id[below].teardown}
            if not teardowns or any(teardown in self.descendants[task_id] for teardown in teardowns):
                found.add(name)
        return frozenset(found)

    def skipped_by(self, task_id: str, followed: Iterable[str]) -> frozenset[str]:
        """The tasks that a task skips when it lets only `followed` (ids of tasks or groups) go on: those directly downstream that no way it follows leads to."""
        direct = self.downstream[task_id]
        kept = {name for name in direct for wanted in followed if name == wanted or name.startswith(f"{wanted}.")}
        reached = kept.union(*(self.descendants[name] for name in kept))
        skipped = self.descendants[task_id] if self.by_id[task_id].cuts and not kept else direct - reached
        return frozenset(name for name in skipped if not self.by_id[name].teardown)

    def cleared_with(self, task_id: str) -> frozenset[str]:
        """What clearing a task with its downstream clears: these tasks, the setups that they need and those setups' teardowns."""
        chosen = {task_id} | self.descendants[task_id]
        setups = set().union(*(self.setups_of(name) for name in chosen))
        teardowns = {below for name in setups for below in self.downstream[name] if self.by_id[below].teardown}
        return frozenset(chosen | setups | teardowns)


def in_order(tasks: Iterable[TaskShape], max_active_runs: int = 16) -> DagShape:
    """Make a `DagShape` of tasks in any order.

    Raises:
        ValueError: the tasks form a cycle, or name an upstream that is not among them.
    """
    waiting = {task.task_id: task for task in tasks}
    unknown = {name for task in waiting.values() for name in task.upstream} - set(waiting)
    if unknown:
        raise ValueError(f"no such task upstream: {', '.join(sorted(unknown))}")
    placed: dict[str, TaskShape] = {}
    while waiting:
        free = next((task for task in waiting.values() if task.upstream <= placed.keys()), None)
        if free is None:
            raise ValueError(f"the tasks form a cycle: {', '.join(sorted(waiting))}")
        placed[free.task_id] = waiting.pop(free.task_id)
    return DagShape(tuple(placed.values()), max_active_runs)


@dataclass
class Machine:
    """The states of all task instances of the first `runs` runs. Runs are numbered from 0 in the order of their intervals."""

    shape: DagShape
    runs: int
    states: dict[Instance, State] = field(default_factory=dict)
    tries: dict[Instance, int] = field(default_factory=dict)
    """Failed tries of an instance since it was last cleared."""
    run_states: list[RunState] = field(default_factory=list)
    instances: dict[tuple[int, str], tuple[Instance, ...]] = field(default_factory=dict)
    """The instances of each task in each run."""
    skipping: dict[Instance, frozenset[str]] = field(default_factory=dict)
    """Which tasks of its run an instance has decided to skip: a branch or a short circuit."""

    def __post_init__(self) -> None:
        self.run_states = ["queued"] * self.runs
        for run in range(self.runs):
            for task in self.shape.tasks:
                self.instances[run, task.task_id] = tuple(Instance(run, task.task_id, index) for index in task.indexes)
                self.states.update(dict.fromkeys(self.instances[run, task.task_id], "none"))

    def of_task(self, run: int, task_id: str) -> list[State]:
        return [self.states[instance] for instance in self.instances[run, task_id]]

    def state_of(self, run: int, task_id: str) -> State:
        """One state for a task: that of its instance, or of a mapped task the worst of its instances'."""
        states = self.of_task(run, task_id)
        if not states:
            return "skipped"
        order: tuple[State, ...] = ("running", "up_for_retry", "none", "failed", "upstream_failed", "success", "skipped", "removed")
        return next(state for state in order if state in states)

    # -- what may run

    def activate(self, due: int) -> None:
        """Set the oldest queued runs among the first `due` running, as far as `max_active_runs` allows."""
        active = self.run_states.count("running")
        for run in range(due):
            if active < self.shape.max_active_runs and self.run_states[run] == "queued":
                self.run_states[run] = "running"
                active += 1

    def ready(self, due: int | None = None) -> list[Instance]:
        """The task instances that may start now, oldest run first, in the DAG's order; `due` is how many runs exist by now (default: all)."""
        self.activate(self.runs if due is None else due)
        found: list[Instance] = []
        for run, state in enumerate(self.run_states):
            if state == "running":
                found += self._ready_of(run)
        return found

    def _ready_of(self, run: int) -> list[Instance]:
        """The scheduler looks at all tasks by the states as they were before it looked, again and again until nothing changes."""
        ready: dict[Instance, None] = {}
        changed = True
        while changed:
            changed = False
            decisions = [
                (task, together, self._decide(run, task, together[0].index))
                for task in self.shape.tasks
                for together in self._waiting(run, task)
            ]
            for task, waiting, decision in decisions:
                if decision == "wait" or not self._past_allows(run, task):
                    continue
                if decision == "run":
                    ready.update(dict.fromkeys(waiting))
                else:
                    self.states.update(dict.fromkeys(waiting, decision))
                    changed = True
        self._settle_run(run)
        return list(ready)

    def _waiting(self, run: int, task: TaskShape) -> list[list[Instance]]:
        """The instances that wait, in sets for which the same is decided."""
        waiting = [instance for instance in self.instances[run, task.task_id] if self.states[instance] in ("none", "up_for_retry")]
        if task.together is not None:
            return [[instance] for instance in waiting]
        return [waiting] if waiting else []

    def _decide(self, run: int, task: TaskShape, index: int) -> Decision:
        if any(
            instance.run == run
            and task.task_id in names
            and (instance.index == index or not self.shape.paired(task.task_id, instance.task))
            for instance, names in self.skipping.items()
        ):
            return "skipped"
        if not task.teardown and task.upstream:
            setups = self.shape.setups_of(task.task_id) - task.upstream
            gate: Decision = decide_after_setups(self._count(run, setups, task, index)) if setups else "run"
            if gate != "run" and task.trigger_rule != "always":
                return gate
        decision = decide(task.trigger_rule, self._count(run, task.upstream, task, index))
        return "wait" if decision == "run" and task.teardown and not self._scope_done(run, task, index) else decision

    def _scope_done(self, run: int, teardown: TaskShape, index: int) -> bool:
        """Whether all tasks between a teardown and its setups have ended."""
        indirect = self.shape.ancestors[teardown.task_id] - teardown.upstream
        setups = [name for name in teardown.upstream if self.shape.by_id[name].setup]
        scope = {name for setup in setups for name in self.shape.descendants[setup] & indirect}
        return all(state in FINISHED for name in scope for state in self._seen_by(teardown, index, run, name))

    def _seen_by(self, task: TaskShape, index: int, run: int, name: str) -> list[State]:
        """The states of another task's instances that an instance goes by: all of them, or in one mapped group that of the same index."""
        if self.shape.paired(task.task_id, name):
            return [self.states[Instance(run, name, index)]]
        return self.of_task(run, name)

    def _count(self, run: int, names: Iterable[str], task: TaskShape, index: int) -> Upstream:
        return count(
            (state, self.shape.by_id[name].setup) for name in names for state in (self._seen_by(task, index, run, name) or ["skipped"])
        )

    def _past_allows(self, run: int, task: TaskShape) -> bool:
        if run == 0 or not (task.depends_on_past or task.wait_for_downstream):
            return True
        names = {task.task_id} | (self.shape.downstream[task.task_id] if task.wait_for_downstream else frozenset())
        return all(state in SUCCEEDED for name in names for state in self.of_task(run - 1, name))

    # -- what happened

    def start(self, instance: Instance) -> None:
        self.states[instance] = "running"

    def finish(self, instance: Instance, outcome: Outcome, followed: tuple[str, ...] | None = None) -> None:
        """Record how the attempt of a task instance ended: a failure leads to a retry while the task has retries left.

        `followed`: the ids that a branch lets go on, where it does not let all of them.
        """
        if followed is not None and outcome == "success":
            self.skipping[instance] = self.shape.skipped_by(instance.task, followed)
        if outcome == "failed":
            self.tries[instance] = self.tries.get(instance, 0) + 1
            self.states[instance] = "up_for_retry" if self.tries[instance] <= self.shape.by_id[instance.task].retries else "failed"
        else:
            self.states[instance] = outcome
        self._settle_run(instance.run)

    def clear(self, run: int, task_id: str | None = None, downstream: bool = True) -> frozenset[str]:
        """Clear a task (with its downstream unless told otherwise), or a whole run, so that it runs again; returns the cleared task ids."""
        if task_id is None:
            names = frozenset(self.shape.by_id)
        else:
            names = self.shape.cleared_with(task_id) if downstream else frozenset({task_id})
        for instance, state in self.states.items():
            if instance.run == run and instance.task in names and state != "running":
                self.states[instance] = "none"
                self.tries.pop(instance, None)
                self.skipping.pop(instance, None)
        if self.run_states[run] in ("success", "failed"):
            self.run_states[run] = "queued"
        return names

    def _settle_run(self, run: int) -> None:
        if self.run_states[run] != "running" or any(
            state not in FINISHED for task in self.shape.tasks for state in self.of_task(run, task.task_id)
        ):
            return
        deciding = [state for name in self.shape.deciding for state in self.of_task(run, name)]
        self.run_states[run] = "failed" if any(state in FAILED for state in deciding) else "success"

    def failed(self) -> list[Instance]:
        """The failed task instances of all runs, oldest first: what someone has to clear before every run has succeeded."""
        return [
            Instance(run, task.task_id, index)
            for run in range(self.runs)
            for task in self.shape.tasks
            for index in task.indexes
            if self.states[Instance(run, task.task_id, index)] == "failed"
        ]

    def attempted(self) -> list[Instance]:
        """The task instances that have ended by running, in order: what can be cleared."""
        return [instance for instance, state in self.states.items() if state in ("success", "failed")]
