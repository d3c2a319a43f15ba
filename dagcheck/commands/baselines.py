"""Outcomes held against a baseline file, and written into one."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from dagcheck import witness
from dagcheck.commands.workspace import Workspace
from dagcheck.commands.writing import write_text
from dagcheck.engine.baseline import Baseline, BaselineError, Entry, digest, dump, known_renames, load
from dagcheck.engine.outcome import Outcome, SetAside, Told, tell
from dagcheck.records import replace
from dagcheck.rule import Rule

_STALE_SHOWN = 5


class KnownFindings:
    """A baseline file and the workspace that its paths are held against. Raises `BaselineError` where the file can't be used."""

    def __init__(self, workspace: Workspace, path: Path) -> None:
        self.workspace = workspace
        self.path = workspace.base / path
        try:
            text = witness.read_bytes(self.path).decode("utf-8").replace("\r\n", "\n")
        except FileNotFoundError:
            raise BaselineError(f"{path}: no such baseline; write one with --write-baseline {path}") from None
        except UnicodeDecodeError:
            raise BaselineError(f"{path}: the baseline is damaged: it is not UTF-8; restore it, or write it anew") from None
        except OSError as error:
            raise BaselineError(f"{path}: the baseline cannot be read: {(error.strerror or str(error)).lower()}") from error
        self.baseline = load(text, str(path))

    def set_aside(self, outcome: Outcome, asked: Sequence[Path], *, whole: bool) -> Outcome:
        """The outcome with the known findings set aside, and with a note on entries that are stale.

        `asked` are the paths that were looked at (none: all of them); `whole` says that project rules saw the whole project.
        """
        met: set[tuple[str, str]] = set()
        new, known = [], []
        renamed = self._renamed(outcome)
        for told in outcome.findings:
            key = self._key(told, renamed)
            if key in self.baseline.known:
                met.add(key)
                known.append(SetAside(told, "baseline"))
            else:
                new.append(told)
        met.update(self._key(aside.told, renamed) for aside in outcome.set_aside)
        stale = [
            entry
            for entry in self.baseline.entries
            if (entry.path, entry.fingerprint) not in met and self._is_told(entry, outcome, asked, whole)
        ]
        notes = (
            [
                f"{len(known):,} known {'finding is' if len(known) == 1 else 'findings are'} in the baseline {self.workspace.show(self.path)}."
            ]
            if known
            else []
        )
        if stale:
            notes.append(self._stale_note(stale))
        return replace(outcome, findings=tuple(new), set_aside=(*outcome.set_aside, *known), notes=(*outcome.notes, *notes))

    def _key(self, told: Told, renamed: dict[Told, tuple[str, str]]) -> tuple[str, str]:
        return renamed.get(told) or (relative(self.workspace, self.path, told.finding.span.path), told.fingerprint)

    def _renamed(self, outcome: Outcome) -> dict[Told, tuple[str, str]]:
        """The keys under which the findings of renamed files are known."""
        by_path: dict[str, list[Told]] = {}
        for told in (*outcome.findings, *(aside.told for aside in outcome.set_aside)):
            by_path.setdefault(told.finding.span.path, []).append(told)
        shown = {relative(self.workspace, self.path, path): path for path in by_path}
        unknown = set(shown) - {entry.path for entry in self.baseline.entries}
        renames = known_renames(
            self.baseline,
            unknown,
            lambda path: _is_there(self.path.parent / path),
            lambda path: digest(self.workspace.lines(shown[path]), outcome.hidden_lines.get(shown[path], frozenset())),
        )
        found: dict[Told, tuple[str, str]] = {}
        for path, old in renames.items():
            group = sorted(by_path[shown[path]], key=lambda told: told.finding.span)
            again = tell([told.finding for told in group], {shown[path]: self._old_anchor(outcome, shown[path], old)})
            by_finding = {told.finding: told.fingerprint for told in again}
            found.update({told: (old, by_finding[told.finding]) for told in group})
        return found

    def _old_anchor(self, outcome: Outcome, shown: str, old: str) -> str:
        """The path that fingerprints of a renamed file had: relative to the folder that those of today are relative to."""
        absolute, anchor = self.workspace.locate(shown), outcome.anchors.get(shown, shown)
        folder = str(absolute).removesuffix(anchor) or "/"
        return Path(os.path.relpath(self.path.parent / old, folder)).as_posix()

    def _is_told(self, entry: Entry, outcome: Outcome, asked: Sequence[Path], whole: bool) -> bool:
        """True if the run would have said it, were the finding still there."""
        rule = next((rule for rule in outcome.rules if rule.meta.code == entry.code), None)
        if rule is None or (rule.check_project is not Rule.check_project and not whole):
            return False
        path = self.path.parent / entry.path
        if not _is_there(path):
            return not asked or any(path.is_relative_to(self.workspace.base / item) for item in asked)
        return self.workspace.show(Path(os.path.normpath(path))) in outcome.paths

    def _stale_note(self, stale: list[Entry]) -> str:
        counts = Counter((entry.path, entry.code) for entry in stale)
        named = [f"{path} {code}{f' ({number} times)' if number > 1 else ''}" for (path, code), number in sorted(counts.items())]
        more = f" and {len(named) - _STALE_SHOWN} more" if len(named) > _STALE_SHOWN else ""
        entries = "entry is" if len(stale) == 1 else "entries are"
        return (
            f"{len(stale):,} baseline {entries} stale, because nothing is found there any more: {', '.join(named[:_STALE_SHOWN])}{more}; "
            f"write it anew with --write-baseline {self.workspace.show(self.path)}"
        )


def _is_there(path: Path) -> bool:
    return witness.is_there(path) or os.path.lexists(path)


def write_baseline(workspace: Workspace, path: Path, outcome: Outcome) -> int:
    """Take the findings of an outcome as known, and return how many they are. Raises `WriteError`; then the file is as it was."""
    target = workspace.base / path
    entries = {
        Entry(relative(workspace, target, told.finding.span.path), told.finding.code, told.fingerprint, told.finding.dag_id or "")
        for told in outcome.findings
    }
    digests = {
        relative(workspace, target, shown): digest(workspace.lines(shown), outcome.hidden_lines.get(shown, frozenset()))
        for shown in sorted({told.finding.span.path for told in outcome.findings})
    }
    write_text(target, dump(Baseline(frozenset(entries), digests)))
    return len(entries)


def relative(workspace: Workspace, baseline: Path, shown: str) -> str:
    """A shown path relative to the folder of the baseline."""
    return workspace.veil.text(Path(os.path.relpath(workspace.base / shown, baseline.parent)).as_posix())
