"""Plays a history: the life-cycle machine says what may run, the world says what it does, the history says what goes wrong."""

from __future__ import annotations

import datetime
from dataclasses import dataclass, field

from dagcheck.harness.history import Arrive, Attempt, Clear, Elapse, History, Resume, Run, Settle
from dagcheck.harness.latest import is_latest
from dagcheck.harness.lifecycle import DagShape, Instance, Machine
from dagcheck.harness.world import Effect, Situation, State, Thing, Trace, World

ATTEMPT = datetime.timedelta(minutes=1)
RETRY_DELAY = datetime.timedelta(minutes=5)
CLEARED_AFTER = datetime.timedelta(hours=1)


@dataclass(frozen=True)
class Happening:
    """One line of a timeline: when, what kind of thing happened to which task instance, and what changed in the world."""

    clock: datetime.datetime
    kind: str
    """attempt, crash, error, hold, resume, clear, arrive"""
    run: Run | None = None
    task: str | None = None
    index: int = -1
    try_number: int = 1
    effects: tuple[Effect, ...] = ()
    lost: tuple[Effect, ...] = ()
    """What a crash kept from happening."""
    note: str = ""
    before: State = field(default_factory=dict)
    after: State = field(default_factory=dict)
    reads: frozenset[Thing] = frozenset()


@dataclass(frozen=True)
class Played:
    """How a history ended: the world, what happened on the way, and, when it could not be brought to its end, the error that came back however often it was tried."""

    state: State
    happenings: tuple[Happening, ...]
    stuck: str | None = None
    stuck_at: Instance | None = None
    ran: frozenset[tuple[int, str]] = frozenset()
    """The runs and tasks that ran to their end at least once."""


@dataclass
class _Open:
    """An attempt that stands still."""

    situation: Situation
    done: int


@dataclass
class Player:
    """Plays histories of one DAG in one world."""

    shape: DagShape
    world: World

    def play(self, history: History) -> Played:
        """Play the steps, then complete every run."""
        return _Playing(self.shape, self.world, history).to_the_end()


class _Playing:
    def __init__(self, shape: DagShape, world: World, history: History) -> None:
        self.world, self.history = world, history
        self.machine = Machine(shape, history.runs)
        self.runs = world.runs[: history.runs]
        self.clock = self.runs[0].run_after
        self.state = world.initial(history)
        self.happenings: list[Happening] = []
        self.attempts: dict[Instance, int] = {}
        self.errors: dict[Instance, int] = {}
        self.open: dict[Instance, _Open] = {}
        self.ran: set[tuple[int, str]] = set()
        self.number = 0
        self.hopeless: set[Instance] = set()

    # -- the course of things

    def to_the_end(self) -> Played:
        for step in self.history.steps:
            match step:
                case Elapse(minutes=minutes):
                    self.clock += datetime.timedelta(minutes=minutes)
                case Clear(run=run, task=task):
                    self._clear(run, task)
                case Arrive() | Settle():
                    stuck = self._complete(step.runs if isinstance(step, Settle) else len(self.runs))
                    if stuck is not None:
                        return self._ended(stuck)
                    if isinstance(step, Arrive):
                        self._arrive()
                case Resume(run=run, task=task, index=index):
                    self._resume(Instance(run, task, index))
                case Attempt():
                    self._attempt_step(step)
        return self._ended(self._complete(len(self.runs)))

    def _ended(self, stuck: tuple[str, Instance] | None) -> Played:
        message, instance = stuck if stuck is not None else (None, None)
        return Played(self.state, tuple(self.happenings), message, instance, frozenset(self.ran))

    def _complete(self, runs: int) -> tuple[str, Instance] | None:
        """Let everything that is left of the first `runs` runs go to its success; returns the error that cannot be got over, if there is one."""
        runs = min(runs, len(self.runs))
        for _ in range(60 + 20 * len(self.machine.states)):
            ready = [instance for instance in self.machine.ready(self._due()) if instance.run < runs]
            failed = [instance for instance in self.machine.failed() if instance.run < runs]
            if ready:
                error = self._attempt(ready[0], None, None)
                most = self.machine.shape.by_id[ready[0].task].retries + 1
                if error is not None and (self.errors[ready[0]] > most or ready[0] in self.hopeless):
                    return error, ready[0]
            elif self.open:
                self._resume(next(iter(self.open)))
            elif failed:
                self.clock += CLEARED_AFTER
                self._clear(failed[0].run, failed[0].task)
            elif self._due() < runs:
                self.clock = self.runs[self._due()].run_after
            else:
                return None
        return None

    def _due(self) -> int:
        return sum(1 for run in self.runs if run.run_after <= self.clock)

    # -- steps

    def _attempt_step(self, step: Attempt) -> None:
        if step.run >= len(self.runs):
            return
        instance = Instance(step.run, step.task, step.index)
        self.clock = max(self.clock, self.runs[step.run].run_after)
        if instance in self.machine.ready(self._due()):
            self._attempt(instance, step.crash, step.hold)

    def _attempt(self, instance: Instance, crash: int | None, hold: int | None) -> str | None:
        """Run one attempt; returns the error with which it failed by itself.

        Raises:
            OutOfTime: the world's time is up.
        """
        actor = self.world.actors.get(instance.task)
        self.world.playing = instance.task if actor is not None else None
        self.world.look_at_the_clock()
        run = self.runs[instance.run]
        self.attempts[instance] = self.attempts.get(instance, 0) + 1
        if self.machine.states[instance] == "up_for_retry":
            self.clock += RETRY_DELAY
        self.clock += ATTEMPT
        self.number += 1
        latest = is_latest(self.clock, self.runs[instance.run + 1 :])
        situation = Situation(instance, run, self.clock, self.attempts[instance], self.number, self._last_success(instance.run), latest)
        self.machine.start(instance)
        if actor is None:
            if crash is None:
                self.ran.add((instance.run, instance.task))
            self.machine.finish(instance, "success" if crash is None else "failed")
            return None
        trace = actor.attempt(situation, self.state)
        if hold is not None and crash is None and actor.can_hold() and hold < len(trace.effects):
            self._apply("hold", situation, trace, hold)
            self.open[instance] = _Open(situation, hold)
            return None
        return self._end(situation, trace, crash)

    def _end(self, situation: Situation, trace: Trace, crash: int | None) -> str | None:
        instance = situation.instance
        if crash is not None and (crash < len(trace.effects) or trace.error is None):
            self._apply("crash", situation, trace, min(crash, len(trace.effects)))
            self.machine.finish(instance, "failed")
            return None
        self._apply("attempt" if trace.error is None else "error", situation, trace, len(trace.effects))
        self.machine.finish(instance, "failed" if trace.error is not None else trace.outcome, trace.followed)
        if trace.error is None:
            self.ran.add((instance.run, instance.task))
        else:
            self.errors[instance] = self.errors.get(instance, 0) + 1
            if trace.hopeless:
                self.hopeless.add(instance)
        return trace.error

    def _resume(self, instance: Instance) -> None:
        held = self.open.pop(instance, None)
        actor = self.world.actors.get(instance.task)
        if held is not None and actor is not None:
            self.clock += ATTEMPT
            self._end(held.situation, actor.attempt(held.situation, self.state, held.done), None)

    def _apply(self, kind: str, situation: Situation, trace: Trace, done: int) -> None:
        before, self.state = self.state, trace.states[done]
        instance = situation.instance
        note = trace.error or "" if kind == "error" else ""
        self.happenings.append(
            Happening(
                self.clock,
                kind,
                situation.run,
                instance.task,
                instance.index,
                situation.try_number,
                trace.effects[:done],
                trace.effects[done:],
                note,
                before,
                self.state,
                trace.reads,
            )
        )

    def _clear(self, run: int, task: str | None) -> None:
        if run >= len(self.runs) or (task is not None and task not in self.machine.shape.by_id):
            return
        if any(held.run == run for held in self.open) or all(
            state == "none" for instance, state in self.machine.states.items() if instance.run == run
        ):
            return
        names = self.machine.clear(run, task)
        note = "" if task is None else ", ".join(sorted(names - {task}))
        self.happenings.append(Happening(self.clock, "clear", self.runs[run], task, note=note, before=self.state, after=self.state))

    def _arrive(self) -> None:
        before, self.state = self.state, self.world.arrived(self.history, self.state)
        self.happenings.append(Happening(self.clock, "arrive", before=before, after=self.state))
        for run in range(len(self.runs)):
            self._clear(run, None)

    def _last_success(self, run: int) -> Run | None:
        earlier = [self.runs[i] for i in range(run) if self.machine.run_states[i] == "success"]
        return earlier[-1] if earlier else None
