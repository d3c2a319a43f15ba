"""Finds runs that undo themselves: rows that one statement writes and a later statement of the same run deletes again, unread."""

from __future__ import annotations

from dataclasses import dataclass

from dagcheck.harness.history import History
from dagcheck.harness.lifecycle import Instance
from dagcheck.harness.playing import Played
from dagcheck.harness.sql.actor import SqlActor
from dagcheck.harness.sql.database import Database, thing_of
from dagcheck.harness.sql.engine import Failed
from dagcheck.harness.sql.statements import WRITES, Statement, Untranslatable
from dagcheck.harness.sql.task import NotPlayed
from dagcheck.harness.stage import Stage
from dagcheck.harness.world import Difference, Effect, Situation, State


@dataclass(frozen=True)
class Erasure:
    """`writer` wrote rows that `eraser` deletes; both are (task id, effect)."""

    difference: Difference
    writer: tuple[str, Effect]
    eraser: tuple[str, Effect]
    history: History
    played: Played

    @property
    def summary(self) -> str:
        return f"{self.difference.name}: a run leaves nothing of what it inserts: line {self.eraser[1].line} deletes again what line {self.writer[1].line} has inserted"


@dataclass(frozen=True)
class _Written:
    task: str
    effect: Effect
    rows: frozenset[str]
    shown: tuple[object, ...]


def erasure_of(stage: Stage) -> Erasure | None:
    """The first such pair of statements in a quiet run, or None."""
    if stage.database is None:
        return None
    state: State = stage.initial(History(1))
    written: dict[str, _Written] = {}
    for task_id, statement, effect in _statements(stage):
        if statement.kind not in WRITES:
            continue
        situation = Situation(Instance(0, task_id), stage.runs[0], stage.runs[0].run_after, 1, 1)
        try:
            after, _ = stage.database.execute(statement, state, situation)
        except (Failed, Untranslatable):
            return None
        for key in statement.reads - {statement.target}:
            written.pop(key, None)
        found = _judge(stage.database, statement, effect, task_id, state, after, written)
        if found is not None:
            difference, first = found
            return Erasure(difference, (first.task, first.effect), (task_id, effect), History(1), stage.reference(1, 0))
        state = after
    return None


def _statements(stage: Stage) -> list[tuple[str, Statement, Effect]]:
    found = []
    for shape in stage.shape.tasks:
        actor = stage.actors.get(shape.task_id)
        if isinstance(actor, SqlActor):
            for index, task in actor.tasks.items():
                situation = Situation(Instance(0, shape.task_id, index), stage.runs[0], stage.runs[0].run_after, 1, 1)
                try:
                    groups = task.groups(situation, lambda *_: None)
                except NotPlayed:
                    continue
                for group in groups:
                    found += [
                        (shape.task_id, item, Effect(" ".join(item.text.split())[:160], group.path, group.line + item.line - 1))
                        for item in group.statements
                    ]
    return found


def _judge(
    database: Database, statement: Statement, effect: Effect, task_id: str, before: State, after: State, written: dict[str, _Written]
) -> tuple[Difference, _Written] | None:
    key = statement.target or ""
    if database.passing(key):
        return None
    difference = database.difference(key, after.get(thing_of(key), 0), before.get(thing_of(key), 0))
    if statement.kind == "insert":
        if difference is not None and difference.extra_count:
            written[key] = _Written(task_id, effect, frozenset(map(repr, difference.extra)), difference.extra)
        return None
    if statement.kind in ("delete", "truncate") and key in written and difference is not None:
        content = database.engine.content(after.get(thing_of(key), 0))
        left = {repr(row) for row in content.rows} if content is not None else set()
        if not written[key].rows & left:
            return Difference(thing_of(key), (), written[key].shown, 0, len(written[key].shown), difference.columns), written[key]
    return None
