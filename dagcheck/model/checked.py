"""The answer of `dagcheck check`, as pydantic models in the public shape, version 1."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class CheckedRelated(_Frozen):
    """Another place that belongs to a finding."""

    path: str
    line: int
    column: int
    message: str


class CheckedEdit(_Frozen):
    """Text that a fix puts in place of what stands from (`line`, `column`) up to (`end_line`, `end_column`); all count from 1."""

    path: str
    line: int
    column: int
    end_line: int
    end_column: int
    text: str


class CheckedFix(_Frozen):
    """Edits that mend a finding together."""

    safety: Literal["safe", "unsafe"]
    title: str
    edits: tuple[CheckedEdit, ...]


class CheckedFinding(_Frozen):
    """One thing that is wrong, with its place. The fingerprint survives line shifts."""

    code: str
    name: str
    severity: Literal["error", "warning", "info"]
    message: str
    path: str
    line: int
    column: int
    end_line: int
    end_column: int
    dag_id: str | None
    task_id: str | None
    related: tuple[CheckedRelated, ...]
    fix: CheckedFix | None
    fingerprint: str


class Checked(_Frozen):
    """All findings, and how many files and DAGs were looked at. `inexact` counts the DAGs that are not exact."""

    version: int
    files: int
    dags: int
    inexact: int
    duration_ms: int
    findings: tuple[CheckedFinding, ...]
