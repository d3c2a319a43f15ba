"""When a DAG runs, for rules: its timetable and dates where they are surely known, what surprises about them, and instants in words.

Instants are microseconds since 1970 (UTC).
"""

from __future__ import annotations

from functools import lru_cache
from itertools import islice
from typing import TYPE_CHECKING

from dagcheck.model.values import Unknown
from dagcheck.rule.tasks import is_known

if TYPE_CHECKING:
    from collections.abc import Mapping

    from dagcheck.model.dag import Argument, Dag, Doubt
    from dagcheck.model.values import Span
    from dagcheck.rule.context import FileContext, Setting
    from dagcheck.timetable.describe import Timing
    from dagcheck.timetable.errors import Refused
    from dagcheck.timetable.surprise import Surprise
    from dagcheck.timetable.zones import Zone

_COUNTED = 5000
BY_TIME = ("once", "continuous", "cron", "interval", "events", "asset-or-time")
"""The kinds of schedules that create runs by the clock."""


def timing_of(dag: Dag, setting: Setting, version: str | None = None) -> Timing | None:
    """What decides on the runs of a DAG, under the target version of Airflow or another one; None where Airflow refuses it or where that is not surely known."""
    from dagcheck.timetable.errors import NotKnown, Refused
    from dagcheck.timetable.runs import timetable_of

    if dag.start_moves or hides_arguments(dag):
        return None
    try:
        return timetable_of(dag, version or setting.airflow, setting.airflow_settings, setting.instant)
    except (Refused, NotKnown):
        return None


@lru_cache(maxsize=512)  # many DAGs have the same schedule and start
def backlog_of(timed: Timing, now: int) -> tuple[int, bool]:
    """How many runs are due at once if the DAG is switched on at `now`, and whether that is all: where each has to be looked at by itself, counting ends at some thousands."""
    from dagcheck.timetable.runs import bounds_of
    from dagcheck.timetable.spans import stretches

    found = stretches(timed.plan.timetable, bounds_of(timed, now), now)
    due = sum(stretch.count for stretch in islice(found, _COUNTED))
    return due, next(found, None) is None


def backlog_in_words(due: int, whole: bool, timed: Timing) -> str:
    """`1,204 runs at once, 16 at a time`."""
    limit = f", {timed.max_active_runs} at a time" if timed.max_active_runs and timed.max_active_runs < due else ""
    return f"{'' if whole else 'more than '}{due:,} runs at once{limit}"


def refusal_of(dag: Dag, setting: Setting) -> Refused | None:
    """Why Airflow refuses the DAG's schedule or dates; None where it takes them, and where that is not surely known. The schedule is judged even where the dates are not known."""
    from dagcheck.timetable.build import NOT_GIVEN, Builder
    from dagcheck.timetable.describe import schedule_value
    from dagcheck.timetable.errors import NotKnown, Refused
    from dagcheck.timetable.runs import timetable_of
    from dagcheck.timetable.zones import UTC

    now = setting.instant
    try:
        value, _ = schedule_value(dag.arguments, setting.airflow)
        if value is not NOT_GIVEN:
            Builder(setting.airflow, setting.airflow_settings, UTC, now).plan(value)
        if not dag.start_moves and not hides_arguments(dag):
            timetable_of(dag, setting.airflow, setting.airflow_settings, now)
    except Refused as refused:
        return refused
    except NotKnown:
        return None
    return None


def is_sub_dag(dag: Dag, others: Mapping[str, Dag]) -> bool:
    """True if a task of another DAG stands for this one (a SubDAG of Airflow 2), so that it runs when that task does, whatever its schedule. `others` are DAGs by their ids."""
    head, _, label = dag.dag_id.rpartition(".")
    parent = others.get(head)
    return parent is not None and any(task.task_id == label for task in parent.tasks)


def hides_arguments(dag: Dag) -> bool:
    """True if the DAG may have been given more than is known that decides on its runs: in `**kwargs`, or a start date in `default_args` of which a part is not known."""
    doubts = [doubt for doubt in dag.doubts if doubt.cause != "error"]
    if any(_is_in_call(doubt, dag) and not _is_in_argument(doubt, dag) for doubt in doubts):
        return True
    own, defaults = dag.arguments.get("start_date"), dag.arguments.get("default_args")
    if defaults is None or (own is not None and own.value is not None):
        return False
    if not isinstance(defaults.value, dict) or any(isinstance(key, Unknown) for key in defaults.value):
        return defaults.value is not None
    return any((doubt.path or dag.path) != dag.span.path or (doubt.line, doubt.column) <= dag.span[3:5] for doubt in doubts)


def _is_in_call(doubt: Doubt, dag: Dag) -> bool:
    return (doubt.path or dag.path) == dag.span.path and dag.span.line <= doubt.line <= dag.span.end_line


def _is_in_argument(doubt: Doubt, dag: Dag) -> bool:
    """True if the doubt is about an argument whose value is not known, and so hides no other."""
    unknown = [each.span for each in dag.arguments.values() if each.name != "default_args" and not is_known(each.value)]
    return any(span[1:3] <= (doubt.line, doubt.column) < span[3:5] for span in unknown)


def surprises_of(dag: Dag, context: FileContext) -> tuple[Surprise, ...]:
    """What the DAG's schedule does otherwise than it reads; nothing where the schedule is not surely known, or has ended."""
    timed = context.timing(dag)
    if timed is None:
        return ()
    from dagcheck.timetable.surprises import surprises

    now = context.setting.instant
    if timed.latest is not None and timed.latest < now:
        return ()
    found = surprises(timed, now, context.setting.airflow_settings)
    return tuple(each for each in found if each.first is None or timed.latest is None or each.first <= timed.latest or _is_of_end(each))


def _is_of_end(surprise: Surprise) -> bool:
    return surprise.kind == "runs-after-end"


def when(instant: int, zone: Zone, style: str = "%Y-%m-%d %H:%M") -> str:
    """An instant on the wall clock of a zone: `2026-03-29 03:30 Europe/Oslo`."""
    from dagcheck.timetable.zones import moment

    return f"{moment(zone.wall(instant)).strftime(style)} {zone.name}"


def schedule_argument(dag: Dag) -> Argument | None:
    """The argument that gave the DAG its schedule; None where it has the default."""
    return dag.arguments.get(dag.schedule.argument or "schedule")


def place_of_schedule(dag: Dag) -> Span:
    """Where the schedule is given; the DAG where it is not."""
    argument = schedule_argument(dag)
    return dag.schedule.span or (dag.span if argument is None else argument.span)


def start_argument(dag: Dag) -> Argument | None:
    """What the start date came by: the DAG's own argument, else the one that its tasks have from `default_args`, else `default_args` as a whole; None where there is none."""
    own = dag.arguments.get("start_date")
    if own is not None and own.value is not None:
        return own
    defaults = dag.arguments.get("default_args")
    if defaults is None or not isinstance(defaults.value, dict) or defaults.value.get("start_date") is None:
        return None
    given = (task.arguments.get("start_date") for task in dag.tasks)
    return next((each for each in given if each is not None and each.origin == "default_args"), defaults)
