"""Sensors and asset schedules: whether and when what they wait for comes, over all simulated DAGs."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from dagcheck.model.values import AssetExpression, AssetRef
from dagcheck.simulation import model
from dagcheck.simulation.preview import Previewed
from dagcheck.timetable.runs import bounds_of
from dagcheck.timetable.spans import moments_between
from dagcheck.timetable.waits import Answer, DateFunction, judge_wait
from dagcheck.timetable.zones import micros, moment

if TYPE_CHECKING:
    from dagcheck.model.dag import Dag, Wait

_MOST_ASSET_RUNS = 10_000


def waits(
    previewed: Sequence[Previewed], everyone: Sequence[Previewed], now: int, evaluate: Callable[[Dag], DateFunction | None]
) -> Iterator[model.Waiting]:
    """For each sensor on another DAG, whether the logical dates that it waits for are runs of that DAG, which is one of `everyone`.

    `evaluate` gives the evaluator of a DAG's own functions.
    """
    by_id = {each.dag.dag_id: each for each in everyone}
    for each in previewed:
        for wait in each.dag.waits_for:
            answer = _answer(each, wait, by_id, now, evaluate)
            yield model.Waiting(
                path=each.dag.path,
                dag_id=each.dag.dag_id,
                task_id=wait.task_id,
                waits_for=wait.dag_id,
                verdict=answer.verdict,
                reason=answer.reason,
                checked=answer.checked,
                unmatched=answer.unmatched,
                examples=tuple((moment(run), moment(wanted)) for run, wanted in answer.examples),
            )


def _answer(
    each: Previewed, wait: Wait, by_id: Mapping[str, Previewed], now: int, evaluate: Callable[[Dag], DateFunction | None]
) -> Answer:
    if wait.dag_id is None:
        return Answer("unknown", "which DAG it waits for is known only at run time")
    other = by_id.get(wait.dag_id)
    if other is None:
        return Answer("unknown", "the other DAG is not among those simulated")
    task = next((task for task in each.dag.tasks if task.task_id == wait.task_id), None)
    if each.timing is None or other.timing is None or task is None:
        which = "other DAG" if each.timing is not None else "waiting DAG"
        return Answer("unknown", f"the schedule of the {which} is not known or refused")
    return judge_wait(task, each.timing, other.timing, now, evaluate(each.dag))


def consumers(previewed: Sequence[Previewed], everyone: Sequence[Previewed], start: int, end: int) -> Iterator[model.Consumer]:
    """For each DAG that runs when assets are updated: who of `everyone` produces them, and which producer runs from `start` to `end` trigger it.

    An asset counts as updated when its producer's run is due: how long a run takes is not known. Producers may themselves be triggered by assets.
    """
    chain = _Chain(everyone, start, end)
    for each in previewed:
        condition = _condition(each.dag)
        if condition is not None:
            keys = list(dict.fromkeys(asset_keys(condition)))
            found = {key: tuple(producer.dag.dag_id for producer in chain.producers.get(key, ())) for key in keys}
            yield model.Consumer(
                path=each.dag.path,
                dag_id=each.dag.dag_id,
                producers={key: dags for key, dags in found.items() if dags},
                missing=tuple(key for key, dags in found.items() if not dags),
                runs=chain.triggered(each),
            )


class _Chain:
    """Who produces which assets, and the runs that this triggers, from DAG to DAG."""

    def __init__(self, everyone: Sequence[Previewed], start: int, end: int) -> None:
        self.start, self.end = start, end
        self.producers: dict[str, list[Previewed]] = defaultdict(list)
        for each in everyone:
            outlets = [outlet for task in each.dag.tasks for outlet in task.outlets] + list(each.dag.outlets)
            for key in dict.fromkeys(key for outlet in outlets for key in asset_keys(outlet)):
                self.producers[key].append(each)
        self._triggered: dict[int, tuple[model.AssetRun, ...]] = {}

    def triggered(self, each: Previewed) -> tuple[model.AssetRun, ...]:
        """The runs that assets trigger; none round a circle of DAGs that feed each other."""
        known = self._triggered.get(id(each.dag))
        if known is None:
            self._triggered[id(each.dag)] = ()
            condition = _condition(each.dag)
            keys = list(dict.fromkeys(asset_keys(condition)))
            updates = sorted(
                (when, key, one.dag.dag_id) for key in keys for one in self.producers.get(key, ()) for when in self._moments(one)
            )
            self._triggered[id(each.dag)] = known = tuple(_triggered(condition, updates))
        return known

    def _moments(self, producer: Previewed) -> list[int]:
        """When a DAG runs, by time and by assets."""
        by_time: list[int] = []
        if producer.timing is not None:
            by_time = moments_between(producer.timing.plan.timetable, bounds_of(producer.timing, self.start), self.start, self.end)
        if _condition(producer.dag) is None:
            return by_time
        return by_time + [micros(run.after) for run in self.triggered(producer)]


def _condition(dag: Dag) -> Any:
    """The asset condition of a DAG's schedule; None if it has none."""
    if dag.schedule.kind not in ("assets", "asset-or-time"):
        return None
    given = dag.schedule.given
    kwargs = getattr(given, "kwargs", None)
    if isinstance(kwargs, dict):
        given = kwargs.get("assets", kwargs.get("datasets"))
    return given


def asset_keys(value: Any) -> list[str]:
    """The assets that a condition, list or reference names, by uri or else by name."""
    if isinstance(value, AssetRef):
        return [value.uri or value.name or ""]
    if isinstance(value, AssetExpression):
        return [key for member in value.members for key in asset_keys(member)]
    if isinstance(value, list | tuple | set | frozenset):
        return [key for member in value for key in asset_keys(member)]
    return []


def _fulfilled(condition: Any, seen: set[str]) -> bool:
    if isinstance(condition, AssetRef):
        return (condition.uri or condition.name or "") in seen
    if isinstance(condition, AssetExpression):
        check = any if condition.operator == "any" else all
        return check(_fulfilled(member, seen) for member in condition.members)
    if isinstance(condition, list | tuple | set | frozenset):
        return bool(condition) and all(_fulfilled(member, seen) for member in condition)
    return False


def _triggered(condition: Any, updates: Sequence[tuple[int, str, str]]) -> Iterator[model.AssetRun]:
    """A run as soon as the condition holds; it then waits anew for all its assets."""
    seen: dict[str, str] = {}
    count = 0
    for instant, key, producer in updates:
        seen[key] = producer
        if _fulfilled(condition, set(seen)):
            yield model.AssetRun(after=moment(instant), producers=tuple(dict.fromkeys(seen.values())))
            seen, count = {}, count + 1
            if count >= _MOST_ASSET_RUNS:
                return
