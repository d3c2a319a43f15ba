"""Comments as Python's own tokenizer finds them, and words as a regular expression finds them, in texts that are made by chance."""

import io
import re
import tokenize

from hypothesis import assume, given
from hypothesis import strategies as st

from dagcheck.source.text import parse, read_comments

PARTS = (
    "#",
    "#",
    '"',
    "'",
    '"""',
    "'''",
    "\\",
    "\n",
    "\r\n",
    " ",
    "x",
    "(",
    ")",
    "r",
    "f",
    "=1",
    "# a 'b' \"c\"",
    '"a"',
    "'b' 'c'",
    '"""d#\n"""',
    "{x}",
    "é",
)
WORDS = ("run", "sql", "run_sql", "sqlé", "_run", "x", "2")


@given(st.lists(st.sampled_from(PARTS), max_size=14))
def test_comments_are_those_of_the_tokenizer(parts: list[str]) -> None:
    text = "".join(parts)
    try:
        compile(text, "x.py", "exec", dont_inherit=True)
        tokens = list(tokenize.generate_tokens(io.StringIO(text.replace("\r\n", "\n")).readline))
    except (SyntaxError, tokenize.TokenError, ValueError):
        assume(False)
    wanted = [(token.start[0], token.start[1] + 1, token.string) for token in tokens if token.type == tokenize.COMMENT]
    assert [(comment.line, comment.column, comment.text) for comment in read_comments(text)] == wanted
    assert parse(text.encode(), "x.py").comments == read_comments(text)


@given(st.lists(st.sampled_from((*WORDS, " ", ".", "-", "\n", "(")), max_size=12), st.sampled_from(WORDS))
def test_a_word_is_said_where_it_is_no_part_of_a_longer_one(parts: list[str], word: str) -> None:
    said = "".join(parts)
    source = parse(f"x = {said!r}".encode(), "x.py")
    assert source.says(word) is (word in {"x", *re.findall(r"\w+", said)})
    assert source.says("nothing", word) is source.says(word)


def test_names_comments_and_texts_in_parts() -> None:
    source = parse(b'import a.Second as third\n# fourth\nfifth = "si" "xth\\x21" + b"seventh".decode()\n', "x.py")
    assert all(source.says(word) for word in ("a", "second", "third", "fifth", "sixth", "seventh", "decode"))
    assert not any(source.says(word) for word in ("fourth", "si", "xth", "seven"))
    assert source.mentions("xth!", "nothing")
    assert not source.mentions("fourth")
