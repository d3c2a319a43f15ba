"""Hostile texts are judged in time that grows with their length, no faster."""

from __future__ import annotations

import ast
import time

import pytest

from dagcheck_rules.security._detection.around import Around
from dagcheck_rules.security._detection.judge import matches
from dagcheck_rules.security._detection.text import Piece, Text

UNITS = [
    "a", "a ", '"', "'", "\\", '\\"', "=", ":", "a:", "@", "_", ".", "a.", "A1", " \t", "\n", "(", "[", "$(", "{{ a | default(", "{{ password | default('x') }}",
    "password=", "password: ", "password = '", "key_", "token:", "a://", "x://a:b@", "-----BEGIN " + "PRIVATE KEY-----", "ey" + "J", "ey" + "Jaaaaaaaaaaa.", "bearer ", "basic ",
    "insert into t (", "identified by '", "name: a\n", "name: password value: ", "<name>", "?a=", "?key=aaaaaaa&", "1", "se=1&", "QUJD",
    "machine a login ", "aa:11:b:c:", "echo aaaa | ",
    "mysql -p", "curl -u a:", "conn a/", 'send "', "hooks." + "slack.com/services/", "TAAAAAAAA/BAAAAAAAA/", "hmac('", "s3('a',", "default login ", "é", "&a=",
]  # fmt: skip


@pytest.mark.parametrize("unit", UNITS, ids=range(len(UNITS)))
def test_a_long_text_of_one_unit_is_judged_quickly(unit: str) -> None:
    value = unit * (40_000 // len(unit))
    text = Text((Piece(value, ast.Constant(value)),))
    start = time.process_time()
    for around in (Around(), Around(names=("bash_command",), shell=True), Around(names=("password",))):
        list(matches(text, around))
    assert time.process_time() - start < 1.5


def test_chained_operators_and_nested_brackets_are_walked() -> None:
    from dagcheck.source.text import parse
    from dagcheck_rules.security._detection.find import secrets

    chain = "x = " + " + ".join(["'a'"] * 900)
    calls = "y = f" + ".g(1, 2, 3)" * 300
    numbers = "n = " + " + ".join(["1"] * 900) + "; m = [" + "1, " * 20_000 + "]"
    nested = "z = " + "[" * 80 + "]" * 80
    branches = "if a: pass\n" + "elif b: pass\n" * 300
    assert secrets(parse(f"{chain}\n{numbers}\n{calls}\n{nested}\n{branches}\n".encode(), "x.py")) == ()
