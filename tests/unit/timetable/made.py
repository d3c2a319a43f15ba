"""DAG models made by hand."""

from __future__ import annotations

import datetime
from typing import Any
from zoneinfo import ZoneInfo

from dagcheck.model.dag import Argument, Dag, Schedule, Task
from dagcheck.model.values import ObjectRef, Span
from dagcheck.timetable.describe import Timing, timing
from dagcheck.timetable.run import Run
from dagcheck.timetable.zones import micros, moment

SPAN = Span("dags/d.py", 1, 1, 1, 2)
NOW = datetime.datetime(2026, 1, 14, 9, 17, 23, tzinfo=datetime.UTC)


def arguments(**given: Any) -> dict[str, Argument]:
    """Arguments as they were given."""
    return {name: Argument(name=name, value=value, span=SPAN) for name, value in given.items()}


def task(task_id: str = "t", *, operator: str = "EmptyOperator", **given: Any) -> Task:
    """A task."""
    return Task(task_id=task_id, operator=operator, module=None, line=1, column=1, span=SPAN, arguments=arguments(**given))


def dag(*tasks: Task, dag_id: str = "d", kind: Any = "cron", **given: Any) -> Dag:
    """A DAG that was given these arguments."""
    return Dag(
        dag_id=dag_id,
        exact=True,
        line=1,
        column=1,
        schedule=Schedule(kind=kind),
        tasks=tasks,
        path=SPAN.path,
        span=SPAN,
        arguments=arguments(**given),
    )


def at(text: str, zone: str = "UTC") -> datetime.datetime:
    """An aware datetime, `2024-01-31 06:00` in a zone."""
    return datetime.datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone) if zone != "UTC" else datetime.UTC)


def instant(text: str) -> int:
    """The instant of a UTC time."""
    return micros(at(text))


def timed(
    version: str = "3.3", now: datetime.datetime = NOW, settings: dict[str, str] | None = None, tasks: tuple[Task, ...] = (), **given: Any
) -> Timing:
    """The timing of a DAG that was given these arguments."""
    return timing(arguments(**given), tasks, version, settings or {}, micros(now))


def table(name: str, *args: Any, **kwargs: Any) -> ObjectRef:
    """A timetable of Airflow's core."""
    return ObjectRef(f"airflow.timetables.somewhere.{name}", args, kwargs)


def said(run: Run) -> str:
    """A run as text: `start -> end`, or one moment where both are the same; in UTC."""
    assert run.start is not None
    assert run.end is not None
    first, last = (f"{moment(each):%Y-%m-%d %H:%M}" for each in (run.start, run.end))
    return first if first == last else f"{first} -> {last}"
