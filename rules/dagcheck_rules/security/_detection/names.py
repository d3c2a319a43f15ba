"""What a name says of the value that it names."""

from __future__ import annotations

import enum
import functools
import re
from typing import NamedTuple

from dagcheck.patterns import late
from dagcheck_rules.security._detection.facts import table, words
from dagcheck_rules.security._detection.said import tree


class Kind(enum.Enum):
    """What sort of thing a name announces. `ABOUT` names something about a secret (its path, its length), `PLAIN` nothing of the kind."""

    PASSWORD = "a password"
    SECRET = "a secret"
    TOKEN = "a token"
    KEY = "a key"
    AUTH = "a login"
    COOKIE = "a credential"
    ABOUT = "something about a secret"
    PLAIN = "nothing"


SECRET_KINDS = frozenset(kind for kind in Kind if kind not in (Kind.ABOUT, Kind.PLAIN))


class Reading(NamedTuple):
    """How a name reads: the kind, and whether the name says so plainly (`firm`), so that even a value made of words counts."""

    kind: Kind
    firm: bool = False

    @property
    def secret(self) -> bool:
        """Whether the name announces a secret."""
        return self.kind in SECRET_KINDS


PLAIN = Reading(Kind.PLAIN)
_PARTS = late(r"(?i:base64|b64|s3|k8s|v\d+|x509|oauth2|gcp)(?![a-zA-Z0-9])|[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+|[^\W\d_a-zA-Z]+")
_SIGNS = (
    *(
        "pass",
        "pwd",
        "pw",
        "psw",
        "secret",
        "token",
        "key",
        "auth",
        "cred",
        "jwt",
        "bearer",
        "pat",
        "sas",
        "cookie",
        "session",
        "sig",
        "seed",
    ),
    *(
        "mnemonic",
        "salt",
        "pepper",
        "webhook",
        "kubeconfig",
        "otp",
        "pem",
        "kennwort",
        "contras",
        "wachtw",
        "motdep",
        "senha",
        "login",
        "ppk",
    ),
)
"""One of these stands in every name that reads as anything but plain."""
QUICK = late("|".join(_SIGNS), re.IGNORECASE)
_QUICKER = late(tree(_SIGNS))


def speaks(name: str) -> bool:
    """Whether a name may read as anything but plain."""
    return bool(_QUICKER.search(name.lower()) if name.isascii() else QUICK.search(name))


def parts(name: str) -> list[str]:
    """The words of a name, in lower case: split at separators, digits and capitals."""
    return [part.lower() for part in _PARTS.findall(name[-160:])]


@functools.lru_cache(maxsize=8192)
def reading(name: str) -> Reading:
    """How a name reads.

    >>> reading("db_password").kind, reading("token_url").kind, reading("partition_key").kind
    (<Kind.PASSWORD: 'a password'>, <Kind.ABOUT: 'something about a secret'>, <Kind.PLAIN: 'nothing'>)
    """
    if not name or "::" in name or not speaks(name):  # `AWS::IAM::AccessKey` names a type
        return PLAIN
    split = _meaningful(parts(name))
    if not split:
        return PLAIN
    found = _head(split)
    if found.kind is not Kind.PLAIN:
        return found
    return _elsewhere(split)


def _meaningful(split: list[str]) -> list[str]:
    """The words without what stands behind the head noun: numbers, environments, encodings, `for …`."""
    for word in ("for", "of", "in", "from", "on", "by"):
        if word in split[1:]:
            split = split[: split.index(word, 1)]
    about, decoration = words("names", "about"), words("names", "decoration")
    while len(split) > 1 and (split[-1].isdigit() or split[-1] in decoration) and not (split[-1] in about and split[-1] != "test"):
        split = split[:-1]
    return split


def _head(split: list[str]) -> Reading:
    """What the last word says, with the words before it."""
    last, before = split[-1], split[-2] if len(split) > 1 else ""
    if last in ("key", "keys"):
        return _of_key(split[:-1])
    if len(split) > 1 and (glued := before + last) in words("names", "head", "key"):
        return Reading(Kind.KEY, firm=glued != "pem")
    if last in words("names", "about"):
        return Reading(Kind.ABOUT) if any(_category(word) for word in split[:-1]) else PLAIN
    kind = _category(last)
    if kind is None:
        return PLAIN
    if kind is Kind.PASSWORD and split[0] in words("names", "asks") and len(split) > 1:
        return Reading(Kind.ABOUT)
    if kind is Kind.TOKEN and (before in words("names", "token", "other") or split[-3:-1] == ["public", "key"]):
        return PLAIN
    return Reading(kind, firm=kind in (Kind.PASSWORD, Kind.SECRET, Kind.TOKEN, Kind.KEY))


def _of_key(before: list[str]) -> Reading:
    if not before:
        return PLAIN
    if before[-1] in words("names", "key", "secret") or _category(before[-1]) not in (None, Kind.COOKIE):
        return Reading(Kind.KEY, firm=True)
    if before[-1] in words("names", "key", "other") or before[-1] in words("names", "about"):
        return Reading(Kind.ABOUT) if any(_category(word) for word in before) else PLAIN
    return Reading(Kind.KEY)


@functools.lru_cache(maxsize=4096)
def _category(word: str) -> Kind | None:
    heads = table("names")["head"]
    single = word.removesuffix("s") if len(word) > 5 and not word.endswith("ss") else word
    for kind in ("password", "secret", "token", "key", "auth", "cookie"):
        if word in heads[kind] or single in heads[kind]:
            return Kind[kind.upper()]
    for kind, endings in table("names")["glued"].items():
        if any(single.endswith(ending) for ending in endings):
            return Kind[kind.upper()]
    return None


def _elsewhere(split: list[str]) -> Reading:
    """A name whose last word is its own (`PASSWORD_CRM`, `api_key_billing`): the kind of the word before, said less firmly."""
    for at in range(len(split) - 1, 0, -1):
        if split[at] in words("names", "about"):
            return Reading(Kind.ABOUT) if any(_category(word) for word in split) else PLAIN
        found = _head(split[:at])
        if found.secret and found.firm:
            return Reading(found.kind)
    return PLAIN
