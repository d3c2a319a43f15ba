"""What a history is played against: states of the world, and what an attempt of a task makes of them."""

from __future__ import annotations

import datetime
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple, Protocol

from dagcheck.harness.history import History, Run
from dagcheck.harness.lifecycle import Instance, Outcome

LOCATION = re.compile(r"\w+://|[/@]")
"""How the name of a table begins that stands for what lies at a path, a URL or a stage."""
Thing = tuple[str, ...]
"""The name of something in the world: ("table", key), ("file", path), ("variable", name), ("xcom", run, task, index)."""

State = Mapping[Thing, Any]
"""What each thing is now; a thing that is not there is not in it. Values are hashable and never changed in place."""


@dataclass(frozen=True, slots=True)
class Situation:
    """What a task instance can know when it runs. `number` counts the attempts of the history: chance is seeded by it."""

    instance: Instance
    run: Run
    clock: datetime.datetime
    try_number: int
    number: int
    last_success: Run | None = None
    """The latest earlier run that has succeeded."""
    latest: bool = True
    """Whether the next run is not due yet."""


class OutOfTime(Exception):
    """The time that a DAG was given is up."""


class Effect(NamedTuple):
    """One durable effect: what made it (a statement, or an act of a callable) and where that stands in the source."""

    what: str
    path: str | None = None
    line: int | None = None


@dataclass(frozen=True)
class Trace:
    """What an attempt does when nothing stops it: the world after each durable effect. `states[0]` is the world before the first, `error` why it failed by itself."""

    states: tuple[State, ...]
    effects: tuple[Effect, ...] = ()
    error: str | None = None
    outcome: Outcome = "success"
    refused: tuple[str, ...] = ()
    """What it tried and was not allowed, such as the network."""
    reads: frozenset[Thing] = frozenset()
    """The files and objects that it read, as far as that is seen."""
    hopeless: bool = False
    """Whether trying again would only take the same long time."""
    followed: tuple[str, ...] | None = None
    """The ids of tasks or groups that a branch lets go on; None where everything goes on."""


class Actor(Protocol):
    """A task that can be played."""

    def attempt(self, situation: Situation, state: State, first: int = 0) -> Trace:
        """Play one attempt, from the durable effect number `first` on."""

    def can_hold(self) -> bool:
        """Whether an attempt may stand still between its effects while other tasks run."""


@dataclass(frozen=True)
class Difference:
    """How one thing differs from the reference: rows (or lines) that are there too often, and those that are missing; at most a few of each are kept."""

    thing: Thing
    extra: tuple[Any, ...] = ()
    missing: tuple[Any, ...] = ()
    extra_count: int = 0
    missing_count: int = 0
    columns: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """How it is called: what lies at a location, which is kept as a table, is called files."""
        located = self.thing[0] == "table" and LOCATION.match(self.thing[1])
        return f"{'files' if located else self.thing[0]} {self.thing[1]}"


class World(Protocol):
    """Everything that is played for one DAG."""

    actors: Mapping[str, Actor]
    runs: tuple[Run, ...]
    playing: str | None
    """The task whose attempt is being played; the player says it."""

    def look_at_the_clock(self) -> None:
        """The player asks before each attempt.

        Raises:
            OutOfTime: the time is up.
        """

    def initial(self, history: History) -> State:
        """The world before the first run."""

    def arrived(self, history: History, state: State) -> State:
        """The world after late rows have turned up."""

    def differences(self, history: History, state: State, reference: State) -> list[Difference]:
        """How what the DAG leaves differs from what it leaves in the reference history."""


@dataclass
class Remembered:
    """An actor whose traces are remembered: the same attempt on the same world is played once."""

    actor: Actor
    keyed: Callable[[Situation], Any]
    """What of a situation an attempt depends on."""
    memory: dict[Any, Trace] = field(default_factory=dict)

    def attempt(self, situation: Situation, state: State, first: int = 0) -> Trace:
        key = (self.keyed(situation), first, frozenset(state.items()))
        if key not in self.memory:
            self.memory[key] = self.actor.attempt(situation, state, first)
        return self.memory[key]

    def can_hold(self) -> bool:
        return self.actor.can_hold()
