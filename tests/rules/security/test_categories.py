"""A word that a table gives to names of all kinds is no password; what several fields of a login have in common may be one."""

from __future__ import annotations

import pytest

from dagcheck_rules.security.connection_string_with_password import ConnectionStringWithPassword
from dagcheck_rules.security.hardcoded_secret import HardcodedSecret
from tests.rules.security.examining import findings_of

RULES = [HardcodedSecret, ConnectionStringWithPassword]
VALUES = {"word": "ware" + "house", "other": "heron" + "marlin", "mixed": "ware" + "house9", "random": "hq7L" + "w2Tz"}
"""Put together here: this file itself holds no password."""
PASSWORDS = [
    'LOGIN = {"host": "%(word)s", "user": "%(word)s", "dbname": "%(word)s", "schema": "%(word)s", "password": "%(word)s"}',
    'LOGIN = dict(host="%(word)s", user="%(word)s", dbname="%(word)s", schema="%(word)s", password="%(word)s")',
    'PASSWORDS = {"north": "%(mixed)s", "south": "%(mixed)s", "east": "%(mixed)s", "west": "%(mixed)s", "password": "%(mixed)s"}',
    'KEYWORDS = {"abort": "unreserved", "start": "unreserved", "zone": "unreserved", "password": "%(other)s"}',
    'KEYWORDS = {"abort": "%(random)s", "start": "%(random)s", "zone": "%(random)s", "password": "%(random)s"}',
    'SECRETS = {"password": "%(other)s", "db_password": "%(other)s", "api_password": "%(other)s", "old_password": "%(other)s"}',
    'ROWS = [("user", "%(word)s"), ("host", "%(word)s"), ("dbname", "%(word)s"), ("password", "%(word)s")]',
    'TEXT = "host=%(word)s user=%(word)s dbname=%(word)s schema=%(word)s password=%(word)s"',
]
WORDS = [
    'KEYWORDS = {"abort": "reserved word", "start": "reserved word", "zone": "reserved word", "password": "reserved word"}',
    'KEYWORDS = [["abort", "Unreserved"], ["start", "Unreserved"], ["zone", "Unreserved"], ["password", "Unreserved"]]',
]


@pytest.mark.parametrize("source", PASSWORDS)
def test_what_a_login_or_an_odd_table_gives_is_a_password(source: str) -> None:
    assert findings_of(RULES, source % VALUES)


@pytest.mark.parametrize("source", WORDS)
def test_what_names_of_all_kinds_have_is_a_category(source: str) -> None:
    assert findings_of(RULES, source) == []
