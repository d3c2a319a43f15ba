"""Source lines with marks below them, the places of one finding together, as compilers show them."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Sequence
from itertools import groupby

from dagcheck.model.values import Span
from dagcheck.records import dataclass
from dagcheck.report.formats import Look
from dagcheck.report.summary import COLORS
from dagcheck.rule import Finding

INDENT = "  "
WIDTH = 110
"""How wide texts are; source lines may be wider."""

_LONGEST = 160
_LEAST_LABEL = 30


@dataclass(frozen=True)
class _Mark:
    """A place with what is said of it. The main one is marked with carets, the others with dashes."""

    span: Span
    label: str
    color: str
    main: bool = False


def excerpts(finding: Finding, look: Look) -> Iterator[str]:
    """The source lines of a finding and of its related places, those of its own file first. A place whose line may not or can't be shown is told in words."""
    here = "; ".join(related.message for related in finding.related if related.span == finding.span)
    marks = [_Mark(finding.span, here, COLORS[finding.severity or "info"], True)]
    marks += [_Mark(related.span, related.message, "cyan") for related in finding.related if related.span != finding.span]
    width = max(4, *(len(str(mark.span.line)) for mark in marks))
    untold = []
    own = finding.span.path
    for path, group in groupby(sorted(marks, key=lambda mark: (mark.span.path != own, mark.span)), key=lambda mark: mark.span.path):
        listed = list(group)
        visible = [mark for mark in listed if (look.line(path, mark.span.line) or "").strip()]
        untold += [mark for mark in listed if mark not in visible and mark.label]
        if visible and path != own:
            first = visible[0].span
            yield f"{INDENT}{' ' * (width - 1)}{look.paint('::', 'dim')} {look.paint(path, 'bold')}:{first.line}:{first.column}"
        yield from _lines(visible, look, width)
    for mark in untold:
        place = f"line {mark.span.line}" if mark.span.path == own else f"{mark.span.path}:{mark.span.line}:{mark.span.column}"
        yield f"{INDENT}{look.paint('also', 'cyan')} {place}: {mark.label}"


def _lines(marks: Sequence[_Mark], look: Look, width: int) -> Iterator[str]:
    """The lines of one file that bear marks, with a sign where lines are left out between."""
    before = None
    bar = look.paint("|", "dim")
    for number, group in groupby(marks, key=lambda mark: mark.span.line):
        if before is not None and number > before + 1:
            yield f"{INDENT}{look.paint('…'.rjust(width), 'dim')}"
        before = number
        on_line = list(group)
        text = look.line(on_line[0].span.path, number) or ""
        shown, shift, length = _cut(text, on_line[0].span.column - 1)
        yield f"{INDENT}{look.paint(str(number).rjust(width), 'dim')} {bar} {shown}"
        for mark in on_line:
            start = min(max(0, mark.span.column - 1 - shift), length)
            end = mark.span.end_column - 1 - shift if mark.span.end_line == number else length
            for row in _marked(start, max(1, min(end, length) - start), mark, look):
                yield f"{INDENT}{' ' * width} {bar} {row}"


def _marked(start: int, length: int, mark: _Mark, look: Look) -> Iterator[str]:
    """The row of marks with the label behind it, or below it where there is no room."""
    signs = look.paint(("^" if mark.main else "-") * length, mark.color)
    if not mark.label:
        yield f"{' ' * start}{signs}"
        return
    room = WIDTH - start - length - 1
    if len(mark.label) <= room:
        yield f"{' ' * start}{signs} {look.paint(mark.label, mark.color)}"
        return
    yield f"{' ' * start}{signs}"
    for line in textwrap.wrap(mark.label, max(_LEAST_LABEL, WIDTH - start), break_long_words=False, break_on_hyphens=False):
        yield f"{' ' * min(start, WIDTH - _LEAST_LABEL)}{look.paint(line, mark.color)}"


def _cut(text: str, start: int) -> tuple[str, int, int]:
    """A line as it is shown, by how many columns its marks shift to the left, and its length; long lines are cut around a column, control characters and tabs made visible."""
    clean = "".join(" " if char == "\t" else char if char.isprintable() else "?" for char in text).rstrip()
    if len(clean) <= _LONGEST:
        return clean, 0, len(clean)
    first = max(0, min(start - 20, len(clean) - _LONGEST))
    last = first + _LONGEST
    shown = ("…" if first else "") + clean[first:last] + ("…" if last < len(clean) else "")
    return shown, first - (1 if first else 0), len(shown)
