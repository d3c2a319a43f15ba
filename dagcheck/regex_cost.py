"""How many ways a regular expression may have to try on a text, in the worst case: Python's `re` knows no time limit.

The estimate multiplies the choices of repetitions and alternatives that stand side by side, except where what follows cannot begin with what was repeated; a
repetition of something that has choices itself takes the power. Where the texts are at hand, a character repeats as often as they hold it in a row.
"""

from __future__ import annotations

import importlib
import math
import re
import warnings
from functools import lru_cache
from typing import Any, NamedTuple

PARSER: Any = importlib.import_module("re._parser")
CODES: Any = importlib.import_module("re._constants")
POSSESSIVE, ATOMIC = CODES.POSSESSIVE_REPEAT, CODES.ATOMIC_GROUP
REPEATS = (CODES.MAX_REPEAT, CODES.MIN_REPEAT, POSSESSIVE)
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


USUAL = 250
"""The length of the texts that a pattern is judged by, in characters: ids and paths are seldom longer."""
QUICK = 18.0
"""The natural logarithm of the ways to match that may be tried (some sixty millions)."""
_ENDLESS = 30.0
"""The same for a pattern that is refused whatever the texts: six repetitions in a row that run into each other, or one inside of another."""
_LONG = 50_000
_LONGEST_PATTERN = 10_000


def problem_with(pattern: str) -> str | None:
    """What is wrong with a regular expression of the configuration; None where nothing is."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of a set in a set, for instance
            re.compile(pattern)
        if len(pattern) <= _LONGEST_PATTERN and _cost(pattern) <= _ENDLESS:
            return None
    except re.error as error:
        return f"{pattern!r} is no regular expression: {error}"
    except (RecursionError, OverflowError, MemoryError):
        pass
    return f"the regular expression {pattern[:80]!r} may take very long to match: what is repeated should not be repeated again, nor run into what follows"


def is_quick(pattern: str, text: str) -> bool:
    """True if the pattern is matched against the text in little time. A pattern that `problem_with` has nothing to say of is so for nearly all texts."""
    if len(text) <= USUAL and _cost(pattern) <= QUICK:
        return True
    known = (text,) if len(text) <= _LONG else ()
    return ways(pattern, Measured(len(text), known)) <= QUICK


class Measured:
    """The texts that a pattern meets: their greatest length, and how long the characters of a set stand in a row in them."""

    def __init__(self, length: int, texts: tuple[str, ...] = (), dot_is_any: bool = True) -> None:
        self.length = length
        self.texts = texts
        self.dot_is_any = dot_is_any
        self.runs: dict[frozenset[int], int] = {}
        self.counts: dict[frozenset[int], int] = {}

    def run(self, characters: frozenset[int]) -> int:
        """The longest stretch of these characters; the whole length where there are no texts to look at."""
        if not self.texts:
            return self.length
        if characters not in self.runs:
            self.runs[characters] = max(_longest_run(text, characters) for text in self.texts)
        return self.runs[characters]

    def count(self, characters: frozenset[int]) -> int:
        """How often these characters stand in a text at most; the whole length where there are no texts to look at."""
        if not self.texts:
            return self.length
        if characters not in self.counts:
            self.counts[characters] = max(sum(min(ord(char), OTHER) in characters for char in text) for text in self.texts)
        return self.counts[characters]


def _longest_run(text: str, characters: frozenset[int]) -> int:
    longest = now = 0
    for char in text:
        now = now + 1 if min(ord(char), OTHER) in characters else 0
        longest = max(longest, now)
    return longest


@lru_cache(256)
def _cost(pattern: str) -> float:
    return ways(pattern, Measured(USUAL))


def ways(pattern: str | bytes, measured: Measured) -> float:
    """The natural logarithm of the number of ways to match one of the texts. Raises re.error for what is no pattern, RecursionError for one that is nested too deeply."""
    text = pattern if isinstance(pattern, str) else pattern.decode("latin-1")
    cost = _sequence(read(text), NOTHING, measured)
    return cost.along + cost.aside + math.log(measured.length + 1)


def read(pattern: str) -> list[Any]:
    """What a pattern is made of, as Python's own parser of patterns has it."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of a set in a set, for instance
        return list(PARSER.parse(pattern))


class Cost(NamedTuple):
    """Natural logarithms of ways: those that multiply with the ways of what follows, and those that are over when they have been gone once, as in an atomic group."""

    along: float = 0.0
    aside: float = 0.0


class Beginning(NamedTuple):
    """The characters that a match may begin with, and whether it may be empty."""

    characters: frozenset[int]
    empty: bool


NOTHING = Beginning(frozenset(), True)
"""What stands at the end of a pattern."""


def _sequence(items: list[Any], after: Beginning, measured: Measured) -> Cost:
    """The ways of items in a row, with what may come after them."""
    along = aside = 0.0
    for item in reversed(items):
        cost = _item(item, after, measured)
        along, aside = along + cost.along, max(aside, cost.aside)
        after = _then(_beginning(item), after)
    return Cost(along, aside)


def _item(item: Any, after: Beginning, measured: Measured) -> Cost:
    operation, argument = item
    if operation is POSSESSIVE:
        return _apart(_repeat(argument, after, measured))
    if operation in REPEATS:
        return _repeat(argument, after, measured)
    if operation is CODES.BRANCH:
        return _one_of([list(branch) for branch in argument[1]], after, measured)
    if operation is CODES.GROUPREF_EXISTS:
        return _one_of([list(branch or ()) for branch in argument[1:]], after, measured)
    if operation is CODES.SUBPATTERN:
        return _sequence(list(argument[-1]), after, measured)
    if operation in (CODES.ASSERT, CODES.ASSERT_NOT):
        return _apart(_sequence(list(argument[1]), NOTHING, measured))
    if operation is ATOMIC:
        return _apart(_sequence(list(argument), NOTHING, measured))
    return Cost(math.log(measured.length + 1)) if operation is CODES.GROUPREF else Cost()


def _apart(cost: Cost) -> Cost:
    return Cost(0.0, cost.along + cost.aside)


def _one_of(branches: list[list[Any]], after: Beginning, measured: Measured) -> Cost:
    costs = [_sequence(branch, after, measured) for branch in branches]
    choices = 1 if _differ(branches) else len(branches)
    return Cost(math.log(choices) + max(cost.along for cost in costs), max(cost.aside for cost in costs))


def _differ(branches: list[list[Any]]) -> bool:
    """Whether the next character tells which of the branches is meant."""
    beginnings = [_beginnings(branch) for branch in branches]
    together: frozenset[int] = frozenset().union(*(found.characters for found in beginnings))
    return not any(found.empty for found in beginnings) and len(together) == sum(len(found.characters) for found in beginnings)


def _repeat(argument: Any, after: Beginning, measured: Measured) -> Cost:
    low, high, body = argument
    items = list(body)
    one = _characters(items[0]) if len(items) == 1 else None
    rounds = min(int(high), measured.length)
    if one is not None:
        line = one - {10} if items[0][0] is CODES.ANY and not measured.dot_is_any else one
        rounds = min(rounds, max(measured.run(line), int(low)))
    again = _beginnings(items)
    inner = _sequence(items, Beginning(again.characters | after.characters, after.empty) if rounds > 1 else after, measured)
    if rounds <= int(low) or (one is not None and not (one & after.characters)):
        return Cost(inner.along * rounds, inner.aside) if one is None else Cost()
    stops = rounds - int(low)
    if one is not None and not after.empty:
        stops = min(stops, measured.count(after.characters))
    return Cost(math.log(stops + 1) + inner.along * rounds, inner.aside + math.log(rounds) if inner.aside else 0.0)


def _beginnings(items: list[Any]) -> Beginning:
    found = NOTHING
    for item in reversed(items):
        found = _then(_beginning(item), found)
    return found


def _then(first: Beginning, second: Beginning) -> Beginning:
    return Beginning(first.characters | second.characters, second.empty) if first.empty else first


def _beginning(item: Any) -> Beginning:
    operation, argument = item
    if operation in REPEATS:
        inner = _beginnings(list(argument[2]))
        return Beginning(inner.characters, inner.empty or int(argument[0]) == 0)
    if operation is CODES.SUBPATTERN or operation is ATOMIC:
        return _beginnings(list(argument[-1] if operation is CODES.SUBPATTERN else argument))
    if operation is CODES.BRANCH:
        inners = [_beginnings(list(branch)) for branch in argument[1]]
        return Beginning(frozenset().union(*(inner.characters for inner in inners)), any(inner.empty for inner in inners))
    if operation in (CODES.AT, CODES.ASSERT, CODES.ASSERT_NOT):
        return NOTHING
    if operation in (CODES.GROUPREF, CODES.GROUPREF_EXISTS):
        return Beginning(ALL, True)
    one = _characters(item)
    return Beginning(ALL if one is None else one, False)


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
