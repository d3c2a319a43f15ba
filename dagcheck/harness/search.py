"""The search for a history after which the data differs: a sweep of small histories first, then whatever hypothesis draws, shrunk to the smallest."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from dagcheck.harness.corruption import Corruption
from dagcheck.harness.history import Attempt, Clear, History
from dagcheck.harness.shrinking import shrunk
from dagcheck.harness.stage import Stage
from dagcheck.harness.sweep import crashed_once, swept
from dagcheck.harness.world import OutOfTime

SHRINKING = 0.1
"""How much longer than its time the search may take to make what it has found smaller, as a part of that time."""


LAST = 0.2
"""How much of the time the search has at least, though making the DAG ready took all of it."""


@dataclass(frozen=True)
class Budget:
    """How much is searched: histories drawn by hypothesis beyond the sweep, and seconds for a DAG in all, of which making ready may take three quarters.

    Seconds are those that the stage's watch counts.
    """

    examples: int = 200
    seconds: float = 8.0


@dataclass
class Search:
    """One DAG's search. `on_history` is called after each history that is played (for a progress bar)."""

    stage: Stage
    budget: Budget = field(default_factory=Budget)
    seed: int = 0
    tasks: frozenset[str] | None = None
    on_history: Callable[[], None] = lambda: None
    played: int = 0
    events: Counter[str] = field(default_factory=Counter)
    corruptions: list[Corruption] = field(default_factory=list)
    """The first that was found for each set of things that differ, each as small as it could be made."""
    changing: set[str] = field(default_factory=set)
    """The tasks that changed something in some history."""
    tried: set[str] = field(default_factory=set)
    """The tasks that ran more than once for one interval in some history."""
    failing: bool = False
    """Whether not even one run could be brought to its end without any accident, so that no other history was played."""
    broken_off: bool = False
    """Whether the time was up before the sweep was through."""
    blamed: dict[str, Corruption] = field(default_factory=dict)
    """The tasks that corrupt, each with a history that shows it."""

    def run(self) -> None:
        """Search until the budget is spent; the DAG corrupts when `corruptions` is not empty."""
        ends = max(self.budget.seconds, self.stage.watch.seconds() + LAST * self.budget.seconds)
        self.stage.deadline = ends + SHRINKING * self.budget.seconds
        try:
            runs = self._quiet_histories()
            if not runs:
                self.failing = True
                return
            self._sweep(ends, runs)
            if not self.corruptions and self.budget.examples:
                self._draw(ends)
        except OutOfTime:
            self.broken_off = True
        self.stage.deadline = math.inf
        for corruption in self.corruptions:
            self._blame(corruption)

    # -- single histories

    def check(self, history: History) -> Corruption | None:
        """Play a history and compare what it leaves with what the quiet history leaves."""
        played = self.stage.play(history)
        self.played += 1
        self.events.update(history.events() or {"quiet"})
        self.on_history()
        attempts = Counter(
            (happening.run.index, happening.task)
            for happening in played.happenings
            if happening.run is not None and happening.task is not None
        )
        self.tried |= {task for (_, task), count in attempts.items() if count > 1}
        self.changing |= {
            happening.task
            for happening in played.happenings
            if happening.task is not None and happening.before is not happening.after and happening.before != happening.after
        }
        if played.stuck is not None:
            return Corruption(history, played, (), played.stuck)
        reference = self.stage.reference(history.runs, history.world)
        found = self.stage.differences(history, played.state, reference.state)
        return Corruption(history, played, tuple(found)) if found else None

    def _quiet_histories(self) -> int:
        """Play the reference histories; returns of how many runs all of them end well: a DAG whose second interval fails without any accident is played with one run."""
        for world in self.stage.worlds:
            for runs in range(1, len(self.stage.runs) + 1):
                played = self.stage.reference(runs, world)
                if played.stuck is not None:
                    self._keep(Corruption(History(runs, (), world), played, (), played.stuck))
                    for corruption in self.corruptions:
                        self._blame(corruption)
                    return runs - 1
        return len(self.stage.runs)

    # -- the two phases

    def _sweep(self, ends: float, runs: int) -> None:
        seen: set[frozenset[tuple[str, ...]]] = set()
        begun = self.stage.watch.passed()
        for history in self.sweeps(runs):
            if self.stage.watch.seconds() > ends or self.stage.watch.passed() - begun > self.budget.seconds:
                raise OutOfTime
            found = self.check(history)
            if found is None:
                continue
            self._blame_event(found)
            kind = frozenset(
                {("error", found.error)} if found.error is not None else {difference.thing for difference in found.differences}
            )
            if kind not in seen:
                seen.add(kind)
                self._keep(found)

    def sweeps(self, runs: int | None = None) -> Iterator[History]:
        """The histories of the sweep, of at most so many runs (default: all of the stage's)."""
        stage = self.stage
        return swept(
            stage.shape,
            stage.effects(),
            stage.worlds,
            runs or len(stage.runs),
            late=stage.late(),
            tasks=self.tasks,
            telling=stage.telling(),
        )

    def _draw(self, ends: float) -> None:
        """Let hypothesis draw histories, in portions, so that the time is looked at between them, until one corrupts."""
        left, portion, number = self.budget.examples, 10, 0
        while left > 0 and self.stage.watch.passed() < ends and not self.corruptions:
            begun = self.stage.watch.seconds()
            self._draw_portion(min(portion, left), self.seed * 1000 + number, ends)
            left, number = left - portion, number + 1
            portion = 50 if self.stage.watch.seconds() - begun < 0.5 else 5

    def _draw_portion(self, count: int, seeded: int, ends: float) -> None:
        from hypothesis import HealthCheck, Phase, given, seed, settings

        from dagcheck.harness.drawing import histories_of

        found: list[Corruption] = []
        stage = self.stage
        holds = frozenset(name for name, actor in stage.actors.items() if actor.can_hold())
        strategy = histories_of(
            stage.shape, max_runs=len(stage.runs), effects=stage.effects(), holds=holds, worlds=stage.worlds, late=stage.late()
        )

        @seed(seeded)
        @settings(
            max_examples=count,
            deadline=None,
            database=None,
            phases=(Phase.generate, Phase.shrink),
            suppress_health_check=list(HealthCheck),
            report_multiple_bugs=False,
        )
        @given(strategy)
        def holds_for(history: History) -> None:
            if (self.stage.watch.passed() > ends and not found) or not self._wanted(history):
                return
            try:
                corruption = self.check(history)
            except OutOfTime:
                return
            if corruption is not None:
                found.append(corruption)
                raise _Different

        try:
            holds_for()
        except _Different:
            self._keep(found[-1])

    def _wanted(self, history: History) -> bool:
        """Whether nothing goes wrong in a history with other tasks than those that were asked for."""
        hit = {step.task for step in history.steps if isinstance(step, Clear) or (isinstance(step, Attempt) and step.crash is not None)}
        return self.tasks is None or hit <= {*self.tasks, None}

    # -- what was found

    def _keep(self, corruption: Corruption) -> None:
        self.corruptions.append(shrunk(corruption, self.check, self._simple(corruption)))

    def _simple(self, corruption: Corruption) -> Iterator[History]:
        """For a history in which whole runs are repeated: those in which nothing but a writer of what differs crashes and is tried again."""
        if corruption.error is not None or not any(isinstance(step, Clear) and step.task is None for step in corruption.history.steps):
            return
        effects = self.stage.effects()
        for difference in corruption.differences[:3]:
            for task in self.stage.writers(difference, corruption.played)[:3]:
                if self.tasks is None or task in self.tasks:
                    yield crashed_once(self.stage.shape, task, effects.get(task, 0), corruption.history.world)

    def _blame_event(self, corruption: Corruption) -> None:
        """Blame the task that was crashed and retried, or cleared, when it writes what differs; retries are the surest evidence and are met first."""
        history = corruption.history
        hit = {step.task for step in history.steps if isinstance(step, Attempt) and step.crash is not None}
        hit |= {step.task for step in history.steps if isinstance(step, Clear) and step.task is not None}
        if len(hit) != 1:
            return
        (task,) = hit
        if corruption.error is None and self._blame_forks(corruption):
            return
        if corruption.error is not None:
            if corruption.played.stuck_at is not None:
                self.blamed.setdefault(corruption.played.stuck_at.task, corruption)
            return
        crashed = any(isinstance(step, Attempt) and step.crash is not None for step in history.steps)
        for difference in corruption.differences:
            writers = self.stage.writers(difference, corruption.played)
            explained = any(other in self.blamed for other in writers if other in self.stage.shape.descendants[task])
            if task in writers and (crashed or not explained):
                self.blamed.setdefault(task, corruption)

    def shows(self, corruption: Corruption, task: str) -> bool:
        """Whether a history shows what is wrong with a task: it fails for good there, writes what differs, or sends the run another way."""
        if corruption.error is not None:
            return corruption.played.stuck_at is not None and corruption.played.stuck_at.task == task
        if corruption is self.blamed.get(task) or (corruption.note is not None and task in self.blamed and self.blamed[task] is corruption):
            return True
        return any(task in self.stage.writers(difference, corruption.played) for difference in corruption.differences)

    def _blame_forks(self, corruption: Corruption) -> bool:
        """Blame the branches that sent the history another way than the quiet one; returns whether there are any."""
        history = corruption.history
        other = corruption.played.ran ^ self.stage.reference(history.runs, history.world).ran
        above = {name for _, task in other for name in self.stage.shape.ancestors[task]}
        for name in (found := self.stage.forks() & above):
            self.blamed.setdefault(name, corruption)
        return bool(found)

    def _blame(self, corruption: Corruption) -> None:
        """Blame all writers of what differs when no task has been blamed for it."""
        if corruption.error is None and self._blame_forks(corruption):
            return
        if corruption.error is not None and corruption.played.stuck_at is not None:
            self.blamed.setdefault(corruption.played.stuck_at.task, corruption)
        for difference in corruption.differences:
            writers = self.stage.writers(difference, corruption.played)
            if not any(task in self.blamed for task in writers):
                for task in writers:
                    self.blamed.setdefault(task, corruption)


class _Different(Exception):
    """Raised inside the property that hypothesis tests."""
