"""`rerun`: the harness from a test."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from dagcheck.harness.text import dag_lines
from dagcheck.harness.verdict import Report

Paths = Iterable[str | os.PathLike[str]] | str | os.PathLike[str]


class DataCorrupted(AssertionError):
    """A history of retries and reruns leaves other data; the message is its timeline. `report` is all that was found."""

    def __init__(self, report: Report) -> None:
        self.report = report
        bad = [dag for dag in report.dags if dag.verdict == "corrupts"]
        first = "; ".join(f"{dag.dag_id} corrupts" + (f": {dag.found.summary}" if dag.found is not None else "") for dag in bad)
        super().__init__("\n".join([first, *(line for dag in bad for line in dag_lines(dag))]))


def rerun(
    paths: Paths,
    *,
    dag_id: str | None = None,
    task_id: str | None = None,
    examples: int = 200,
    seconds: float = 8.0,
    seed: int = 0,
    execute: bool = True,
    airflow: str | None = None,
    config: Mapping[str, Any] | None = None,
    check: bool = True,
) -> Report:
    """Search the DAGs of files and folders for a history that corrupts data, as `dagcheck rerun` does.

    User code is run (in child processes) unless `execute` is false: in a test it would run anyway.

    Raises:
        DataCorrupted: such a history was found, and `check` is true.
        LookupError: there is no such DAG, or a file cannot be read.
    """
    __tracebackhide__ = True
    from dagcheck.commands.rerun import rerun_files
    from dagcheck.commands.workspace import Workspace
    from dagcheck.harness.search import Budget

    wanted = [Path(paths)] if isinstance(paths, str | os.PathLike) else [Path(path) for path in paths]
    workspace = Workspace(config=config, airflow=airflow)
    report = rerun_files(workspace, wanted, Budget(examples, seconds), seed=seed, execute=execute, dag_id=dag_id, task_id=task_id)
    if report.errors:
        raise LookupError("; ".join(report.errors))
    if not report.dags:
        raise LookupError(f"no DAG in {', '.join(map(str, wanted))}")
    if check and report.corrupts:
        raise DataCorrupted(report)
    return report
