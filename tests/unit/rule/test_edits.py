"""Edits change what they must and nothing else."""

from collections.abc import Callable

import pytest

from dagcheck.model.values import Span
from dagcheck.rule import Edit
from dagcheck.rule.edits import add_keyword, apply_edits, call_at, insert_import, remove_keyword, rename_keyword
from dagcheck.source.text import Source, parse


def call_span(source: Source) -> Span:
    """The place of the first call of `f`."""
    start = source.text.index("f(")
    depth = 0
    for offset in range(start + 1, len(source.text)):
        depth += {"(": 1, ")": -1}.get(source.text[offset], 0)
        if depth == 0:
            return Span(source.path, *source.position(start), *source.position(offset + 1))
    raise ValueError("no call of f")


def edited(text: str, make: Callable[[Source], Edit | None]) -> str | None:
    source = parse(text.encode(), "dag.py")
    edit = make(source)
    if edit is None:
        return None
    result = apply_edits(source.text, [(source.offset(*edit.span[1:3]), source.offset(*edit.span[3:5]), edit.text)])
    parse(result.encode(), "dag.py")
    return result


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("f()\n", "f(new=1)\n"),
        ("f(a)\n", "f(a, new=1)\n"),
        ("f(a, )\n", "f(a, new=1, )\n"),
        ("f(a, b=2)\n", "f(a, b=2, new=1)\n"),
        ("f((a))\n", "f((a), new=1)\n"),
        ("f(*a, **b)\n", "f(*a, **b, new=1)\n"),
        ("f(g(1))\n", "f(g(1), new=1)\n"),
        ("x = [f(a), f(b)]\n", "x = [f(a, new=1), f(b)]\n"),
        ("f(\n    a,\n    b=2,\n)\n", "f(\n    a,\n    b=2,\n    new=1,\n)\n"),
        ("f(\n    a,\n    b=2\n)\n", "f(\n    a,\n    b=2,\n    new=1\n)\n"),
        ("f(\n    a,  # one\n    b=2,  # two\n)\n", "f(\n    a,  # one\n    b=2,\n    new=1,  # two\n)\n"),
        ("f(a,\n  b=2)\n", "f(a,\n  b=2, new=1)\n"),
        ("f(\r\n    a,\r\n)\r\n", "f(\r\n    a,\r\n    new=1,\r\n)\r\n"),
        ("é = f('ü')\n", "é = f('ü', new=1)\n"),
        ("f(new=2)\n", None),
        ("f(x for x in y)\n", None),
    ],
)
def test_an_argument_is_added_in_the_style_of_the_call(before: str, after: str | None) -> None:
    assert edited(before, lambda source: add_keyword(source, call_span(source), "new", "1")) == after


def test_a_bare_decorator_gets_parentheses() -> None:
    source = parse(b"@dag\ndef f(): ...\n", "dag.py")
    edit = add_keyword(source, Span("dag.py", 1, 2, 1, 5), "catchup", "False")
    assert edit == Edit(Span("dag.py", 1, 5, 1, 5), "(catchup=False)")


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("f(old=1)\n", "f()\n"),
        ("f(a, old=1)\n", "f(a)\n"),
        ("f(old=1, b=2)\n", "f(b=2)\n"),
        ("f(a, old=1, b=2)\n", "f(a, b=2)\n"),
        ("f(a, old=1,)\n", "f(a, )\n"),
        ("f(\n    a,\n    old=1,\n    b=2,\n)\n", "f(\n    a,\n    b=2,\n)\n"),
        ("f(\n    a,\n    old=1\n)\n", "f(\n    a\n)\n"),
        ("f(\r\n    a,\r\n    old=1,\r\n)\r\n", "f(\r\n    a,\r\n)\r\n"),
        ("f(a)\n", None),
    ],
)
def test_an_argument_is_removed_with_its_comma(before: str, after: str | None) -> None:
    assert edited(before, lambda source: remove_keyword(source, call_span(source), "old")) == after


def test_an_argument_is_renamed() -> None:
    assert edited("f(a, old = 1)\n", lambda source: rename_keyword(source, call_span(source), "old", "newer")) == "f(a, newer = 1)\n"


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("import os\nx = 1\n", "import os\nfrom a.b import C\nx = 1\n"),
        ('"""Doc."""\nx = 1\n', '"""Doc."""\nfrom a.b import C\nx = 1\n'),
        ("x = 1\n", "from a.b import C\nx = 1\n"),
        ("", "from a.b import C\n"),
        ("import os", "import os\nfrom a.b import C\n"),
        (
            "from __future__ import annotations\nfrom x import (\n    y,\n)\nz = y\n",
            "from __future__ import annotations\nfrom x import (\n    y,\n)\nfrom a.b import C\nz = y\n",
        ),
        ("import os\r\nx = 1\r\n", "import os\r\nfrom a.b import C\r\nx = 1\r\n"),
        ("from a.b import C\n", None),
        ("from a.b import D, C\n", None),
    ],
)
def test_an_import_goes_below_the_last_one(before: str, after: str | None) -> None:
    assert edited(before, lambda source: insert_import(source, "a.b", "C")) == after


def test_nothing_is_edited_in_a_file_for_a_newer_python() -> None:
    text = b"class Box[T]: pass\nf(a)\n"
    source = parse(text, "dag.py")
    if not source.lowered:  # this Python reads it
        pytest.skip("the running Python is new enough")
    assert call_at(source, call_span(source)) is not None
    assert add_keyword(source, call_span(source), "new", "1") is None
    assert insert_import(source, "a.b", "C") is None


def test_overlapping_edits_are_refused() -> None:
    with pytest.raises(ValueError, match="overlap"):
        apply_edits("abcdef", [(0, 3, ""), (2, 4, "")])
