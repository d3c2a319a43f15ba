"""Secrets in SQL: `IDENTIFIED BY '…'`, `PASSWORD '…'`, `SECRET '…'`, keys of encryption functions."""

from __future__ import annotations

from collections.abc import Iterator

from dagcheck.patterns import late
from dagcheck_rules.security._detection.match import Match
from dagcheck_rules.security._detection.names import Kind, Reading, reading
from dagcheck_rules.security._detection.said import may_say
from dagcheck_rules.security._detection.values import blank, is_secret, mixed

_VERBS = frozenset(
    ["create", "alter", "set", "copy", "grant", "select", "insert", "merge", "unload", "attach", "use", "update", "drop", "call", "put"]
)
_WORD = late(rf"(?i)\b(?:{'|'.join(sorted(_VERBS))})\b")
_BY = late(
    r"(?i)\b(?:identified\s{1,4}(?:with\s{1,4}[\w']{1,40}\s{1,4})?(?:by|as)(?:\s{1,4}password)?|encrypted\s{1,4}password|password\s{1,4}for\s{1,4}[^\s=]{1,80}\s{0,4}=)\s{0,4}(?:password\s{0,2}\()?(?P<quote>['\"])(?P<value>[^'\"\n]{3,300})(?P=quote)"
)
_NAMED = late(
    r"(?i)(?<![\w.])(?P<name>[a-z_][\w]{2,60})[\"'`]?\s{1,4}(?:as\s{1,4}|to\s{1,4}|value\s{1,4})?(?P<quote>['\"])(?P<value>[^'\"\n]{3,300})(?P=quote)"
)
_FUNCTIONS = frozenset(
    [
        *(
            "pgp_sym_encrypt",
            "pgp_sym_encrypt_bytea",
            "pgp_sym_decrypt",
            "pgp_sym_decrypt_bytea",
            "aes_encrypt",
            "aes_decrypt",
            "encrypt_aes",
        ),
        *("encryptbypassphrase", "decryptbypassphrase", "aes_encrypt_mysql", "hmac", "s3", "gcs", "url", "dblink_connect"),
    ]
)
_CRYPT = late(rf"(?i)\b(?:{'|'.join(sorted(_FUNCTIONS, reverse=True))})\s{{0,2}}\((?P<given>[^()]{{1,600}})\)")
_BARE = late(r"(?i)\bidentified\s{1,4}by\s{1,4}(?P<value>[^\s'\";{}()<>$%:]{6,100})")
_INSERT = late(
    r"(?i)\binsert\s{1,4}(?:overwrite\s{1,4}|ignore\s{1,4})?into\s{1,4}(?:table\s{1,4})?[^\s()]{1,200}\s{0,4}\((?P<columns>[^()]{1,1000})\)\s{0,8}values\s{0,4}\((?P<values>[^()]{1,2000})\)"
)
_VALUE = late(r"(?:^|,)\s{0,8}(?:'(?P<text>[^'\n]{0,300})'|[^',]{1,200})")
_QUOTED = late(r"'([^'\n]{6,300})'")
_MADE_BY, _IDENTIFIED, _INSERTS = frozenset(["identified", "encrypted", "password"]), frozenset(["identified"]), frozenset(["insert"])
NEEDED = ((_WORD, _VERBS), (_BY, _MADE_BY), (_BARE, _IDENTIFIED), (_INSERT, _INSERTS), (_CRYPT, _FUNCTIONS))
"""Patterns, each with the words without which it finds nothing."""


def in_sql(text: str) -> Iterator[Match]:
    """Secrets in a text that reads as SQL."""
    if not may_say(text, _VERBS) or not _WORD.search(text):
        return
    for found in _BY.finditer(text) if may_say(text, _MADE_BY) else ():
        if is_secret(found.group("value"), Reading(Kind.PASSWORD, firm=True)):
            yield Match(found.start("value"), found.end("value"), "a password in SQL", "DAG404", name="PASSWORD")
    for found in _NAMED.finditer(text) if "'" in text or '"' in text else ():
        meant = reading(found.group("name"))
        if meant.secret and "=" not in found.group("value")[:-2] and is_secret(found.group("value"), meant):
            yield Match(
                found.start("value"),
                found.end("value"),
                f"{meant.kind.value} in SQL",
                "DAG404",
                name=found.group("name"),
            )
    if may_say(text, _INSERTS):
        yield from _inserted(text)
    if may_say(text, _IDENTIFIED):
        yield from _bare(text)
    if may_say(text, _FUNCTIONS):
        yield from _in_functions(text)


def _bare(text: str) -> Iterator[Match]:
    """`IDENTIFIED BY secret`, without quotes."""
    for found in _BARE.finditer(text):
        if mixed(found.group("value"), 7) and is_secret(found.group("value"), Reading(Kind.PASSWORD)):
            yield Match(found.start("value"), found.end("value"), "a password in SQL", "DAG404", name="PASSWORD")


def _inserted(text: str) -> Iterator[Match]:
    """The values of an INSERT, named by their columns."""
    for found in _INSERT.finditer(text):
        columns = [column.strip("\"'` \n\t") for column in found.group("columns").split(",")]
        for number, value in enumerate(_VALUE.finditer(found.group("values"))):
            meant = reading(columns[number]) if number < len(columns) else Reading(Kind.PLAIN)
            given = value.group("text")
            if given and meant.secret and is_secret(given, meant):
                start = found.start("values") + value.start("text")
                yield Match(start, start + len(given), f"{meant.kind.value} in SQL", "DAG404", name=columns[number])


def _in_functions(text: str) -> Iterator[Match]:
    for call in _CRYPT.finditer(text):
        quoted = list(_QUOTED.finditer(call.group("given")))
        for found in quoted[-1:]:
            value = found.group(1)
            if not blank(value) and is_secret(value, Reading(Kind.KEY, firm=True)):
                start = call.start("given") + found.start(1)
                yield Match(start, start + len(value), "a key in SQL", "DAG404", name="key")
