"""Passwords in URIs, and secrets in their queries."""

from __future__ import annotations

import re
from collections.abc import Iterator

from dagcheck.patterns import late
from dagcheck_rules.security._detection.match import Match
from dagcheck_rules.security._detection.names import parts, reading
from dagcheck_rules.security._detection.values import GAP, blank, random_looking, reference
from dagcheck_rules.security._detection.wording import switches

_START = late(r"(?<![A-Za-z0-9+.\-])(?P<scheme>[A-Za-z][A-Za-z0-9+.\-]{0,40})://(?P<rest>[^\s\"'<>`\\,|]{1,600})")
_THIN = late(r"jdbc:oracle:\w{1,8}:(?P<user>[^\s/:@]{1,60})/(?P<password>[^\s@\"']{1,120})@")
_QUERY = late(r"[?&;](?P<name>[\w.\-]{1,60})=(?P<value>[^&\s\"'<>#;`]{6,500})")
_QUERY_NAMES = frozenset(
    ["key", "auth", "sig", "signature", "code", "pw", "appid", "app_id_key", "credential", "hmac", "jwt", "apikey", "pass"]
)
_HASH_HOSTS = late(r"(?:sentry|ingest|glitchtip|bugsnag)[\w.\-]*")


def passwords(text: str) -> Iterator[Match]:
    """Passwords and tokens that stand before the host of a URI; what may be shown is `scheme://user:***@host`."""
    if "://" in text:
        for found in _START.finditer(text):
            yield from _of_uri(found)
    if "jdbc:oracle" in text:
        for found in _THIN.finditer(text):
            if _is_password(found.group("password"), found.group("user")):
                yield Match(found.start("password"), found.end("password"), "a connection string with a password", "DAG402")


def _unquoted(text: str) -> str:
    if "%" not in text:
        return text
    from urllib.parse import unquote

    return unquote(text)


def _of_uri(found: re.Match[str]) -> Iterator[Match]:
    rest, at = found.group("rest"), found.start("rest")
    split = _userinfo(rest)
    if split is None:
        return
    user, colon, password = rest[:split].partition(":")
    host = re.split(r"[/?#]", rest[split + 1 :], maxsplit=1)[0]
    host = host if "@" not in rest[split + 1 :] else ""
    shown = f"{found.group('scheme')}://{_plain(user)}:***@{_plain(host)}"
    if colon and password and _is_password(password, user):
        yield Match(at + len(user) + 1, at + split, "a connection URI with a password", "DAG402", shown)
    elif (not colon or not password or _known_marker(password)) and _is_token(user, host):
        yield Match(at, at + len(user), "a URI with a token", "DAG402", f"{found.group('scheme')}://***@{_plain(host)}")


def _plain(part: str) -> str:
    """A part of a URI as it may be shown: nothing of it if it could be a secret itself."""
    return part if re.fullmatch(r"[A-Za-z][\w.\-]{0,40}(?::\d+)?", part) and not random_looking(part, 12) else "…"


def _known_marker(password: str) -> bool:
    return password in ("x-oauth-basic", "x", "@", "unused", "api_token")


def _userinfo(rest: str) -> int | None:
    """Where the `@` after the user stands; None where there is none. A password may hold an unescaped `/` or `@`."""
    authority = re.split(r"[/?#]", rest, maxsplit=1)[0]
    if "@" in authority:
        return authority.rindex("@")
    at = rest.find("@")
    if at < 0 or ":" not in authority:
        return None
    behind = authority.partition(":")[2]
    return None if behind.isdigit() or not behind or "?" in rest[:at] else at


def _is_password(password: str, user: str) -> bool:
    plain = _unquoted(password)
    if GAP in password or "{" in password or blank(plain) or plain.lower() == _unquoted(user).lower() or "***" in plain:
        return False
    return not reference(plain, digits=2) or (len(plain) >= 16 and random_looking(plain))


def _is_token(user: str, host: str) -> bool:
    return (
        GAP not in user
        and "{" not in user
        and not _HASH_HOSTS.search(host)
        and random_looking(user, 20)
        and not blank(user)
        and switches(user) > 0.25
    )


def in_queries(text: str) -> Iterator[Match]:
    """Secrets in the query of a URL or endpoint: `?api_key=…`, `&sig=…`."""
    if "=" not in text or not ("?" in text or "&" in text):
        return
    for found in _QUERY.finditer(text):
        value, name = _unquoted(found.group("value")), found.group("name")
        least = 12 if reading(name).secret else 20 if _QUERY_NAMES & set(parts(name)[-1:]) else 0
        if least and random_looking(value, least) and not blank(value) and not reference(value):
            yield Match(found.start("value"), found.end("value"), "a secret in the query of a URL", "DAG404", name=name)
