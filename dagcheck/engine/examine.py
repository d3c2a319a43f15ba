"""One file, from its bytes to findings: a pure function of the bytes, of the project files it reads, and of the configuration.

This is what is cached and run in worker processes.
"""

from __future__ import annotations

import traceback
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from dagcheck.engine.judge import Crash, Judged, judge_file
from dagcheck.engine.redact import discreet
from dagcheck.engine.select import Selected
from dagcheck.rule import FileContext, Finding, Setting
from dagcheck.rule.suppression import Suppression, read_suppressions
from dagcheck.source.project import ProjectFiles
from dagcheck.source.text import SourceError

if TYPE_CHECKING:
    from dagcheck.airflow.target import Target
    from dagcheck.model.dag import File


@dataclass(frozen=True)
class Examined:
    """What is known of a file after its own rules ran. Can be pickled.

    `reads` are the files (absolute) that were read on the way, `missed` those that were looked for and are not there: as long as neither changes, the answer holds.
    """

    path: str
    file: File
    findings: tuple[Finding, ...] = ()
    hidden: tuple[Finding, ...] = ()
    crashes: tuple[Crash, ...] = ()
    suppressions: tuple[Suppression, ...] = ()
    reads: frozenset[Path] = frozenset()
    missed: frozenset[Path] = frozenset()


def extract_file(path: Path, sources: ProjectFiles, target: Target) -> File:
    """The model of a file; a file that can't be read or parsed, or on which the extraction itself fails, has an error and no DAGs."""
    with sources.watched():
        return _extract(path, sources, target)[0]


def examine(path: Path, sources: ProjectFiles, target: Target, setting: Setting, rules: Sequence[Selected]) -> Examined:
    """The model of a file, the findings of its own rules, and its suppressions."""
    with sources.watched():
        file, crash = _extract(path, sources, target)
        context = FileContext(file, sources, setting)
        judged: Judged = discreet(judge_file(file, context, rules), context)
        suppressions = read_suppressions(context.source) if context.source is not None else ()
        crashes = (crash, *judged.crashes) if crash else judged.crashes
        return Examined(
            file.path, file, judged.findings, judged.hidden, crashes, suppressions, frozenset(sources.reads), frozenset(sources.missed)
        )


def _extract(path: Path, sources: ProjectFiles, target: Target) -> tuple[File, Crash | None]:
    from dagcheck.model.dag import File, FileError

    try:
        source = sources.source(path)
    except SourceError as error:
        read_error = FileError(message=error.message, line=error.line, column=error.column, kind=error.kind)
        return File(path=sources.show(path), errors=(read_error,)), None
    from dagcheck.airflow.extract import extract

    try:
        return extract(source, sources, target), None
    except Exception as error:  # noqa: BLE001 - a bug of ours on one file ends in exit status 2, and must not keep the others from being looked at
        what = f"{type(error).__name__}: {error}"
        failed = FileError(message=f"dagcheck failed on this file, which is a bug in dagcheck: {what}", line=1, column=1, kind="failed")
        return File(path=source.path, errors=(failed,)), Crash("the extraction", source.path, what, traceback.format_exc())
