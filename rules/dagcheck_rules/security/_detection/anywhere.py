"""Secrets in a text of any sort: a data file that a DAG reads, a setting, a source that nobody can parse. What is found here is never told, only hidden."""

from __future__ import annotations

from collections.abc import Iterator

from dagcheck.patterns import late
from dagcheck_rules.security._detection.around import NOTHING, Around
from dagcheck_rules.security._detection.judge import SHORTEST_HIDDEN, matches
from dagcheck_rules.security._detection.shapes import may_hold_token, private_keys, tokens
from dagcheck_rules.security._detection.text import Piece, Text, from_base64
from dagcheck_rules.security._detection.uris import passwords

MOST = 1_000_000
"""Characters of a text in which more than what is certain by its form is looked for."""
_LONGEST = 20_000
CANDIDATE = late(r"[^\s\"'`()\[\]{}<>,;\\]{16,}")
"""Every public format, and every URI with a password, is at least so long and holds nothing of that."""
_APART = str.maketrans(dict.fromkeys("\"'`()[]{}<>,;\\", " "))
_SIGN = late(r"[=:'\" <]")
"""Private keys, passwords in URIs and all that has a grammar hold one of these."""
_DIGIT = late(r"\d")


def certain(text: str) -> Iterator[str]:
    """The credentials in a text that their form alone gives away. Costs little where there is none."""
    for key in private_keys(text):
        yield text[key.start : key.end]
    candidates = "\n".join([piece for piece in long_pieces(text) if _DIGIT.search(piece) and len(set(piece)) > 8])
    if candidates:
        for match in tokens(candidates):
            yield candidates[match.start : match.end]
        for match in passwords(candidates) if "://" in candidates else ():
            found = candidates[match.start : match.end]
            if len(found) >= 8 and _DIGIT.search(found):
                yield found


def long_pieces(text: str) -> list[str]:
    """The stretches of 16 characters or more in which none of a blank, a quote, a bracket, a comma, a semicolon or a backslash stands."""
    if not text.isascii():
        return CANDIDATE.findall(text)
    return [piece for piece in text.translate(_APART).split() if len(piece) >= 16]  # five times as quick


def anywhere(text: str, name: str = "") -> Iterator[str]:
    """The secrets in a text that fills `name`, or that stands by itself where that is empty."""
    return iter(()) if not name and holds_nothing(text) else look_into(text, name)


def holds_nothing(text: str) -> bool:
    """Whether a text that stands by itself surely holds no secret, as most names of files do: no grammar has a sign, no format a hint, and it is no base64."""
    if _SIGN.search(text) or may_hold_token(text):
        return False
    return len(text) < SHORTEST_HIDDEN or "." in text or from_base64(text) is None


def look_into(text: str, name: str) -> Iterator[str]:
    """The same, with all that takes longer."""
    yield from certain(text)
    around = Around(names=(name,)) if name else NOTHING
    for part in _parts(text[:MOST]):
        for match in matches(Text((Piece(part),)), around):
            yield part[match.start : match.end]


def _parts(text: str) -> Iterator[str]:
    """The text by pieces of whole lines, so that many secrets in one file are all found; a line that is longer than any of a person is left out."""
    held: list[str] = []
    size = 0
    for line in text.splitlines(keepends=True):
        if len(line) > _LONGEST:
            continue
        if size + len(line) > _LONGEST:
            yield "".join(held)
            held, size = [], 0
        held.append(line)
        size += len(line)
    yield "".join(held)
