"""Bytes to source: decoding, places, what is refused and why."""

import ast
import os
import time
from pathlib import Path

import pytest

from dagcheck.model.values import Span
from dagcheck.source.text import MAX_BYTES, Source, SourceError, parse, read_comments, read_regular, read_source


@pytest.mark.parametrize(
    ("data", "text"),
    [
        (b"", ""),
        (b"x = 1\r\ny = 2\r\n", "x = 1\r\ny = 2\r\n"),
        (b"\xef\xbb\xbfx = 1\n", "x = 1\n"),
        (b"# coding: latin-1\nx = '\xe9'\n", "# coding: latin-1\nx = 'é'\n"),
        (b"#!/usr/bin/python\n# -*- coding: cp1252 -*-\nx = '\x80'\n", "#!/usr/bin/python\n# -*- coding: cp1252 -*-\nx = '€'\n"),
        (b"\xef\xbb\xbf# coding: utf-8\nx = '\xc3\xa9'\n", "# coding: utf-8\nx = 'é'\n"),
        (b"x = 1\n# coding: latin-1\ny = '\xc3\xa9'\n", "x = 1\n# coding: latin-1\ny = 'é'\n"),
    ],
    ids=["empty", "CRLF", "BOM", "latin-1", "coding in the second line", "BOM and coding", "coding below a statement counts for nothing"],
)
def test_text_is_decoded_as_python_decodes_it(data: bytes, text: str) -> None:
    assert parse(data, "dag.py").text == text


@pytest.mark.parametrize(
    ("data", "kind", "message", "line", "column"),
    [
        (b"x = '\xe9'\n", "decode", "byte 0xe9 is not utf-8", 1, 6),
        (b"x = 1\ny = '\xc3\xa9\xe9'\n", "decode", "byte 0xe9 is not utf-8", 2, 7),
        (b"\x89PNG\r\n\x1a\n\x00", "decode", "null bytes", 3, 1),
        (b"x = 1\ny = 'a\0b'\n", "decode", "null bytes", 2, 7),
        (b"\xff\xfex\0=\x001\0", "decode", "UTF-16", 1, 1),
        (b"# coding: klingon\n", "decode", "names an encoding that does not exist: klingon", 1, 1),
        (b"# coding: rot13\n", "decode", "none for text", 1, 1),
        (b"\xef\xbb\xbf# coding: latin-1\n", "decode", "byte order mark", 1, 1),
        (b"def f(:\n", "syntax", "does not parse", 1, 7),
        (b"if True:\nx = 1\n", "syntax", "expected an indented block", 2, 1),
        (b"x = " + b"(" * 100_000 + b")" * 100_000, "syntax", "too many nested parentheses", 1, 204),
        (b"x = " + b"-" * 100_000 + b"1", "hostile", "nested too deeply", 1, 1),
        (b"x = a" + b".b" * 100_000, "hostile", "nested too deeply", 1, 1),
        (b"x = 1" + b" + 1" * 100_000, "hostile", "nested too deeply", 1, 1),
        (b"#" * (MAX_BYTES + 1), "hostile", "are not read", 1, 1),
        (b"x = " + b"9" * 10_000, "syntax", "does not parse", 1, 5),
    ],
)
def test_what_python_would_not_read_is_refused_with_a_reason_and_a_place(
    data: bytes, kind: str, message: str, line: int, column: int
) -> None:
    with pytest.raises(SourceError) as raised:
        parse(data, "dag.py")
    assert (raised.value.kind, raised.value.line) == (kind, line)
    assert message in raised.value.message
    assert raised.value.column == column or kind == "syntax"


@pytest.mark.parametrize(
    ("line", "what"),
    [
        ('print "hello"', "print statement"),
        ("print x", "print statement"),
        ('exec "x = 1"', "exec statement"),
        ("try:\n    pass\nexcept KeyError, e:\n    pass", "`except X, e`"),
        ('raise ValueError, "no"', "`raise X, message`"),
        ("x = `y`", "backticks"),
        ("x = 1 <> 2", "`<>`"),
        ("x = 0777", "octal number"),
        ("x = 10L", "long number"),
        ("x = ur'a'", "`ur` string"),
    ],
)
def test_python_2_is_recognized(line: str, what: str) -> None:
    with pytest.raises(SourceError, match="it seems to be written for Python 2") as raised:
        parse(f"{line}\n".encode(), "dag.py")
    assert what in raised.value.message


@pytest.mark.parametrize(
    ("text", "meaning"),
    [
        ("def f[T](x: T) -> T: ...\n", "T = object\ndef f(x: T) -> T: ...\n"),
        ("class Box[\n    T\n]: pass\nx = 1\n", "T = object\nclass Box: pass\nx = 1\n"),
        ("type Name = str | None\nx = 1\n", "Name = None\nx = 1\n"),
        ("try:\n    pass\nexcept KeyError, ValueError:\n    pass\n", "try:\n    pass\nexcept (KeyError, ValueError):\n    pass\n"),
        ('names = {"a": 1}\nx = f"{names["a"]}"\n', "names = {'a': 1}\nx = f\"{names['a']}\"\n"),
        ("x = f\"{'\\n'.join(y)!r:>{width}} {{}}\"\n", "x = f'''{chr(10).join(y)!r:>{width}} {{}}'''\n"),
        ('x = f"{\n    y  # why\n}"\n', 'x = f"{y}"\n'),
        ('x = f"{f"{y["z"]}"}"\n', "x = f\"{f'{y[chr(122)]}'}\"\n"),
        ('x = t"{y}"\n', "x = ...\n"),
        ("lazy import json\n", "import json\n"),
        ("lazy from json import loads\n", "from json import loads\n"),
        ('"""Doc."""\nclass Box[T]: pass\n', '"""Doc."""\nT = object\nclass Box: pass\n'),
    ],
)
def test_syntax_of_newer_pythons_means_what_older_syntax_says(text: str, meaning: str) -> None:
    def plain(tree: ast.Module) -> str:
        return (
            ast.dump(tree)
            .replace("Call(func=Name(id='chr', ctx=Load()), args=[Constant(value=10)], keywords=[])", "Constant(value='\\n')")
            .replace("Call(func=Name(id='chr', ctx=Load()), args=[Constant(value=122)], keywords=[])", "Constant(value='z')")
        )

    source = parse(text.encode(), "dag.py")
    assert plain(source.tree) == plain(ast.parse(meaning))


def test_lowering_keeps_lines_and_the_columns_inside_an_f_string() -> None:
    source = parse(b'a = 1\nx = f"{d["k"]}"\nclass Box[\n    T\n]: pass\nlast = 1\n', "dag.py")
    names = {node.id: source.span(node) for node in ast.walk(source.tree) if isinstance(node, ast.Name)}
    assert source.lowered
    assert names["last"] == Span("dag.py", 6, 1, 6, 5)
    assert names["d"] == Span("dag.py", 2, 8, 2, 9)


def test_deep_nesting_is_never_given_to_the_parser_for_newer_syntax() -> None:
    text = "def f[T](x: T): ...\nx = " + "(" * 150 + ")" * 150 + "\ny = ="
    with pytest.raises(SourceError, match="does not parse"):
        parse(text.encode(), "dag.py")


@pytest.mark.parametrize(
    ("text", "places"),
    [
        ("x = 1; y = 2\n", [(1, 1, 1, 6), (1, 8, 1, 13)]),
        ("é = 'ü'; y = 2\n", [(1, 1, 1, 8), (1, 10, 1, 15)]),
        ("a = '𝄞𝄞'; y = 2\n", [(1, 1, 1, 9), (1, 11, 1, 16)]),
        ("x = (\r\n  'é')\r\ny = 2\r\n", [(1, 1, 2, 7), (3, 1, 3, 6)]),
        ("x = 1\ry = 2\r", [(1, 1, 1, 6), (2, 1, 2, 6)]),
        ("x = 1\n\x0cy = 2\n", [(1, 1, 1, 6), (2, 2, 2, 7)]),
    ],
)
def test_places_count_characters_from_one(text: str, places: list[tuple[int, int, int, int]]) -> None:
    source = parse(text.encode(), "dag.py")
    assert [tuple(source.span(node)[1:]) for node in source.tree.body] == places
    assert [source.segment(source.span(node)) for node in source.tree.body] == [_slice(source, place) for place in places]


def _slice(source: Source, place: tuple[int, int, int, int]) -> str:
    line, column, end_line, end_column = place
    return source.text[source.offset(line, column) : source.offset(end_line, end_column)]


def test_an_offset_and_its_position_are_each_others_inverse() -> None:
    source = parse("x = 1\r\n'é'\n".encode(), "dag.py")
    assert [source.offset(*source.position(offset)) for offset in range(len(source.text))] == list(range(len(source.text)))


def test_comments_are_found_where_they_are_comments() -> None:
    found = read_comments('x = "# no"  # one\n# two\nif x:\n    y = 1 # three\n')
    assert [(item.line, item.column, item.text, item.alone) for item in found] == [
        (1, 13, "# one", False),
        (2, 1, "# two", True),
        (4, 11, "# three", False),
    ]


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_comments_are_on_the_lines_that_python_counts(end: str) -> None:
    found = read_comments(end.join(["x = 1", "# one", "", "y = 2  # two", ""]))
    assert [(item.line, item.column, item.text) for item in found] == [(2, 1, "# one"), (4, 8, "# two")]


@pytest.mark.parametrize("filling", ["\n", " ", "\t\n", "class a\n", "lambda ", "- ", "not ", "`", "<", "f'", "except (", "print "])
def test_a_syntax_error_in_a_huge_file_is_told_at_once(filling: str) -> None:
    text = filling * (1_000_000 // len(filling)) + "\ndef f[T](:\n"
    started = time.process_time()
    with pytest.raises(SourceError):
        parse(text.encode(), "dag.py")
    assert time.process_time() - started < 5


def test_warnings_of_the_parser_are_kept_quiet() -> None:
    assert parse(b"x = '\\d'\ny = 1 is 1\n", "dag.py").tree.body


def test_only_regular_files_are_read(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe.py"
    os.mkfifo(pipe)
    for path, reason in [
        (tmp_path, "it is a folder"),
        (tmp_path / "gone.py", "no such file"),
        (pipe, "not a regular file"),
        (Path("/dev/zero"), "not a regular file"),
    ]:
        with pytest.raises(SourceError, match=reason) as raised:
            read_regular(path)
        assert raised.value.kind == "unreadable"


def test_a_file_keeps_its_shown_path(tmp_path: Path) -> None:
    (tmp_path / "dag.py").write_bytes(b"x = 1\n")
    source = read_source(tmp_path / "dag.py", "dags/dag.py")
    assert (source.path, source.absolute, source.data) == ("dags/dag.py", tmp_path / "dag.py", b"x = 1\n")
