"""All secrets of a file."""

from __future__ import annotations

import functools
import weakref
from collections.abc import Iterable, Iterator

from dagcheck.patterns import late
from dagcheck.records import dataclass
from dagcheck.source.text import Source
from dagcheck_rules.security._detection.around import PROSE
from dagcheck_rules.security._detection.judge import matches
from dagcheck_rules.security._detection.match import Code, Match
from dagcheck_rules.security._detection.places import Lines, Place
from dagcheck_rules.security._detection.shapes import tokens
from dagcheck_rules.security._detection.slots import Slot, slots
from dagcheck_rules.security._detection.text import Piece, Text
from dagcheck_rules.security._detection.values import random_looking

_ORDER: dict[Code, int] = {"DAG403": 0, "DAG402": 1, "DAG404": 2, "DAG405": 3, "DAG401": 4}
_SAYABLE = late(r"^[A-Za-z_\-][\w.\- /]{0,60}$")
_FAR = 12
"""Lines over which the literals of one joined secret are shown as one place."""


@dataclass(frozen=True, slots=True)
class Secret:
    """A secret in a file: the rule that it belongs to, its place, what it is, where it stands in words, and what may be shown of it. Never its value."""

    code: Code
    place: Place
    what: str
    where: str
    shown: str
    subject: str


_HASH = late(r"#[^\n]*")
_WORTH = late(r"[=:]|[A-Za-z0-9_\-]{16}")
"""Without this in any comment, a file's comments hold no secret."""
_known: weakref.WeakKeyDictionary[Source, tuple[Secret, ...]] = weakref.WeakKeyDictionary()


def secrets(source: Source) -> tuple[Secret, ...]:
    """The secrets of a file in the order of their places, one a place; found once for each source."""
    if source not in _known:
        _known[source] = tuple(_single([*_in_texts(source), *_in_comments(source)]))
    return _known[source]


def _in_texts(source: Source) -> Iterator[Secret]:
    lines = Lines(source)
    for slot in slots(source):
        for match in matches(slot.text, slot.around):
            yield _secret(match, slot, lines)


def _in_comments(source: Source) -> Iterator[Secret]:
    if not any(map(_WORTH.search, _HASH.findall(source.text))):
        return
    for comment in source.comments:
        for match in _in_comment(comment.text):
            place = Place(comment.line, comment.column + match.start, comment.line, comment.column + match.end)
            yield Secret(match.code or "DAG401", place, match.what, "stands in a comment", match.shown, "comment")


@functools.lru_cache(maxsize=4096)  # licences stand above many files
def _in_comment(text: str) -> tuple[Match, ...]:
    return tuple(matches(Text((Piece(text),)), PROSE))


def _secret(match: Match, slot: Slot, lines: Lines) -> Secret:
    parts = slot.text.literals(match.start, match.end)
    value = slot.text.value[match.start : match.end]
    places = [lines.within(node, start, end) for node, start, end in parts] or [lines.whole(slot.node)]
    inner, outer = _sayable(match.name, value), _sayable(slot.around.name, value)
    what = f"{match.what} (`{inner}`)" if inner and inner != outer else match.what
    return Secret(match.code or "DAG401", _joined(places), what, _where(slot, outer, value), match.shown, inner or outer)


def _joined(places: list[Place]) -> Place:
    first, last = min(places), max(places, key=lambda place: (place.end_line, place.end_column))
    if last.end_line - first.line > _FAR and len(places) > 1:
        return places[0]
    return Place(first.line, first.column, last.end_line, last.end_column)


def _sayable(name: str, value: str) -> str:
    """A name that may be shown, else nothing: it is plain, no part of the secret, does not hold it, and reads as no secret itself."""
    lower, secret = name.lower(), value.lower()
    if not _SAYABLE.match(name) or secret in lower or (len(lower) >= 4 and lower in secret):
        return ""
    return "" if random_looking(name, 12) or any(True for _ in tokens(name)) else name


def _where(slot: Slot, name: str, value: str) -> str:
    callee = _sayable(slot.around.callee, value)
    if slot.around.docs:
        return "stands in a documentation text"
    if name and callee:
        return f"stands in `{name}` of `{callee}`"
    if slot.function and name == slot.function:
        return f"is returned by `{name}`"
    return f"stands in `{name}`" if name else f"is given to `{callee}`" if callee else "stands in a text"


def _single(found: Iterable[Secret]) -> list[Secret]:
    """One secret a place: of those that overlap, the one of the most specific rule."""
    kept: list[Secret] = []
    for secret in sorted(found, key=lambda one: (_ORDER[one.code], not one.shown, one.place)):
        if not any(_overlap(secret.place, other.place) for other in kept):
            kept.append(secret)
    return sorted(kept, key=lambda one: one.place)


def _overlap(one: Place, other: Place) -> bool:
    return (one.line, one.column) < (other.end_line, other.end_column) and (other.line, other.column) < (one.end_line, one.end_column)
