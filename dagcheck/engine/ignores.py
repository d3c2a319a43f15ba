"""Suppression comments put into a file's text, where they can stand without changing what the file means."""

from __future__ import annotations

import ast
import io
import tokenize
from collections.abc import Iterable

from dagcheck.model.values import Span
from dagcheck.patterns import late
from dagcheck.records import dataclass
from dagcheck.rule.edits import apply_edits
from dagcheck.rule.suppression import enclosing_scopes
from dagcheck.source.text import LINE_BREAK, Source

_OURS = late(r"(#\s*dagcheck:\s*ignore\[)([^\]]*)(\])")


@dataclass(frozen=True)
class Commented:
    """A text with suppression comments, and the codes for which none could be placed, with their lines."""

    text: str
    left: tuple[tuple[str, int], ...] = ()


def add_ignores(source: Source, findings: Iterable[tuple[str, Span]], reason: str) -> Commented:
    """The source's text with a comment for each finding (code and place).

    It goes to the end of the first line from which it holds for the finding and on which a comment may stand: that of the finding's start or end, or the first or last
    line of a call or simple statement around it. Codes for one line share one comment.
    """
    free = _lines_with_room(source.text)
    wanted: dict[int, list[str]] = {}
    left = []
    for code, span in sorted(findings, key=lambda item: (item[1], item[0])):
        line = next((line for line in _candidates(source.tree, span) if line in free), None)
        if line is None:
            left.append((code, span.line))
        elif code not in wanted.setdefault(line, []):
            wanted[line].append(code)
    edits = [_edit(source, line, codes, reason) for line, codes in wanted.items()]
    return Commented(apply_edits(source.text, edits), tuple(left))


def _candidates(tree: ast.Module, span: Span) -> list[int]:
    """The lines from which a comment holds for a place, the best first."""
    around = sorted(enclosing_scopes(tree, span.line), key=lambda scope: scope[1] - scope[0])
    return list(dict.fromkeys((span.line, span.end_line, *(line for scope in around for line in scope))))


def _lines_with_room(text: str) -> set[int]:
    """The lines at whose end a comment may stand: those that end neither inside a text nor with a backslash."""
    room = set()
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        if token.type in (tokenize.NEWLINE, tokenize.NL):
            room.add(token.start[0])
    return room


def _edit(source: Source, line: int, codes: list[str], reason: str) -> tuple[int, int, str]:
    """One comment added at a line's end, or the codes added to the one that is there."""
    text = source.line(line)
    start = source.offset(line, 1)
    there = next((comment for comment in source.comments if comment.line == line), None)
    match = _OURS.search(text, there.column - 1) if there is not None else None
    if match:
        known = [code.strip() for code in match[2].split(",") if code.strip()]
        merged = ", ".join(dict.fromkeys([*known, *codes]))
        return start + match.start(2), start + match.end(2), merged
    end = start + len(text.rstrip())
    return end, end, f"  # dagcheck: ignore[{', '.join(codes)}] -- {' '.join(LINE_BREAK.split(reason))}"
