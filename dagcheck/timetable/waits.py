"""Whether what a sensor waits for in another DAG ever comes: the logical dates that it asks for, held against the other DAG's runs."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Sequence
from itertools import islice
from typing import TYPE_CHECKING, Any, Literal

from dagcheck.model.values import FunctionRef, NameRef, Unknown
from dagcheck.records import dataclass
from dagcheck.timetable.describe import Timing
from dagcheck.timetable.errors import NoRun
from dagcheck.timetable.grids import CronGrid, DeltaGrid, step
from dagcheck.timetable.run import Bounds, Run
from dagcheck.timetable.runs import bounds_of
from dagcheck.timetable.search import search_of
from dagcheck.timetable.spans import iterate
from dagcheck.timetable.timetables import AssetOrTime, DataInterval, Events, MultipleCron, Once, Timetable, Trigger
from dagcheck.timetable.zones import MICROSECOND, micros, moment

if TYPE_CHECKING:
    from dagcheck.model.dag import Task

Verdict = Literal["matched", "partly", "never", "unknown"]
DateFunction = Callable[[FunctionRef, datetime.datetime], Any]
"""Evaluates an `execution_date_fn` for a logical date; gives an Unknown where that can't be done."""

CHECKED = 200
"""How many runs of the waiting DAG are looked at."""
_STATES = {
    "success",
    "failed",
    "skipped",
    "running",
    "queued",
    "up_for_retry",
    "removed",
    "upstream_failed",
    "restarting",
    "deferred",
    "scheduled",
}


@dataclass(frozen=True)
class Answer:
    """Whether a sensor's logical dates are runs of the other DAG. `examples` are (run, waits for) pairs in microseconds since 1970, the unmatched ones first."""

    verdict: Verdict
    reason: str
    checked: int = 0
    unmatched: int = 0
    examples: tuple[tuple[int, int], ...] = ()


def judge_wait(task: Task, waiting: Timing, other: Timing, now: int, evaluate: DateFunction | None = None) -> Answer:
    """Whether the logical dates that a sensor waits for are runs of the other DAG, over the waiting DAG's next runs from `now`."""
    states = _states(task)
    if states is not None:
        return states
    shift = _shift(task, evaluate)
    if isinstance(shift, str):
        return Answer("unknown", shift)
    try:
        wanted = [
            (run.logical_date, date) for run in _runs(waiting, now) if run.logical_date is not None for date in shift(run.logical_date)
        ]
    except (NoRun, _NotEvaluated) as failure:
        return Answer("unknown", f"its dates cannot be computed: {failure}")
    if not wanted:
        return Answer("unknown", "the waiting DAG has no run by time")
    return _held(wanted, other, now)


def _held(wanted: Sequence[tuple[int, int]], other: Timing, now: int) -> Answer:
    timetable = other.plan.timetable
    inner = timetable.inner if isinstance(timetable, AssetOrTime) else timetable
    if not inner.runs_by_time:
        return Answer(
            "never",
            "the other DAG has no runs by time, and a run by hand or by assets has another logical date",
            len(wanted),
            len(wanted),
            tuple(wanted[:3]),
        )
    missing = [pair for pair in wanted if not is_logical_date(other, pair[1], now)]
    if not missing:
        return Answer("matched", f"each of {len(wanted)} logical dates is a run of the other DAG", len(wanted), 0, tuple(wanted[:3]))
    verdict: Verdict = "never" if len(missing) == len(wanted) else "partly"
    count = f"none of {len(wanted)} logical dates is" if verdict == "never" else f"{len(missing)} of {len(wanted)} logical dates are not"
    hint = _nearest(missing[0], other, now)
    return Answer(verdict, f"{count} a run of the other DAG{hint}", len(wanted), len(missing), tuple(missing[:3]))


def _nearest(pair: tuple[int, int], other: Timing, now: int) -> str:
    """How far the wanted date is from the other DAG's last run before it: the `execution_delta` that would do."""
    run, wanted = pair
    before = _latest_logical_date(other, wanted, now)
    if before is None or before == wanted:
        return ""
    delta = datetime.timedelta(microseconds=run - before)
    return f"; execution_delta={_source(delta)} would reach its run of {moment(before):%Y-%m-%d %H:%M} UTC"


def _source(delta: datetime.timedelta) -> str:
    """The delta as one would write it."""
    seconds = round(delta.total_seconds())
    sign = "-" if seconds < 0 else ""
    parts = []
    for unit, size in (("days", 86_400), ("hours", 3_600), ("minutes", 60), ("seconds", 1)):
        count = abs(seconds) // size
        seconds = abs(seconds) % size
        if count:
            parts.append(f"{unit}={count}")
    return f"{sign}timedelta({', '.join(parts)})"


def _runs(timed: Timing, now: int) -> list[Run]:
    bounds = Bounds(timed.earliest, timed.latest, False, now)
    return list(islice(iterate(timed.plan.timetable, bounds), CHECKED))


def _states(task: Task) -> Answer | None:
    """An answer where the states that the sensor accepts decide already."""
    for name in ("allowed_states", "failed_states", "skipped_states"):
        value = task.arguments[name].value if name in task.arguments else None
        if isinstance(value, list | tuple):
            wrong = next((state for state in value if isinstance(state, str) and state not in _STATES), None)
            if wrong is not None:
                return Answer("never", f"{name} holds {wrong!r}, which is no state")
            if name == "allowed_states" and not value:
                return Answer("unknown", "allowed_states is empty: then the default, success, counts")
    return None


class _NotEvaluated(ValueError):
    """An `execution_date_fn` could not be evaluated."""


def _shift(task: Task, evaluate: DateFunction | None) -> Callable[[int], list[int]] | str:
    """From a run's logical date to those that the sensor waits for; or why that is not known."""
    delta = _argument(task, "execution_delta", "logical_date_delta")
    function = _argument(task, "execution_date_fn", "logical_date_fn")
    if isinstance(delta, Unknown) or isinstance(function, Unknown):
        return "its dates are known only at run time"
    if function is not None:
        if not isinstance(function, FunctionRef) or evaluate is None:
            name = function.dotted if isinstance(function, NameRef) else type(function).__name__
            return f"its execution_date_fn cannot be evaluated ({getattr(function, 'name', name)})"
        return lambda date: _evaluated(function, date, evaluate)
    if delta is None:
        return lambda date: [date]
    if isinstance(delta, datetime.timedelta):
        return lambda date: [date - delta // MICROSECOND]
    return lambda date: [step(date, delta, -1)]


def _argument(task: Task, *names: str) -> Any:
    return next((task.arguments[name].value for name in names if name in task.arguments), None)


def _evaluated(function: FunctionRef, date: int, evaluate: DateFunction) -> list[int]:
    found = evaluate(function, moment(date))
    dates = found if isinstance(found, list | tuple) else [found]
    if not all(isinstance(each, datetime.datetime) for each in dates):
        reason = found.reason if isinstance(found, Unknown) else f"it gives {found!r}"
        raise _NotEvaluated(f"{function.name}: {reason}")
    return [micros(each.astimezone(datetime.UTC) if each.tzinfo else each) for each in dates]


def is_logical_date(timed: Timing, date: int, now: int) -> bool:
    """True if the scheduler creates a run of that logical date, now or at any time before or after, as the schedule stands.

    A DAG that does not catch up counts as if it had been on since its start date.
    """
    return _latest_logical_date(timed, date, now) == date


def _latest_logical_date(timed: Timing, date: int, now: int) -> int | None:
    """The last logical date that is not after `date`; None if there is none."""
    timetable = timed.plan.timetable
    inner = timetable.inner if isinstance(timetable, AssetOrTime) else timetable
    members = inner.members if isinstance(inner, MultipleCron) else (inner,)
    found = [each for member in members if (each := _latest_of(member, timed, date, now)) is not None]
    return max(found, default=None)


def _latest_of(timetable: Timetable, timed: Timing, date: int, now: int) -> int | None:
    if isinstance(timetable, Once):
        return timed.earliest if timed.earliest is not None and timed.earliest <= date else None
    if isinstance(timetable, Events):
        return max((event for event in timetable.events if event <= date and _inside(timed, event)), default=None)
    if not isinstance(timetable, DataInterval | Trigger):
        return None
    length = timetable.length if isinstance(timetable, Trigger) else datetime.timedelta(0)
    if not isinstance(length, datetime.timedelta):
        return None
    back = length // MICROSECOND
    try:
        fire = _latest_step(timetable, timed, date + back, now)
    except NoRun:
        return None
    return None if fire is None or not _inside(timed, fire) else fire - back


def _inside(timed: Timing, date: int) -> bool:
    return (timed.earliest is None or date >= timed.earliest) and (timed.latest is None or date <= timed.latest)


def _latest_step(timetable: DataInterval | Trigger, timed: Timing, date: int, now: int) -> int | None:
    """The last step of the timetable's grid that is not after `date`."""
    grid = timetable.grid
    if isinstance(grid, CronGrid):
        if grid.elapsed and search_of(grid.cron).fires(grid.zone.wall(date)):
            return date
        return grid.previous(date + 1)
    first = timetable.next_run(None, bounds_of(timed, now))
    if not isinstance(grid, DeltaGrid) or first is None:
        return None
    if isinstance(grid.delta, datetime.timedelta):
        delta = grid.delta // MICROSECOND
        return first.run_after + (date - first.run_after) // delta * delta
    current = first.run_after if isinstance(timetable, Trigger) else first.start
    found = None
    while current is not None and current <= date:
        found, current = current, grid.next(current)
    return found
