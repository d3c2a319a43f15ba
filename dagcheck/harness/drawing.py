"""Histories as hypothesis strategies: each is drawn along the life-cycle machine, so that only what Airflow allows is drawn."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import TypeVar

from hypothesis import strategies as st

from dagcheck.harness.history import Arrive, Attempt, Clear, Elapse, History, Resume, Settle, Step
from dagcheck.harness.lifecycle import DagShape, Instance, Machine

DELAYS = (10, 90, 24 * 60, 3 * 24 * 60)


T = TypeVar("T")


@cache
def _up_to(most: int) -> st.SearchStrategy[int]:
    """The numbers from 0 on; made once, because hypothesis takes longer to make a strategy than to draw from it."""
    return st.integers(0, most)


@dataclass
class _Drawing:
    """A history that grows: the steps so far, and the machine as these leave it."""

    machine: Machine
    effects: Mapping[str, int]
    holds: frozenset[str]
    draw: st.DrawFn
    steps: list[Step] = field(default_factory=list)
    held: list[Instance] = field(default_factory=list)

    def pick(self, items: Sequence[T]) -> T:
        """One of the items; the earlier ones are the simpler ones."""
        return items[self.draw(_up_to(len(items) - 1))] if len(items) > 1 else items[0]

    def move(self) -> bool:
        """Draw one more step; false when nothing can move."""
        ready = [instance for instance in self.machine.ready() if instance not in self.held]
        ended = self.machine.attempted()
        kinds = (
            (["attempt"] * 4 if ready else [])
            + (["crash"] * 2 if ready else [])
            + (["clear", "clear run"] if ended else [])
            + ["elapse", "settle"]
        )
        kinds += ["hold"] if [instance for instance in ready if instance.task in self.holds] else []
        kinds += ["resume"] * 2 if self.held else []
        kind = self.pick(kinds)
        match kind:
            case "attempt" | "crash":
                self._attempt(self.pick(ready), crash=kind == "crash")
            case "hold":
                self._hold(self.pick([instance for instance in ready if instance.task in self.holds]))
            case "resume":
                self._resume(self.pick(self.held))
            case "clear":
                self._clear(self.pick(ended))
            case "clear run":
                self._clear_run(self.pick(sorted({instance.run for instance in ended})))
            case "elapse":
                self.steps.append(Elapse(self.pick(DELAYS)))
            case "settle":
                self._settle(self.draw(_up_to(self.machine.runs - 1)) + 1)
        return bool(ready or ended)

    def _attempt(self, instance: Instance, *, crash: bool) -> None:
        after = self.draw(_up_to(self.effects.get(instance.task, 0))) if crash else None
        self.steps.append(Attempt(instance.run, instance.task, instance.index, crash=after))
        self.machine.start(instance)
        self.machine.finish(instance, "failed" if crash else "success")

    def _hold(self, instance: Instance) -> None:
        self.steps.append(
            Attempt(instance.run, instance.task, instance.index, hold=self.draw(_up_to(max(0, self.effects.get(instance.task, 1) - 2))) + 1)
        )
        self.machine.start(instance)
        self.held.append(instance)

    def _resume(self, instance: Instance) -> None:
        self.steps.append(Resume(instance.run, instance.task, instance.index))
        self.held.remove(instance)
        self.machine.finish(instance, "success")

    def _clear(self, instance: Instance) -> None:
        if all(held.run != instance.run for held in self.held):
            self.steps.append(Clear(instance.run, instance.task))
            self.machine.clear(instance.run, instance.task)

    def _clear_run(self, run: int) -> None:
        if all(held.run != run for held in self.held):
            self.steps.append(Clear(run))
            self.machine.clear(run)

    def _settle(self, runs: int) -> None:
        """Let the machine take the course that whoever plays the history takes."""
        self.steps.append(Settle(runs))
        for _ in range(40 * len(self.machine.states)):
            ready = [instance for instance in self.machine.ready() if instance.run < runs and instance not in self.held]
            if ready:
                self.machine.start(ready[0])
                self.machine.finish(ready[0], "success")
            elif self.held:
                self.machine.finish(self.held.pop(0), "success")
            elif failed := [instance for instance in self.machine.failed() if instance.run < runs]:
                self.machine.clear(failed[0].run, failed[0].task)
            else:
                return


@st.composite
def histories_of(
    draw: st.DrawFn,
    shape: DagShape,
    *,
    max_runs: int = 3,
    effects: Mapping[str, int] | None = None,
    holds: frozenset[str] = frozenset(),
    worlds: Sequence[int] = (0,),
    late: bool = False,
    max_steps: int = 14,
) -> History:
    """Histories of the first one to `max_runs` runs of a DAG.

    `effects`: how many durable effects an attempt of each task has, so that crashes fall between them; `holds`: the tasks that may stand still between their effects;
    `worlds`: the variants of the world to play in; `late`: whether rows may arrive late.
    """
    drawing = _Drawing(Machine(shape, draw(_up_to(max_runs - 1)) + 1), effects or {}, holds, draw)
    world = drawing.pick(list(worlds))
    for _ in range(draw(_up_to(max_steps))):
        if not drawing.move():
            break
    if late and draw(st.booleans()):
        drawing.steps.append(Arrive())
    return History(drawing.machine.runs, tuple(drawing.steps), world)
