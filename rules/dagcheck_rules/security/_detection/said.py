"""The words of a text, gathered once for all the grammars that need one of theirs."""

from __future__ import annotations

import functools

_APART = {code: " " for code in range(128) if not (chr(code).isalnum() or chr(code) == "_")}


@functools.lru_cache(maxsize=64)  # grammar by grammar goes over the same text
def words_of(text: str) -> frozenset[str] | None:
    """Every run of letters, digits and underscores in a text, in lower case; None where signs beyond ASCII may read as letters."""
    return frozenset(text.lower().translate(_APART).split()) if text.isascii() else None


def may_say(text: str, wanted: frozenset[str]) -> bool:
    """Whether one of some words (in lower case) may stand in a text."""
    words = words_of(text)
    return words is None or not wanted.isdisjoint(words)
