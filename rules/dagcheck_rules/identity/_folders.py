"""Which files one Airflow loads together."""

from __future__ import annotations

import re
from itertools import zip_longest
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from dagcheck.patterns import late

if TYPE_CHECKING:
    from dagcheck.rule import ProjectContext

_VERSION = late(r"(?:airflow[-_]?)?v?\d+(?:[._]\d+)+|v\d+", re.IGNORECASE)


class DagFolders:
    """The DAG folders of a project: the configured ones, which belong to one Airflow; else every outermost folder called `dags`, each with an Airflow of its own.

    Where some DAGs are in such a folder, those that are in none are taken for samples; where none is, all are taken together.
    """

    def __init__(self, context: ProjectContext) -> None:
        self._configured = bool(context.setting.dag_folders)
        self._named = any(_dags_folder(file.path) is not None for file in context.files if file.dags)

    def share(self, first: str, second: str) -> bool:
        """True if one Airflow loads both files."""
        if _are_versions(first, second):
            return False
        if self._configured or not self._named:
            return True
        folder = _dags_folder(first)
        return folder is not None and folder == _dags_folder(second)


def _dags_folder(path: str) -> str | None:
    parts = PurePosixPath(path).parts[:-1]
    return "/".join(parts[: parts.index("dags") + 1]) if "dags" in parts else None


def _are_versions(first: str, second: str) -> bool:
    """True if the files lie in sibling folders that are called by versions, or one in such a folder beside the other: one of them is deployed."""
    pairs = zip_longest(PurePosixPath(first).parts[:-1], PurePosixPath(second).parts[:-1])
    differing = next(((one, other) for one, other in pairs if one != other), None)
    return differing is not None and all(part is None or _VERSION.fullmatch(part) for part in differing)
