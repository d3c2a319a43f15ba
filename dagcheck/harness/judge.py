"""Judges one DAG: prepares it, searches, and says the verdict."""

from __future__ import annotations

from collections.abc import Callable

from dagcheck.harness.corruption import Corruption
from dagcheck.harness.erasing import Erasure, erasure_of
from dagcheck.harness.expanding import told_of
from dagcheck.harness.history import History
from dagcheck.harness.patience import Stopwatch
from dagcheck.harness.readying import staged
from dagcheck.harness.search import LAST, Budget, Search
from dagcheck.harness.setting import Setting
from dagcheck.harness.stage import Stage
from dagcheck.harness.tell import found_of
from dagcheck.harness.verdict import DagVerdict, TaskVerdict, Word
from dagcheck.harness.world import OutOfTime
from dagcheck.model.dag import Dag, Task

READYING = 0.75
"""How much of the time for a DAG making it ready may take."""
QUIETLY = 0.7
"""By which part of the time it has to be known what the Python tasks do without any accident."""


def judged(
    dag: Dag, setting: Setting, budget: Budget, tasks: frozenset[str] | None = None, on_history: Callable[[], None] = lambda: None
) -> DagVerdict:
    """The verdict on a DAG and its tasks; `tasks` restricts what goes wrong to these."""
    watch = Stopwatch()
    try:
        stage = staged(dag, setting, READYING * budget.seconds, watch)
    except ValueError as problem:
        return DagVerdict(path=dag.path, dag_id=dag.dag_id, verdict="not played", reason=str(problem), seed=setting.seed)
    try:
        return _judged(stage, budget, tasks, on_history)
    finally:
        stage.close()


def _judged(stage: Stage, budget: Budget, tasks: frozenset[str] | None, on_history: Callable[[], None]) -> DagVerdict:
    search = Search(stage, budget, stage.setting.seed, tasks, on_history)
    changing: set[str] = set()
    erasure = None
    try:
        changing, erasure = _quietly(stage, budget)
    except OutOfTime:
        stage.give_up("the time was up before the DAG was played once without any accident")
    if erasure is not None:
        search.corruptions.append(Corruption(erasure.history, erasure.played, (erasure.difference,), note=erasure.summary))
        search.blamed[erasure.eraser[0]] = search.corruptions[0]
        search.played = 1
    if changing:
        search.run()
        changing |= search.changing
    first, others = told(search)
    words = {
        task.task_id: _task_verdict(stage, search, task, changing).model_copy(
            update={"found": found_of(stage, others[task.task_id]) if task.task_id in others else None}
        )
        for task in stage.dag.tasks
    }
    verdict, reason = _dag_word(stage, search, list(words.values()), changing)
    return DagVerdict(
        path=stage.dag.path,
        dag_id=stage.dag.dag_id,
        verdict=verdict,
        reason=reason,
        found=None if first is None else found_of(stage, first),
        histories=search.played,
        events=dict(search.events.most_common()),
        seed=stage.setting.seed,
        seconds=round(stage.watch.passed(), 3),
        tasks=tuple(words.values()),
        assumptions=_assumptions(stage),
        notes=(*stage.notes, *stage.refused(), *_broken_off(search)),
    )


def _quietly(stage: Stage, budget: Budget) -> tuple[set[str], Erasure | None]:
    """What the tasks change without any accident; with single runs alone where the time does not do for all of them.

    Raises:
        OutOfTime: it does not do for one run.
    """
    stage.deadline = (QUIETLY if stage.python else 1.0) * budget.seconds
    try:
        return stage.changing(), erasure_of(stage)
    except OutOfTime:
        if len(stage.runs) > 1:
            stage.narrow()
        stage.deadline = (1 + LAST) * budget.seconds
        return stage.changing(), erasure_of(stage)


def told(search: Search) -> tuple[Corruption | None, dict[str, Corruption]]:
    """The history that is told of the DAG, the one that shows least beside the matter, and those of the tasks whose fault it does not show."""

    def size(corruption: Corruption) -> tuple[bool, int, int]:
        return corruption.note is None, len(corruption.differences), len(corruption.played.happenings)

    best = {
        task: min((found for found in (*search.corruptions, blamed) if search.shows(found, task)), key=size, default=blamed)
        for task, blamed in search.blamed.items()
    }
    if not search.corruptions:
        return None, {}
    first = min(search.corruptions, key=size)
    others: dict[str, Corruption] = {}
    for task in search.stage.shape.by_id:
        if task in best and not any(search.shows(found, task) for found in (first, *others.values())):
            others[task] = best[task]
    return first, others


def _broken_off(search: Search) -> tuple[str, ...]:
    """What to say of a search that could not do all that it always does."""
    if not search.broken_off or search.corruptions:
        return ()
    return ("the time was up before every history that is always played was played: give it more with --seconds",)


def _assumptions(stage: Stage) -> tuple[str, ...]:
    found = list(stage.database.assumptions) if stage.database is not None else []
    found += [f"{name} is answered by its own name" for name in sorted(stage.templates.asked)]
    neutral = [task_id for task_id, tasks in stage.sql.items() if any(task.guessed for task in tasks.values())]
    if neutral:
        found.append(
            f"the database of {', '.join(neutral)} is not known: its statements are taken to be one transaction (say which in `connections` of the configuration)"
        )
    return (*found, *told_of(stage.dag))


def _task_verdict(stage: Stage, search: Search, task: Task, changing: set[str]) -> TaskVerdict:
    unplayed = stage.unplayed.get(task.task_id)
    if unplayed is not None:
        return TaskVerdict(
            task_id=task.task_id,
            verdict="not played",
            reason=unplayed.reason,
            path=unplayed.path or stage.dag.path,
            line=unplayed.line or task.line,
        )
    if task.task_id in search.blamed:
        return TaskVerdict(task_id=task.task_id, verdict="corrupts", path=stage.dag.path, line=task.line)
    if task.task_id in stage.reading:
        return TaskVerdict(task_id=task.task_id, verdict="held", reason="it only reads", path=stage.dag.path, line=task.line)
    if task.task_id in stage.deciding:
        return TaskVerdict(task_id=task.task_id, verdict="held", reason="it only decides what goes on", path=stage.dag.path, line=task.line)
    if task.task_id not in changing and task.task_id in stage.python:
        return TaskVerdict(task_id=task.task_id, verdict="held", reason="it leaves nothing behind", path=stage.dag.path, line=task.line)
    if task.task_id not in changing:
        return TaskVerdict(
            task_id=task.task_id,
            verdict="not played",
            reason="it changes nothing on the rows that were made",
            path=stage.dag.path,
            line=task.line,
        )
    if task.task_id not in search.tried:
        if search.tasks is not None and task.task_id not in search.tasks:
            reason = "another task was asked for"
        elif search.broken_off:
            reason = "the time was up before it was run twice"
        elif search.failing:
            reason = "the DAG fails before it is run twice"
        else:
            reason = "in no history it came to run twice for one interval"
        return TaskVerdict(task_id=task.task_id, verdict="not played", reason=reason, path=stage.dag.path, line=task.line)
    return TaskVerdict(task_id=task.task_id, verdict="held", path=stage.dag.path, line=task.line)


def _dag_word(stage: Stage, search: Search, tasks: list[TaskVerdict], changing: set[str]) -> tuple[Word, str | None]:
    if search.corruptions:
        return "corrupts", None
    if changing and not search.played:
        return "not played", "the time was up before a history was played"
    if not any(task.verdict == "held" and task.task_id not in stage.deciding for task in tasks):
        reasons = [
            task.reason
            for task in tasks
            if task.reason is not None and not (task.task_id in stage.unplayed and stage.unplayed[task.task_id].empty)
        ]
        return "not played", reasons[0] if reasons else "it has no task that does anything"
    left = [
        task.task_id
        for task in tasks
        if task.verdict == "not played" and not (task.task_id in stage.unplayed and stage.unplayed[task.task_id].empty)
    ]
    return "held", f"not counting what was not played: {', '.join(left)}" if left else None


def replayed(dag: Dag, setting: Setting, history: History) -> DagVerdict:
    """The verdict of one history alone, as it was stored."""
    stage = staged(dag, setting)
    try:
        search = Search(stage, Budget(0))
        found = search.check(history) if stage.actors else None
        if found is not None:
            search.corruptions.append(found)
        return DagVerdict(
            path=dag.path,
            dag_id=dag.dag_id,
            verdict="not played" if not stage.actors else "held" if found is None else "corrupts",
            reason=None if stage.actors else "none of its tasks is played now",
            found=None if found is None else found_of(stage, found),
            histories=search.played,
            events=dict(search.events),
            seed=setting.seed,
            assumptions=_assumptions(stage),
            notes=(*stage.notes, *stage.refused()),
        )
    finally:
        stage.close()
