"""What changes for a DAG from one version of Airflow to another."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Iterator, Sequence

from dagcheck.simulation.model import Change, Preview, Run, Upgrade
from dagcheck.simulation.times import abbreviation, local, span, zone_named


def upgrades(before: Sequence[Preview], after: Sequence[Preview]) -> tuple[Upgrade, ...]:
    """The changes of each DAG that both versions have; a DAG that one of them lacks has none told."""
    later = {(preview.path, preview.dag_id): preview for preview in after}
    pairs = [(preview, later[preview.path, preview.dag_id]) for preview in before if (preview.path, preview.dag_id) in later]
    return tuple(
        Upgrade(path=old.path, dag_id=old.dag_id, before=old.airflow, after=new.airflow, changes=tuple(changes(old, new)))
        for old, new in pairs
    )


def changes(old: Preview, new: Preview) -> Iterator[Change]:
    """What differs between two previews of a DAG, the gravest first."""
    for what, say in _ASPECTS[:1] if old.error or new.error else _ASPECTS:
        before, after = say(old), say(new)
        if before != after:
            yield Change(what=what, before=before, after=after)


def _refused(preview: Preview) -> str | None:
    return "takes it" if preview.error is None else f"refuses it: {preview.error}"


def _first(preview: Preview) -> Run | None:
    return preview.runs[0] if preview.runs else None


def _moment(value: datetime.datetime | None, preview: Preview) -> str | None:
    if value is None:
        return None
    zone = zone_named(preview.clock or preview.timezone)
    return f"{local(value, zone)} {abbreviation(value, zone)}"


def _interval(preview: Preview) -> str | None:
    run = _first(preview)
    if run is None or run.data_interval_start is None or run.data_interval_end is None:
        return None
    if run.data_interval_start == run.data_interval_end:
        return "empty"
    return span(run.data_interval_start, run.data_interval_end, zone_named(preview.clock or preview.timezone))


def _logical(preview: Preview) -> str | None:
    """Where the logical date lies within the run: the thing that file names and partitions are made of."""
    run = _first(preview)
    if run is None or run.logical_date is None or run.data_interval_start == run.data_interval_end:
        return None if run is None or run.logical_date is None else "the moment of the run"
    return "the start of the interval, which ends when the run starts"


def _anchor(preview: Preview) -> str | None:
    """When in the day (or hour) the runs of a delta fall."""
    run = _first(preview)
    if preview.kind != "interval" or run is None:
        return None
    kinds = {surprise.kind for surprise in preview.surprises}
    origin = "the first parse" if "anchored-at-first-parse" in kinds else "1970-01-01 UTC" if "anchored-at-epoch" in kinds else "start_date"
    return f"{local(run.run_after, zone_named(preview.timezone), '%H:%M')}, counted from {origin}"


_ASPECTS: tuple[tuple[str, Callable[[Preview], str | None]], ...] = (
    ("Airflow", _refused),
    ("timetable", lambda preview: preview.timetable),
    ("catchup", lambda preview: None if preview.catchup is None else "on" if preview.catchup else "off"),
    (
        "backlog on deploy",
        lambda preview: None if preview.error or preview.unknown else f"{preview.backlog:,} run{'' if preview.backlog == 1 else 's'}",
    ),
    ("first run", lambda preview: _moment(getattr(_first(preview), "run_after", None), preview)),
    ("its logical date", lambda preview: _moment(getattr(_first(preview), "logical_date", None), preview)),
    ("its data interval", _interval),
    ("logical date is", _logical),
    ("runs at", _anchor),
    ("next run", lambda preview: _moment(getattr(preview.next, "run_after", None), preview)),
    ("its logical date then", lambda preview: _moment(getattr(preview.next, "logical_date", None), preview)),
    ("time zone", lambda preview: preview.timezone),
    ("no further run", lambda preview: preview.ends),
)
