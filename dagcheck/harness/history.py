"""Histories: what happens to the runs of a DAG, as a list of steps that can be drawn, played, shrunk, stored and told.

A history names only what departs from a quiet life or fixes an order. What it leaves open is completed by whoever plays it: the oldest run goes first, nothing
crashes, and someone clears what has failed for good, until every run has succeeded.
"""

from __future__ import annotations

import datetime
from dataclasses import dataclass
from typing import Any, ClassVar, Literal


@dataclass(frozen=True, slots=True)
class Run:
    """A DAG run as its schedule gives it. All instants are aware; `start` and `end` bound the data interval (equal where the timetable gives a point)."""

    index: int
    run_id: str
    logical_date: datetime.datetime
    start: datetime.datetime
    end: datetime.datetime
    run_after: datetime.datetime


@dataclass(frozen=True, slots=True)
class Attempt:
    """A task instance runs.

    `crash`: the worker dies after so many of the attempt's durable effects (0: before the first; as many as there are, or more: after the last one, before Airflow hears of it).
    `hold`: the attempt stands still after so many durable effects while other steps are played, and goes on when nothing else can, or at its `Resume`.
    """

    kind: ClassVar[Literal["attempt"]] = "attempt"
    run: int
    task: str
    index: int = -1
    crash: int | None = None
    hold: int | None = None


@dataclass(frozen=True, slots=True)
class Resume:
    """An attempt that stood still goes on to its end."""

    kind: ClassVar[Literal["resume"]] = "resume"
    run: int
    task: str
    index: int = -1


@dataclass(frozen=True, slots=True)
class Clear:
    """Someone clears a task with its downstream, or (task None) the whole run, as a backfill over an existing run also does."""

    kind: ClassVar[Literal["clear"]] = "clear"
    run: int
    task: str | None = None


@dataclass(frozen=True, slots=True)
class Elapse:
    """Time passes before the next step."""

    kind: ClassVar[Literal["elapse"]] = "elapse"
    minutes: int


@dataclass(frozen=True, slots=True)
class Arrive:
    """Late rows, which belong to intervals that have run already, turn up in the sources; every run is cleared and runs again, in order."""

    kind: ClassVar[Literal["arrive"]] = "arrive"


@dataclass(frozen=True, slots=True)
class Settle:
    """Everything that can still run in the first `runs` runs runs, quietly, until these have succeeded."""

    kind: ClassVar[Literal["settle"]] = "settle"
    runs: int


Step = Attempt | Resume | Clear | Elapse | Arrive | Settle
STEPS: dict[str, type[Step]] = {step.kind: step for step in (Attempt, Resume, Clear, Elapse, Arrive, Settle)}


@dataclass(frozen=True, slots=True)
class History:
    """The first `runs` runs of a DAG, the steps that are fixed, and which world it is played in (the number of a variant of the rows)."""

    runs: int
    steps: tuple[Step, ...] = ()
    world: int = 0

    @property
    def late(self) -> bool:
        """Whether some rows are not there at first."""
        return any(isinstance(step, Arrive) for step in self.steps)

    def events(self) -> frozenset[str]:
        """The kinds of event in it, in words."""
        found: set[str] = set()
        for step in self.steps:
            match step:
                case Attempt(crash=int()):
                    found.add("crash")
                case Attempt(hold=int()):
                    found.add("overlap")
                case Clear(task=None):
                    found.add("clear of a run")
                case Clear():
                    found.add("clear of a task")
                case Elapse():
                    found.add("delay")
                case Arrive():
                    found.add("late rows")
                case _:
                    pass
        order = [step.run for step in self.steps if isinstance(step, Attempt)]
        if order != sorted(order):
            found.add("runs out of order or mixed")
        return frozenset(found)


def dumped(history: History) -> dict[str, Any]:
    """A history as JSON can say it; `loaded` is the way back. Defaults are left out."""
    return {"runs": history.runs, "world": history.world, "steps": [_dumped_step(step) for step in history.steps]}


def _dumped_step(step: Step) -> dict[str, Any]:
    defaults = {"index": -1, "crash": None, "hold": None}
    values = {name: getattr(step, name) for name in step.__dataclass_fields__}
    return {"kind": step.kind, **{name: value for name, value in values.items() if name not in defaults or value != defaults[name]}}


def loaded(data: Any) -> History:
    """Read what `dumped` wrote.

    Raises:
        ValueError: it is no history.
    """
    try:
        steps = tuple(STEPS[item["kind"]](**{name: value for name, value in item.items() if name != "kind"}) for item in data["steps"])
        return History(int(data["runs"]), steps, int(data.get("world", 0)))
    except (KeyError, TypeError, AttributeError) as problem:
        raise ValueError(f"not a history: {problem!r}") from problem
