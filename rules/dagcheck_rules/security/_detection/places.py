"""Where in the source a stretch of a literal's text stands."""

from __future__ import annotations

import ast
import io
import re
from collections.abc import Iterator
from typing import NamedTuple

from dagcheck.model.values import Span
from dagcheck.patterns import late
from dagcheck.source.text import LINE_BREAK, Source
from dagcheck_rules.security._detection.text import literal

_OPEN = late(r"(?i)^[rbuf]{0,2}(\"\"\"|'''|\"|')")


class Place(NamedTuple):
    """A stretch of source: lines and columns from 1, in characters, the end column one past the last."""

    line: int
    column: int
    end_line: int
    end_column: int


class Lines:
    """Turns nodes and offsets of one source into places."""

    def __init__(self, source: Source) -> None:
        self.source = source

    def whole(self, node: ast.expr) -> Place:
        """The place of a whole expression."""
        return Place(*self.source.span(node)[1:])

    def within(self, node: ast.expr, start: int, end: int) -> Place:
        """The place of the characters from `start` to `end` of a literal's text; the whole literal where escapes or joins hide it."""
        place, text = self.whole(node), literal(node)
        if text is None or (start == 0 and end >= len(text)):
            return place
        segment = LINE_BREAK.sub("\n", self.source.segment(Span(self.source.path, *place)))
        at = _find(segment, text, start, end)
        if at is None:
            return place
        return Place(*_moved(place, segment, at[0]), *_moved(place, segment, at[1]))


def _moved(place: Place, segment: str, offset: int) -> tuple[int, int]:
    before = segment[:offset]
    newlines = before.count("\n")
    return (place.line + newlines, offset - before.rfind("\n") if newlines else place.column + offset)


def _find(segment: str, text: str, start: int, end: int) -> tuple[int, int] | None:
    opening = _OPEN.match(segment)
    if opening and segment[opening.end() : -len(opening.group(1))] == text:
        return opening.end() + start, opening.end() + end
    wanted = text[start:end]
    for form in (
        wanted,
        repr(wanted)[1:-1],
        wanted.replace("\\", "\\\\").replace("\n", "\\n"),
        wanted.replace('"', '\\"'),
        wanted.replace("{", "{{").replace("}", "}}"),
    ):
        at = segment.find(form, start)
        at = at if at >= 0 else segment.find(form)
        if at >= 0:
            return at, at + len(form)
    return _in_pieces(segment, text, start, end) or _first_line(segment, text, start)


def _in_pieces(segment: str, text: str, start: int, end: int) -> tuple[int, int] | None:
    """Where a stretch stands among adjoining string literals: exactly in those without escapes, from or to the edge of those with."""
    found, at = [], 0
    for begin, raw in _literals(segment):
        value = literal(ast.parse(raw, mode="eval").body)
        opening = _OPEN.match(raw)
        if value is None or opening is None:
            return None
        low, high = max(start - at, 0), min(end - at, len(value))
        if low < high:
            plain = raw[opening.end() : -len(opening.group(1))] == value
            found.append((begin + opening.end() + low, begin + opening.end() + high) if plain else (begin, begin + len(raw)))
        at += len(value)
    return (found[0][0], found[-1][1]) if found and at == len(text) else None


def _literals(segment: str) -> Iterator[tuple[int, str]]:
    """The string literals of a stretch of source with their offsets; none where it holds anything else, such as an f-string of a newer Python."""
    import tokenize  # only for a secret in adjoining literals

    lines = [0, *(match.end() for match in re.finditer("\n", segment))]
    try:
        tokens = list(tokenize.generate_tokens(io.StringIO(f"({segment}\n)").readline))
    except (tokenize.TokenError, SyntaxError):
        return
    for token in tokens:
        if token.type == tokenize.STRING and token.string[:1] not in "fF" and token.string[:2].lower() not in ("rf", "fr"):
            yield lines[token.start[0] - 1] + token.start[1] - (token.start[0] == 1), token.string
        elif token.type == tokenize.STRING:
            return


def _first_line(segment: str, text: str, start: int) -> tuple[int, int] | None:
    """The source line on which a text with escapes begins, where the literal keeps its line breaks."""
    if segment.count("\n") != text.count("\n") or "\n" not in text:
        return None
    line = text.count("\n", 0, start)
    begin = sum(len(part) + 1 for part in segment.split("\n")[:line])
    return begin, begin + len(segment.split("\n")[line])
