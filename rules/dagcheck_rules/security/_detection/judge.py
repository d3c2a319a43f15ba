"""Which stretches of a text are secrets, from what it fills, what it looks like and the grammars in it."""

from __future__ import annotations

import functools
import itertools
from collections.abc import Iterator

from dagcheck.patterns import late
from dagcheck_rules.security._detection.around import Around
from dagcheck_rules.security._detection.headers import in_headers
from dagcheck_rules.security._detection.match import Code, Match
from dagcheck_rules.security._detection.names import Kind, Reading
from dagcheck_rules.security._detection.pairs import in_assignments
from dagcheck_rules.security._detection.shapes import private_keys, tokens
from dagcheck_rules.security._detection.shell import begins_a_command, in_commands
from dagcheck_rules.security._detection.sqltext import in_sql
from dagcheck_rules.security._detection.templates import in_templates
from dagcheck_rules.security._detection.text import Text, from_base64
from dagcheck_rules.security._detection.uris import passwords
from dagcheck_rules.security._detection.values import GAP, is_secret, unmistakable

_KEY_FILE = late(r"\"?private_key\"?\s*:|client-key-data\s*:|kind:\s*Config\b")
_HEADERS = frozenset(["headers", "header", "authorization", "default_headers", "http_headers", "extra_headers"])
_SLASHED = late(r"[A-Za-z]\w{0,40}/(?P<password>[^\s/@]{4,100})@(?P<host>[\w.\-:/]{1,200})")
_DSN_NAME = late(r"(?i)dsn|conn|uri|url|database|oracle")
MOST = 200
"""Secrets of one text that are told."""
SHORTEST_HIDDEN = 24
"""Characters of base64 that may hide a secret."""
_LONG = 1_000
"""Longer texts are not remembered."""
_AUTHORIZATION = frozenset(["authorization", "proxy-authorization", "x-authorization", "auth_header", "auth", "authorization_header"])
_GRAMMAR = late(r"[=:'\" <]")


def matches(text: Text, around: Around) -> Iterator[Match]:
    """The secrets in a text, each with the rule that it belongs to."""
    value = text.value
    if len(value) < 4 or value == GAP:
        return
    if len(value) < 16 and not _GRAMMAR.search(value) and not around.secret:  # too short for a token, and nothing says that it is secret
        return
    found = list(itertools.islice(_in_grammars(value, around), MOST))
    if not _covers(found, value):
        found += _hidden(value, around) or _whole(text, value, around)
    told = [match for match in found if match.code]
    key_file = bool(found) and bool(_KEY_FILE.search(value))
    for match in found:
        if match.code or not any(match.start < other.end and other.start < match.end for other in told):
            yield match._replace(code=_code(match, value, around, key_file))


def _in_grammars(value: str, around: Around) -> Iterator[Match]:
    """What the grammars find in a text; remembered by the text and what of its surroundings they ask for, since texts stand in file after file."""
    documents = around.docs and not around.names
    role = (around.prose, around.shell, documents, around.reference, around.name.lower() in _AUTHORIZATION)
    yield from _known(value, *role) if len(value) <= _LONG else _grammars(value, *role)
    if not documents and not around.prose:
        yield from _slashed(value, around)


@functools.lru_cache(maxsize=4096)
def _known(value: str, prose: bool, shell: bool, documents: bool, reference: bool, header: bool) -> tuple[Match, ...]:
    return tuple(itertools.islice(_grammars(value, prose, shell, documents, reference, header), MOST))


def _grammars(value: str, prose: bool, shell: bool, documents: bool, reference: bool, header: bool) -> Iterator[Match]:
    yield from private_keys(value)
    yield from tokens(value)
    if documents:  # a docstring shows how something is called: an example is no secret in use
        return
    yield from passwords(value)
    if not _GRAMMAR.search(value):
        return
    yield from in_headers(value, header=header)
    if not reference:
        yield from in_assignments(value, prose=prose, program=shell or begins_a_command(value))
    yield from in_templates(value)
    if " " in value:
        for match in in_commands(value, program=shell):
            if not prose or unmistakable(value[match.start : match.end]):
                yield match
    if not prose:
        yield from in_sql(value)


def _slashed(value: str, around: Around) -> Iterator[Match]:
    """Oracle's `user/password@database`, where something connects by it."""
    found = (
        _SLASHED.fullmatch(value)
        if "/" in value and _GRAMMAR.search(value) and ("connect" in around.callee.lower() or _DSN_NAME.search(around.name))
        else None
    )
    if found and is_secret(found.group("password"), Reading(Kind.PASSWORD, firm=True)) and not found.group("host").startswith("sha256"):
        yield Match(found.start("password"), found.end("password"), "a connection string with a password", "DAG402", name="password")


def _covers(found: list[Match], value: str) -> bool:
    """Whether what was found is the text itself or the secret in it."""
    return any(match.end - match.start >= min(len(value) * 0.5, 20) or match.code in ("DAG402", "DAG403", "DAG404") for match in found)


def _hidden(value: str, around: Around) -> list[Match]:
    """A key, token or URI in base64."""
    if len(value) < SHORTEST_HIDDEN or around.reference or " " in value.strip() or (decoded := from_base64(value)) is None:
        return []
    inner = [*private_keys(decoded), *tokens(decoded), *passwords(decoded)]
    if not inner:
        inner = list(in_assignments(decoded, prose=False, program=False))
    return [Match(0, len(value), f"{inner[0].what} in base64", inner[0].code, name=inner[0].name)] if inner else []


def _whole(text: Text, value: str, around: Around) -> list[Match]:
    meant = around.meant
    if around.reference or not meant.secret or around.shell or around.sql:
        return []
    if not text.known:
        return _half_known(value, meant)
    if around.row:
        return [Match(0, len(value), "a password in a row of login data", name="password")]
    good = is_secret(value, meant)
    if around.prose or around.compared:
        good = good and unmistakable(value)
    if not good and meant.kind is Kind.AUTH:
        user, colon, password = value.partition(":")
        good = bool(colon) and " " not in value and "//" not in value and is_secret(password, Reading(Kind.PASSWORD)) and user != password
    return [Match(0, len(value), meant.kind.value, name=around.name)] if good else []


def _half_known(value: str, meant: Reading) -> list[Match]:
    """`f"{user}:secret"` as credentials."""
    user, colon, password = value.partition(":")
    if meant.kind is Kind.AUTH and colon and GAP in user and is_secret(password, Reading(Kind.PASSWORD)):
        return [Match(len(user) + 1, len(value), "a password", name="password")]
    return []


def _code(match: Match, value: str, around: Around, key_file: bool) -> Code:
    if key_file and match.code is None and (match.name in ("private_key", "client-key-data", "token") or "service_account" in value):
        return "DAG403"
    if match.code in ("DAG403", "DAG402"):
        return match.code
    if around.default:
        return "DAG405"
    if match.code:
        return match.code
    if around.shell or around.sql or any(name.lower() in _HEADERS for name in around.names):
        return "DAG404"
    if around.environment or (match.end - match.start < len(value) and not around.prose and match.name):
        return "DAG402"
    return "DAG401"
