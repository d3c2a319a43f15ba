"""How far a text reads as words: random keys do not, identifiers and prose do."""

from __future__ import annotations

import itertools
import re

from dagcheck.patterns import late
from dagcheck_rules.security._detection.facts import letter_triples

_RUN = late(r"[A-Za-z]+")
_ALNUM = late(r"[A-Za-z0-9]")


def reads_as_word(run: str) -> bool:
    """Whether most letter triples of a run of letters are those of words; runs below three letters are none."""
    if len(run) < 3:
        return False
    lower, known = run.lower(), letter_triples()
    good = sum(lower[i : i + 3] in known for i in range(len(lower) - 2))
    return good * 2 >= len(lower) - 2


def share_of_words(text: str) -> float:
    """The share of a text's letters and digits that belong to words, from 0 (random) to 1 (prose, identifiers).

    A run of letters of mixed capitals is a word only if the capitals stand where words begin.
    """
    total = len(_ALNUM.findall(text))
    if not total:
        return 0.0
    return sum(_wordy_letters(run) for run in _RUN.findall(text)) / total


def _wordy_letters(run: str) -> int:
    if run.islower() or run.isupper() or run[1:].islower():
        return len(run) if reads_as_word(run) else 0
    pieces = re.findall(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+", run)
    if len(pieces) * 2.6 > len(run):
        return 0
    return sum(len(piece) for piece in pieces if reads_as_word(piece))


def switches(text: str) -> float:
    """How often neighbouring letters and digits change between small, capital and digit, as a share of the neighbours: about 0.6 in random base 62, below 0.2 in identifiers."""
    kinds = ["d" if c.isdigit() else "u" if c.isupper() else "l" for c in text if c.isalnum()]
    if len(kinds) < 2:
        return 0.0
    return sum(a != b for a, b in itertools.pairwise(kinds)) / (len(kinds) - 1)


def digit_switches(text: str) -> int:
    """How often letters and digits take turns in a text's runs of both."""
    kinds = [c.isdigit() for c in text if c.isalnum()]
    return sum(a != b for a, b in itertools.pairwise(kinds))
