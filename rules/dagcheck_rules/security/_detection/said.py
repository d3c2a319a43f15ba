"""The words of a text, gathered once for all the grammars that need one of theirs."""

from __future__ import annotations

import functools
import re
from collections.abc import Iterable

_APART = {code: " " for code in range(128) if not (chr(code).isalnum() or chr(code) == "_")}


@functools.lru_cache(maxsize=8)  # grammar by grammar goes over the same text
def words_of(text: str) -> frozenset[str] | None:
    """Every run of letters, digits and underscores in a text, in lower case; None where signs beyond ASCII may read as letters."""
    return frozenset(text.lower().translate(_APART).split()) if text.isascii() else None


def may_say(text: str, wanted: frozenset[str]) -> bool:
    """Whether one of some words (in lower case) may stand in a text."""
    words = words_of(text)
    return words is None or not wanted.isdisjoint(words)


def tree(texts: Iterable[str]) -> str:
    """A pattern of several texts in which what they begin with alike stands once."""
    behind: dict[str, list[str]] = {}
    for text in texts:
        if not text:  # the others of these are longer, and found with it
            return ""
        behind.setdefault(text[0], []).append(text[1:])
    branches = [re.escape(letter) + tree(rest) for letter, rest in behind.items()]
    return branches[0] if len(branches) == 1 else f"(?:{'|'.join(branches)})"
