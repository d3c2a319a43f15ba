"""The histories that every DAG is played with first, smallest first: one thing goes wrong at each place where it can."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from dagcheck.harness.history import Arrive, Attempt, Clear, Elapse, History, Settle, Step
from dagcheck.harness.lifecycle import DagShape

DAY = 24 * 60
MANY = 12
"""With more tasks than this, histories in which the whole run is repeated come first: the time may not do for each task alone."""


def swept(
    shape: DagShape,
    effects: Mapping[str, int],
    worlds: Sequence[int],
    runs: int,
    *,
    late: bool = False,
    tasks: frozenset[str] | None = None,
    telling: frozenset[str] = frozenset(),
) -> Iterator[History]:
    """Histories with one or two events. `effects`: how many durable effects an attempt of each task has; a task without any is left alone, unless it is one of
    `telling`, whose results other tasks go by.

    `late` adds histories in which rows arrive after their interval has run; `tasks` restricts what goes wrong to these tasks.
    """
    touched = [
        task.task_id
        for task in shape.tasks
        if (effects.get(task.task_id) or task.task_id in telling) and (tasks is None or task.task_id in tasks)
    ]
    seen: set[History] = set()
    for history in (*_first(shape, effects, touched, worlds[0], runs, late=late), *_rest(shape, effects, touched, worlds, runs, late=late)):
        if history not in seen:
            seen.add(history)
            yield history


def _first(shape: DagShape, effects: Mapping[str, int], touched: Sequence[str], world: int, runs: int, *, late: bool) -> Iterator[History]:
    """One history of each kind, because the time may not do for all of them; with many tasks the whole run is repeated before single tasks are."""
    last = [
        (*_before(shape, name), Attempt(0, name, shape.by_id[name].indexes[0], crash=effects.get(name, 0)))
        for name in touched
        if shape.by_id[name].indexes
    ]
    whole: list[History] = [History(1, (Settle(1), Clear(0)), world), History(1, (Elapse(DAY),), world)]
    if runs > 1:
        whole += [History(2, tuple(_whole(shape, 1)), world), History(2, (Settle(2), Clear(0)), world)]
        whole += [History(2, (Arrive(),), world)] if late else []
    single = [History(1, steps, world) for steps in last]
    yield from (*whole, *single) if len(touched) > MANY else (*single, *whole)
    for steps in last[:MANY]:
        yield History(1, (*steps, Elapse(DAY)), world)


def crashed_once(shape: DagShape, task: str, effects: int, world: int) -> History:
    """One run in which a task crashes after its last effect and is tried again."""
    indexes = shape.by_id[task].indexes
    return History(1, (*_before(shape, task), Attempt(0, task, indexes[0] if indexes else -1, crash=effects)), world)


def _rest(
    shape: DagShape, effects: Mapping[str, int], touched: Sequence[str], worlds: Sequence[int], runs: int, *, late: bool
) -> Iterator[History]:
    for world in worlds:
        for steps in (*_in_one_run(shape, effects, touched), *_other_orders(shape)):
            yield History(1, steps, world)
        if runs > 1:
            for steps in (*_in_two_runs(shape, effects, touched), *_mixed(shape, effects, touched)):
                yield History(2, steps, world)
            if late:
                yield History(2, (Arrive(),), world)
        for steps in _delayed(shape, effects, touched):
            yield History(1, steps, world)
        if runs > 2:
            yield from _in_three_runs(shape, world, late=late)


def _in_three_runs(shape: DagShape, world: int, *, late: bool) -> Iterator[History]:
    yield History(3, (Settle(3), Clear(1)), world)
    yield History(3, (*_whole(shape, 2), *_whole(shape, 1)), world)
    yield History(3, (Settle(3), Clear(2), Clear(1), Clear(0), *_whole(shape, 2), *_whole(shape, 1)), world)
    if late:
        yield History(3, (Arrive(),), world)


def _before(shape: DagShape, task: str, run: int = 0) -> list[Step]:
    """The attempts of one run that come before a task, in order."""
    steps: list[Step] = []
    for other in shape.tasks:
        if other.task_id in shape.ancestors[task]:
            steps += [Attempt(run, other.task_id, index) for index in other.indexes]
    return steps


def _whole(shape: DagShape, run: int) -> list[Step]:
    return [Attempt(run, task.task_id, index) for task in shape.tasks for index in task.indexes]


def _in_one_run(shape: DagShape, effects: Mapping[str, int], touched: Sequence[str]) -> Iterator[tuple[Step, ...]]:
    for name in touched:
        before = _before(shape, name)
        for index in shape.by_id[name].indexes[:2]:
            for crash in range(effects.get(name, 0), -1, -1):
                yield (*before, Attempt(0, name, index, crash=crash))
        yield (Settle(1), Clear(0, name))
    yield (Settle(1), Clear(0))
    yield (Elapse(DAY),)


def _delayed(shape: DagShape, effects: Mapping[str, int], touched: Sequence[str]) -> Iterator[tuple[Step, ...]]:
    """The same, with a day or more before the next try, and a run that begins days late."""
    for name in touched:
        before = _before(shape, name)
        index = shape.by_id[name].indexes[0] if shape.by_id[name].indexes else -1
        for crash in sorted({0, effects.get(name, 0)}):
            yield (*before, Attempt(0, name, index, crash=crash), Elapse(DAY))
        yield (Settle(1), Elapse(2 * DAY), Clear(0, name))
    yield (Elapse(3 * DAY),)


def _other_orders(shape: DagShape) -> Iterator[tuple[Step, ...]]:
    """Orders of the tasks of one run that its edges allow, too: for each pair of neighbours that do not depend on each other, the later one first."""
    for position, task in enumerate(shape.tasks):
        for later in shape.tasks[position + 1 :]:
            if task.task_id not in shape.ancestors[later.task_id]:
                yield (*_before(shape, later.task_id), *[Attempt(0, later.task_id, index) for index in later.indexes])
                break


def _in_two_runs(shape: DagShape, effects: Mapping[str, int], touched: Sequence[str]) -> Iterator[tuple[Step, ...]]:
    for name in touched:
        yield (Settle(2), Clear(0, name))
        yield (Settle(1), Clear(0, name), *_before(shape, name, 0))
    yield (Settle(2), Clear(0))
    yield (Settle(2), Elapse(DAY), Clear(0), Clear(1))
    yield tuple(_whole(shape, 1))
    yield (Settle(2), Clear(0), Clear(1), *_whole(shape, 1))
    if any(task.latest_only for task in shape.tasks):
        yield (Elapse(35 * DAY),)
    for name in touched:
        tries = shape.by_id[name].retries + 1
        index = shape.by_id[name].indexes[0] if shape.by_id[name].indexes else -1
        for crash in sorted({0, effects.get(name, 0)}):
            failing = [Attempt(0, name, index, crash=crash)] * tries
            yield (*_before(shape, name), *failing, *_whole(shape, 1))


def _mixed(shape: DagShape, effects: Mapping[str, int], touched: Sequence[str]) -> Iterator[tuple[Step, ...]]:
    """Two runs that overlap: the first stops before each task, or within it, while the second goes on; or the second does while the first is run again."""
    for name in touched:
        before = _before(shape, name)
        if before:
            yield (*before, *_whole(shape, 1))
            yield (*before, *_before(shape, name, 1))
            yield (Settle(1), *_before(shape, name, 1), Clear(0), *_whole(shape, 0))
        for index in shape.by_id[name].indexes[:1]:
            for hold in range(1, effects.get(name, 0)):
                yield (*before, Attempt(0, name, index, hold=hold), *_whole(shape, 1))
