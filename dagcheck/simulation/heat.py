"""The load of many DAGs as text: a heat map of the week, the most crowded moments, the pools."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Protocol

from dagcheck.simulation.model import Load
from dagcheck.simulation.times import local, zone_named

DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_SHADES = " ·░▒▓█"


class Paint(Protocol):
    """Colours a text with named styles, or leaves it alone."""

    def __call__(self, text: str, *styles: str) -> str: ...


def shade(count: int, most: int, shades: int) -> int:
    """Which of `shades` steps a count falls in: 0 for nothing, the last for the most, equal shares between."""
    return -(-count * (shades - 1) // most) if count else 0


def load_lines(load: Load, paint: Paint) -> Iterator[str]:
    """The lines of the load."""
    zone = zone_named(load.timezone)
    yield ""
    yield paint(
        f"Load of {load.dags} DAGs from {local(load.start, zone, '%Y-%m-%d %H:%M')} to {local(load.end, zone, '%Y-%m-%d %H:%M')} {load.timezone}: "
        f"{load.total_runs:,} runs, {load.total_tasks:,} tasks",
        "bold",
    )
    if not load.total_runs:
        return
    yield from _heat("runs that start, by weekday and hour", load.runs)
    yield from _heat("tasks of these runs", load.tasks)
    if load.crowded:
        yield "  most crowded minutes"
        for slot in load.crowded:
            shares = ", ".join(f"{share.dag_id} ({share.tasks})" for share in slot.dags[:4]) + (" …" if len(slot.dags) > 4 else "")
            yield f"    {local(slot.start, zone)}  {slot.runs:>4} runs, {slot.tasks:>5} tasks, {slot.first_tasks:>5} of them at once: {shares}"
    if load.pools:
        yield "  pools, by the slots that first tasks ask for in one minute"
        for pool in load.pools:
            size = "size not told (--pool NAME=SLOTS)" if pool.size is None else f"of {pool.size}"
            over = paint("  too small", "red", "bold") if pool.size is not None and pool.asked > pool.size else ""
            when = f" at {local(pool.start, zone)}" if pool.start else ""
            yield f"    {pool.pool}  {pool.asked} {size}{when}{over}"


def _heat(title: str, week: Sequence[Sequence[int]]) -> Iterator[str]:
    most = max(max(day) for day in week)
    yield f"  {title} (darkest: {most:,} in an hour of the week)"
    yield "      " + "".join(f"{hour:<3}" if hour % 3 == 0 else "   " for hour in range(24)).rstrip()
    for name, day in zip(DAYS, week):
        yield f"  {name} " + "".join(_SHADES[shade(count, most, len(_SHADES))] * 2 + " " for count in day).rstrip()
