"""Makes a DAG ready for playing: finds out which of its tasks can be played, makes their tables, and plays it once."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from typing import Any

from dagcheck.harness.expanding import expansion_of
from dagcheck.harness.forking import fork_of
from dagcheck.harness.latest import LatestOnlyActor
from dagcheck.harness.lifecycle import Instance
from dagcheck.harness.patience import Stopwatch
from dagcheck.harness.python.actor import Child, Unreadable
from dagcheck.harness.python.cast import alike_of, python_actor
from dagcheck.harness.python.session import CannotPlay
from dagcheck.harness.setting import Setting, Unplayed, is_own_operator, unplayed_kind
from dagcheck.harness.shaping import LATEST_ONLY, kind_among, shape_of
from dagcheck.harness.sql.actor import SqlActor
from dagcheck.harness.sql.database import Database
from dagcheck.harness.sql.engine import Failed
from dagcheck.harness.sql.schema import Policy
from dagcheck.harness.sql.statements import WRITES, Statement
from dagcheck.harness.sql.task import NotPlayed, SqlTask, sql_task
from dagcheck.harness.stage import Stage
from dagcheck.harness.surroundings import ddl_of, folders_of, speaks_of_interval, written_in
from dagcheck.harness.world import OutOfTime, Situation
from dagcheck.model.dag import Dag, Task

DISCOVERIES = 25
"""How often the tables are made anew because a Python task uses others."""
COLLISION = ("cannot affect the same target row", "update the same row twice", "conflict target")
"""What DuckDB says when several rows of the source have one key."""
ENDLESS = "did not end within"
"""What is said of a statement or a callable that takes too long."""
POLICIES: tuple[Policy, ...] = ("inferred", "timestamp", "date", "text")


MANY_TASKS = 40
"""DAGs with more tasks are played with two runs."""
OF_PYTHON = 2 / 3
"""How much of the time for making a DAG ready is given where Python tasks are played: each of them has to run again later, and takes long."""
READING = 0.4
"""How much of the time for making a DAG ready reading its SQL may take; tasks whose SQL is not read by then are not played."""


class Readying:
    """Makes one stage ready."""

    def __init__(self, stage: Stage) -> None:
        self.stage = stage
        now = stage.watch.seconds()
        self.reading_until = now + READING * (stage.deadline - now)

    def prepare(self) -> None:
        """Find out what can be played, and play it once: what fails in the first run is not played."""
        for task in self.stage.dag.tasks:
            self._cast(task)
        if self.stage.python:
            self.stage.deadline *= OF_PYTHON
        ddl = list(ddl_of(self.stage.templates.folders, self._dialects()))
        for _ in range(2 * len(self.stage.dag.tasks) + DISCOVERIES):
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
        task_id = self.stage.playing or next(iter(self.stage.python))
        if problem.statements and len(self.stage.discovered) < 4 * DISCOVERIES:
            self.stage.discovered += [(task_id, statement) for statement in problem.statements]
            return None
        path = self.stage.shown(problem.path) if problem.path is not None and problem.line else None
        return task_id, Unplayed(str(problem), path or self.stage.dag.path, problem.line or self.stage.task(task_id).line)

    def _cast(self, task: Task) -> None:
        stage, expansion = self.stage, expansion_of(self.stage.dag, task)
        found = {
            index: sql
            for index in stage.shape.by_id[task.task_id].indexes
            if (sql := sql_task(task, stage.templates, stage.setting.connections, index, stage.setting.base, expansion)) is not None
        }
        if found:
            self.stage.sql[task.task_id] = found
        elif kind_among(task, LATEST_ONLY):
            self.stage.deciding.add(task.task_id)
        elif self.stage.setting.execute and (task.callable is not None or task.kind == "taskflow" or is_own_operator(task)):
            self.stage.python[task.task_id] = task
        else:
            self.stage.unplayed[task.task_id] = unplayed_kind(task)

    def _dialects(self) -> list[str]:
        return list(dict.fromkeys(sql.database.dialect for tasks in self.stage.sql.values() for sql in tasks.values()))

    def _leave_out(self, task_id: str, reason: Unplayed) -> None:
        self.stage.unplayed[task_id] = reason
        self.stage.sql.pop(task_id, None)
        self.stage.python.pop(task_id, None)
        self.stage.actors = {name: actor for name, actor in self.stage.actors.items() if name != task_id}

    def _attempt_to_play(self, ddl: Sequence[Statement]) -> tuple[str, Unplayed] | None:
        """Try to play with each policy on undeclared dates; returns the task that keeps the DAG from being played, or None."""
        statements = self._statements()
        blocked: tuple[str, Unplayed] | None = None
        idle: tuple[Policy, bool] | None = None
        for policy in POLICIES:
            self.stage.look_at_the_clock()
            for apart in (False, True):
                problem = self._build(statements, ddl, policy, apart) or self._rehearse()
                if problem is not None and ENDLESS in problem[1].reason:
                    return problem
                collides = self._keys_collide() if problem is None else self._collided(problem[1].reason)
                if collides and not apart:
                    continue
                if problem is None and (not self.stage.sql or self.stage.changing()):
                    return None
                idle = idle or ((policy, apart) if problem is None else None)
                break
            blocked = blocked or problem
        if idle is None:
            return blocked
        return self._build(statements, ddl, *idle) or self._rehearse()

    def _collided(self, reason: str) -> bool:
        return self.stage.database is not None and self.stage.database.by_interval and any(words in reason for words in COLLISION)

    def _keys_collide(self) -> bool:
        """Whether a quiet history fails because rows of several intervals have the same key: then keys are taken to be unique in the whole table."""
        if self.stage.database is None or not self.stage.database.by_interval:
            return False
        stuck = [self.stage.reference(runs, world).stuck for world in self.stage.worlds for runs in range(2, len(self.stage.runs) + 1)]
        return any(self._collided(message) for message in stuck if message is not None)

    def _statements(self) -> list[tuple[str, Statement]]:
        """All statements of all runs, tasks in order; a task whose SQL cannot be had is left out."""
        found: list[tuple[str, Statement]] = []
        for shape in self.stage.shape.tasks:
            if shape.task_id not in self.stage.sql:
                continue
            if found and self.stage.watch.seconds() > self.reading_until:
                self._leave_out(
                    shape.task_id,
                    Unplayed("the time was up before its SQL was read", self.stage.dag.path, self.stage.task(shape.task_id).line),
                )
                continue
            try:
                mine = [
                    (shape.task_id, statement)
                    for index, task in self.stage.sql[shape.task_id].items()
                    for statement in self._statements_of(shape.task_id, index, task)
                ]
            except NotPlayed as problem:
                self._leave_out(shape.task_id, Unplayed(str(problem), problem.path or self.stage.dag.path, problem.line))
                continue
            found += mine
            if not any(statement.kind in WRITES for _, statement in mine):
                self.stage.reading.add(shape.task_id)
        return [*found, *self.stage.discovered]

    def _statements_of(self, task_id: str, index: int, task: SqlTask) -> Iterable[Statement]:
        for run in self.stage.runs:
            situation = Situation(
                Instance(run.index, task_id, index), run, run.run_after, 1, 0, self.stage.runs[run.index - 1] if run.index else None
            )
            for group in task.groups(situation, lambda *_, run=run: Pulled(run.start.strftime("%Y-%m-%d"))):
                yield from group.statements

    def _build(
        self, statements: Sequence[tuple[str, Statement]], ddl: Sequence[Statement], policy: Policy, apart: bool
    ) -> tuple[str, Unplayed] | None:
        if self.stage.database is not None:
            self.stage.database.close()
        written = written_in(self.stage.setting.base / self.stage.dag.path) if self.stage.python else frozenset()
        self.stage.database = Database(self.stage.runs, self.stage.setting.seed, policy, apart, self.stage.setting.density, written)
        self.stage.forget()
        wanted = {key for _, statement in statements for key in (*statement.reads, statement.target)}
        try:
            self.stage.database.prepare(statements, [statement for statement in ddl if statement.target in wanted])
        except Failed as problem:
            return (
                (next(iter(self.stage.sql)), Unplayed(f"no rows could be made for its tables: {problem}", self.stage.dag.path))
                if self.stage.sql
                else None
            )
        self.stage.actors = {
            task_id: SqlActor(tasks, self.stage.database, self.stage.xcoms, fork_of(self.stage.task(task_id)))
            for task_id, tasks in self.stage.sql.items()
        }
        self.stage.actors = {**self.stage.actors, **dict.fromkeys(self.stage.deciding, LatestOnlyActor())}
        for task in list(self.stage.python.values()):
            blocked = self._cast_python(task, self.stage.database)
            if blocked is not None:
                return blocked
        return None

    def _cast_python(self, task: Task, database: Database) -> tuple[str, Unplayed] | None:
        if self.stage.child is None:
            file = (self.stage.setting.base / self.stage.dag.path).resolve()
            self.stage.child = Child(
                file,
                self.stage.setting.roots,
                self.stage.setting.variables,
                self.stage.setting.env,
                lambda: self.stage.deadline - self.stage.watch.seconds(),
            )
        try:
            indexes = self.stage.shape.by_id[task.task_id].indexes
            actor = python_actor(
                task,
                self.stage.child,
                database,
                self.stage.runs,
                self.stage.dag.dag_id,
                self.stage.templates.params,
                self.stage.setting.base,
                indexes,
                expansion_of(self.stage.dag, task),
                alike_of(task, self.stage.dag.tasks),
            )
            if actor is not None:
                self.stage.child.ready()
        except (NotPlayed, Unreadable) as problem:
            return task.task_id, Unplayed(str(problem), self.stage.dag.path, problem.line or task.line)
        if actor is None:
            return task.task_id, Unplayed(
                f"{task.operator} does not call its function in the worker's own process", self.stage.dag.path, task.line
            )
        self.stage.actors = {**self.stage.actors, task.task_id: actor}
        return None

    def _rehearse(self) -> tuple[str, Unplayed] | None:
        """Play one quiet run; returns the task that fails in it. A world with rows of an earlier load, in which it fails, is left out."""
        played = self.stage.reference(1, 0)
        if played.stuck is not None and played.stuck_at is not None:
            task = self.stage.task(played.stuck_at.task)
            own = task.callable is not None and task.task_id in self.stage.python and task.callable.path == self.stage.dag.path
            line = task.callable.line if own and task.callable is not None else task.line
            return task.task_id, Unplayed(f"its first run fails here: {played.stuck}", self.stage.dag.path, line)
        if self.stage.database is not None and len(self.stage.worlds) > 1 and self.stage.reference(1, 1).stuck is not None:
            del self.stage.database.worlds[1:]
        return None


class Pulled(str):
    """Stands for an XCom before any task has run: a date that is its own first item."""

    def __getitem__(self, key: Any) -> str:
        return self if isinstance(key, int | str) else super().__getitem__(key)


def staged(dag: Dag, setting: Setting, deadline: float = math.inf, watch: Stopwatch | None = None) -> Stage:
    """A DAG, ready to be played; `deadline` (in seconds of the watch) is when the time for that is up: what had not come to its turn by then is not played.

    Raises:
        ValueError: its tasks form a cycle.
    """
    from dagcheck.harness.runs import runs_of, widened

    runs = setting.runs or runs_of(dag, 2 if len(dag.tasks) > MANY_TASKS else 3, setting.airflow, setting.settings)
    wider = runs if setting.runs else widened(runs)
    uses_interval = wider != runs and speaks_of_interval(dag, setting.base / dag.path, folders_of(dag, setting.base, setting.folders))
    stage = Stage(dag, setting, wider if uses_interval else runs, shape_of(dag), watch)
    if uses_interval:
        stage.notes.append(
            "the schedule gives runs whose data interval is a point, and the DAG works on data intervals: it is played with intervals that reach back to the run before"
            " (what create_cron_data_intervals = True gives)"
        )
    stage.deadline = deadline
    try:
        Readying(stage).prepare()
    except OutOfTime:
        ready = stage.reached - {stage.playing} if stage.database is not None else set()
        stage.give_up("the time was up before it was ready to be played", frozenset(ready))
        stage.narrow()
    return stage
