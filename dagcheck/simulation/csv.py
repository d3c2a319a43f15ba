"""Runs for a spreadsheet."""

from __future__ import annotations

import csv
import datetime
import io

from dagcheck.simulation.model import Preview, Run, Simulation
from dagcheck.simulation.times import local, zone_named

HEAD = (
    "path",
    "dag_id",
    "airflow",
    "timetable",
    "logical_date",
    "data_interval_start",
    "data_interval_end",
    "run_after",
    "local_run_after",
    "timezone",
    "partition_key",
    "notes",
    "error",
)


def as_csv(simulation: Simulation) -> str:
    """One line a run, dates in ISO 8601 (UTC) except the local one; a DAG without runs has one line that says why."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(HEAD)
    for preview in simulation.dags:
        for run in preview.runs or (None,):
            writer.writerow([_harmless(cell) for cell in _cells(preview, run)])
    return out.getvalue()


def _cells(preview: Preview, run: Run | None) -> list[str]:
    head = [preview.path, preview.dag_id, preview.airflow, preview.timetable or ""]
    zone = preview.clock or preview.timezone or ""
    if run is None:
        return [*head, "", "", "", "", "", zone, "", "", preview.error or preview.unknown or preview.ends or ""]
    dates = [_iso(value) for value in (run.logical_date, run.data_interval_start, run.data_interval_end, run.run_after)]
    clock = local(run.run_after, zone_named(zone or None), "%Y-%m-%d %H:%M")
    return [*head, *dates, clock, zone, run.partition_key or "", "; ".join(run.notes), ""]


def _iso(value: datetime.datetime | None) -> str:
    return "" if value is None else value.isoformat().replace("+00:00", "Z")


def _harmless(cell: str) -> str:
    """A text that a spreadsheet does not take for a formula."""
    return f"'{cell}" if cell[:1] in ("=", "+", "-", "@", "\t") and not cell[1:2].isdigit() else cell
