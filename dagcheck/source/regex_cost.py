"""How many ways a regular expression may have to try on a text, in the worst case: Python's `re` knows no time limit.

The estimate multiplies the choices of repetitions and alternatives that stand side by side, except where what follows cannot begin with what was repeated; a
repetition of something that has choices itself takes the power. Where the texts are at hand, a character repeats as often as they hold it in a row.
"""

from __future__ import annotations

import importlib
import math
import warnings
from typing import Any

PARSER: Any = importlib.import_module("re._parser")
CODES: Any = importlib.import_module("re._constants")
REPEATS = (CODES.MAX_REPEAT, CODES.MIN_REPEAT, getattr(CODES, "POSSESSIVE_REPEAT", None))
OTHER = 128
"""Stands for all characters beyond ASCII."""
ALL = frozenset(range(OTHER + 1))
CLASSES = {
    CODES.CATEGORY_DIGIT: frozenset(range(48, 58)),
    CODES.CATEGORY_SPACE: frozenset({9, 10, 11, 12, 13, 28, 29, 30, 31, 32}),
    CODES.CATEGORY_WORD: frozenset([*range(48, 58), *range(65, 91), 95, *range(97, 123)]),
}
NEGATED = {
    CODES.CATEGORY_NOT_DIGIT: CODES.CATEGORY_DIGIT,
    CODES.CATEGORY_NOT_SPACE: CODES.CATEGORY_SPACE,
    CODES.CATEGORY_NOT_WORD: CODES.CATEGORY_WORD,
}


class Measured:
    """The texts that a pattern meets: their greatest length, and how long the characters of a set stand in a row in them."""

    def __init__(self, length: int, texts: tuple[str, ...] = (), dot_is_any: bool = True) -> None:
        self.length = length
        self.texts = texts
        self.dot_is_any = dot_is_any
        self.runs: dict[frozenset[int], int] = {}

    def run(self, characters: frozenset[int]) -> int:
        """The longest stretch of these characters; the whole length where there are no texts to look at."""
        if not self.texts:
            return self.length
        if characters not in self.runs:
            self.runs[characters] = max(_longest_run(text, characters) for text in self.texts)
        return self.runs[characters]


def _longest_run(text: str, characters: frozenset[int]) -> int:
    longest = now = 0
    for char in text:
        now = now + 1 if min(ord(char), OTHER) in characters else 0
        longest = max(longest, now)
    return longest


def ways(pattern: str | bytes, measured: Measured) -> float:
    """The natural logarithm of the number of ways to match one of the texts. Raises re.error for what is no pattern."""
    text = pattern if isinstance(pattern, str) else pattern.decode("latin-1")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of a set in a set, for instance
        parsed = PARSER.parse(text)
    return _sequence(list(parsed), [], measured) + math.log(measured.length + 1)


def _sequence(items: list[Any], after: list[Any], measured: Measured) -> float:
    """The ways of items in a row, with what may come after them."""
    return sum(_item(item, [*items[index + 1 :], *after], measured) for index, item in enumerate(items))


def _item(item: Any, rest: list[Any], measured: Measured) -> float:
    operation, argument = item
    if operation in REPEATS:
        return _repeat(argument, rest, measured)
    if operation is CODES.BRANCH:
        return math.log(len(argument[1])) + max(_sequence(list(branch), rest, measured) for branch in argument[1])
    if operation is CODES.SUBPATTERN:
        return _sequence(list(argument[-1]), rest, measured)
    if operation in (CODES.ASSERT, CODES.ASSERT_NOT):
        return _sequence(list(argument[1]), [], measured)
    if operation is getattr(CODES, "ATOMIC_GROUP", None):
        return _sequence(list(argument), [], measured)
    return math.log(measured.length + 1) if operation is CODES.GROUPREF else 0.0


def _repeat(argument: Any, rest: list[Any], measured: Measured) -> float:
    low, high, body = argument
    items = list(body)
    one = _characters(items[0]) if len(items) == 1 else None
    rounds = min(int(high), measured.length)
    if one is not None:
        line = one - {10} if items[0][0] is CODES.ANY and not measured.dot_is_any else one
        rounds = min(rounds, max(measured.run(line), int(low)))
    inner = _sequence(items, [*items, *rest] if rounds > 1 else rest, measured)
    if rounds <= int(low):
        return inner * rounds
    if one is not None and not (one & _first(rest)):
        return 0.0
    return math.log(rounds - int(low) + 1) + inner * rounds


def _first(items: list[Any]) -> frozenset[int]:
    """What characters a match of these items may begin with; nothing for the end of the text."""
    found: frozenset[int] = frozenset()
    for operation, argument in items:
        if operation in REPEATS:
            found |= _first(list(argument[2]))
            if int(argument[0]) > 0:
                return found
        elif operation is CODES.SUBPATTERN:
            return found | _first([*list(argument[-1]), *items[1:]]) if len(argument[-1]) else ALL
        elif operation is CODES.BRANCH:
            return found.union(*(_first([*list(branch), *items[1:]]) for branch in argument[1]))
        elif operation is not CODES.AT:
            one = _characters((operation, argument))
            return ALL if one is None else found | one
    return found


def _characters(item: Any) -> frozenset[int] | None:
    """The characters that an item of one character matches, letters in either case; None for other items."""
    operation, argument = item
    if operation is CODES.LITERAL:
        return _either_case(argument)
    if operation is CODES.NOT_LITERAL:
        return ALL - frozenset({argument})
    if operation is CODES.ANY:
        return ALL
    if operation is CODES.IN:
        negated = argument[0][0] is CODES.NEGATE
        found = frozenset().union(*(_member(one) for one in argument[negated:]))
        return ALL - found if negated else found
    return _characters(argument[-1][0]) if operation is CODES.SUBPATTERN and len(argument[-1]) == 1 else None


def _member(one: Any) -> frozenset[int]:
    operation, argument = one
    if operation is CODES.LITERAL:
        return _either_case(argument)
    if operation is CODES.RANGE:
        return frozenset().union(*(_either_case(code) for code in range(argument[0], min(argument[1], OTHER) + 1)))
    return CLASSES[argument] | {OTHER} if argument in CLASSES else ALL - CLASSES.get(NEGATED.get(argument), frozenset())


def _either_case(code: int) -> frozenset[int]:
    if code >= OTHER:
        return frozenset({OTHER})
    char = chr(code)
    return frozenset({ord(char.lower()), ord(char.upper())})
