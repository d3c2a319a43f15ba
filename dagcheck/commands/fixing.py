"""Fixes made in rounds, in memory, until nothing is left to fix; written at the end, or shown as a diff."""

from __future__ import annotations

import difflib
import os
import stat
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

from dagcheck.commands.models import Models
from dagcheck.commands.workspace import Workspace
from dagcheck.commands.writing import write_bytes
from dagcheck.engine.alarm import Alarms
from dagcheck.engine.fix import Chosen, FixError, choose_fixes, fixed_bytes
from dagcheck.engine.outcome import Outcome, Told
from dagcheck.engine.redact import careful
from dagcheck.engine.sameness import Aim, edits_imports, unwanted_changes
from dagcheck.records import dataclass, field
from dagcheck.rule import Finding
from dagcheck.source.text import SourceError, decode, parse, read_regular

MAX_ROUNDS = 20
"""Fixes that are still asked for after so many rounds in which they did not become fewer do not mend what they are for."""


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
        """A unified diff for each changed file, line by line. A line that holds a secret, before or after, is not shown, nor is what took the place of one."""
        after = self.outcome.hidden_lines
        for path, data in sorted(self.changed.items()):
            name = self.shown[path]
            old, new = _lines(self.before[path]), _lines(data)
            secrets = {*_numbered(old, hidden.get(name, frozenset())), *_numbered(new, after.get(name, frozenset()))}
            yield from _masked(difflib.unified_diff(old, new, f"a/{name}", f"b/{name}", lineterm=""), secrets)


def _numbered(lines: Sequence[str], numbers: frozenset[int]) -> Iterator[str]:
    return (line for number, line in enumerate(lines, 1) if number in numbers and line.strip())


def _masked(diff: Iterator[str], secrets: set[str]) -> Iterator[str]:
    replaced = False
    for line in diff:
        hides = line[1:] in secrets
        if line.startswith("-"):
            replaced = replaced or hides
        elif not line.startswith("+"):
            replaced = False
        hides = hides or (replaced and line.startswith("+"))
        hides = hides or careful(line) != line
        yield f"{line[:1]}# (a line that holds a secret)" if hides else line


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


@dataclass(frozen=True)
class _Problem:
    """Why fixes can't be made, and the files whose edits are to blame."""

    reason: str
    files: frozenset[str]


class _Rounds:
    """The rounds of fixing. Where the fixes of a file together change too much, they are tried one by one, so that one bad fix does not keep the others from being made."""

    def __init__(self, workspace: Workspace, fixing: Fixing, again: Callable[[], Outcome], unsafe: bool) -> None:
        self.workspace, self.fixing, self.again, self.unsafe = workspace, fixing, again, unsafe
        self.models = Models(workspace, fixing.outcome.paths)
        self.given_up: set[str] = set()
        self.one_by_one: set[str] = set()
        self.left = MAX_ROUNDS
        self.fewest = sys.maxsize

    def go_on(self) -> bool:
        """One round; False where nothing is left to do."""
        told = [item for item in self.fixing.outcome.findings if item.fingerprint not in self.given_up]
        chosen = choose_fixes((item.finding for item in told), unsafe=self.unsafe, one_in=self.one_by_one)
        if not chosen.findings:
            return False
        if self.left == 0:
            places = ", ".join(sorted({finding.span.path for finding in chosen.findings}))
            self.fixing.problems.append(
                f"{places}: fixes of {_codes(chosen.findings)} are still asked for after they were made again and again"
            )
            return False
        problem = self._attempt(chosen)
        if problem is not None:
            self._learn(problem, told, chosen)
            return True
        self._count([item for item in told if item.finding.fix])
        self.fixing.made += [
            frozenset(self.workspace.locate(edit.span.path) for edit in finding.fix.edits) for finding in chosen.findings if finding.fix
        ]
        self.fixing.outcome = self.again()
        return True

    def _count(self, asked: list[Told]) -> None:
        """Count the rounds in which the fixes that are asked for did not become fewer."""
        self.left = MAX_ROUNDS if len(asked) < self.fewest else self.left - 1
        self.fewest = min(self.fewest, len(asked))

    def _learn(self, problem: _Problem, told: list[Told], chosen: Chosen) -> None:
        """From now on make the fixes of the files to blame one by one; a fix that is alone to blame is given up."""
        blamed = [
            finding for finding in chosen.findings if finding.fix and any(edit.span.path in problem.files for edit in finding.fix.edits)
        ]
        if len(blamed) > 1 and not problem.files <= self.one_by_one:
            self.one_by_one |= problem.files
            return
        for finding in blamed:
            self.given_up.update(item.fingerprint for item in told if item.finding is finding)
            place = f"{finding.span.path}:{finding.span.line}"
            self.fixing.problems.append(f"{place}: the fix of {_codes([finding])} was not made: {problem.reason}")

    def _attempt(self, chosen: Chosen) -> _Problem | None:
        """Make the fixes in memory; what is wrong with them where they can't stay, and then nothing is changed."""
        old = {self.workspace.locate(name): self.workspace.texts.get(self.workspace.locate(name)) for name in chosen.edits}
        before = self.models.reading(old)
        new: dict[Path, bytes] = {}
        imports = False
        for name in chosen.edits:
            try:
                data, edits_import = self._edited_in_time(name, chosen)
            except FixError as error:
                return _Problem(f"the file {error.reason} then", frozenset({name}))
            except SourceError as error:
                return _Problem(f"the file {error.message}", frozenset({name}))
            new[self.workspace.locate(name)] = data
            imports = imports or edits_import
        self._put(new)
        aim = Aim(chosen.findings, imports)
        for path, model in before.items():
            for change in unwanted_changes(model, self.models.read_again(path), aim):
                self._put(old)
                for restored in before:
                    self.models.read_again(restored)
                return _Problem(change, frozenset(chosen.edits) & {model.path, *model.reads})
        self.fixing.changed.update(new)
        return None

    def _edited_in_time(self, name: str, chosen: Chosen) -> tuple[bytes, bool]:
        seconds = self.workspace.finder.configuration(self.workspace.locate(name)).limit("seconds")

        def given_up(reason: str) -> tuple[bytes, bool]:
            raise FixError(name, chosen.codes[name], reason)

        return Alarms.within(seconds, lambda: self._edited(name, chosen), given_up)

    def _edited(self, name: str, chosen: Chosen) -> tuple[bytes, bool]:
        """The new bytes of a file, and whether its imports are changed."""
        path = self.workspace.locate(name)
        data = self.workspace.texts.get(path)
        source = parse(read_regular(path) if data is None else data, name, path)
        self.fixing.before.setdefault(path, source.data)
        self.fixing.shown[path] = name
        return fixed_bytes(source, chosen.edits[name], chosen.codes[name]), edits_imports(source.tree, chosen.findings, name)

    def _put(self, texts: Mapping[Path, bytes | None]) -> None:
        for path, data in texts.items():
            if data is None:
                self.workspace.texts.pop(path, None)
            else:
                self.workspace.texts[path] = data
        self.workspace.forget_sources()


def _codes(findings: Sequence[Finding]) -> str:
    return ", ".join(sorted({finding.code for finding in findings}))


def _lines(data: bytes) -> list[str]:
    return decode(data)[0].splitlines()
