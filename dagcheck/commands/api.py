"""The Python API: the commands' answers as pydantic models. `dagcheck/__init__.py` loads this when one of its functions is called."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from dagcheck.commands.choosing import Choice
from dagcheck.commands.extracting import extract_files
from dagcheck.commands.judging import judge
from dagcheck.commands.workspace import Workspace
from dagcheck.config import airflow_settings, releases
from dagcheck.model.checked import Checked
from dagcheck.model.dag import Shown
from dagcheck.model.errors import ExplainedError
from dagcheck.model.public import public

Paths = Iterable[str | os.PathLike[str]] | str | os.PathLike[str]


class InputError(ExplainedError):
    """An input does not exist or can't be looked at."""


def show(
    paths: Paths = (),
    *,
    source: str | bytes | None = None,
    path: str = "dag.py",
    airflow: str | None = None,
    settings: Mapping[str, Any] | None = None,
    config: Mapping[str, Any] | None = None,
) -> Shown:
    """What was extracted from files and folders, or from one file's text: a pydantic model, as are those in it."""
    workspace, wanted = workspace_of(paths, source, path, airflow, settings, config)
    extraction = extract_files(workspace, wanted)
    if extraction.failures:
        raise InputError("; ".join(extraction.failures))
    return public(extraction.shown)


def check(
    paths: Paths = (),
    *,
    source: str | bytes | None = None,
    path: str = "dag.py",
    airflow: str | None = None,
    settings: Mapping[str, Any] | None = None,
    config: Mapping[str, Any] | None = None,
    select: Iterable[str] | None = None,
    ignore: Iterable[str] | None = None,
) -> Checked:
    """The findings in files and folders, or in one file's text."""
    from dagcheck.report.json import as_plain

    workspace, wanted = workspace_of(paths, source, path, airflow, settings, config)
    choice = Choice(None if select is None else _texts(select), (), () if ignore is None else _texts(ignore))
    outcome = judge(workspace, wanted, choice, need_dags=source is None)
    if outcome.failures:
        raise InputError("; ".join(outcome.failures))
    if outcome.crashes:
        crash = outcome.crashes[0]
        raise InputError(f"{crash.rule} crashed on {crash.path or 'the project'}: {crash.error}")
    return Checked.model_validate(as_plain(outcome))


def workspace_of(
    paths: Paths,
    source: str | bytes | None,
    path: str,
    airflow: str | None,
    settings: Mapping[str, Any] | None,
    config: Mapping[str, Any] | None,
) -> tuple[Workspace, list[Path]]:
    """The workspace and the paths that the arguments of an API function mean. A configuration is not looked for when `config` or `source` is given."""
    texts: dict[Path, bytes] = {}
    wanted = [Path(paths)] if isinstance(paths, str | os.PathLike) else [Path(item) for item in paths]
    if source is not None:
        if wanted:
            raise TypeError("give either paths or source, not both")
        texts[Path(path)] = source.encode("utf-8") if isinstance(source, str) else source
        wanted = [Path(path)]
        config = {} if config is None else config
    if airflow is not None and (problem := releases.problem_with(airflow)):
        raise InputError(problem)
    given = {key: str(value) for key, value in (settings or {}).items()}
    for key, value in given.items():
        if problem := airflow_settings.problem_with(key, value):
            raise InputError(f"settings: {key} {problem}")
    return Workspace(config=config, airflow=airflow, settings=given, texts=texts), wanted


def _texts(given: Iterable[str]) -> tuple[str, ...]:
    return (given,) if isinstance(given, str) else tuple(given)
