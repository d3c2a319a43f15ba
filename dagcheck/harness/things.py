"""How files, objects and Variables differ from those of the reference history."""

from __future__ import annotations

import re
import zlib
from collections import Counter
from typing import Any

from dagcheck.harness.world import Difference, State, Thing

COMPARED = frozenset({"file", "object", "variable"})
INSTANT = re.compile(rb"\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}(:\d{2}(\.\d+)?)?([+-]\d{2}:?\d{2}|Z)?")
UNIQUE = re.compile(rb"\b[0-9a-f]{8}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{12}\b", re.IGNORECASE)


def difference_of(thing: Thing, mine: Any, reference: Any) -> Difference | None:
    """How a file, object or Variable differs: by lines, as a multiset whose order does not matter, and not at all when only instants and unique ids in it do."""
    if mine == reference:
        return None
    if mine is None or reference is None:
        lines = _lines(mine if mine is not None else reference)
        shown = tuple(lines[:6]) or ("(empty)",)
        if mine is None:
            return Difference(thing, (), shown, 0, max(len(lines), 1))
        return Difference(thing, shown, (), max(len(lines), 1), 0)
    if isinstance(mine, bytes) and isinstance(reference, bytes):
        mine, reference = _unpacked(mine), _unpacked(reference)
    if thing[0] != "variable" and _masked(mine) == _masked(reference):
        return None
    left, right = _lines(mine), _lines(reference)
    extra, missing = list((Counter(left) - Counter(right)).elements()), list((Counter(right) - Counter(left)).elements())
    if not extra and not missing:
        return None
    return Difference(thing, tuple(extra[:6]), tuple(missing[:6]), len(extra), len(missing))


def _unpacked(data: bytes) -> bytes:
    """What a gzip file holds, whose head tells when it was written; other data as it is."""
    if not data.startswith(b"\x1f\x8b"):
        return data
    try:
        return zlib.decompressobj(31).decompress(data, 16 * 1024 * 1024)
    except zlib.error:
        return data


def _masked(data: Any) -> Any:
    return UNIQUE.sub(b"(id)", INSTANT.sub(b"(instant)", data)) if isinstance(data, bytes) else data


def _lines(value: Any) -> list[str]:
    if isinstance(value, bytes):
        return value.decode("utf-8", errors="backslashreplace")[:200_000].splitlines()
    return [str(value)]


def differing(state: State, reference: State, passing: frozenset[Thing]) -> list[Difference]:
    """The files, objects and Variables that differ, without those that only pass something on within the DAG."""
    found = []
    for thing in sorted({thing for thing in (*state, *reference) if thing[0] in COMPARED} - passing):
        difference = difference_of(thing, state.get(thing), reference.get(thing))
        if difference is not None:
            found.append(difference)
    return found
