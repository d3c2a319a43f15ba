"""What the harness says of a DAG and of each of its tasks. `model_dump(mode="json")` of a `Report` is the output of `dagcheck rerun --format json`, version 1."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict

Word = Literal["corrupts", "held", "not played"]


class Model(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Line(Model):
    """One line of a timeline. `clock` is when it happened; `lines` say what was done and changed. `beside`: an attempt that changes nothing of what differs."""

    clock: str
    kind: str
    run: str | None = None
    task_id: str | None = None
    text: str
    lines: tuple[str, ...] = ()
    beside: bool = False


class Blame(Model):
    """A statement, or an act of a callable, that wrote what differs."""

    task_id: str
    what: str
    path: str | None
    line: int | None


class Diff(Model):
    """How a table, file or other thing differs from the reference: what is there too often (`extra`) and what is missing, a few of each, and how many there are."""

    thing: str
    columns: tuple[str, ...] = ()
    extra: tuple[Any, ...] = ()
    missing: tuple[Any, ...] = ()
    extra_count: int = 0
    missing_count: int = 0


class Found(Model):
    """A history that corrupts: told, and as data that `--replay` plays again."""

    summary: str
    timeline: tuple[Line, ...]
    differences: tuple[Diff, ...]
    blame: tuple[Blame, ...]
    error: str | None = None
    """The error that keeps coming back, where a rerun fails instead of writing something else."""
    replay: dict[str, Any]


class TaskVerdict(Model):
    """`reason` says why a task was not played; `line` is where it, or that reason, stands. `found`: the history that shows how it corrupts, where the DAG's does not."""

    task_id: str
    verdict: Word
    reason: str | None = None
    path: str | None = None
    line: int | None = None
    found: Found | None = None


class DagVerdict(Model):
    """`histories` is how many were played, `events` how often each kind of event was in them. `assumptions` are what was taken for granted of rows and settings."""

    path: str
    dag_id: str
    verdict: Word
    reason: str | None = None
    found: Found | None = None
    histories: int = 0
    events: dict[str, int] = {}
    seed: int = 0
    seconds: float = 0.0
    tasks: tuple[TaskVerdict, ...] = ()
    assumptions: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


class Report(Model):
    """The answer of `dagcheck rerun`."""

    version: int = 1
    airflow: str
    dags: tuple[DagVerdict, ...] = ()
    errors: tuple[str, ...] = ()
    """Files that could not be read, in words."""

    @property
    def corrupts(self) -> bool:
        return any(dag.verdict == "corrupts" or any(task.verdict == "corrupts" for task in dag.tasks) for dag in self.dags)
