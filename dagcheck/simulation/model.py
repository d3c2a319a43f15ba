"""The answer of `dagcheck simulate`. `model_dump(mode="json")` gives its public shape, version 1."""

from __future__ import annotations

import datetime
from typing import Literal

from pydantic import BaseModel, ConfigDict


class Model(BaseModel):
    """Frozen. All datetimes are aware, in UTC unless said otherwise."""

    model_config = ConfigDict(frozen=True, extra="forbid", protected_namespaces=())


class Run(Model):
    """One run. `logical_date` and the data interval are null for a run of a partition, which has a `partition_key` instead."""

    logical_date: datetime.datetime | None
    data_interval_start: datetime.datetime | None
    data_interval_end: datetime.datetime | None
    run_after: datetime.datetime
    notes: tuple[str, ...] = ()
    partition_key: str | None = None


class Surprise(Model):
    """Something that the schedule does otherwise than it reads; `first` is the first moment at which it does."""

    kind: str
    message: str
    first: datetime.datetime | None = None


class Clearing(Model):
    """How the backlog is worked off, at `run_duration` seconds a run: `at_once` runs start right away, and `seconds` later all is done; null if never."""

    run_duration: float
    at_once: int
    seconds: float | None


class Preview(Model):
    """The runs of one DAG under one version of Airflow.

    `backlog` runs are due at once if the DAG is switched on now; `next` is the first one that is due later. `ends` says why there is no run after those told.
    `error`: Airflow refuses the DAG, or fails to compute its first run. `unknown`: why the schedule is known only at run time.
    """

    path: str
    dag_id: str
    airflow: str
    timetable: str | None = None
    timezone: str | None = None
    clock: str | None = None
    """The zone in which the timetable reads the clock, where it has one of its own."""
    kind: str | None = None
    expression: str | None = None
    description: str = ""
    start_date: datetime.datetime | None = None
    end_date: datetime.datetime | None = None
    catchup: bool | None = None
    max_active_runs: int | None = None
    tasks: int = 0
    backlog: int = 0
    clearing: Clearing | None = None
    next: Run | None = None
    surprises: tuple[Surprise, ...] = ()
    runs: tuple[Run, ...] = ()
    ends: str | None = None
    unknown: str | None = None
    error: str | None = None


class Change(Model):
    """One thing that differs between two versions of Airflow."""

    what: str
    before: str | None
    after: str | None


class Upgrade(Model):
    """What changes for a DAG from one version of Airflow to the next one asked for."""

    path: str
    dag_id: str
    before: str
    after: str
    changes: tuple[Change, ...] = ()


class Share(Model):
    """What one DAG contributes to a slot."""

    dag_id: str
    runs: int
    tasks: int


class Slot(Model):
    """A moment at which much starts: runs, all their tasks, and the tasks among them that wait for no other. The DAGs that make it, the biggest first."""

    start: datetime.datetime
    runs: int
    tasks: int
    first_tasks: int
    dags: tuple[Share, ...] = ()


class PoolDemand(Model):
    """The most slots of a pool that first tasks ask for in one minute, and when; `size` is null where it is not told."""

    pool: str
    asked: int
    size: int | None
    start: datetime.datetime | None


class Load(Model):
    """What many DAGs start together from `start` to `end`. `runs[day][hour]` and `tasks[day][hour]` count Monday first, in `timezone`, over the whole span."""

    start: datetime.datetime
    end: datetime.datetime
    timezone: str
    dags: int
    total_runs: int
    total_tasks: int
    runs: tuple[tuple[int, ...], ...]
    tasks: tuple[tuple[int, ...], ...]
    crowded: tuple[Slot, ...] = ()
    pools: tuple[PoolDemand, ...] = ()


class Waiting(Model):
    """Whether what a sensor waits for ever comes.

    `verdict`: `matched` each logical date that it waits for is a run of the other DAG; `partly` only some; `never` none; `unknown` it can't be told, `reason` says why.
    `examples` are pairs of a run's logical date and the logical date that it waits for.
    """

    path: str
    dag_id: str
    task_id: str
    waits_for: str | None
    verdict: Literal["matched", "partly", "never", "unknown"]
    reason: str
    checked: int = 0
    unmatched: int = 0
    examples: tuple[tuple[datetime.datetime, datetime.datetime], ...] = ()


class AssetRun(Model):
    """A run that assets trigger: when, and the runs of producers (DAG and end of their interval) that complete its assets."""

    after: datetime.datetime
    producers: tuple[str, ...]


class Consumer(Model):
    """A DAG that runs when assets are updated, with its producers and the runs that they trigger over the simulated span; each run of a producer counts at its start."""

    path: str
    dag_id: str
    producers: dict[str, tuple[str, ...]] = {}
    missing: tuple[str, ...] = ()
    runs: tuple[AssetRun, ...] = ()


class Simulation(Model):
    """The answer of `dagcheck simulate`."""

    version: int = 1
    airflow: str
    now: datetime.datetime
    dags: tuple[Preview, ...] = ()
    upgrades: tuple[Upgrade, ...] = ()
    load: Load | None = None
    waits: tuple[Waiting, ...] = ()
    consumers: tuple[Consumer, ...] = ()
