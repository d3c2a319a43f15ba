"""One file, from its bytes to findings: a pure function of the bytes, of the project files it reads, and of the configuration.

This is what is cached and run in worker processes.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from dagcheck.engine.judge import Crash, Judged, judge_file
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
    """What is known of a file after its own rules ran. Can be pickled."""

    path: str
    file: File
    findings: tuple[Finding, ...] = ()
    hidden: tuple[Finding, ...] = ()
    crashes: tuple[Crash, ...] = ()
    suppressions: tuple[Suppression, ...] = ()


def extract_file(path: Path, sources: ProjectFiles, target: Target) -> File:
    """The model of a file; a file that can't be read or parsed has an error and no DAGs."""
    from dagcheck.model.dag import File, FileError

    try:
        source = sources.source(path)
    except SourceError as error:
        return File(
            path=sources.show(path), errors=(FileError(message=error.message, line=error.line, column=error.column, kind=error.kind),)
        )
    from dagcheck.airflow.extract import extract

    return extract(source, sources, target)


def examine(path: Path, sources: ProjectFiles, target: Target, setting: Setting, rules: Sequence[Selected]) -> Examined:
    """The model of a file, the findings of its own rules, and its suppressions."""
    file = extract_file(path, sources, target)
    context = FileContext(file, sources, setting)
    judged: Judged = judge_file(file, context, rules)
    suppressions = read_suppressions(context.source) if context.source is not None else ()
    return Examined(file.path, file, judged.findings, judged.hidden, judged.crashes, suppressions)
