"""Secrets in SQL: `IDENTIFIED BY '…'`, `PASSWORD '…'`, `SECRET '…'`, keys of encryption functions."""

from __future__ import annotations

import re
from collections.abc import Iterator

from dagcheck_rules.security._detection.match import Match
from dagcheck_rules.security._detection.names import Kind, Reading, reading
from dagcheck_rules.security._detection.values import blank, is_secret

_WORD = re.compile(r"(?i)\b(?:create|alter|set|copy|grant|select|insert|merge|unload|attach|use|update|drop|call|put)\b")
_BY = re.compile(
    r"(?i)\b(?:identified\s{1,4}(?:with\s{1,4}[\w']{1,40}\s{1,4})?(?:by|as)(?:\s{1,4}password)?|encrypted\s{1,4}password|password\s{1,4}for\s{1,4}[^\s=]{1,80}\s{0,4}=)\s{0,4}(?:password\s{0,2}\()?(?P<quote>['\"])(?P<value>[^'\"\n]{3,300})(?P=quote)"
)
_NAMED = re.compile(
    r"(?i)(?<![\w.])(?P<name>[a-z_][\w]{2,60})[\"'`]?\s{1,4}(?:as\s{1,4}|to\s{1,4}|value\s{1,4})?(?P<quote>['\"])(?P<value>[^'\"\n]{3,300})(?P=quote)"
)
_CRYPT = re.compile(
    r"(?i)\b(?:pgp_sym_(?:en|de)crypt(?:_bytea)?|aes_(?:en|de)crypt|encrypt_aes|encryptbypassphrase|decryptbypassphrase|aes_encrypt_mysql|hmac|s3|gcs|url|dblink_connect)\s{0,2}\((?P<given>[^()]{1,600})\)"
)
_QUOTED = re.compile(r"'([^'\n]{6,300})'")
_COLUMNS = re.compile(r"(?i)\b(?:like|in|as|from|then|else|when|and|or|is|not|over|by|end)\s{0,4}$")


def in_sql(text: str) -> Iterator[Match]:
    """Secrets in a text that reads as SQL."""
    if ("'" not in text and '"' not in text) or not _WORD.search(text):
        return
    for found in _BY.finditer(text):
        if is_secret(found.group("value"), Reading(Kind.PASSWORD, firm=True)):
            yield Match(found.start("value"), found.end("value"), "a password in SQL", "DAG404", name="PASSWORD")
    for found in _NAMED.finditer(text):
        meant = reading(found.group("name"))
        if meant.secret and is_secret(found.group("value"), meant):
            yield Match(
                found.start("value"),
                found.end("value"),
                f"{meant.kind.value} in SQL",
                "DAG404",
                name=found.group("name"),
            )
    yield from _in_functions(text)


def _in_functions(text: str) -> Iterator[Match]:
    for call in _CRYPT.finditer(text):
        quoted = list(_QUOTED.finditer(call.group("given")))
        for found in quoted[-1:]:
            value = found.group(1)
            if not blank(value) and is_secret(value, Reading(Kind.KEY, firm=True)):
                start = call.start("given") + found.start(1)
                yield Match(start, start + len(value), "a key in SQL", "DAG404", name="key")
