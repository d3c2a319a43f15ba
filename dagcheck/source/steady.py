"""Simple regular expressions, matched in time that grows with the square of the text at most, where Python's `re` could try forever.

All places that a match may have reached are carried on together, so that no way is gone twice. Only what patterns of ignore files are made of is known: characters, sets,
repetitions, alternatives, groups, and the ends of the text.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from dagcheck.regex_cost import CODES, read

Places = frozenset[int]


class Steady:
    """One pattern. Raises `re.error` for what is none, and `ValueError` for one of other parts."""

    def __init__(self, pattern: str) -> None:
        self.pattern = pattern
        self._items = read(pattern)
        _check(self._items)

    def search(self, text: str) -> bool:
        """True if the pattern matches anywhere in the text."""
        return bool(_after(self._items, text, range(len(text) + 1)))

    def match(self, text: str) -> bool:
        """True if the pattern matches at the beginning of the text."""
        return bool(_after(self._items, text, (0,)))

    def fullmatch(self, text: str) -> bool:
        """True if the pattern matches the whole text."""
        return len(text) in _after(self._items, text, (0,))


def _check(items: Collection[Any]) -> None:
    for operation, argument in items:
        if operation in (CODES.MAX_REPEAT, CODES.MIN_REPEAT):
            _check(argument[2])
        elif operation is CODES.BRANCH:
            for branch in argument[1]:
                _check(branch)
        elif operation is CODES.SUBPATTERN:
            _check(argument[-1])
        elif operation is CODES.IN:
            _check([member for member in argument if member[0] not in (CODES.NEGATE, CODES.RANGE)])
        elif operation not in (CODES.LITERAL, CODES.NOT_LITERAL, CODES.ANY) and argument not in (CODES.AT_BEGINNING, CODES.AT_END):
            raise ValueError(f"not a simple pattern: {operation}")


def _after(items: Collection[Any], text: str, places: Collection[int]) -> Places:
    """The places that matches of the items in a row end at, if they begin at one of these."""
    found = frozenset(places)
    for item in items:
        found = _after_one(item, text, found) if found else found
    return found


def _after_one(item: Any, text: str, places: Places) -> Places:
    operation, argument = item
    if operation in (CODES.MAX_REPEAT, CODES.MIN_REPEAT):
        return _after_rounds(argument, text, places)
    if operation is CODES.BRANCH:
        return frozenset().union(*(_after(branch, text, places) for branch in argument[1]))
    if operation is CODES.SUBPATTERN:
        return _after(argument[-1], text, places)
    if operation is CODES.AT:
        ends = {0} if argument is CODES.AT_BEGINNING else {len(text), len(text) - text.endswith("\n")}
        return places & ends
    return frozenset(place + 1 for place in places if place < len(text) and _is_one(item, text[place]))


def _after_rounds(argument: Any, text: str, places: Places) -> Places:
    low, high, body = int(argument[0]), int(argument[1]), argument[2]
    for _ in range(low):
        places = _after(body, text, places)
    found, rounds = places, low
    while places and rounds < high:
        places = _after(body, text, places) - found
        found, rounds = found | places, rounds + 1
    return found


def _is_one(item: Any, char: str) -> bool:
    """Whether a character is what an item of one character matches."""
    operation, argument = item
    if operation is CODES.LITERAL:
        return ord(char) == int(argument)
    if operation is CODES.NOT_LITERAL:
        return ord(char) != int(argument)
    if operation is CODES.ANY:
        return char != "\n"
    negated = argument[0][0] is CODES.NEGATE
    inside = any(
        ord(char) == value if member is CODES.LITERAL else value[0] <= ord(char) <= value[1] for member, value in argument[negated:]
    )
    return inside != negated
