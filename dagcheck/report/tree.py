"""What was extracted, as text: files, DAGs, groups and tasks as a tree."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from dagcheck.report.terminal import Paint

if TYPE_CHECKING:
    from dagcheck.model.dag import Dag, File, Schedule, Shown, Task

_DOUBTS_SHOWN = 5
_KINDS = {
    "once": "once",
    "continuous": "continuously",
    "assets": "when its assets are updated",
    "asset-or-time": "by time and when its assets are updated",
    "events": "at given dates",
    "custom": "a timetable of its own",
    "unknown": "schedule not known",
}


def draw(shown: Shown, paint: Paint | None = None) -> Iterator[str]:
    """The lines of the tree: a block for each file that holds a DAG or an error."""
    paint = paint or Paint()
    blocks = [list(_file(file, paint)) for file in shown.files if file.dags or file.errors]
    for index, block in enumerate(blocks):
        if index:
            yield ""
        yield from block


def _file(file: File, paint: Paint) -> Iterator[str]:
    yield paint(file.path, "bold")
    for error in file.errors:
        yield f"  {paint('error', 'red')} {error.line}:{error.column} {error.message}"
    for dag in file.dags:
        yield from _dag(dag, paint)


def _dag(dag: Dag, paint: Paint) -> Iterator[str]:
    exact = paint("exact", "green") if dag.exact else paint("not exact", "yellow")
    yield f"  {paint(dag.dag_id, 'bold', 'cyan')} {paint(f'line {dag.line}', 'dim')}  {exact}"
    yield f"    {schedule_in_words(dag.schedule)}, {_start(dag)}, {_catchup(dag)}"
    if dag.tags:
        yield f"    tags {', '.join(dag.tags)}"
    for doubt in dag.doubts[:_DOUBTS_SHOWN]:
        where = f"{doubt.path}:{doubt.line}" if doubt.path and doubt.path != dag.path else f"line {doubt.line}"
        yield f"    {paint('doubt', 'yellow')} {where}: {doubt.message}"
    if len(dag.doubts) > _DOUBTS_SHOWN:
        yield f"    {paint('doubt', 'yellow')} and {len(dag.doubts) - _DOUBTS_SHOWN} more"
    yield from (f"    {line}" for line in _tasks(dag, paint))
    yield from (f"    {paint('waits for', 'blue')} {wait.dag_id or 'an unknown DAG'} in {wait.task_id}" for wait in dag.waits_for)
    yield from (f"    {paint('triggers', 'blue')} {trigger.dag_id or 'an unknown DAG'} in {trigger.task_id}" for trigger in dag.triggers)


def schedule_in_words(schedule: Schedule) -> str:
    """A schedule on one line: its expression, timetable and zone."""
    if schedule.kind == "none":
        return "no schedule"
    what = schedule.expression or _KINDS.get(schedule.kind, schedule.kind)
    beside = ", ".join(filter(None, (schedule.timetable, schedule.timezone)))
    return f"{what} ({beside})" if beside else what


def _start(dag: Dag) -> str:
    if dag.start_moves:
        return "starts at a moving date"
    return f"from {dag.start_date.isoformat()}" if dag.start_date else "no known start date"


def _catchup(dag: Dag) -> str:
    return {True: "catchup", False: "no catchup", None: "catchup not known"}[dag.catchup]


def _tasks(dag: Dag, paint: Paint) -> Iterator[str]:
    """The tasks below their groups, in the order of the source, each with those that it runs before."""
    below: dict[str, list[str]] = {}
    for upstream, downstream in dag.edges:
        below.setdefault(upstream, []).append(downstream)
    groups: dict[str | None, list[str]] = {}
    tasks: dict[str | None, list[Task]] = {}
    for group in dag.groups:
        groups.setdefault(group.parent, []).append(group.group_id)
    for task in dag.tasks:
        tasks.setdefault(task.group, []).append(task)

    def branch(group: str | None, lead: str) -> Iterator[str]:
        entries: list[Task | str] = [*tasks.get(group, ()), *groups.get(group, ())]
        for index, entry in enumerate(entries):
            last = index + 1 == len(entries)
            corner = paint(f"{lead}{'└─' if last else '├─'}", "dim")
            if isinstance(entry, str):
                yield f"{corner} {paint(f'[{entry}]', 'blue')}"
                yield from branch(entry, f"{lead}{'   ' if last else '│  '}")
            else:
                yield f"{corner} {_task(entry, below.get(entry.task_id, []), paint)}"

    yield from branch(None, "")


def _task(task: Task, downstream: list[str], paint: Paint) -> str:
    marks = [name for name, on in (("mapped", task.mapped), ("setup", task.setup), ("teardown", task.teardown)) if on]
    if task.trigger_rule not in (None, "all_success"):
        marks.append(str(task.trigger_rule))
    text = f"{task.task_id} {paint(task.operator, 'dim')}"
    if marks:
        text += f" ({', '.join(marks)})"
    return f"{text} {paint('→', 'dim')} {', '.join(downstream)}" if downstream else text
