"""What a DAG is played with, and why a task of it is not played."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from dagcheck.harness.history import Run
from dagcheck.model.dag import Task


@dataclass(frozen=True)
class Unplayed:
    """Why a task is not played, and where the reason stands."""

    reason: str
    path: str | None = None
    line: int | None = None
    empty: bool = False
    """It is known to do nothing."""


@dataclass(frozen=True)
class Setting:
    """What a DAG is played with."""

    seed: int = 0
    base: Path = Path()
    """What the paths of the models are relative to."""
    airflow: str = "3.3"
    settings: Mapping[str, str] = field(default_factory=dict)
    variables: Mapping[str, Any] = field(default_factory=dict)
    connections: Mapping[str, str] = field(default_factory=dict)
    folders: tuple[Path, ...] = ()
    """Where template files and DDL are looked for, beside the DAG's own folder."""
    execute: bool = False
    density: int = 2
    """Rows of a source for each instant that matters: there are 17 of these in three runs."""
    roots: tuple[Path, ...] = ()
    """The folders that the imports of the DAG files are resolved from, for child processes."""
    env: Mapping[str, str] = field(default_factory=dict)
    """Environment variables of child processes."""
    runs: tuple[Run, ...] | None = None


def unplayed_kind(task: Task) -> Unplayed:
    """Why a task that carries no SQL is not played."""
    if task.operator in ("EmptyOperator", "DummyOperator"):
        return Unplayed("it does nothing", empty=True)
    if task.callable is not None or task.kind == "taskflow":
        return Unplayed("it runs Python, which is played only with --execute", task.span.path, task.line)
    if is_own_operator(task):
        return Unplayed(
            f"{task.operator} is an operator of the project's own, which is played only with --execute", task.span.path, task.line
        )
    if task.kind == "sensor":
        return Unplayed("it only waits", empty=True)
    return Unplayed(f"what {task.operator} does is not known to the harness", task.span.path, task.line)


def is_own_operator(task: Task) -> bool:
    """Whether a task is of a class that is not Airflow's or a provider's, so that its `execute` may be the project's own."""
    outside = task.module is not None and task.module.partition(".")[0] != "airflow"
    return outside and task.callable is None and task.kind == "operator" and not task.mapped
