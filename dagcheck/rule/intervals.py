"""How far apart the runs of a DAG are."""

from __future__ import annotations

from itertools import islice, pairwise
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from dagcheck.model.dag import Dag
    from dagcheck.rule.context import FileContext

_SECOND = 1_000_000
_YEAR = 366 * 24 * 3600 * _SECOND
_LOOKED_AT = 8


def shortest_interval(dag: Dag, context: FileContext) -> float | None:
    """The least number of seconds between runs that follow each other, among the next few; None for a DAG that does not run by time, or whose schedule is not known."""
    if dag.schedule.kind not in ("cron", "interval") or dag.start_moves:
        return None
    from dagcheck.timetable.errors import NoRun, NotKnown, Refused
    from dagcheck.timetable.runs import runs_between, timetable_of

    now = context.setting.instant
    try:
        timed = timetable_of(dag, context.airflow, context.setting.airflow_settings, now)
        moments = [run.run_after for run in islice(runs_between(timed, now, now + _YEAR, now), _LOOKED_AT)]
    except (Refused, NotKnown, NoRun):
        return None
    gaps = [after - before for before, after in pairwise(moments) if after > before]
    return min(gaps) / _SECOND if gaps else None


def in_words(seconds: float) -> str:
    """`90` as `90 seconds`, `7200` as `2 hours`, in the largest unit that divides well; what would be more than 100 of a unit is given in two: `33 hours and 20 minutes`."""
    units = ((86400, "day"), (3600, "hour"), (60, "minute"), (1, "second"))
    for place, (size, unit) in enumerate(units):
        if seconds >= size and seconds % size == 0 and seconds / size <= 100:
            return _count(seconds / size, unit)
        larger = units[max(place - 1, 0)]
        if seconds >= size and place and seconds / size > 100:
            whole, rest = divmod(seconds, larger[0])
            smaller = rest // size
            return _count(whole, larger[1]) + (f" and {_count(smaller, unit)}" if smaller else "")
    return f"{seconds:g} seconds"


def _count(number: float, unit: str) -> str:
    return f"{number:g} {unit}{'' if number == 1 else 's'}"
