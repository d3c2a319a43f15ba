"""What a DAG file holds, as models that cost little to load and to make.

`model_dump(mode="json")` gives the public shape of `dagcheck show --format json`, version 1; fields that only rules and commands use are left out of it. The Python API answers
with the same models as pydantic models (`public.py`).
"""

import datetime
from typing import Annotated, Any, Literal

from dagcheck.model.frozen import INNER, Model
from dagcheck.model.values import Cause, FunctionRef, Span

ScheduleKind = Literal["none", "once", "continuous", "cron", "interval", "assets", "asset-or-time", "events", "custom", "unknown"]


class Doubt(Model):
    """Why a DAG is not exact, and where knowledge ended. `name` is the Variable, environment variable, module or file that would settle it."""

    message: str
    line: int
    column: int
    path: Annotated[str | None, INNER] = None
    cause: Annotated[Cause, INNER] = "unsupported"
    name: Annotated[str | None, INNER] = None


class FileError(Model):
    """A file, or an import of it, that Airflow itself would report as broken, or that we gave up (`cut`, `failed`). `kind` tells rules apart."""

    message: str
    line: int
    column: int
    kind: Annotated[Literal["syntax", "decode", "unreadable", "hostile", "raises", "import", "cut", "failed"], INNER] = "syntax"


class Argument(Model):
    """One argument that a DAG or task was given: its value (see `dagcheck.model.values`), the place of the value, and where it came from.

    `origin` is `call` for an argument of the constructor call, `partial`, `expand` or `override` for those forms, `default_args` when it came from there
    (of the DAG, a group or the call), `operator` for a value that the operator's class sets.
    """

    name: str
    value: Any = None
    span: Span
    origin: Literal["call", "partial", "expand", "override", "default_args", "operator"] = "call"


class Schedule(Model):
    """When a DAG runs. `given` is the value as written (str, timedelta, relativedelta, ObjectRef of a timetable, AssetExpression, None, Unknown)."""

    kind: ScheduleKind
    expression: str | None = None
    timetable: str | None = None
    timezone: str | None = None
    given: Annotated[Any, INNER] = None
    argument: Annotated[Literal["schedule", "schedule_interval", "timetable"] | None, INNER] = None
    error: Annotated[str | None, INNER] = None
    span: Annotated[Span | None, INNER] = None


class Task(Model):
    """A task as Airflow would see it. `task_id` carries the group prefix; `label` is the id without it.

    `id_known` is false for a task whose id could not be settled; its `task_id` is then a stand-in such as `<line 30>` and its DAG is not exact.
    `arguments` are all that it was given, by name, after `default_args`. `callable` is the function of a TaskFlow or Python task.
    `span` is the operator call; `line` and `column` are its start.
    """

    task_id: str
    operator: str
    module: str | None
    group: str | None = None
    mapped: bool = False
    retries: int | None = 0
    trigger_rule: str | None = "all_success"
    pool: str | None = "default_pool"
    owner: str | None = "airflow"
    setup: bool = False
    teardown: bool = False
    line: int
    column: int
    label: Annotated[str, INNER] = ""
    id_known: Annotated[bool, INNER] = True
    arguments: Annotated[dict[str, Argument], INNER] = {}
    callable: Annotated[FunctionRef | None, INNER] = None
    span: Annotated[Span, INNER]
    bases: Annotated[tuple[str, ...], INNER] = ()
    """Dotted names of the operator's classes, most derived first, project classes and Airflow's alike."""
    kind: Annotated[Literal["operator", "sensor", "taskflow"], INNER] = "operator"
    template_fields: Annotated[tuple[str, ...] | None, INNER] = None
    inlets: Annotated[tuple[Any, ...], INNER] = ()
    outlets: Annotated[tuple[Any, ...], INNER] = ()


class Group(Model):
    """A task group; `group_id` carries its parents' prefix where they prefix."""

    group_id: str
    parent: str | None = None
    label: Annotated[str, INNER] = ""
    prefix: Annotated[bool, INNER] = True
    mapped: Annotated[bool, INNER] = False
    expanded: Annotated[tuple[Any, ...], INNER] = ()
    """What it expands over, where it is mapped, in order."""
    span: Annotated[Span, INNER]


class Declared(Model):
    """One edge as one place in the source declares it. `how` is the construct: shift (`>>`), call (`set_upstream`, `chain`, …), data (an XCom argument), scope (setup/teardown)."""

    upstream: str
    downstream: str
    span: Span
    how: Literal["shift", "call", "data", "scope"] = "shift"
    via_group: tuple[str, ...] = ()


class Wait(Model):
    """A sensor that waits for another DAG, or for tasks or a group of it. `dag_id` null: not known. `arguments` are in the task."""

    task_id: str
    dag_id: str | None
    task_ids: tuple[str, ...] = ()
    group_id: Annotated[str | None, INNER] = None
    span: Annotated[Span | None, INNER] = None


class Trigger(Model):
    """A task that starts another DAG."""

    task_id: str
    dag_id: str | None
    span: Annotated[Span | None, INNER] = None


class Misuse(Model):
    """Something that the evaluation met and that Airflow (or the author) would not want: the rules of DAG1xx and DAG2xx read it.

    `kind`: duplicate-task, duplicate-group, task-outside-dag, cross-dag-edge, bad-shift (`a > b`, list >> list, …), chain-length, lost-dag (made, never loaded), uncalled-dag,
    uncalled-task, invalid-id, self-edge, group-of-other-dag, empty-expand, invalid-argument, …
    """

    kind: str
    message: str
    span: Span
    related: tuple[tuple[Span, str], ...] = ()
    task_id: str | None = None
    values: dict[str, Any] = {}


class Effect(Model):
    """Something that the file does each time it is parsed, beside making DAGs.

    `kind` is network, database, subprocess, file-read, file-write, variable, connection, output, sleep, …; `name` what is called or read. `in_function` is true below a
    call of the project's own code. `span` may be in a helper module.
    """

    kind: str
    name: str
    span: Span
    in_function: bool = False


class Dag(Model):
    """A DAG as Airflow would load it; see INTERFACE for the public fields."""

    dag_id: str
    exact: bool
    doubts: tuple[Doubt, ...] = ()
    line: int
    column: int
    schedule: Schedule
    start_date: datetime.datetime | None = None
    start_moves: bool = False
    end_date: datetime.datetime | None = None
    catchup: bool | None = None
    max_active_runs: int | None = 16
    tags: tuple[str, ...] = ()
    default_args: dict[str, Any] = {}
    params: dict[str, Any] = {}
    tasks: tuple[Task, ...] = ()
    groups: tuple[Group, ...] = ()
    edges: tuple[tuple[str, str], ...] = ()
    inlets: tuple[Any, ...] = ()
    outlets: tuple[Any, ...] = ()
    waits_for: tuple[Wait, ...] = ()
    triggers: tuple[Trigger, ...] = ()

    path: Annotated[str, INNER]
    span: Annotated[Span, INNER]
    id_known: Annotated[bool, INNER] = True
    complete: Annotated[bool, INNER] = True
    """Whether every task, group and edge is known; other values may not be (`exact` asks for those, too)."""
    style: Annotated[Literal["with", "assigned", "decorator", "generated"], INNER] = "assigned"
    arguments: Annotated[dict[str, Argument], INNER] = {}
    """What the DAG was given, by name: real values (`start_date` as a datetime, naive or aware; `default_args` as a dict)."""
    declared: Annotated[tuple[Declared, ...], INNER] = ()
    """Every edge as often as the source declares it, with the place of each."""
    misuses: Annotated[tuple[Misuse, ...], INNER] = ()


class File(Model):
    """One file: its DAGs and what is wrong with it as a whole.

    `reads` are the other project files that its evaluation read (helpers, YAML, …), for the cache. `misuses` are those that belong to no DAG.
    """

    path: str
    errors: tuple[FileError, ...] = ()
    dags: tuple[Dag, ...] = ()
    reads: Annotated[tuple[str, ...], INNER] = ()
    misuses: Annotated[tuple[Misuse, ...], INNER] = ()
    effects: Annotated[tuple[Effect, ...], INNER] = ()
    skipped: Annotated[str | None, INNER] = None


class Shown(Model):
    """The answer of `dagcheck show`."""

    version: int = 1
    airflow: str
    files: tuple[File, ...] = ()
