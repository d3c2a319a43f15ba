"""Fixes made in rounds, in memory, until nothing is left to fix; written at the end, or shown as a diff."""

from __future__ import annotations

import difflib
import os
import stat
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from dagcheck.commands.models import Models
from dagcheck.commands.workspace import Workspace
from dagcheck.commands.writing import write_bytes
from dagcheck.engine.fix import Chosen, FixError, choose_fixes, fixed_bytes
from dagcheck.engine.outcome import Outcome, Told
from dagcheck.engine.sameness import Aim, edits_imports, unwanted_changes
from dagcheck.source.text import SourceError, decode, parse, read_regular

MAX_ROUNDS = 20
"""Fixes that are still asked for after so many rounds in which they did not become fewer do not mend what they are for."""

MAX_SINGLE_ROUNDS = 200
"""How many rounds of one fix each there may be, after fixes together had changed what they must not."""


@dataclass
class Fixing:
    """The files that fixes change, with their bytes before and after; the files that each fix edits; and the outcome after them."""

    outcome: Outcome
    before: dict[Path, bytes] = field(default_factory=dict)
    changed: dict[Path, bytes] = field(default_factory=dict)
    shown: dict[Path, str] = field(default_factory=dict)
    made: list[frozenset[Path]] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)

    @property
    def fixed(self) -> int:
        """How many fixes were made in the changed files."""
        return sum(paths <= self.changed.keys() for paths in self.made)

    def summary(self, verb: str) -> str:
        """`3 fixes were made in 2 files.` for `were`."""
        verb = "was" if self.fixed == 1 and verb == "were" else verb
        fixes, files = "fix" if self.fixed == 1 else "fixes", "file" if len(self.changed) == 1 else "files"
        return f"{self.fixed:,} {fixes} {verb} made in {len(self.changed):,} {files}."

    def diff(self, hidden: Mapping[str, frozenset[int]]) -> Iterator[str]:
        """A unified diff for each changed file, line by line. A line that holds a secret is not shown."""
        for path, data in sorted(self.changed.items()):
            name = self.shown[path]
            secrets = {line.strip() for number, line in enumerate(_lines(self.before[path]), 1) if number in hidden.get(name, ())} - {""}
            for line in difflib.unified_diff(_lines(self.before[path]), _lines(data), f"a/{name}", f"b/{name}", lineterm=""):
                yield f"{line[:1]}# (a line that holds a secret)" if line[1:].strip() in secrets else line


def fix_files(workspace: Workspace, outcome: Outcome, again: Callable[[], Outcome], *, unsafe: bool) -> Fixing:
    """Make the fixes of an outcome, check `again`, and so on, all in the workspace's memory. Nothing is written.

    A fix after which a file does not parse, or its DAGs differ in more than what the fix is about, is not made; the problems name it.
    """
    fixing = Fixing(outcome)
    rounds = _Rounds(workspace, fixing, again, unsafe)
    while rounds.go_on():
        pass
    return fixing


def write_fixed(fixing: Fixing) -> list[str]:
    """Write the changed files, all together, and return why some were left as they are: read-only, or changed by someone else meanwhile.

    Those are no longer among the changed ones then; nor are files that share a fix with them, since a fix is made whole or not at all.
    """
    reasons = {path: reason_to_leave(path, fixing.before[path]) for path in fixing.changed}
    left = {path: reason for path, reason in reasons.items() if reason is not None}
    while True:
        torn = {
            path: "shares a fix with a file that can't be written"
            for paths in fixing.made
            if paths & left.keys()
            for path in paths - left.keys()
        }
        if not torn:
            break
        left |= torn
    for path in left:
        fixing.changed.pop(path, None)
    write_bytes(fixing.changed)
    return [f"{fixing.shown[path]}: {reason}; it was left as it is" for path, reason in sorted(left.items())]


def reason_to_leave(path: Path, before: bytes) -> str | None:
    """Why a file that was read as `before` must not be written now; None where it may be."""
    try:
        mode = os.stat(path).st_mode
        if not mode & (stat.S_IWUSR | stat.S_IWGRP | stat.S_IWOTH) or not os.access(path, os.W_OK):
            return "is read-only"
        return None if read_regular(path) == before else "was changed by someone else while it was fixed"
    except (OSError, SourceError) as error:
        return str(error)


class _Rounds:
    """The rounds of fixing. Fixes that together change too much are tried one by one, so that one bad fix does not keep the others from being made."""

    def __init__(self, workspace: Workspace, fixing: Fixing, again: Callable[[], Outcome], unsafe: bool) -> None:
        self.workspace, self.fixing, self.again, self.unsafe = workspace, fixing, again, unsafe
        self.models = Models(workspace, fixing.outcome.paths)
        self.given_up: set[str] = set()
        self.left = MAX_ROUNDS
        self.fewest = sys.maxsize
        self.singly = False

    def go_on(self) -> bool:
        """One round; False where nothing is left to do."""
        told = [item for item in self.fixing.outcome.findings if item.fingerprint not in self.given_up]
        chosen = choose_fixes((item.finding for item in told), unsafe=self.unsafe, most=1 if self.singly else None)
        if not chosen.findings:
            return False
        asked = sum(item.finding.fix is not None for item in told)
        if asked < self.fewest:
            self.fewest, self.left = asked, max(self.left, MAX_ROUNDS)
        if self.left == 0:
            places = ", ".join(sorted({finding.span.path for finding in chosen.findings}))
            self.fixing.problems.append(f"{places}: fixes of {_codes(chosen)} are still asked for after they were made again and again")
            return False
        self.left -= 1
        problem = self._attempt(chosen)
        if problem is None:
            self.fixing.made += [
                frozenset(self.workspace.base / edit.span.path for edit in finding.fix.edits) for finding in chosen.findings if finding.fix
            ]
            self.fixing.outcome = self.again()
        elif chosen.fixed > 1:
            self.singly, self.left = True, MAX_SINGLE_ROUNDS
        else:
            self._give_up(told, chosen, problem)
        return True

    def _give_up(self, told: list[Told], chosen: Chosen, problem: str) -> None:
        self.given_up.update(item.fingerprint for item in told if item.finding is chosen.findings[0])
        span = chosen.findings[0].span
        self.fixing.problems.append(f"{span.path}:{span.line}: the fix of {_codes(chosen)} was not made: {problem}")

    def _attempt(self, chosen: Chosen) -> str | None:
        """Make the fixes in memory; what is wrong with them where they can't stay, and then nothing is changed."""
        old = {self.workspace.base / name: self.workspace.texts.get(self.workspace.base / name) for name in chosen.edits}
        before = self.models.reading(old)
        try:
            new, imports = self._edited(chosen)
        except (FixError, SourceError) as error:
            return str(error)
        self._put(new)
        aim = Aim(chosen.findings, imports)
        for path, model in before.items():
            for change in unwanted_changes(model, self.models.read_again(path), aim):
                self._put(old)
                for restored in before:
                    self.models.read_again(restored)
                return change
        self.fixing.changed.update(new)
        return None

    def _edited(self, chosen: Chosen) -> tuple[dict[Path, bytes], bool]:
        """The new bytes of each file, and whether imports are changed."""
        new: dict[Path, bytes] = {}
        imports = False
        for name, edits in chosen.edits.items():
            path = self.workspace.base / name
            data = self.workspace.texts.get(path)
            source = parse(read_regular(path) if data is None else data, name, path)
            new[path] = fixed_bytes(source, edits, chosen.codes[name])
            imports = imports or edits_imports(source.tree, chosen.findings, name)
            self.fixing.before.setdefault(path, source.data)
            self.fixing.shown[path] = name
        return new, imports

    def _put(self, texts: Mapping[Path, bytes | None]) -> None:
        for path, data in texts.items():
            if data is None:
                self.workspace.texts.pop(path, None)
            else:
                self.workspace.texts[path] = data
        self.workspace.forget_sources()


def _codes(chosen: Chosen) -> str:
    return ", ".join(sorted({finding.code for finding in chosen.findings}))


def _lines(data: bytes) -> list[str]:
    return decode(data)[0].splitlines()
