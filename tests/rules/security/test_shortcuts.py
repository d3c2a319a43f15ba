"""What is passed over quickly holds nothing: each quick question says no only where the slow one does."""

import ast
import re
from base64 import b64encode

import hypothesis.strategies as st
from hypothesis import given

from dagcheck_rules.security._detection import anywhere, headers, shell, sqltext
from dagcheck_rules.security._detection.around import Around
from dagcheck_rules.security._detection.judge import matches
from dagcheck_rules.security._detection.names import QUICK, speaks
from dagcheck_rules.security._detection.said import may_say
from dagcheck_rules.security._detection.samples import machine_made
from dagcheck_rules.security._detection.scope import Scope
from dagcheck_rules.security._detection.shapes import any_hint, formats, hints, may_hold_token
from dagcheck_rules.security._detection.slots import tells
from dagcheck_rules.security._detection.text import Piece, Text

HIDDEN = b64encode("=".join(["password", machine_made(12)]).encode()).decode()
SEPARATORS = [
    "",
    " ",
    "\n",
    "\t",
    "\x1c",
    "\x85",
    "\xa0",
    "-",
    ".",
    "/",
    "'",
    '"',
    "`",
    "(",
    ")",
    "=",
    ":",
    ";",
    ",",
    "\\",
    "{",
    "<",
    "token",
    "1",
    "_",
    "é",
]
ODD = [
    "ſelect",
    "ſet",
    "toKen",
    "PASSWORD",
    "Bearer",
    "x" * 15,
    "x" * 16,
    "A1b2C3d4E5f6G7h8",
]  # letters that are S and K where capitals do not count


def texts_of(words: list[str]) -> st.SearchStrategy[str]:
    """Texts that are put together from words, parts of them and what separates them."""
    parts = st.sampled_from([*words, *ODD, *(word[:-1] for word in words), *(word.upper() for word in words)])
    pieces = st.tuples(parts, st.sampled_from(SEPARATORS))
    return st.lists(pieces, max_size=8).map(lambda found: "".join(part for piece in found for part in piece))


@given(texts_of(list(hints())))
def test_the_tree_of_hints_finds_a_text_if_one_of_them_stands_in_it(text: str) -> None:
    assert bool(any_hint().search(text)) == any(hint in text for hint in hints())


def test_what_base64_hides_in_the_name_of_a_file_is_looked_for() -> None:
    assert not anywhere.holds_nothing(HIDDEN)
    assert list(anywhere.anywhere(HIDDEN)) == [HIDDEN]


@given(texts_of(["pass", "word", "ToKen", "path", "PRIVATE", "seſſion", "toKen", "id"]))
def test_a_name_is_passed_over_if_it_has_no_sign(text: str) -> None:
    assert speaks(text) == bool(QUICK.search(text))


@given(st.data())
def test_no_token_without_a_hint_is_passed_over(data: st.DataObject) -> None:
    unhinted = [kind for kind in formats() if "." in kind.hints]
    assert len(unhinted) == 1
    text = data.draw(st.from_regex(unhinted[0].pattern.pattern))
    assert may_hold_token(text)


def test_the_tree_of_hints_finds_each_of_them() -> None:
    assert all(any_hint().fullmatch(hint) or any_hint().match(hint) for hint in hints())


@given(st.one_of(texts_of(["aB3", "x.y-z", "AKIA" + "ABCDEFGH"]), st.text()))
def test_long_pieces_are_those_that_the_pattern_finds(text: str) -> None:
    assert anywhere.long_pieces(text) == re.findall(anywhere.CANDIDATE.pattern, text)


@given(texts_of([*shell.known_commands(), "/usr/bin/mysql", "$(curl"]))
def test_no_command_is_passed_over(text: str) -> None:
    assert shell.names_a_program(text) == bool(shell.program_names().search(text))


@given(
    texts_of(
        ["basic", "bearer", "api-key", "genie_key", "klaviyo-api-key", "sso-key", "aws4-hmac-sha256", "token=", "pat: ", "ntlm ", "key"]
    )
)
def test_no_scheme_of_a_header_is_passed_over(text: str) -> None:
    assert may_say(text, headers.FIRST) or not headers.SCHEME.search(text + " abcdefgh")


@given(
    texts_of(
        [
            *("select", "insert ", "into ", "t (a) values ('b')", "identified by ", "encrypted password ", "password for x ="),
            *("'secret'", "aes_encrypt('a', 'bcdefghi')", "hmac (", "s3("),
        ]
    )
)
def test_no_statement_is_passed_over(text: str) -> None:
    for pattern, words in sqltext.NEEDED:
        assert may_say(text, words) or not pattern.search(text)


@given(texts_of(["airflow", "@daily", "mysql", "{{ds}}", "a1B2"]), st.booleans(), st.booleans())
def test_a_text_that_tells_nothing_by_itself_is_no_secret_where_nothing_else_says_so(text: str, shell_text: bool, prose: bool) -> None:
    around = Around(names=("task_id",), callee="connect", shell=shell_text, prose=prose)
    assert tells(text) or not list(matches(Text((Piece(text),)), around))


@given(
    texts_of(
        [
            "/dags/sales/daily_",
            "report.py",
            "AKIA" + "ABCDEFGH",
            "ghp_",
            HIDDEN,
            "ey" + "J.",
            "config ",
            "pat",
        ]
    )
)
def test_a_text_that_is_passed_over_as_the_name_of_a_file_holds_no_secret(text: str) -> None:
    assert not anywhere.holds_nothing(text) or not list(anywhere.look_into(text, ""))


def test_parameters_are_found_in_every_scope_whether_or_not_all_callables_are_known() -> None:
    tree = ast.parse(
        "def a(x, y):\n    class B:\n        def __init__(self, user, password): ...\n    def c(token): ...\n    return c\nclass D:\n    key: str\n"
    )
    known = Scope(tree.body, callables=frozenset(["a", "B", "__init__", "c", "D"]))
    function = tree.body[0]
    assert isinstance(function, ast.FunctionDef)
    for outer in (known, Scope(tree.body)):
        inner = Scope(function.body, outer, function.args)
        assert [inner.parameters_of(name) for name in ("a", "B", "c", "D", "e", "a.c", "")] == [
            ["x", "y"],
            ["user", "password"],
            ["token"],
            ["key"],
            [],
            [],
            [],
        ]
