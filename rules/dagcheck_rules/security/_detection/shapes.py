"""Public formats of credentials, and private keys."""

from __future__ import annotations

import functools
import re
from collections.abc import Iterator
from typing import NamedTuple

from dagcheck.patterns import late
from dagcheck_rules.security._detection.facts import table
from dagcheck_rules.security._detection.match import Match
from dagcheck_rules.security._detection.said import tree
from dagcheck_rules.security._detection.wording import share_of_words

_PRIVATE = late(r"-----BEGIN (?:[A-Z0-9]{1,12} ){0,4}PRIVATE KEY(?: BLOCK)?-----|PuTTY-User-Key-File-\d:")
_PRIVATE_END = late(r"-----END (?:[A-Z0-9]{1,12} ){0,4}PRIVATE KEY(?: BLOCK)?-----|Private-MAC:[ ]*[0-9a-f]{40,64}")
_BODY = late(r"[A-Za-z0-9+/=]{40,}|(?:[A-Za-z0-9+/=]{16,80}[\s\\nr\"']{1,12}){2,}")
_STAND_IN = late(
    r"EXAMPLE|(?i:example|placeholder|redacted|replace|your|dummy|fake)|[xX*]{5,}|\.\.\.|0{10,}|1{10,}|1234567890|(?i:abcdefgh)"
)
_RUN = late(r"[^\s\"']{15}")
"""No format is shorter, and none holds a blank or a quote."""


_DOTS = late(r"\.[A-Za-z\d_\-]{6}\.")
"""What the format that a dot alone hints at has in its middle."""


class Format(NamedTuple):
    """One public format."""

    what: str
    hints: tuple[str, ...]
    pattern: re.Pattern[str]
    shown: int


@functools.cache
def formats() -> tuple[Format, ...]:
    """The formats of `data/tokens.toml`, each bounded by what is no letter or digit."""
    return tuple(
        Format(entry["what"], tuple(entry["hints"]), late(rf"(?<![A-Za-z0-9]){entry['pattern']}(?![A-Za-z0-9])"), entry["shown"])
        for entry in table("tokens")["token"]
    )


@functools.cache
def hints() -> tuple[str, ...]:
    """The texts one of which stands in every token, but for those of the formats that a single sign hints at."""
    return tuple(sorted({hint for kind in formats() for hint in kind.hints if len(hint) > 1}))


@functools.cache
def any_hint() -> re.Pattern[str]:
    """What finds a hint in a text, if there is one: all of them as one tree of letters, which takes a quarter of the time of asking for each."""
    return re.compile(tree(hints()))


def may_hold_token(text: str) -> bool:
    """Whether a credential of a public format may stand in a text: it is long enough, and one of the formats hints at it. The only one without a longer hint has two dots."""
    return len(text) >= 16 and bool(_RUN.search(text)) and (_is_dotted(text) or bool(any_hint().search(text)))  # most texts are prose


def _is_dotted(text: str) -> bool:
    return len(text) >= 59 and bool(_DOTS.search(text))


def tokens(text: str) -> Iterator[Match]:
    """The credentials of public formats in a text, stand-ins left out."""
    if not may_hold_token(text):
        return
    present, dotted = {hint for hint in hints() if hint in text} if any_hint().search(text) else set(), _is_dotted(text)
    for kind in formats():
        if present.isdisjoint(kind.hints) and not (dotted and "." in kind.hints):
            continue
        for found in kind.pattern.finditer(text):
            if not stand_in(found.group(), kind.shown):
                yield Match(found.start(), found.end(), kind.what, shown=found.group()[: kind.shown])


def stand_in(token: str, prefix: int = 0) -> bool:
    """Whether a text of a token's format is only an example of one: marked as such, one letter over and over, or words."""
    body = token[prefix:]
    if _STAND_IN.search(token) or len(set(body)) < min(8, len(body)):
        return True
    return "://" not in body and "/" not in body and share_of_words(body) > 0.6


def private_keys(text: str) -> Iterator[Match]:
    """Private keys in PEM, OpenSSH, PGP or PuTTY form, from their first line to their last; a header without a key behind it is none."""
    if "PRIVATE KEY" not in text and "PuTTY" not in text:
        return
    last = 0
    for begin in _PRIVATE.finditer(text):
        if begin.start() < last:
            continue
        end = _PRIVATE_END.search(text, begin.end(), begin.end() + 20_000)
        last = end.end() if end else min(len(text), begin.end() + 8_000)
        body = text[begin.end() : last]
        if _BODY.search(body) and len(set(body)) > 16:
            yield Match(begin.start(), last, "a private key", "DAG403")
