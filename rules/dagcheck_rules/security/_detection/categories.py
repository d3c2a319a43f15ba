"""Tables that give words to names of all kinds, such as a list of SQL keywords: `{"abort": "unreserved", "password": "unreserved", …}`."""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

from dagcheck.patterns import late
from dagcheck_rules.security._detection.facts import words
from dagcheck_rules.security._detection.names import parts, reading
from dagcheck_rules.security._detection.text import literal
from dagcheck_rules.security._detection.wording import reads_as_word

_LEAST = 3
"""Other names that have the same word."""
_WORD = late(r"[A-Za-z]+(?:[_\- ][A-Za-z]+)*")


def categories(pairs: Iterable[tuple[str, str]]) -> frozenset[str]:
    """The values that name a category, by the names that they are given to: words that three names or more have which speak neither of secrets nor of logins."""
    counts = Counter(value for name, value in dict(pairs).items() if _speaks_of_neither(name))
    return frozenset(value for value, count in counts.items() if count >= _LEAST and _is_word(value))


def _speaks_of_neither(name: str) -> bool:
    return not reading(name).secret and words("names", "logins").isdisjoint(parts(name))


def _is_word(value: str) -> bool:
    if not _WORD.fullmatch(value):
        return False
    pieces = value.replace("_", " ").replace("-", " ").split()
    return value in (value.lower(), value.upper(), value.capitalize()) and all(len(piece) < 3 or reads_as_word(piece) for piece in pieces)


def of_dict(names: Sequence[str | None], values: Sequence[ast.expr]) -> Iterator[int]:
    """The ids of the nodes that give a category to a name of a secret, among the items of a dict or the keywords of a call."""
    if len(names) <= _LEAST or not any(name is not None and reading(name).secret for name in names):
        return
    given = [(name, text, value) for name, value in zip(names, values) if name is not None and (text := literal(value)) is not None]
    known = categories((name, text) for name, text, _ in given)
    yield from (id(value) for _, text, value in given if text in known)


def of_rows(rows: Sequence[ast.expr]) -> Iterator[int]:
    """The same among rows of a name and its value: tuples of two, or dicts with one key for the name and one for the value."""
    if len(rows) > _LEAST and isinstance(rows[0], ast.Tuple | ast.List | ast.Dict):
        found = [pair for row in rows if (pair := _pair(row)) is not None]
        yield from of_dict([literal(name) for name, _ in found], [value for _, value in found])


def _pair(row: ast.expr) -> tuple[ast.expr, ast.expr] | None:
    match row:
        case ast.Tuple(elts=[name, value]) | ast.List(elts=[name, value]):
            return name, value
        case ast.Dict(keys=keys, values=values):
            by_key = {literal(key): value for key, value in zip(keys, values) if key is not None}
            found = [next((by_key[key] for key in by_key if key in words("names", "pairs", role)), None) for role in ("name", "value")]
            return None if found[0] is None or found[1] is None else (found[0], found[1])
    return None
