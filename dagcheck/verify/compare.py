"""Where our extraction of a file and what Airflow's DagBag made of it differ, attribute by attribute."""

from __future__ import annotations

import datetime
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

Shown = Mapping[str, Any]
"""A DAG or file in the public shape of `dagcheck show --format json`."""
Loaded = Mapping[str, Any]
"""A DAG or file in the form that `dump.py` prints."""

TASK_ATTRIBUTES = ("operator", "mapped", "trigger_rule", "retries", "pool", "owner", "setup", "teardown")
DAG_ATTRIBUTES = ("catchup", "max_active_runs")
DURATION = re.compile(r"(-)?P(?:(\d+)W)?(?:(\d+(?:\.\d+)?)D)?(?:T(?:(\d+(?:\.\d+)?)H)?(?:(\d+(?:\.\d+)?)M)?(?:(\d+(?:\.\d+)?)S)?)?")
UNIT_SECONDS = (604_800, 86_400, 3_600, 60, 1)


@dataclass(frozen=True, slots=True)
class Difference:
    """One attribute of a DAG (or of one of its tasks) that is not as Airflow has it.

    `attribute` is `dag` where one side has no such DAG (its value is then None), `tasks`, `edges` or `groups` for what only one side has (as sorted
    lists), else the name of a field. `exact` says whether we had called the DAG exact.
    """

    path: str
    dag_id: str
    exact: bool
    attribute: str
    ours: Any
    airflows: Any
    task_id: str | None = None
    line: int | None = None


def compare_file(ours: Shown, airflows: Loaded) -> tuple[Difference, ...]:
    """All differences in one file, in the order of the DAGs' ids. A file that Airflow could not load has none: nothing is known to compare with."""
    if airflows["errors"] and not airflows["dags"]:
        return ()
    mine = {dag["dag_id"]: dag for dag in ours["dags"]}
    theirs = {dag["dag_id"]: dag for dag in airflows["dags"]}
    found: list[Difference] = []
    for dag_id in sorted({*mine, *theirs}):
        if dag_id not in theirs:
            found.append(Difference(ours["path"], dag_id, mine[dag_id]["exact"], "dag", dag_id, None, line=mine[dag_id]["line"]))
        elif dag_id not in mine:
            found.append(Difference(ours["path"], dag_id, False, "dag", None, dag_id))
        else:
            found.extend(compare_dag(ours["path"], mine[dag_id], theirs[dag_id]))
    return tuple(found)


def compare_dag(path: str, ours: Shown, airflows: Loaded) -> Iterator[Difference]:
    """The differences of one DAG that both sides have."""

    def differ(attribute: str, mine: Any, theirs: Any, task: Shown | None = None) -> Difference:
        place = ours if task is None else task
        return Difference(
            path, ours["dag_id"], ours["exact"], attribute, mine, theirs, None if task is None else task["task_id"], place["line"]
        )

    for attribute, mine, theirs in [*_sets(ours, airflows), *_schedules(ours["schedule"], airflows), *_plain(ours, airflows)]:
        yield differ(attribute, mine, theirs)
    for task in ours["tasks"]:
        loaded = airflows["tasks"].get(task["task_id"])
        if loaded is not None:
            yield from (differ(name, task[name], loaded[name], task) for name in TASK_ATTRIBUTES if task[name] != loaded[name])


def _sets(ours: Shown, airflows: Loaded) -> Iterator[tuple[str, list[Any], list[Any]]]:
    """Tasks, edges and groups that only one side has."""
    pairs: tuple[tuple[str, Iterable[Any], Iterable[Any]], ...] = (
        ("tasks", (task["task_id"] for task in ours["tasks"]), airflows["tasks"]),
        ("edges", map(tuple, ours["edges"]), map(tuple, airflows["edges"])),
        ("groups", ((group["group_id"], group["parent"]) for group in ours["groups"]), map(tuple, airflows["groups"])),
    )
    for name, mine, theirs in pairs:
        own, other = set(mine), set(theirs)
        if own != other:
            yield name, sorted(own - other, key=str), sorted(other - own, key=str)


def _schedules(ours: Shown, airflows: Loaded) -> Iterator[tuple[str, Any, Any]]:
    """What differs of the schedule: kind, timetable, expression, and the zone of a cron."""
    theirs = airflows["schedule"]
    if ours["kind"] != theirs["kind"]:
        yield "schedule", ours["kind"], theirs["kind"]
        return
    if theirs["timetable"] is not None and ours["timetable"] != theirs["timetable"]:
        yield "timetable", ours["timetable"], theirs["timetable"]
    if theirs["expression"] is not None and " ".join((ours["expression"] or "").split()) != " ".join(theirs["expression"].split()):
        yield "expression", ours["expression"], theirs["expression"]
    if theirs["seconds"] is not None and seconds_of(ours["expression"]) != theirs["seconds"]:
        yield "expression", ours["expression"], f"{theirs['seconds']:g} seconds"
    if theirs["kind"] == "cron" and _zone(ours["timezone"]) != _zone(airflows["timezone"]):
        yield "timezone", ours["timezone"], airflows["timezone"]


def _zone(name: str | None) -> str | None:
    """The name of a zone, also as Airflow 1.10 writes it: `<Timezone [UTC]>`."""
    return name if name is None else name.removeprefix("<Timezone [").removesuffix("]>")


def _plain(ours: Shown, airflows: Loaded) -> Iterator[tuple[str, Any, Any]]:
    """What differs of dates, tags and single values. A start date that we know to move agrees with any."""
    if not (ours["start_moves"] and airflows["start_date"] is not None) and not same_moment(ours["start_date"], airflows["start_date"]):
        yield "start_date", ours["start_date"], airflows["start_date"]
    if not same_moment(ours["end_date"], airflows["end_date"]):
        yield "end_date", ours["end_date"], airflows["end_date"]
    yield from ((name, ours[name], airflows[name]) for name in DAG_ATTRIBUTES if ours[name] != airflows[name])
    if sorted(ours["tags"]) != airflows["tags"]:
        yield "tags", sorted(ours["tags"]), airflows["tags"]


def same_moment(ours: str | None, airflows: str | None) -> bool:
    """Whether two ISO 8601 dates are the same moment; where one has no offset, whether they read the same."""
    if ours is None or airflows is None:
        return ours == airflows
    mine, theirs = datetime.datetime.fromisoformat(ours), datetime.datetime.fromisoformat(airflows)
    if mine.tzinfo is None or theirs.tzinfo is None:
        return mine.replace(tzinfo=None) == theirs.replace(tzinfo=None)
    return mine == theirs


def seconds_of(duration: str | None) -> float | None:
    """The length of an ISO 8601 duration; None for none, and for one of months or years, which has no fixed length."""
    match = DURATION.fullmatch(duration or "")
    if match is None:
        return None
    total = sum(float(part or 0) * unit for part, unit in zip(match.groups()[1:], UNIT_SECONDS, strict=True))
    return -total if match[1] else total
