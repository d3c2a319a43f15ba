"""Findings against suppression comments."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from dagcheck.rule import Finding
from dagcheck.rule.suppression import Suppression


class Suppressions:
    """The suppressions of all files; those of a file that was not examined itself are read when a finding points into it."""

    def __init__(self, known: Iterable[tuple[str, Sequence[Suppression]]], read: Callable[[str], Sequence[Suppression]]) -> None:
        self._by_path: dict[str, Sequence[Suppression]] = dict(known)
        self._read = read
        self._used: set[Suppression] = set()
        self._places: dict[str, _Places] = {}
        self.suppressed: list[tuple[Finding, str]] = []
        """The findings that a comment suppresses, with its reason."""

    def let_through(self, findings: Iterable[Finding]) -> list[Finding]:
        """The findings that no comment suppresses; the others are in `suppressed` from then on."""
        through = []
        for finding in findings:
            comment = self._comment_on(finding)
            if comment is None:
                through.append(finding)
            else:
                self.suppressed.append((finding, comment.reason))
        return through

    def unused(self, path: str) -> list[Suppression]:
        """The suppressions of an examined file that suppressed nothing so far."""
        return [found for found in self._by_path.get(path, ()) if found not in self._used]

    def _comment_on(self, finding: Finding) -> Suppression | None:
        path = finding.span.path
        if path not in self._by_path:
            self._by_path[path] = self._read(path)
        if path not in self._places:
            self._places[path] = _Places(self._by_path[path])
        near = self._places[path].near(finding)
        hits = [found for found in near if found.names(finding.code, finding.name) and found.covers(finding.span)]
        self._used.update(hits)
        return hits[0] if hits else None


class _Places:
    """The suppressions of one file by their lines, so that many of them cost little."""

    def __init__(self, suppressions: Sequence[Suppression]) -> None:
        self._suppressions = suppressions
        self._by_line: dict[int, list[int]] = {}
        self._wide: list[int] = []
        for number, found in enumerate(suppressions):
            self._by_line.setdefault(found.span.line, []).append(number)
            if found.whole_file or found.scopes:
                self._wide.append(number)

    def near(self, finding: Finding) -> list[Suppression]:
        """Those that may hold for a finding, in order."""
        numbers = {*self._wide, *self._by_line.get(finding.span.line, ()), *self._by_line.get(finding.span.end_line, ())}
        return [self._suppressions[number] for number in sorted(numbers)]
