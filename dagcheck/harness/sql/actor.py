"""Plays attempts of SQL tasks: the statements of an attempt on the tables of the world, group by group."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from dagcheck.harness.forking import Fork
from dagcheck.harness.lifecycle import Instance
from dagcheck.harness.sql.database import Database, thing_of
from dagcheck.harness.sql.engine import Failed
from dagcheck.harness.sql.statements import WRITES, Untranslatable
from dagcheck.harness.sql.task import Group, NotPlayed, SqlTask
from dagcheck.harness.world import Effect, Situation, State, Thing, Trace


class SqlActor:
    """Plays the attempts of a SQL task (all instances of it, when it is mapped)."""

    def __init__(self, tasks: Mapping[int, SqlTask], database: Database, xcom_of: Any, fork: Fork | None = None) -> None:
        self.tasks, self.database, self.xcom_of, self.fork = tasks, database, xcom_of, fork
        self.memory: dict[Any, Trace] = {}

    def attempt(self, situation: Situation, state: State, first: int = 0) -> Trace:
        """See `Actor`; the same attempt on the same tables is played once."""
        task = self.tasks[situation.instance.index]
        if not task.is_still(situation):
            return self._attempt(situation, state, first)
        statements = [statement for group in task.still[situation.run.index] for statement in group.statements]
        clock = situation.clock if any(statement.clock for statement in statements) else None
        chance = situation.number if any(statement.chance for statement in statements) else None
        key = (situation.instance, first, clock, chance, frozenset(state.items()))
        if key not in self.memory:
            self.memory[key] = self._attempt(situation, state, first)
        return self.memory[key]

    def _attempt(self, situation: Situation, state: State, first: int = 0) -> Trace:
        task = self.tasks[situation.instance.index]
        current: dict[Thing, Any] = {thing: value for thing, value in state.items() if thing != _xcom(situation.instance)}
        states: list[State] = [dict(current)]
        effects: list[Effect] = []
        try:
            groups = task.groups(situation, self.xcom_of(situation.instance.run, state))
        except NotPlayed as problem:
            return Trace((state,), (), str(problem))
        result: Any = None
        passed = 0
        for group in groups:
            writes = any(statement.kind in WRITES for statement in group.statements)
            passed += writes
            if writes and passed <= first:
                continue
            try:
                current, result = self._play(group, current, situation)
            except (Failed, Untranslatable) as problem:
                return Trace(tuple(states), tuple(effects), str(problem))
            if writes:
                states.append(_without_temporary(current, groups))
                effects.append(_effect(group))
        if result is not None:
            states[-1] = {**states[-1], _xcom(situation.instance): _frozen(result)}
        return Trace(tuple(states), tuple(effects), followed=self.fork(result) if self.fork is not None else None)

    def _play(self, group: Group, state: dict[Thing, Any], situation: Situation) -> tuple[dict[Thing, Any], Any]:
        result: Any = None
        for statement in group.statements:
            state, rows = self.database.execute(statement, state, situation)
            result = rows if rows is not None else result
        return state, result

    def can_hold(self) -> bool:
        return all(
            not statement.temporary
            for task in self.tasks.values()
            for groups in task.groups_of.values()
            for group in groups
            for statement in group.statements
        )


def _effect(group: Group) -> Effect:
    writing = [statement for statement in group.statements if statement.kind in WRITES]
    text = "; ".join(dict.fromkeys(" ".join(statement.text.split()) for statement in writing))
    return Effect(text if len(text) <= 160 else text[:157] + "…", group.path, group.line + writing[0].line - 1)


def _xcom(instance: Instance) -> Thing:
    return ("xcom", str(instance.run), instance.task, str(instance.index))


def _frozen(value: Any) -> Any:
    return tuple(_frozen(item) for item in value) if isinstance(value, list | tuple) else value


def _without_temporary(state: dict[Thing, Any], groups: Sequence[Group]) -> dict[Thing, Any]:
    gone = {thing_of(statement.target) for group in groups for statement in group.statements if statement.temporary and statement.target}
    return {thing: value for thing, value in state.items() if thing not in gone}
