"""A DAG made ready for playing: which of its tasks are played and which not, its runs, and the world that they act on."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from dagcheck.harness.history import History, Run
from dagcheck.harness.lifecycle import DagShape, Instance
from dagcheck.harness.playing import Played, Player
from dagcheck.harness.python.actor import Child, Unreadable
from dagcheck.harness.python.cast import python_actor
from dagcheck.harness.python.session import CannotPlay, Pushed
from dagcheck.harness.shaping import shape_of
from dagcheck.harness.sql.database import Database, SqlActor
from dagcheck.harness.sql.engine import Failed
from dagcheck.harness.sql.schema import Policy
from dagcheck.harness.sql.statements import WRITES, Statement
from dagcheck.harness.sql.task import NotPlayed, SqlTask, known_params, sql_task
from dagcheck.harness.surroundings import ddl_of, folders_of, macros_of, speaks_of_interval
from dagcheck.harness.template import Templates
from dagcheck.harness.things import difference_of, differing
from dagcheck.harness.world import Actor, Difference, Effect, Situation, State, Thing
from dagcheck.model.dag import Dag, Task

DISCOVERIES = 25
"""How often the tables are made anew because a Python task uses others."""
COLLISION = ("cannot affect the same target row", "update the same row twice", "conflict target")
"""What DuckDB says when several rows of the source have one key."""
POLICIES: tuple[Policy, ...] = ("inferred", "timestamp", "date", "text")


@dataclass(frozen=True)
class Unplayed:
    """Why a task is not played, and where the reason stands."""

    reason: str
    path: str | None = None
    line: int | None = None
    empty: bool = False
    """It is known to do nothing."""


@dataclass(frozen=True)
class Setting:
    """What a DAG is played with."""

    seed: int = 0
    base: Path = Path()
    """What the paths of the models are relative to."""
    airflow: str = "3.3"
    settings: Mapping[str, str] = field(default_factory=dict)
    variables: Mapping[str, Any] = field(default_factory=dict)
    connections: Mapping[str, str] = field(default_factory=dict)
    folders: tuple[Path, ...] = ()
    """Where template files and DDL are looked for, beside the DAG's own folder."""
    execute: bool = False
    density: int = 2
    """Rows of a source for each instant that matters: there are 17 of these in three runs."""
    roots: tuple[Path, ...] = ()
    """The folders that the imports of the DAG files are resolved from, for child processes."""
    env: Mapping[str, str] = field(default_factory=dict)
    """Environment variables of child processes."""
    runs: tuple[Run, ...] | None = None


class Stage:
    """The world of one DAG: see `dagcheck.harness.world.World`."""

    def __init__(self, dag: Dag, setting: Setting, runs: tuple[Run, ...], shape: DagShape) -> None:
        self.dag, self.setting, self.runs, self.shape = dag, setting, runs, shape
        self.unplayed: dict[str, Unplayed] = {}
        self.sql: dict[str, dict[int, SqlTask]] = {}
        self.actors: Mapping[str, Actor] = {}
        self.reading: set[str] = set()
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
        self.templates = Templates(
            dag.dag_id, folders_of(dag, setting.base, setting.folders), known_params(dag.params), setting.variables, runs, macros_of(dag)
        )

    # -- making ready

    def prepare(self) -> None:
        """Find out what can be played, and play it once: what fails in the first run is not played."""
        for task in self.dag.tasks:
            self._cast(task)
        ddl = list(ddl_of(self.templates.folders, self._dialects()))
        for _ in range(2 * len(self.dag.tasks) + DISCOVERIES):
            try:
                blocked = self._attempt_to_play(ddl)
            except CannotPlay as problem:
                blocked = self._discover(problem)
                if blocked is None:
                    continue
            if blocked is None:
                return
            self._leave_out(*blocked)

    def _discover(self, problem: CannotPlay) -> tuple[str, Unplayed] | None:
        """Take in the SQL that a Python task was seen to execute; or say why the task cannot be played."""
        task_id = self.playing or next(iter(self.python))
        if problem.statements and len(self.discovered) < 4 * DISCOVERIES:
            self.discovered += [(task_id, statement) for statement in problem.statements]
            return None
        return task_id, Unplayed(str(problem), self.dag.path, problem.line or self._task(task_id).line)

    def _task(self, task_id: str) -> Task:
        return next(task for task in self.dag.tasks if task.task_id == task_id)

    def _cast(self, task: Task) -> None:
        indexes = self.shape.by_id[task.task_id].indexes
        found = {
            index: sql
            for index in indexes
            if (sql := sql_task(task, self.templates, self.setting.connections, index, self.setting.base)) is not None
        }
        if found:
            self.sql[task.task_id] = found
        elif self.setting.execute and (task.callable is not None or task.kind == "taskflow"):
            self.python[task.task_id] = task
        else:
            self.unplayed[task.task_id] = unplayed_kind(task)

    def _dialects(self) -> list[str]:
        return list(dict.fromkeys(sql.database.dialect for tasks in self.sql.values() for sql in tasks.values()))

    def _leave_out(self, task_id: str, reason: Unplayed) -> None:
        self.unplayed[task_id] = reason
        self.sql.pop(task_id, None)
        self.python.pop(task_id, None)
        self.actors = {name: actor for name, actor in self.actors.items() if name != task_id}

    def _attempt_to_play(self, ddl: Sequence[Statement]) -> tuple[str, Unplayed] | None:
        """Try to play with each policy on undeclared dates; returns the task that keeps the DAG from being played, or None."""
        statements = self._statements()
        blocked: tuple[str, Unplayed] | None = None
        idle: tuple[Policy, bool] | None = None
        for policy in POLICIES:
            for apart in (False, True):
                problem = self._build(statements, ddl, policy, apart) or self._rehearse()
                collides = self._keys_collide() if problem is None else self._collided(problem[1].reason)
                if collides and not apart:
                    continue
                if problem is None and (not self.sql or self.changing()):
                    return None
                idle = idle or ((policy, apart) if problem is None else None)
                break
            blocked = blocked or problem
        if idle is None:
            return blocked
        return self._build(statements, ddl, *idle) or self._rehearse()

    def _collided(self, reason: str) -> bool:
        return self.database is not None and self.database.by_interval and any(words in reason for words in COLLISION)

    def _keys_collide(self) -> bool:
        """Whether a quiet history fails because rows of several intervals have the same key: then keys are taken to be unique in the whole table."""
        if self.database is None or not self.database.by_interval:
            return False
        stuck = [self.reference(runs, world).stuck for world in self.worlds for runs in range(2, len(self.runs) + 1)]
        return any(self._collided(message) for message in stuck if message is not None)

    def _statements(self) -> list[tuple[str, Statement]]:
        """All statements of all runs, tasks in order; a task whose SQL cannot be had is left out."""
        found: list[tuple[str, Statement]] = []
        for shape in self.shape.tasks:
            if shape.task_id not in self.sql:
                continue
            try:
                mine = [
                    (shape.task_id, statement)
                    for index, task in self.sql[shape.task_id].items()
                    for statement in self._statements_of(shape.task_id, index, task)
                ]
            except NotPlayed as problem:
                self._leave_out(shape.task_id, Unplayed(str(problem), problem.path or self.dag.path, problem.line))
                continue
            found += mine
            if not any(statement.kind in WRITES for _, statement in mine):
                self.reading.add(shape.task_id)
        return [*found, *self.discovered]

    def _statements_of(self, task_id: str, index: int, task: SqlTask) -> Iterable[Statement]:
        for run in self.runs:
            situation = Situation(
                Instance(run.index, task_id, index), run, run.run_after, 1, 0, self.runs[run.index - 1] if run.index else None
            )
            for group in task.groups(situation, lambda *_, run=run: Pulled(run.start.strftime("%Y-%m-%d"))):
                yield from group.statements

    def _build(
        self, statements: Sequence[tuple[str, Statement]], ddl: Sequence[Statement], policy: Policy, apart: bool
    ) -> tuple[str, Unplayed] | None:
        if self.database is not None:
            self.database.close()
        self.database = Database(self.runs, self.setting.seed, policy, apart, self.setting.density)
        self.references.clear()
        self._passing = None
        wanted = {key for _, statement in statements for key in (*statement.reads, statement.target)}
        try:
            self.database.prepare(statements, [statement for statement in ddl if statement.target in wanted])
        except Failed as problem:
            return (next(iter(self.sql)), Unplayed(f"no rows could be made for its tables: {problem}", self.dag.path)) if self.sql else None
        self.actors = {task_id: SqlActor(tasks, self.database, self._xcoms) for task_id, tasks in self.sql.items()}
        for task in list(self.python.values()):
            blocked = self._cast_python(task, self.database)
            if blocked is not None:
                return blocked
        return None

    def _cast_python(self, task: Task, database: Database) -> tuple[str, Unplayed] | None:
        if self.child is None:
            file = (self.setting.base / self.dag.path).resolve()
            self.child = Child(file, self.setting.roots, self.setting.variables, self.setting.env)
        try:
            indexes = self.shape.by_id[task.task_id].indexes
            actor = python_actor(task, self.child, database, self.runs, self.dag.dag_id, self.templates.params, self.setting.base, indexes)
            if actor is not None:
                self.child.ready()
        except (NotPlayed, Unreadable) as problem:
            return task.task_id, Unplayed(str(problem), self.dag.path, problem.line or task.line)
        if actor is None:
            return task.task_id, Unplayed(
                f"{task.operator} does not call its function in the worker's own process", self.dag.path, task.line
            )
        self.actors = {**self.actors, task.task_id: actor}
        return None

    def _rehearse(self) -> tuple[str, Unplayed] | None:
        """Play one quiet run; returns the task that fails in it. A world with rows of an earlier load, in which it fails, is left out."""
        played = self.reference(1, 0)
        if played.stuck is not None and played.stuck_at is not None:
            task = next(task for task in self.dag.tasks if task.task_id == played.stuck_at.task)
            return task.task_id, Unplayed(f"its first run fails here: {played.stuck}", self.dag.path, task.line)
        if self.database is not None and len(self.worlds) > 1 and self.reference(1, 1).stuck is not None:
            del self.database.worlds[1:], self.database.hidden[1:]
        return None

    @property
    def worlds(self) -> tuple[int, ...]:
        return tuple(range(len(self.database.worlds))) if self.database is not None and self.database.worlds else (0,)

    def _xcoms(self, run: int, state: State) -> Callable[[Any, str, int | None], Any]:
        def pull(task_ids: Any, key: str, index: int | None) -> Any:
            names = [task_ids] if isinstance(task_ids, str) else list(task_ids or ())
            if not names:
                return None
            values = [_value(state.get(("xcom", str(run), name, str(-1 if index is None else index))), key) for name in names]
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

    def touches(self, effect: Effect, things: set[Thing]) -> bool:
        """Whether an effect may have written one of these things: it names it, or names nothing."""
        tables = [thing[1] for thing in things if thing[0] == "table"]
        text = effect.what.lower().replace('"', "").replace("`", "")
        return not tables or any(key.rpartition(".")[2] in text for key in tables)

    def late(self) -> bool:
        return self.database is not None and self.database.watermarks

    def close(self) -> None:
        if self.database is not None:
            self.database.close()
        if self.child is not None:
            self.child.stop()


def _value(stored: Any, key: str) -> Any:
    """What an XCom holds under a key."""
    if isinstance(stored, Pushed):
        return stored.values.get(key)
    return stored if key == "return_value" else None


class Pulled(str):
    """Stands for an XCom before any task has run: a date that is its own first item."""

    def __getitem__(self, key: Any) -> str:
        return self if isinstance(key, int | str) else super().__getitem__(key)


def unplayed_kind(task: Task) -> Unplayed:
    """Why a task that carries no SQL is not played."""
    if task.operator in ("EmptyOperator", "DummyOperator"):
        return Unplayed("it does nothing", empty=True)
    if task.callable is not None or task.kind == "taskflow":
        return Unplayed("it runs Python, which is played only with --execute", task.span.path, task.line)
    if task.kind == "sensor":
        return Unplayed("it only waits", empty=True)
    return Unplayed(f"what {task.operator} does is not known to the harness", task.span.path, task.line)


def staged(dag: Dag, setting: Setting) -> Stage:
    """A DAG, ready to be played.

    Raises:
        ValueError: its tasks form a cycle.
    """
    from dagcheck.harness.runs import runs_of, widened

    runs = setting.runs or runs_of(dag, 3, setting.airflow, setting.settings)
    wider = runs if setting.runs else widened(runs)
    uses_interval = wider != runs and speaks_of_interval(dag, setting.base / dag.path)
    stage = Stage(dag, setting, wider if uses_interval else runs, shape_of(dag))
    if uses_interval:
        stage.notes.append(
            "the schedule gives runs whose data interval is a point, and the DAG works on data intervals: it is played with intervals that reach back to the run before"
            " (what create_cron_data_intervals = True gives)"
        )
    stage.prepare()
    return stage
