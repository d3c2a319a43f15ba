"""The models of a run's files, read when they are asked for, and again when a file changed."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from dagcheck.commands.workspace import Workspace, in_time
from dagcheck.engine.examine import extract_file

if TYPE_CHECKING:
    from dagcheck.model.dag import File


class Models:
    """The models of files by shown path, as the workspace has them at the moment."""

    def __init__(self, workspace: Workspace, paths: Sequence[str]) -> None:
        self.workspace = workspace
        self.paths = [workspace.locate(path) for path in paths]
        self._models: dict[Path, File] = {}

    def reading(self, changed: Iterable[Path]) -> dict[Path, File]:
        """The models, by path, of the files that are among the given ones or whose evaluation read one of them. To be asked before the files change."""
        for path in self.paths:
            if path not in self._models:
                self.read_again(path)
        names = {self.workspace.show(path) for path in changed}
        return {path: model for path, model in self._models.items() if names.intersection((model.path, *model.reads))}

    def read_again(self, path: Path) -> File:
        """The model of a file as it is now."""
        scope = self.workspace.scopes([path])[0]
        sources = self.workspace.sources(path, scope.configuration)
        self._models[path] = in_time(path, sources, scope, partial(extract_file, path, sources, scope.target))
        return self._models[path]
