"""Which comments suppress what."""

import pytest

from dagcheck.model.values import Span
from dagcheck.rule.suppression import read_suppressions
from dagcheck.source.text import parse

TEXT = """\
# A head.
# dagcheck: ignore-file[DAG101] -- old code
import airflow

dag = DAG(
    "a",
    start_date=now(),
)  # dagcheck: ignore[DAG304, catchup-risk] -- on purpose
x = f(  # dagcheck: ignore[DAG401]
    1,
)
with DAG("b"):  # dagcheck:ignore[DAG306]
    y = 1
text = "# dagcheck: ignore[DAG101]"
# dagcheck: ignore-file[DAG201]
z = 1  # dagcheck: ignore
"""


def at(line: int, end_line: int | None = None) -> Span:
    return Span("dag.py", line, 1, end_line or line, 9)


def test_comments_are_read_with_codes_reasons_and_places() -> None:
    found = read_suppressions(parse(TEXT.encode(), "dag.py"))
    assert [(item.code, item.reason, item.span.line, item.whole_file, item.head) for item in found] == [
        ("DAG101", "old code", 2, True, True),
        ("DAG304", "on purpose", 8, False, True),
        ("catchup-risk", "on purpose", 8, False, True),
        ("DAG401", "", 9, False, True),
        ("DAG306", "", 12, False, True),
        ("DAG201", "", 15, True, False),
        ("", "", 16, False, True),
    ]


@pytest.mark.parametrize(
    ("code", "span", "covered"),
    [
        ("DAG101", at(1), True),
        ("DAG101", at(16), True),
        ("DAG304", at(8), True),
        ("DAG304", at(5, 8), True),
        ("DAG304", at(7), True),
        ("DAG304", at(9), False),
        ("DAG401", at(9), True),
        ("DAG401", at(10), True),
        ("DAG401", at(12), False),
        ("DAG306", at(12), True),
        ("DAG306", at(13), False),
        ("DAG201", at(16), False),
    ],
)
def test_a_comment_covers_its_line_and_the_call_that_begins_or_ends_there(code: str, span: Span, covered: bool) -> None:
    (found,) = [item for item in read_suppressions(parse(TEXT.encode(), "dag.py")) if item.code == code]
    assert found.covers(span) is covered


@pytest.mark.parametrize(
    ("text", "head"),
    [
        ("#!/usr/bin/env python\n# A licence.\n# dagcheck: ignore-file[DAG1]\nx = 1\n", True),
        ('"""Doc."""\n\n# dagcheck: ignore-file[DAG1]\nx = 1\n', True),
        ("import os\n# dagcheck: ignore-file[DAG1]\n", False),
        ("# dagcheck: ignore-file[DAG1]\n", True),
        ("x = 1  # dagcheck: ignore-file[DAG1]\n", False),
    ],
)
def test_a_file_is_suppressed_from_above_its_first_statement(text: str, head: bool) -> None:
    (found,) = read_suppressions(parse(text.encode(), "dag.py"))
    assert found.covers(at(9)) is head


def test_a_rule_is_named_by_code_or_name() -> None:
    found = read_suppressions(parse(b"x = 1  # dagcheck: ignore[catchup-risk]\n", "dag.py"))[0]
    assert found.names("DAG301", "catchup-risk")
    assert not found.names("DAG302", "other")
