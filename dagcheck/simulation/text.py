"""A simulation for people: the answer to "when does it run next, and for which data" first, then the runs, then all that many DAGs make together."""

from __future__ import annotations

import datetime
from collections.abc import Iterator
from typing import Protocol

from dagcheck.simulation.heat import load_lines
from dagcheck.simulation.model import Preview, Run, Simulation
from dagcheck.simulation.times import abbreviation, distance, lasting, local, span, zone_named
from dagcheck.simulation.together import together_lines
from dagcheck.timetable.words import length_in_words
from dagcheck.timetable.zones import Zone

_MOST_BLOCKS = 5


class Paint(Protocol):
    """Colours a text with named styles, or leaves it alone."""

    def __call__(self, text: str, *styles: str) -> str: ...


def render(simulation: Simulation, paint: Paint) -> Iterator[str]:
    """The lines of a simulation."""
    if len(simulation.dags) <= _MOST_BLOCKS:
        for index, preview in enumerate(simulation.dags):
            yield from ([""] if index else [])
            yield from _block(preview, simulation, paint)
    else:
        yield from _summary(simulation, paint)
    yield from together_lines(simulation, paint)
    if simulation.load is not None:
        yield from load_lines(simulation.load, paint)


def _block(preview: Preview, simulation: Simulation, paint: Paint) -> Iterator[str]:
    name = (
        f"{paint(preview.dag_id, 'bold')}  {paint(preview.path, 'dim')}"
        if not preview.dag_id.startswith("<")
        else paint(preview.path, "bold")
    )
    yield f"{name}  Airflow {preview.airflow}"
    if preview.error and not preview.runs:
        yield f"  {paint('refused' if preview.timetable is None else 'no runs', 'red', 'bold')}: {preview.error}"
        return
    if preview.unknown:
        yield f"  {paint('not known', 'yellow', 'bold')}: {preview.unknown}"
        return
    zone = zone_named(preview.clock or preview.timezone)
    yield paint(headline(preview, simulation.now, zone), "bold")
    yield from _facts(preview, zone)
    for surprise in preview.surprises:
        yield f"  {paint('!', 'yellow', 'bold')} {surprise.message}"
    if preview.runs:
        yield ""
        yield from _table(preview, simulation.now, zone, paint)
    if preview.ends and (preview.runs or preview.next):
        yield f"  {paint('then no further run: ' + preview.ends, 'dim')}"


def headline(preview: Preview, now: datetime.datetime, zone: Zone) -> str:
    """When the DAG runs next, and for which data."""
    if preview.kind == "assets":
        return "Next run: when its assets are updated"
    first, coming = (preview.runs[0] if preview.runs else None), preview.next
    if preview.backlog and first is not None and first.run_after <= now:
        count, which = ("1 run starts", "") if preview.backlog == 1 else (f"{preview.backlog:,} runs start", "the first ")
        head = f"Next run: at once; {count} as soon as the DAG is switched on, {which}{_for_data(first, zone)}"
        return f"{head}; then {_when(coming, now, zone)}" if coming is not None else head
    if coming is not None:
        return f"Next run: {_when(coming, now, zone)}, {_for_data(coming, zone)}"
    return "Next run: never" + (f" ({preview.ends})" if preview.ends else "")


def _when(run: Run, now: datetime.datetime, zone: Zone) -> str:
    utc = "" if zone.name == "UTC" else f" ({local(run.run_after, zone_named('UTC'), '%H:%M')} UTC)"
    return f"{local(run.run_after, zone)} {abbreviation(run.run_after, zone)}{utc}, {distance(now, run.run_after)}"


def _for_data(run: Run, zone: Zone) -> str:
    if run.logical_date is None or run.data_interval_start is None or run.data_interval_end is None:
        return f"for the partition {run.partition_key}" if run.partition_key else "without a logical date"
    if run.data_interval_start != run.data_interval_end:
        return f"for the data of {span(run.data_interval_start, run.data_interval_end, zone)}"
    return f"for the logical date {local(run.logical_date, zone, '%Y-%m-%d %H:%M')} (its data interval is empty)"


def _facts(preview: Preview, zone: Zone) -> Iterator[str]:
    expression = f" · {preview.expression}" if preview.expression else ""
    clock = f" · {preview.timezone}" if preview.clock is None else f" · reads the clock of {preview.clock}, DAG in {preview.timezone}"
    yield f"  schedule  {preview.description}{expression} · {preview.timetable}{clock}"
    start = local(preview.start_date, zone) if preview.start_date else "no start date"
    end = f"to {local(preview.end_date, zone)}" if preview.end_date else "no end"
    active = f" · at most {preview.max_active_runs} at a time" if preview.max_active_runs else ""
    yield f"  dates     {start}, {end} · catchup {'on' if preview.catchup else 'off'}{active}"
    if preview.backlog > 1:
        yield f"  backlog   {_backlog(preview)}"


def _backlog(preview: Preview) -> str:
    said = f"{preview.backlog:,} runs are due"
    if preview.max_active_runs and preview.backlog > preview.max_active_runs:
        said += f", {preview.max_active_runs} of them at a time"
    if preview.clearing is None:
        return said + " (--run-duration says how long they take)"
    each = length_in_words(datetime.timedelta(seconds=preview.clearing.run_duration))
    if preview.clearing.seconds is None:
        return f"{said}: at {each} a run it is never worked off, runs become due faster than they end"
    return f"{said}: at {each} a run that takes {lasting(preview.clearing.seconds)}"


def _table(preview: Preview, now: datetime.datetime, zone: Zone, paint: Paint) -> Iterator[str]:
    utc = zone.name != "UTC"
    head = ["", f"run after ({zone.name})", *(["UTC"] if utc else []), "logical date (UTC)", "data interval", "notes"]
    rows = [_row(number, run, now, zone, utc) for number, run in enumerate(preview.runs, 1)]
    if not any(row[-1] for row in rows):
        head, rows = head[:-1], [row[:-1] for row in rows]
    widths = [max(len(cell) for cell in column) for column in zip(head, *rows)]
    yield paint("  " + _joined(head, widths), "dim")
    for row in rows:
        yield "  " + _joined(row, widths)


def _joined(cells: list[str], widths: list[int]) -> str:
    return "  ".join(
        cell.rjust(width) if not index else cell.ljust(width) for index, (cell, width) in enumerate(zip(cells, widths))
    ).rstrip()


def _row(number: int, run: Run, now: datetime.datetime, zone: Zone, utc: bool) -> list[str]:
    after = f"{local(run.run_after, zone)} {abbreviation(run.run_after, zone)}" if utc else local(run.run_after, zone)
    universal = [local(run.run_after, zone_named("UTC"), "%m-%d %H:%M")] if utc else []
    logical = run.partition_key or "none" if run.logical_date is None else local(run.logical_date, zone_named("UTC"), "%Y-%m-%d %H:%M")
    if run.data_interval_start is None or run.data_interval_end is None:
        interval = "none"
    elif run.data_interval_start == run.data_interval_end:
        interval = "empty"
    else:
        interval = span(run.data_interval_start, run.data_interval_end, zone)
    notes = list(run.notes)
    if run.run_after <= now:
        notes.insert(0, "due")
    return [str(number), after, *universal, logical, interval, "; ".join(notes)]


def _summary(simulation: Simulation, paint: Paint) -> Iterator[str]:
    """One line a DAG."""
    several = len({preview.airflow for preview in simulation.dags}) > 1
    rows = [_summary_row(preview, simulation.now, several) for preview in simulation.dags]
    head = ["DAG", *(["Airflow"] if several else []), "schedule", "next run", "due now", "remarkable"]
    widths = [min(48, max(len(cell) for cell in column)) for column in zip(head, *rows)]
    yield paint("  ".join(cell.ljust(width) for cell, width in zip(head, widths)).rstrip(), "dim")
    for row in rows:
        cells = [_cut(cell, width).ljust(width) for cell, width in zip(row[:-1], widths)]
        yield "  ".join([*cells, row[-1]]).rstrip()


def _cut(text: str, width: int) -> str:
    return text if len(text) <= width else text[: width - 1] + "…"


def _summary_row(preview: Preview, now: datetime.datetime, several: bool) -> list[str]:
    known = preview.path if preview.dag_id.startswith("<") else preview.dag_id
    name = [known, *([preview.airflow] if several else [])]
    if preview.error or preview.unknown:
        return [
            *name,
            preview.expression or preview.kind or "",
            "refused" if preview.error else "not known",
            "",
            preview.error or preview.unknown or "",
        ]
    zone = zone_named(preview.clock or preview.timezone)
    coming = f"{local(preview.next.run_after, zone)} {abbreviation(preview.next.run_after, zone)}" if preview.next else "never"
    if preview.kind == "assets":
        coming = "with its assets"
    said = ", ".join(dict.fromkeys(surprise.kind for surprise in preview.surprises))
    return [*name, preview.description, coming, f"{preview.backlog:,}" if preview.backlog else "", said]
