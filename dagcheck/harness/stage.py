"""The world of one DAG: what it is at the start of a history, what differs at the end, and who writes what in it."""

from __future__ import annotations

import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from dagcheck.harness.history import History, Run
from dagcheck.harness.lifecycle import DagShape
from dagcheck.harness.patience import Stopwatch
from dagcheck.harness.playing import Played, Player
from dagcheck.harness.python.actor import Child, PythonActor
from dagcheck.harness.python.session import Pushed
from dagcheck.harness.setting import Setting, Unplayed
from dagcheck.harness.shaping import forks
from dagcheck.harness.sql.database import Database
from dagcheck.harness.sql.statements import Statement
from dagcheck.harness.sql.task import SqlTask, known_params
from dagcheck.harness.surroundings import folders_of, macros_of
from dagcheck.harness.template import Templates, XComs
from dagcheck.harness.things import difference_of, differing
from dagcheck.harness.world import Actor, Difference, Effect, OutOfTime, State, Thing
from dagcheck.model.dag import Dag, Task


class Stage:
    """The world of one DAG: see `dagcheck.harness.world.World`."""

    def __init__(self, dag: Dag, setting: Setting, runs: tuple[Run, ...], shape: DagShape, watch: Stopwatch | None = None) -> None:
        self.dag, self.setting, self.runs, self.shape = dag, setting, runs, shape
        self.unplayed: dict[str, Unplayed] = {}
        self.sql: dict[str, dict[int, SqlTask]] = {}
        self.actors: Mapping[str, Actor] = {}
        self.reading: set[str] = set()
        self.deciding: set[str] = set()
        """The tasks that are played and only decide what goes on."""
        self.database: Database | None = None
        self.references: dict[tuple[int, int], Played] = {}
        self.notes: list[str] = []
        self.python: dict[str, Task] = {}
        self.discovered: list[tuple[str, Statement]] = []
        """Statements that Python tasks were seen to execute."""
        self.child: Child | None = None
        self._passing: frozenset[Thing] | None = None
        self.playing: str | None = None
        """The task whose attempt is being played."""
        self.reached: set[str] = set()
        """The tasks whose attempts were begun in time."""
        self.templates = Templates(
            dag.dag_id, folders_of(dag, setting.base, setting.folders), known_params(dag.params), setting.variables, runs, macros_of(dag)
        )

        self.watch = watch if watch is not None else Stopwatch()
        self.watch.others = lambda: self.child.worked() if self.child is not None else 0.0
        self.deadline = math.inf
        """When the time is up, in seconds of the watch."""

    def task(self, task_id: str) -> Task:
        return next(task for task in self.dag.tasks if task.task_id == task_id)

    def look_at_the_clock(self) -> None:
        """Go on only while there is time.

        Raises:
            OutOfTime: there is none.
        """
        if self.watch.seconds() > self.deadline:
            raise OutOfTime
        if self.playing is not None:
            self.reached.add(self.playing)

    def forget(self) -> None:
        """Forget what was played, because the tables are made anew."""
        self.references.clear()
        self._passing = None

    def give_up(self, reason: str, kept: frozenset[str] = frozenset()) -> None:
        """Play nothing of the DAG but these tasks."""
        for task_id in {*self.sql, *self.python} - kept:
            self.unplayed[task_id] = Unplayed(reason, self.dag.path, self.task(task_id).line)
        self.sql = {task_id: tasks for task_id, tasks in self.sql.items() if task_id in kept}
        self.python = {task_id: task for task_id, task in self.python.items() if task_id in kept}
        self.actors = {task_id: actor for task_id, actor in self.actors.items() if task_id in kept}
        self.forget()

    def narrow(self) -> None:
        """Play single runs alone, in one world, for want of time."""
        self.runs = self.runs[:1]
        if self.database is not None:
            del self.database.worlds[1:]
        self.notes.append("the time did for single runs only, without any that overlap or come out of order: give it more with --seconds")

    @property
    def worlds(self) -> tuple[int, ...]:
        return tuple(range(len(self.database.worlds))) if self.database is not None and self.database.worlds else (0,)

    def xcoms(self, run: int, state: State) -> XComs:
        def pull(task_ids: Any, key: str, index: int | None, prior: bool = False) -> Any:
            names = [task_ids] if isinstance(task_ids, str) else list(task_ids or ())
            if not names:
                return None
            runs = range(run, -1, -1) if prior else (run,)
            values = [next((value for one in runs if (value := _pulled(state, one, name, key, index)) is not None), None) for name in names]
            return values[0] if isinstance(task_ids, str) else values

        return pull

    # -- the world

    def initial(self, history: History) -> State:
        variables: dict[Thing, Any] = {("variable", name): str(value) for name, value in self.setting.variables.items()}
        return variables if self.database is None else {**variables, **self.database.state(history.world, history.late)}

    def arrived(self, history: History, state: State) -> State:
        return state if self.database is None else self.database.arrived(history.world, state)

    def play(self, history: History) -> Played:
        return Player(self.shape, self).play(history)

    def reference(self, runs: int, world: int) -> Played:
        """The quiet history: each of the first `runs` intervals runs once, in order, on complete sources."""
        key = (runs, world)
        if key not in self.references:
            self.references[key] = self.play(History(runs, (), world))
        return self.references[key]

    def differences(self, history: History, state: State, reference: State) -> list[Difference]:
        if self.database is None:
            return []
        found = []
        for key in self.database.outputs():
            thing = ("table", key)
            difference = self.database.difference(key, state.get(thing, 0), reference.get(thing, 0))
            if difference is not None:
                found.append(difference)
        return found + differing(state, reference, self.passing())

    def passing(self) -> frozenset[Thing]:
        """The files and objects that only pass something on: in a quiet history, a task reads them that did not write them and that writes something else itself."""
        if self._passing is None:
            written: dict[Thing, set[str]] = {}
            read: dict[Thing, set[str]] = {}
            for happening in self.reference(len(self.runs), 0).happenings:
                if happening.task is not None:
                    changed = [
                        thing
                        for thing in {*happening.before, *happening.after}
                        if happening.before.get(thing) != happening.after.get(thing) and thing[0] != "xcom"
                    ]
                    for thing in changed:
                        written.setdefault(thing, set()).add(happening.task)
                    for thing in happening.reads if any(thing not in happening.reads for thing in changed) else ():
                        read.setdefault(thing, set()).add(happening.task)
            self._passing = frozenset(thing for thing, tasks in read.items() if tasks - written.get(thing, set()) and thing in written)
        return self._passing

    def effects(self) -> dict[str, int]:
        """How many durable effects an attempt of each task has in the reference history: the most that were seen."""
        most: dict[str, int] = {}
        for world in self.worlds:
            for happening in self.reference(min(2, len(self.runs)), world).happenings:
                if happening.task is not None:
                    most[happening.task] = max(most.get(happening.task, 0), len(happening.effects))
        return most

    def forks(self) -> frozenset[str]:
        """The played tasks that decide which tasks after them run."""
        return frozenset(name for name in self.actors if forks(self.task(name)))

    def telling(self) -> frozenset[str]:
        """The played tasks that other tasks go by: branches, and Python tasks that leave an XCom."""
        left = {thing[2] for thing in self.reference(1, 0).state if thing[0] == "xcom"}
        return frozenset(self.forks() | {name for name in left if name in self.python and self.shape.downstream[name]})

    def changing(self) -> set[str]:
        """The tasks that change anything in the reference histories."""
        return {
            happening.task
            for world in self.worlds
            for happening in self.reference(len(self.runs), world).happenings
            if happening.task is not None and happening.before != happening.after
        }

    def writers(self, difference: Difference, played: Played) -> list[str]:
        """The played tasks that write the thing that differs."""
        if self.database is None or difference.thing[0] != "table":
            thing = difference.thing
            changing = [
                happening.task
                for happening in played.happenings
                if happening.task is not None and happening.before.get(thing) != happening.after.get(thing)
            ]
            return list(dict.fromkeys(changing)) or list(self.python)
        use = self.database.uses.get(difference.thing[1])
        return list(dict.fromkeys(use.writers)) if use is not None else []

    def changes(self, before: State, after: State) -> list[str]:
        """What changed between two states, a line a thing."""
        from dagcheck.harness.tell import changes_between

        return changes_between(before, after, self._difference)

    def _difference(self, thing: Thing, mine: Any, other: Any) -> Difference | None:
        if thing[0] != "table":
            return difference_of(thing, mine or None, other or None)
        return self.database.difference(thing[1], mine, other) if self.database is not None else None

    def shown(self, path: str | None) -> str | None:
        """A path as the report names files: relative to where the DAG's own is relative to, where it lies below that."""
        base = self.setting.base.resolve()
        return str(Path(path).relative_to(base)) if path is not None and Path(path).is_relative_to(base) else path

    def touches(self, effect: Effect, things: set[Thing]) -> bool:
        """Whether an effect names one of these things."""
        text = effect.what.lower().replace('"', "").replace("`", "")
        return any(_short(thing) in text for thing in things)

    def refused(self) -> list[str]:
        """What tasks tried and were not allowed, such as the network, in words."""
        return [
            f"{task_id} was refused {what}"
            for task_id, actor in self.actors.items()
            if isinstance(actor, PythonActor)
            for what in actor.refused
        ]

    def late(self) -> bool:
        return self.database is not None and self.database.watermarks

    def close(self) -> None:
        if self.database is not None:
            self.database.close()
        if self.child is not None:
            self.child.stop()


def _short(thing: Thing) -> str:
    """The part of a thing's name by which code calls it: a table without its schema, an object without its bucket."""
    name = thing[1].lower()
    if thing[0] == "table":
        return name.rpartition(".")[2]
    return name.partition("://")[2].partition("/")[2] if thing[0] == "object" else name


def _pulled(state: State, run: int, task: str, key: str, index: int | None) -> Any:
    """An XCom of a run: of a mapped task a list, unless one instance is asked for."""
    places = {int(thing[3]): thing for thing in state if thing[:3] == ("xcom", str(run), task)}
    if index is None and -1 not in places and places:
        return [_value(state[places[position]], key) for position in sorted(places)]
    wanted = places.get(-1 if index is None else index)
    return None if wanted is None else _value(state[wanted], key)


def _value(stored: Any, key: str) -> Any:
    """What an XCom holds under a key."""
    if isinstance(stored, Pushed):
        return stored.values.get(key)
    return stored if key == "return_value" else None
