"""`--changed-since`: what a change touches, and what it breaks elsewhere."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from dagcheck.commands.workspace import Workspace
from dagcheck.engine.outcome import Outcome, Told
from dagcheck.source.git import Changes, Repository


class Changed:
    """The change since a revision, in the repository that the workspace's base is in. Raises `GitError`."""

    def __init__(self, workspace: Workspace, revision: str) -> None:
        self.workspace = workspace
        self.repository = Repository(workspace.base)
        self.changes: Changes = self.repository.changes_since(revision)
        self._old: frozenset[str] | None = None

    def narrow(self, outcome: Outcome, judge_at: Callable[[Path], Outcome]) -> Outcome:
        """The findings in files that changed, and those elsewhere that were not there before the change.

        `judge_at` judges the same project with another folder in place of the workspace's base; it is asked only if there are findings elsewhere.
        """
        touched = {self.workspace.show(path) for path in self.changes.present}
        elsewhere = [told for told in outcome.findings if told.finding.span.path not in touched]
        new = self._new(elsewhere, judge_at) if elsewhere else set()
        kept = tuple(told for told in outcome.findings if told.finding.span.path in touched or told in new)
        left_out = len(outcome.findings) - len(kept)
        notes = [self.changes.note] if self.changes.note else []
        if left_out:
            notes.append(
                f"{left_out:,} {'finding that the change has' if left_out == 1 else 'findings that the change has'} no part in are not told."
            )
        return replace(outcome, findings=kept, notes=(*outcome.notes, *notes))

    def _new(self, elsewhere: list[Told], judge_at: Callable[[Path], Outcome]) -> set[Told]:
        """The findings elsewhere that the project did not have at the revision. If nothing that a DAG can be made of changed, there are none."""
        if not self.changes.present and not self.changes.gone:
            return set()
        if self._old is None:
            self._old = self._fingerprints_before(judge_at)
        return {told for told in elsewhere if self._key(told) not in self._old}

    def _fingerprints_before(self, judge_at: Callable[[Path], Outcome]) -> frozenset[str]:
        with tempfile.TemporaryDirectory(prefix="dagcheck-") as name:
            folder = Path(os.path.realpath(name))
            self.repository.write_tree(self.changes.revision, folder)
            (folder / "tree" / ".git").mkdir(exist_ok=True)  # so that the root of the repository is found there as it is here
            base = folder / "tree" / self.workspace.base.relative_to(self.repository.root)
            base.mkdir(parents=True, exist_ok=True)
            before = judge_at(base)
        told = [*before.findings, *(aside.told for aside in before.set_aside)]
        return frozenset(self._key(item) for item in told)

    @staticmethod
    def _key(told: Told) -> str:
        return f"{told.finding.span.path}\0{told.fingerprint}"
