"""Runs as a calendar (RFC 5545)."""

from __future__ import annotations

import datetime
import hashlib
from collections.abc import Iterator

from dagcheck.simulation.model import Preview, Run, Simulation
from dagcheck.version import __version__

_OCTETS = 75


def as_calendar(simulation: Simulation, run_duration: datetime.timedelta | None) -> str:
    """One event a run, at the moment after which it starts; as long as `run_duration`, without length where that is not told."""
    lines = [
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        f"PRODID:-//dagcheck//dagcheck {__version__}//EN",
        "CALSCALE:GREGORIAN",
        "X-WR-CALNAME:Airflow runs",
    ]
    for preview in simulation.dags:
        for run in preview.runs:
            lines += _event(preview, run, simulation.now, run_duration)
    lines.append("END:VCALENDAR")
    return "".join(f"{part}\r\n" for line in lines for part in _folded(line))


def _event(preview: Preview, run: Run, now: datetime.datetime, run_duration: datetime.timedelta | None) -> Iterator[str]:
    named = f"{preview.path}\n{preview.dag_id}\n{preview.airflow}\n{run.logical_date}\n{run.run_after}"
    yield "BEGIN:VEVENT"
    yield f"UID:{hashlib.sha256(named.encode()).hexdigest()[:32]}@dagcheck"
    yield f"DTSTAMP:{_stamp(now)}"
    yield f"DTSTART:{_stamp(run.run_after)}"
    if run_duration is not None:
        yield f"DURATION:PT{max(1, round(run_duration.total_seconds()))}S"
    yield f"SUMMARY:{_escaped(preview.dag_id)}"
    yield f"DESCRIPTION:{_escaped(_description(preview, run))}"
    yield "TRANSP:TRANSPARENT"
    yield "END:VEVENT"


def _description(preview: Preview, run: Run) -> str:
    said = [f"{preview.description} ({preview.timetable}, Airflow {preview.airflow})"]
    if run.logical_date is not None:
        said.append(f"logical date {run.logical_date.isoformat()}")
    if run.data_interval_start is not None and run.data_interval_end is not None and run.data_interval_start != run.data_interval_end:
        said.append(f"data from {run.data_interval_start.isoformat()} to {run.data_interval_end.isoformat()}")
    if run.partition_key:
        said.append(f"partition {run.partition_key}")
    return "\n".join([*said, *run.notes])


def _stamp(value: datetime.datetime) -> str:
    return value.astimezone(datetime.UTC).strftime("%Y%m%dT%H%M%SZ")


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace(";", "\\;").replace(",", "\\,").replace("\n", "\\n")


def _folded(line: str) -> Iterator[str]:
    """The line in pieces of at most 75 octets, none of which cuts a character."""
    piece, size = "", 0
    for character in line:
        width = len(character.encode("utf-8"))
        if size + width > _OCTETS:
            yield piece
            piece, size = " ", 1
        piece, size = piece + character, size + width
    yield piece
