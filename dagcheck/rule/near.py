"""The name that was probably meant."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache

_CLOSE = 0.75


def nearest(name: str, known: Iterable[str]) -> str | None:
    """The known name that is most like a wrong one; None where none is like it."""
    return _nearest(name, tuple(sorted(known)))


@lru_cache(maxsize=256)  # the same few arguments are written in every file
def _nearest(name: str, known: tuple[str, ...]) -> str | None:
    import difflib

    found = difflib.get_close_matches(name, known, n=1, cutoff=_CLOSE)
    return found[0] if found else None


def letters(name: str) -> str:
    """The letters of a name in the order of the alphabet: names with the same ones differ by swapped letters alone."""
    return "".join(sorted(name))
