"""Rows of login data without names: `("crm", "mysql", "db.corp", "etl", "…")`."""

from __future__ import annotations

import re
from collections.abc import Sequence

from dagcheck.patterns import late
from dagcheck_rules.security._detection.names import Kind, parts, reading
from dagcheck_rules.security._detection.values import blank, mixed, reference, structured
from dagcheck_rules.security._detection.wording import share_of_words, switches

_HOSTLIKE = late(
    r"^(?:\w+://)?(?:[a-z0-9\-]+\.)+[a-z]{2,}(?::\d+)?/?$|^\d{1,3}(?:\.\d{1,3}){3}(?::\d+)?$|^localhost(?::\d+)?$", re.IGNORECASE
)
_USERLIKE = late(r"^[A-Za-z][\w.\\\-]{1,40}(?:@[\w.\-]+)?$")
_DOTTED_NAME = late(r"^[a-z_][a-z0-9_]*(?:\.[a-z_][a-z0-9_]*)*\.[A-Z][A-Za-z0-9]*$")
_HASH_FILE = late(r"^[0-9a-f]{16,64}\.[a-z]{2,4}$")
_CONTAINER = frozenset(
    [
        "connections",
        "connection",
        "conns",
        "conn",
        "credentials",
        "creds",
        "login",
        "logins",
        "accounts",
        "account",
        "auth",
        "users",
        "databases",
        "servers",
        "sources",
        "endpoints",
        "connect",
        "client",
        "session",
        "engine",
    ]
)


def about_logins(names: Sequence[str]) -> bool:
    """Whether a container's or callee's names speak of connections or accounts."""
    return any(_CONTAINER & set(parts(name)) or reading(name).kind is Kind.AUTH for name in names if name)


def password_place(values: Sequence[str | None], logins: bool) -> int | None:
    """Which of a row's texts is a password: one that reads as made up, after one that reads as a user, in a row that has a host or in a container of logins (`logins`)."""
    hosts = any(value is not None and _HOSTLIKE.match(value) for value in values)
    if not (hosts or logins):
        return None
    for place in range(len(values) - 1, 0, -1):
        value, before = values[place], values[place - 1]
        if value is not None and before is not None and _USERLIKE.match(before) and not _HOSTLIKE.match(before) and _made_up(value):
            return place
    return None


def _made_up(value: str) -> bool:
    if len(value) < 7 or blank(value) or reference(value) or structured(value) or not mixed(value):
        return False
    if _DOTTED_NAME.match(value) or _HASH_FILE.match(value):
        return False
    symbols = bool(re.search(r"[^\w.\-/: ]", value))
    return symbols or (switches(value) > 0.25 and share_of_words(value) < 0.5)
