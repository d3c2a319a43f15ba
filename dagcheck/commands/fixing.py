"""Fixes made in rounds, in memory, until nothing is left to fix; written at the end, or shown as a diff."""

from __future__ import annotations

import difflib
import os
import tempfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from dagcheck.commands.workspace import Workspace
from dagcheck.engine.fix import FixError, choose_fixes, fixed_bytes
from dagcheck.engine.outcome import Outcome
from dagcheck.source.text import SourceError, decode, parse, read_regular

MAX_ROUNDS = 20
"""A fix that is still asked for after so many rounds is one that does not mend what it is for."""


@dataclass
class Fixing:
    """The files that fixes change, with their bytes before and after; how many fixes that were; and the outcome after them."""

    outcome: Outcome
    before: dict[Path, bytes] = field(default_factory=dict)
    changed: dict[Path, bytes] = field(default_factory=dict)
    shown: dict[Path, str] = field(default_factory=dict)
    fixed: int = 0
    problems: list[str] = field(default_factory=list)

    def summary(self, verb: str) -> str:
        """`3 fixes were made in 2 files.`"""
        return f"{self.fixed:,} {'fix' if self.fixed == 1 else 'fixes'} {verb} made in {len(self.changed):,} {'file' if len(self.changed) == 1 else 'files'}."

    def diff(self, hidden: Mapping[str, frozenset[int]]) -> Iterator[str]:
        """A unified diff for each changed file, line by line. A line that holds a secret is not shown."""
        for path, data in sorted(self.changed.items()):
            name = self.shown[path]
            secrets = {line.strip() for number, line in enumerate(_lines(self.before[path]), 1) if number in hidden.get(name, ())} - {""}
            for line in difflib.unified_diff(_lines(self.before[path]), _lines(data), f"a/{name}", f"b/{name}", lineterm=""):
                yield f"{line[:1]}# (a line that holds a secret)" if line[1:].strip() in secrets else line


def fix_files(workspace: Workspace, outcome: Outcome, again: Callable[[], Outcome], *, unsafe: bool) -> Fixing:
    """Make the fixes of an outcome, check `again`, and so on, all in the workspace's memory. Nothing is written."""
    fixing = Fixing(outcome)
    given_up: set[str] = set()
    for _ in range(MAX_ROUNDS):
        chosen = choose_fixes((told.finding for told in fixing.outcome.findings if not _touches(told.finding.fix, given_up)), unsafe=unsafe)
        if not chosen.edits:
            return fixing
        for name, edits in chosen.edits.items():
            path = workspace.base / name
            try:
                source = parse(_read(workspace, path), name, path)
                data = fixed_bytes(source, edits, chosen.codes[name])
            except (FixError, SourceError) as error:
                given_up.add(name)
                fixing.problems.append(str(error))
                continue
            fixing.before.setdefault(path, source.data)
            fixing.shown[path] = name
            fixing.changed[path] = workspace.texts[path] = data
        fixing.fixed += chosen.fixed
        workspace.forget_sources()
        fixing.outcome = again()
    fixing.problems.append(
        f"fixes were still asked for after {MAX_ROUNDS} rounds in {', '.join(fixing.shown[path] for path in sorted(fixing.changed))}"
    )
    return fixing


def write_atomically(path: Path, data: bytes) -> None:
    """Put a file's new bytes in place at once, with its permissions; a link stays a link."""
    target = Path(os.path.realpath(path))
    handle, name = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}.")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
        os.chmod(name, target.stat().st_mode & 0o7777)
        os.replace(name, target)
    except OSError:
        os.unlink(name)
        raise


def _touches(fix: object, paths: set[str]) -> bool:
    return any(edit.span.path in paths for edit in getattr(fix, "edits", ()))


def _read(workspace: Workspace, path: Path) -> bytes:
    return workspace.texts[path] if path in workspace.texts else read_regular(path)


def _lines(data: bytes) -> list[str]:
    return decode(data)[0].splitlines()
