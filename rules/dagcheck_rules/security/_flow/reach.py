"""Which files the rules on what tasks do speak about: DAG files and the code that their tasks can call, not libraries."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from dagcheck.source.discover import may_hold_dag
from dagcheck.source.project import OutsideRoots
from dagcheck.source.text import SourceError

if TYPE_CHECKING:
    from dagcheck.rule.context import FileContext

_INSTALLED = frozenset(["site-packages", "dist-packages"])
_Found = TypeVar("_Found")


def of_tasks(found: Iterable[_Found], context: FileContext) -> list[_Found]:
    """What was found in a file, if the file is a DAG file or may be called by one; nothing of a library's or a test's file."""
    told = list(found)
    return told if told and not context.is_test and _may_run_in_a_task(context) else []


def _may_run_in_a_task(context: FileContext) -> bool:
    """Whether a file is a DAG file, imports Airflow, lies in a DAG folder or in a project that has one, or lies beside DAG files."""
    if context.is_dag_file:
        return True
    path = context.source.absolute if context.source is not None else context.sources.locate(context.file.path)
    if not _INSTALLED.isdisjoint(path.parts) or _is_airflow_itself(path, context):
        return False
    if any(dotted.partition(".")[0] == "airflow" for dotted in context.imports.values()) or _in_dag_folder(path, context):
        return True
    base = context.sources.base
    above = [folder for folder in path.parents if folder.is_relative_to(base)]
    return any(_has_dag_folder(folder, context) for folder in above) or any(_holds_dag_files(folder, context) for folder in above[:2])


def _in_dag_folder(path: Path, context: FileContext) -> bool:
    folders = context.setting.dag_folders
    return any(path.is_relative_to(folder) for folder in folders) if folders else "dags" in path.parts


def _is_airflow_itself(path: Path, context: FileContext) -> bool:
    """Whether a file belongs to Airflow's own package, known by the version that its `__init__.py` tells."""
    for folder in path.parents:
        if folder.name == "airflow":
            try:
                if "__version__" in context.sources.source(folder / "__init__.py").text:
                    return True
            except SourceError:
                continue
    return False


def _listed(folder: Path, context: FileContext) -> list[Path]:
    """What a folder of the project holds; nothing where there is none."""
    try:
        return context.sources.list_folder(folder)
    except OutsideRoots:
        return []


def _has_dag_folder(folder: Path, context: FileContext) -> bool:
    """Whether a folder, or one of those in it, has a folder `dags`."""
    inside = [folder, *(path for path in _listed(folder, context) if not path.suffix)]
    return any(_listed(path / "dags", context) for path in inside)


def _holds_dag_files(folder: Path, context: FileContext) -> bool:
    for path in _listed(folder, context):
        try:
            if path.suffix == ".py" and may_hold_dag(context.sources.read_bytes(path)):
                return True
        except (OutsideRoots, SourceError):
            continue
    return False
