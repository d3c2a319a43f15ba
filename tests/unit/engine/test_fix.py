"""Which fixes go together, and what they leave."""

import pytest

from dagcheck.engine.fix import FixError, choose_fixes, fixed_bytes
from dagcheck.model.values import Span
from dagcheck.rule import Edit, Finding, Fix
from dagcheck.source.text import parse


def edit(line: int, column: int, end_column: int, text: str = "") -> Edit:
    return Edit(Span("dag.py", line, column, line, end_column), text)


def finding(*edits: Edit, safety: str = "safe", code: str = "DAG101") -> Finding:
    fix = Fix("mend", edits, "safe" if safety == "safe" else "unsafe")
    return Finding("wrong", edits[0].span, fix=fix, code=code)


def test_unsafe_fixes_are_made_only_on_request() -> None:
    found = [finding(edit(1, 1, 2), safety="unsafe")]
    assert choose_fixes(found, unsafe=False).fixed == 0
    assert choose_fixes(found, unsafe=True).fixed == 1


def test_of_two_fixes_that_touch_the_first_place_wins_and_a_fix_is_made_whole() -> None:
    first, second, third = finding(edit(1, 1, 5)), finding(edit(1, 4, 8), edit(9, 1, 2)), finding(edit(2, 1, 3))
    chosen = choose_fixes([third, second, first], unsafe=False)
    assert chosen.edits == {"dag.py": (edit(1, 1, 5), edit(2, 1, 3))}
    assert chosen.fixed == 2


def test_two_insertions_at_one_point_clash_and_the_same_edit_is_made_once() -> None:
    assert choose_fixes([finding(edit(1, 3, 3, "a")), finding(edit(1, 3, 3, "b"))], unsafe=False).fixed == 1
    same = choose_fixes([finding(edit(1, 3, 3, "a")), finding(edit(1, 3, 3, "a"), code="DAG102")], unsafe=False)
    assert same.edits == {"dag.py": (edit(1, 3, 3, "a"),)}
    assert same.codes == {"dag.py": ("DAG101", "DAG102")}


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "latin-1"])
def test_a_fixed_file_keeps_its_encoding_and_line_ends(encoding: str) -> None:
    head = "# coding: latin-1\r\n" if encoding == "latin-1" else "# é\r\n"
    source = parse(f"{head}x = 'é'\r\n".encode(encoding), "dag.py")
    assert fixed_bytes(source, [edit(2, 5, 8, "'ü'")], ["DAG101"]) == f"{head}x = 'ü'\r\n".encode(encoding)


def test_a_fix_that_would_break_the_file_is_refused_with_the_rule_that_made_it() -> None:
    source = parse(b"x = 1\n", "dag.py")
    with pytest.raises(FixError, match=r"dag\.py: the fixes of DAG101 would leave a file that does not parse"):
        fixed_bytes(source, [edit(1, 5, 6)], ["DAG101"])


def test_an_argument_that_would_be_given_twice_is_an_error_unless_it_was_so_before() -> None:
    source = parse(b"DAG(timetable=a, schedule=b)\nDAG(c, tags=d, tags=e)\n", "dag.py")
    with pytest.raises(FixError, match="gives the argument schedule twice"):
        fixed_bytes(source, [edit(1, 5, 14, "schedule")], ["AIR301"])
    assert fixed_bytes(source, [edit(1, 5, 14, "start")], ["AIR301"]).startswith(b"DAG(start=a")
