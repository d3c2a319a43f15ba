"""Which files of the project import which, at their top level."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from dagcheck.source.text import SourceError

if TYPE_CHECKING:
    from dagcheck.source.project import ProjectFiles

_MOST = 500


def imported_files(path: Path, sources: ProjectFiles) -> Iterator[tuple[ast.stmt, Path]]:
    """The files of the project that a file imports by their full names, each with the statement."""
    try:
        tree = sources.source(path).tree
    except SourceError:
        return
    for statement in tree.body:
        names = [alias.name for alias in statement.names] if isinstance(statement, ast.Import) else []
        if isinstance(statement, ast.ImportFrom) and statement.module and not statement.level:
            names = [statement.module, *(f"{statement.module}.{alias.name}" for alias in statement.names)]
        for name in names:
            found = sources.find_module(name)
            if found is not None and found.suffix == ".py":
                yield statement, found


def way(start: Path, goal: Path, sources: ProjectFiles) -> list[Path] | None:
    """The files on the shortest way of imports from one file to another, at least one import long; None where there is none."""
    ways = {start: [start]}
    waiting = [start]
    for path in waiting:
        for _, imported in imported_files(path, sources):
            if imported == goal:
                return [*ways[path], goal]
            if imported not in ways and len(waiting) < _MOST:
                ways[imported] = [*ways[path], imported]
                waiting.append(imported)
    return None
