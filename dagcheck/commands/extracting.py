"""From files to models, without rules."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from dagcheck.commands.workspace import Scope, Workspace, each_file, in_time
from dagcheck.engine.examine import extract_file
from dagcheck.engine.redact import redacted, secret_rules
from dagcheck.engine.select import Selected
from dagcheck.records import dataclass
from dagcheck.rule import FileContext
from dagcheck.source.project import ProjectFiles

if TYPE_CHECKING:
    from dagcheck.model.dag import File, Shown


@dataclass(frozen=True)
class Extraction:
    """What was extracted, inputs that could not be looked at, and what is worth telling."""

    shown: Shown
    failures: tuple[str, ...]
    notes: tuple[str, ...]


def extract_files(workspace: Workspace, paths: Sequence[Path]) -> Extraction:
    """The models of the files at and below the paths, in the order of their paths, with secrets masked."""
    from dagcheck.model.dag import Shown

    found = workspace.discover(paths)
    scopes = workspace.scopes(found.files)
    rules = secret_rules()
    files = [
        in_time(path, sources, scope, partial(shown_file, path, sources, scope, rules))
        for scope in scopes
        for path, sources in each_file(workspace, scope)
    ]
    airflow = scopes[0].setting.airflow if scopes else workspace.airflow(workspace.finder.configuration(workspace.base))
    shown = Shown(airflow=airflow, files=tuple(sorted(files, key=lambda file: file.path)))
    failures = tuple(f"{workspace.show(path)}: {message}" for path, message in found.failures)
    return Extraction(shown, failures, tuple(f"{workspace.show(path)}: {message}" for path, message in found.notes))


def shown_file(path: Path, sources: ProjectFiles, scope: Scope, rules: Sequence[Selected]) -> File:
    """The model of a file, with secrets masked."""
    file = extract_file(path, sources, scope.target)
    return redacted(file, FileContext(file, sources, scope.setting), rules, scope.target)
