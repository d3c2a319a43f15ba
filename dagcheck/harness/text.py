"""A report as text for people."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby
from pathlib import Path
from types import MappingProxyType
from typing import Any, Protocol

from dagcheck.harness.verdict import DagVerdict, Diff, Found, Line, Report, TaskVerdict

STYLES: Mapping[str, tuple[str, ...]] = {"corrupts": ("red", "bold"), "held": ("green",), "not played": ("yellow",)}
TOLD = 3
"""How many tasks are told beside the first one that corrupts."""
AGAIN = 60
"""How much of a statement is told when it runs again."""
CLOCK = 18
"""The width of the column of clock times."""


class Painter(Protocol):
    """Colours a text in the given styles."""

    def __call__(self, text: str, *styles: str) -> str: ...


Saved = Mapping[str | None, Path]
"""The replay files of one DAG: of each task whose own history was stored, and (None) of the DAG's."""


def as_text(report: Report, saved: Sequence[Saved] = (), paint: Painter | None = None) -> Iterator[str]:
    """The lines of a report; `saved` are the replay files of its DAGs, in order."""
    colour: Painter = paint if paint is not None else _plain
    for number, dag in enumerate(report.dags):
        yield from dag_lines(dag, saved[number] if saved else {}, colour)
        yield ""
    words = [dag.verdict for dag in report.dags]
    counts = ", ".join(
        f"{words.count(word)} {'corrupt' if word == 'corrupts' and words.count(word) != 1 else word}" for word in STYLES if word in words
    )
    total = sum(dag.histories for dag in report.dags)
    yield f"{len(words)} DAG{'s' if len(words) != 1 else ''}: {counts}; {total:,} {'history' if total == 1 else 'histories'} played"


def _plain(text: str, *styles: str) -> str:
    return text


def dag_lines(dag: DagVerdict, saved: Saved = MappingProxyType({}), paint: Painter = _plain) -> Iterator[str]:
    """The lines of one DAG."""
    yield f"{dag.path}: {paint(dag.dag_id, 'bold')} {paint(dag.verdict, *STYLES[dag.verdict])}" + (f" ({dag.reason})" if dag.reason else "")
    for task in dag.tasks:
        yield f"  {_task_line(task, paint)}"
    if dag.verdict == "held":
        yield f"  {_covered(dag)}"
    if dag.found is not None:
        yield ""
        yield from (f"  {line}" if line else "" for line in found_lines(dag.found, paint))
        yield from _again(saved, None)
    yield from _other_tasks(dag, saved, paint)
    yield from [""] if dag.found is not None and (dag.notes or dag.assumptions) else []
    for note in (*dag.notes, *(f"taken for granted: {assumption}" for assumption in dag.assumptions)):
        yield f"  {paint('note:', 'cyan')} {note}"


def _again(saved: Saved, task_id: str | None) -> Iterator[str]:
    if task_id in saved:
        yield f"  play it again: dagcheck rerun --replay {saved[task_id]}"


def _other_tasks(dag: DagVerdict, saved: Saved, paint: Painter) -> Iterator[str]:
    """How the tasks corrupt that the DAG's own history does not show: the first three of them."""
    others = [task for task in dag.tasks if task.found is not None]
    for task in others[:TOLD]:
        if task.found is not None:
            yield ""
            yield f"  and {paint(task.task_id, 'bold')}:"
            yield from (f"  {line}" if line else "" for line in found_lines(task.found, paint))
            yield from _again(saved, task.task_id)
    if len(others) > TOLD:
        names = ", ".join(task.task_id for task in others[TOLD : TOLD + 8]) + (", …" if len(others) > TOLD + 8 else "")
        yield ""
        yield f"  and {names} (--task ID tells how)"


def _task_line(task: TaskVerdict, paint: Painter) -> str:
    place = (
        f" ({task.path}:{task.line}: {task.reason})"
        if task.reason and task.verdict == "not played"
        else f" ({task.reason})"
        if task.reason
        else ""
    )
    return f"{paint(f'{task.verdict:10}', *STYLES[task.verdict])} {task.task_id}{place}"


def _covered(dag: DagVerdict) -> str:
    events = ", ".join(f"{name} {count}" for name, count in dag.events.items() if name != "quiet")
    return f"{dag.histories} histories with seed {dag.seed}: {events}"


def found_lines(found: Found, paint: Painter = _plain) -> Iterator[str]:
    """A found history: what is wrong, how it came, which rows differ, who wrote them."""
    yield paint(found.summary, "bold")
    yield ""
    told: set[str] = set()
    for line in _shortened(found.timeline):
        yield from _timeline_lines(line, told, paint)
    for difference in found.differences:
        yield ""
        yield from _difference_lines(difference, paint)
    if found.blame:
        yield ""
    for blame in found.blame:
        place = f"{blame.path}:{blame.line}" if blame.path else "?"
        yield f"written by {blame.task_id}, {place}: {blame.what}"


def _shortened(timeline: Sequence[Line]) -> list[Line]:
    """The timeline; of more than eight lines without what went on beside the matter, and of more than twenty only the ends."""
    lines: list[Line] = []
    for beside, together in groupby(timeline, lambda line: line.beside):
        some = list(together)
        if beside and len(some) > 2 and len(timeline) > 8:
            some = [Line(clock="", kind="gap", text=f"… {len(some)} other attempts, which have no part in it …")]
        lines += some
    if len(lines) <= 20:
        return lines
    gap = Line(clock="", kind="gap", text=f"… {len(lines) - 18} more …")
    return [*lines[:6], gap, *lines[-12:]]


def _timeline_lines(line: Line, told: set[str], paint: Painter) -> Iterator[str]:
    """A line with what was done; a long statement is told in full once."""
    loud = line.kind in ("crash", "error", "clear", "arrive", "hold")
    yield f"{line.clock:{CLOCK}}{paint(line.text, 'yellow') if loud else line.text}"
    for part in line.lines:
        yield " " * CLOCK + "  " + paint(f"{part[:AGAIN]}…" if part in told and len(part) > AGAIN + 10 else part, "dim")
        told.add(part)


def _difference_lines(difference: Diff, paint: Painter) -> Iterator[str]:
    yield f"{difference.thing}, compared with running each interval once:"
    shown = [("+", "green", row) for row in difference.extra] + [("-", "red", row) for row in difference.missing]
    rows = [_cells(row) for _, _, row in shown]
    head = list(difference.columns)
    widths = [max(len(row[i]) for row in [*rows, head] if i < len(row)) for i in range(max(map(len, [*rows, head]), default=0))]
    if head:
        yield "     " + "  ".join(name.ljust(width) for name, width in zip(head, widths)).rstrip()
    for (sign, style, _), row in zip(shown, rows):
        yield paint(f"   {sign} " + "  ".join(item.ljust(width) for item, width in zip(row, widths)).rstrip(), style)
    left = difference.extra_count - len(difference.extra), difference.missing_count - len(difference.missing)
    if any(count > 0 for count in left):
        yield "   … and " + " and ".join(f"{count} more {word}" for count, word in zip(left, ("too many", "missing")) if count > 0)


def _cells(row: Any) -> list[str]:
    items = row if isinstance(row, list | tuple) else [row]
    return ["NULL" if item is None else str(item) for item in items]
