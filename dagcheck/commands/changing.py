"""`--changed-since`: what a change touches, and what it breaks elsewhere."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from pathlib import Path

from dagcheck.commands.workspace import Workspace
from dagcheck.engine.examined import REFERENCE_RULES, Reference
from dagcheck.engine.outcome import Outcome, Told, tell
from dagcheck.records import dataclass, replace
from dagcheck.rule import Finding
from dagcheck.rule.suppression import read_suppressions
from dagcheck.source.git import Changes, Repository
from dagcheck.source.text import SourceError, parse, read_regular


@dataclass(frozen=True)
class _Before:
    """The findings and the DAGs at the revision."""

    keys: frozenset[str]
    dag_ids: frozenset[str]


class Changed:
    """The change since a revision, in the repository that the workspace's base is in. Raises `GitError`."""

    def __init__(self, workspace: Workspace, revision: str) -> None:
        self.workspace = workspace
        self.repository = Repository(workspace.base)
        self.changes: Changes = self.repository.changes_since(revision)
        self._old: _Before | None = None

    def narrow(self, outcome: Outcome, judge_at: Callable[[Path], Outcome]) -> Outcome:
        """The findings in files that changed, those elsewhere that were not there before the change, and the references to DAGs that the change removes.

        `judge_at` judges the same project with another folder in place of the workspace's base; it is asked only if something elsewhere may come from the change.
        """
        touched = {self.workspace.show(path) for path in self.changes.present}
        elsewhere = [told for told in outcome.findings if told.finding.span.path not in touched]
        loose = [reference for reference in outcome.references if reference.target not in outcome.dag_ids]
        before = self._before(judge_at) if (elsewhere or loose) and (self.changes.present or self.changes.gone) else None
        new = set() if before is None else {told for told in elsewhere if self._key(told) not in before.keys}
        kept = tuple(told for told in outcome.findings if told.finding.span.path in touched or told in new)
        removed = (
            () if before is None else self._to_removed(outcome, [reference for reference in loose if reference.target in before.dag_ids])
        )
        left_out = len(outcome.findings) - len(kept)
        notes = [self.changes.note] if self.changes.note else []
        if left_out:
            notes.append(
                f"{left_out:,} {'finding that the change has' if left_out == 1 else 'findings that the change has'} no part in are not told."
            )
        findings = tuple(sorted((*kept, *removed), key=lambda told: (told.finding.span, told.finding.code)))
        return replace(outcome, findings=findings, notes=(*outcome.notes, *notes))

    def _to_removed(self, outcome: Outcome, references: Sequence[Reference]) -> tuple[Told, ...]:
        """A finding for each reference to a removed DAG, of the rule that is about such references, unless it does not run, has told it, or a comment suppresses it."""
        rules = {rule.meta.code: rule.meta for rule in outcome.rules}
        told = {(item.finding.code, item.finding.span) for item in (*outcome.findings, *(aside.told for aside in outcome.set_aside))}
        findings = []
        for reference in references:
            meta = rules.get(REFERENCE_RULES[reference.how])
            if meta is None or (meta.code, reference.span) in told:
                continue
            needs = "waits for it" if reference.how == "waits" else "triggers it"
            message = f"The change removes the DAG {reference.target}, and the task {reference.task_id} still {needs}."
            subject = f"{reference.task_id} {reference.target}"
            finding = Finding(
                message,
                reference.span,
                "",
                reference.dag_id,
                reference.task_id,
                severity=meta.severity,
                subject=subject,
                code=meta.code,
                name=meta.name,
            )
            if not self._is_suppressed(finding):
                findings.append(finding)
        return tell(findings, outcome.anchors)

    def _is_suppressed(self, finding: Finding) -> bool:
        path = self.workspace.locate(finding.span.path)
        try:
            source = parse(self.workspace.texts[path] if path in self.workspace.texts else read_regular(path), finding.span.path, path)
        except SourceError:
            return False
        return any(comment.names(finding.code, finding.name) and comment.covers(finding.span) for comment in read_suppressions(source))

    def _before(self, judge_at: Callable[[Path], Outcome]) -> _Before:
        """What there was at the revision. Judged once, however often the files as they are now are judged."""
        if self._old is None:
            import tempfile

            with tempfile.TemporaryDirectory(prefix="dagcheck-") as name:
                folder = Path(os.path.realpath(name))
                self.repository.write_tree(self.changes.revision, folder)
                (folder / "tree" / ".git").mkdir(exist_ok=True)  # so that the root of the repository is found there as it is here
                base = folder / "tree" / self.workspace.base.relative_to(self.repository.root)
                base.mkdir(parents=True, exist_ok=True)
                before = judge_at(base)
            told = [*before.findings, *(aside.told for aside in before.set_aside)]
            self._old = _Before(frozenset(self._key(item) for item in told), before.dag_ids)
        return self._old

    @staticmethod
    def _key(told: Told) -> str:
        return f"{told.finding.span.path}\0{told.fingerprint}"
