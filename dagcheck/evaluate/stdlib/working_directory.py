"""The folder that Airflow is started in, which relative paths are relative to: configured, or the one that the kind of project settles."""

from __future__ import annotations

import os
import re
from pathlib import Path, PurePath
from typing import TYPE_CHECKING

from dagcheck.source.project import OutsideRoots
from dagcheck.source.text import SourceError

if TYPE_CHECKING:
    from dagcheck.evaluate.interpreter import Interpreter
    from dagcheck.source.project import ProjectFiles

ASTRO_IMAGE = re.compile(rb"^FROM\s+(?:--\S+\s+)?\S*(?:astro-runtime|ap-airflow|astronomer/astro-)", re.MULTILINE | re.IGNORECASE)
"""An image of Astro Runtime, or of its forerunner: the project's folder is where they start Airflow (Astro's documentation, 2026-11)."""


def working_directory(interp: Interpreter) -> Path | None:
    """The absolute folder, or None where it is not known."""
    if not interp.directory_known:
        interp.directory_known = True
        interp.directory = settled_by(interp.project)
    return interp.directory


def move(interp: Interpreter, folder: Path | None) -> None:
    """The program goes to another folder; to one that is not known where it is not known that it does."""
    interp.directory_known = True
    interp.directory = None if interp.state.uncertain else folder


def settled_by(project: ProjectFiles) -> Path | None:
    """The folder that the kind of project settles: a project of the Astro command line is started where it lies."""
    return next((root for root in project.roots if _is_astro(project, root)), None)


def _is_astro(project: ProjectFiles, root: Path) -> bool:
    try:
        if project.kind(root / ".astro" / "config.yaml") == "file":
            return True
        dockerfile = root / "Dockerfile"
        return project.kind(dockerfile) == "file" and ASTRO_IMAGE.search(project.read_bytes(dockerfile)) is not None
    except (OutsideRoots, SourceError):
        return False


def as_given(given: PurePath | str, place: Path, found: Path) -> Path:
    """A path found below `place`, in the form in which the program gave the place."""
    return found if os.path.isabs(given) else Path(given, found.relative_to(place))
