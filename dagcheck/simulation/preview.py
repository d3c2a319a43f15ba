"""The preview of one DAG: from its model to its runs and what is worth knowing of them."""

from __future__ import annotations

import datetime
import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, Any

from dagcheck.simulation import model
from dagcheck.simulation.notes import Notes
from dagcheck.timetable.describe import Timing, timing
from dagcheck.timetable.errors import NoRun, NotKnown, Refused
from dagcheck.timetable.run import Bounds, Run
from dagcheck.timetable.runs import bounds_of, runs, runs_between
from dagcheck.timetable.spans import iterate, stretches
from dagcheck.timetable.surprises import surprises
from dagcheck.timetable.timetables import AssetOrTime, Continuous, Events, Once, Partition
from dagcheck.timetable.versions import facts
from dagcheck.timetable.words import in_words
from dagcheck.timetable.zones import MICROSECOND, SECOND, Zone, micros, moment

if TYPE_CHECKING:
    from dagcheck.model.dag import Dag

_FIRST = (2, 2)
MOST_RUNS = 100_000
"""The most runs of one DAG that a preview lists."""


@dataclass(frozen=True)
class Question:
    """What is asked of each DAG: how many runs, from and to when (then as a backfill would create them), by which clock, and how long a run takes."""

    now: datetime.datetime
    count: int | None = None
    start: datetime.datetime | None = None
    end: datetime.datetime | None = None
    run_duration: datetime.timedelta | None = None

    @property
    def window(self) -> bool:
        return self.start is not None or self.end is not None

    @property
    def limit(self) -> int:
        """How many runs to list at most: as asked; else ten, but in a window all."""
        return self.count if self.count is not None else MOST_RUNS + 1 if self.start is not None and self.end is not None else 10


class TooManyRuns(ValueError):
    """A window holds more runs than a preview lists."""


@dataclass(frozen=True)
class Previewed:
    """A preview with the timing that it was made from; no timing where Airflow refuses the schedule or it is not known."""

    preview: model.Preview
    timing: Timing | None
    dag: Dag


def preview(dag: Dag, airflow: str, settings: Mapping[str, str], question: Question) -> Previewed:
    """The preview of a DAG.

    Raises:
        TooManyRuns: the window holds more than `MOST_RUNS` runs.
    """
    now = micros(question.now.astimezone(datetime.UTC))
    told: dict[str, Any] = {"path": dag.path, "dag_id": dag.dag_id, "airflow": airflow, "tasks": len(dag.tasks), "kind": dag.schedule.kind}
    if facts(airflow).release < _FIRST:
        return Previewed(
            model.Preview(**told, unknown=f"how Airflow {airflow} creates runs is not modelled here; from 2.2 on it is"), None, dag
        )
    try:
        timed = timing(dag.arguments, dag.tasks, airflow, settings, now)
    except Refused as refused:
        return Previewed(model.Preview(**told, error=explained(refused)), None, dag)
    except NotKnown as unknown:
        told.update(timetable=dag.schedule.timetable, timezone=dag.schedule.timezone, expression=dag.schedule.expression)
        return Previewed(model.Preview(**told, unknown=str(unknown)), None, dag)
    found, ends, error = _runs(dag.dag_id, timed, question, now)
    due, coming = _due_and_coming(timed, now)
    told.update(_schedule(timed))
    whole = model.Preview(
        **told,
        backlog=due,
        clearing=clearing(timed, due, coming, question.run_duration),
        next=None if coming is None else _public(coming, timed, ()),
        surprises=tuple(_surprises(timed, now, settings)),
        runs=tuple(found),
        ends=None if error else ends,
        error=error,
    )
    return Previewed(whole, timed, dag)


def explained(refused: Refused) -> str:
    """Why Airflow refuses a DAG, with what would be right."""
    return refused.reason + (
        f"; nearest valid: {refused.nearest!r}" if refused.nearest and repr(refused.nearest) not in refused.reason else ""
    )


def _schedule(timed: Timing) -> dict[str, Any]:
    plan, zone = timed.plan, timed.dates.zone
    return {
        "timetable": plan.timetable.name,
        "timezone": zone.name,
        "clock": plan.zone.name if plan.zone.name != zone.name else None,
        "kind": plan.kind,
        "expression": plan.expression or "; ".join(plan.crons) or None,
        "description": in_words(plan),
        "start_date": _moment(timed.earliest),
        "end_date": _moment(timed.latest),
        "catchup": timed.catchup,
        "max_active_runs": timed.max_active_runs,
    }


def _moment(instant: int | None) -> datetime.datetime | None:
    return None if instant is None else moment(instant)


def _runs(dag_id: str, timed: Timing, question: Question, now: int) -> tuple[list[model.Run], str | None, str | None]:
    """The runs, why there are no more, and why there are none at all."""
    notes, listed = Notes(timed), list[model.Run]()
    try:
        for run in islice(_asked(timed, question, now), question.limit):
            listed.append(_public(run, timed, notes.of(run)))
    except NoRun as failure:
        reason = f"Airflow fails to compute the {'next' if listed else 'first'} run and logs it: {failure}"
        return listed, reason, None if listed else reason
    if len(listed) > MOST_RUNS:
        raise TooManyRuns(f"DAG {dag_id!r} has more than {MOST_RUNS:,} runs in that window; ask for a shorter one, or for --runs")
    return listed, None if len(listed) >= question.limit else _end(timed, question, len(listed)), None


def _asked(timed: Timing, question: Question, now: int) -> Iterable[Run]:
    if not question.window:
        continuous = isinstance(timed.plan.timetable, Continuous)
        return _continuous(timed, question, now) if continuous else runs(timed, now, expected=question.limit)
    # the bounds of a window of partitions are read on their own wall clock
    convert = micros if isinstance(timed.plan.timetable, Partition) else _instant
    earliest = timed.earliest if question.start is None else convert(question.start)
    if question.end is None:
        return iterate(timed.plan.timetable, Bounds(earliest, None, True, now), expected=question.limit)
    if earliest is None:
        return ()
    return runs_between(timed, earliest, convert(question.end), now)


def _instant(value: datetime.datetime) -> int:
    return micros(value.astimezone(datetime.UTC))


def _continuous(timed: Timing, question: Question, now: int) -> Iterable[Run]:
    """Runs of `@continuous`: each starts when the one before has ended; where no run duration is told, at once."""
    last: Run | None = None
    clock = now
    while True:
        last = timed.plan.timetable.next_run(last, bounds_of(timed, clock))
        if last is None:
            return
        yield last
        clock = max(clock, last.run_after) + (question.run_duration // MICROSECOND if question.run_duration else 0)


def _end(timed: Timing, question: Question, count: int) -> str | None:
    """Why a schedule has no further run."""
    timetable = timed.plan.timetable
    inner = timetable.inner if isinstance(timetable, AssetOrTime) else timetable
    if not inner.runs_by_time:
        return "nothing runs by time"
    if question.end is not None:
        return None
    if timed.latest is not None:
        end = _local(timed.latest, timed.dates.zone)
        if timed.earliest is not None and timed.earliest > timed.latest:
            return f"start_date {_local(timed.earliest, timed.dates.zone)} is after end_date {end}"
        return f"end_date {end} is reached"
    if isinstance(inner, Once):
        return "it runs once" if count else "it has no start date"
    if isinstance(inner, Events):
        return "there is no further event"
    return "it has no start date to count from" if timed.earliest is None else None


def _local(instant: int, zone: Zone) -> str:
    return moment(zone.wall(instant)).strftime("%Y-%m-%d %H:%M")


def _public(run: Run, timed: Timing, notes: tuple[str, ...]) -> model.Run:
    after = moment(run.run_after)
    end = after if run.end == run.run_after else _moment(run.end)
    start = end if run.start == run.end else _moment(run.start)
    key = None
    timetable = timed.plan.timetable
    if run.logical_date is None and isinstance(timetable, Partition) and run.partition_date is not None:
        key = moment(timed.plan.zone.wall(run.partition_date)).strftime(timetable.key_format)
    return model.Run(logical_date=start, data_interval_start=start, data_interval_end=end, run_after=after, notes=notes, partition_key=key)


def _surprises(timed: Timing, now: int, settings: Mapping[str, str]) -> Iterable[model.Surprise]:
    for surprise in surprises(timed, now, settings):
        yield model.Surprise(kind=surprise.kind, message=surprise.message, first=_moment(surprise.first))


def _due_and_coming(timed: Timing, now: int) -> tuple[int, Run | None]:
    """How many runs are due at once, and the first one that is due later."""
    bounds, due, last = bounds_of(timed, now), 0, None
    for stretch in stretches(timed.plan.timetable, bounds, now):
        due, last = due + stretch.count, stretch.last
    try:
        coming = timed.plan.timetable.next_run(last, bounds)
    except NoRun:
        return due, None
    return due, coming if coming is not None and coming.run_after > now else None


def clearing(timed: Timing, due: int, coming: Run | None, run_duration: datetime.timedelta | None) -> model.Clearing | None:
    """How long a backlog takes, with further runs becoming due meanwhile; None where there is none, or the run duration or the throttle is not known."""
    slots = timed.max_active_runs
    if not due or run_duration is None or not slots:
        return None
    each = run_duration.total_seconds()
    at_once = min(due, slots)
    period = _period(timed, coming)
    arriving = each / (slots * period) if period else 0.0
    seconds = None if arriving >= 1 else math.ceil(due / slots) * each / (1 - arriving)
    return model.Clearing(run_duration=each, at_once=at_once, seconds=seconds)


def _period(timed: Timing, coming: Run | None) -> float | None:
    """The mean time between the next hundred runs, in seconds."""
    if coming is None:
        return None
    try:
        following = list(islice(iterate(timed.plan.timetable, bounds_of(timed, coming.run_after), coming), 100))
    except NoRun:
        return None
    span = following[-1].run_after - coming.run_after if following else 0
    return span / SECOND / len(following) if span > 0 else None
