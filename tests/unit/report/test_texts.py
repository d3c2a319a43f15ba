"""What people read: blocks, excerpts, coverage."""

import io

import pytest

from dagcheck.engine.outcome import Outcome, Told
from dagcheck.model.values import Span
from dagcheck.report.concise import ConciseReport
from dagcheck.report.excerpt import excerpts
from dagcheck.report.formats import Look
from dagcheck.report.full import FullReport
from dagcheck.report.summary import coverage, tally
from dagcheck.report.terminal import Paint, Terminal, printable, wants_color
from dagcheck.rule import Edit, Finding, Fix, Related

LINES = {("a.py", 3): "dag = DAG(", ("a.py", 9): "    é = f('ü')", ("b.py", 1): "\tx = 1", ("long.py", 1): "x = '" + "y" * 400 + "'; z = 1"}


def look(summary: bool = True, statistics: bool = False) -> Look:
    return Look(line=lambda path, number: LINES.get((path, number)), summary=summary, statistics=statistics)


FINDING = Finding(
    "It is wrong.",
    Span("a.py", 9, 9, 9, 15),
    help="Mend it.",
    dag_id="sales",
    task_id="load",
    related=(Related(Span("b.py", 1, 2, 1, 7), "first here"), Related(Span("a.py", 9, 5, 9, 6), "and here")),
    fix=Fix("Write g", (Edit(Span("a.py", 9, 9, 9, 10), "g"),), "unsafe"),
    severity="error",
    code="DAG101",
    name="wrong-thing",
)
OUTCOME = Outcome(findings=(Told(FINDING, "f" * 32),), files=2, dags=3, inexact=1, skipped={"ignored by .gitignore": 4, "empty": 0})


def test_a_block_tells_place_message_source_related_places_help_and_fix() -> None:
    assert list(FullReport().render(OUTCOME, look())) == [
        "a.py:9:9: error DAG101 wrong-thing (DAG sales, task load)",
        "  It is wrong.",
        "     9 |     é = f('ü')",
        "       |     - and here",
        "       |         ^^^^^^",
        "     :: b.py:1:2",
        "     1 |  x = 1",
        "       |  ----- first here",
        "  help: Mend it.",
        "  fix: Write g (--fix --unsafe-fixes)",
        "",
        "Looked at 2 files with 3 DAGs, 2 of them exact; skipped 4 ignored by .gitignore.",
        "Found 1 error; 1 with --unsafe-fixes.",
    ]


def test_a_concise_line_is_one_line() -> None:
    lines = list(ConciseReport().render(OUTCOME, look(summary=False, statistics=True)))
    assert lines == ["a.py:9:9: error DAG101 [*] It is wrong.", "     1  DAG101  wrong-thing"]


@pytest.mark.parametrize(
    ("span", "lines"),
    [
        (Span("a.py", 3, 7, 6, 2), ["     3 | dag = DAG(", "       |       ^^^^"]),
        (Span("a.py", 3, 1, 3, 1), ["     3 | dag = DAG(", "       | ^"]),
        (Span("a.py", 3, 5, 3, 400), ["     3 | dag = DAG(", "       |     ^^^^^^"]),
        (Span("gone.py", 3, 5, 3, 9), []),
    ],
)
def test_an_excerpt_marks_what_is_there(span: Span, lines: list[str]) -> None:
    assert list(excerpts(Finding("", span), look())) == lines


def test_places_of_one_file_stand_in_the_order_of_its_lines_with_gaps_shown() -> None:
    finding = Finding(
        "",
        Span("a.py", 9, 9, 9, 15),
        related=(Related(Span("a.py", 3, 1, 3, 4), "made here"), Related(Span("a.py", 9, 9, 9, 15), "and used")),
    )
    assert list(excerpts(finding, look())) == [
        "     3 | dag = DAG(",
        "       | --- made here",
        "     …",
        "     9 |     é = f('ü')",
        "       |         ^^^^^^ and used",
    ]


def test_a_place_whose_line_may_not_be_shown_is_told_in_words() -> None:
    finding = Finding(
        "", Span("a.py", 3, 1, 3, 4), related=(Related(Span("a.py", 4, 1, 4, 4), "here"), Related(Span("gone.py", 2, 1, 2, 4), "there"))
    )
    assert list(excerpts(finding, look())) == ["     3 | dag = DAG(", "       | ^^^", "  also line 4: here", "  also gone.py:2:1: there"]


def test_a_long_label_goes_below_its_mark() -> None:
    finding = Finding("", Span("a.py", 3, 1, 3, 4), related=(Related(Span("a.py", 9, 9, 9, 15), "word " * 30),))
    rows = list(excerpts(finding, look()))[4:]
    assert rows[0] == "       |         ------"
    assert " ".join(row.partition("|")[2].strip() for row in rows[1:]) == ("word " * 30).strip()
    assert all(len(row) < 125 for row in rows)


def test_a_long_line_is_cut_around_the_mark() -> None:
    text, mark = excerpts(Finding("", Span("long.py", 1, 409, 1, 414)), look())
    assert len(text) < 200
    assert text.endswith("y'; z = 1")
    assert mark.rindex("^") == len(text) - 1


@pytest.mark.parametrize(
    ("outcome", "text"),
    [
        (Outcome(files=1, dags=1), "Looked at 1 file with 1 DAG, all exact."),
        (Outcome(files=0), "Looked at 0 files with 0 DAGs."),
        (Outcome(files=1200, dags=1200, inexact=1200), "Looked at 1,200 files with 1,200 DAGs, 0 of them exact."),
    ],
)
def test_coverage_is_told(outcome: Outcome, text: str) -> None:
    assert coverage(outcome) == text


def test_nothing_found_is_not_green_where_something_could_not_be_looked_at() -> None:
    assert tally(Outcome(), Paint()) == "No findings."
    assert tally(Outcome(failures=("x",)), Paint()) == "No findings in what could be looked at."


class Screen(io.StringIO):
    """A stream that says it is a terminal."""

    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize(
    ("stream", "environ", "colored"),
    [
        (Screen(), {}, True),
        (Screen(), {"NO_COLOR": "1"}, False),
        (Screen(), {"NO_COLOR": ""}, True),
        (Screen(), {"TERM": "dumb"}, False),
        (io.StringIO(), {}, False),
    ],
)
def test_colour_is_for_terminals_that_want_it(stream: io.StringIO, environ: dict[str, str], colored: bool) -> None:
    assert wants_color(stream, environ) is colored


def test_quiet_drops_notes_and_keeps_results_warnings_and_errors() -> None:
    out, err = io.StringIO(), io.StringIO()
    terminal = Terminal(out, err, quiet=True, environ={})
    terminal.write("result")
    terminal.note("note")
    terminal.warn("careful")
    terminal.error("broken")
    assert (out.getvalue(), err.getvalue()) == ("result\n", "warning: careful\nerror: broken\n")


def test_what_a_terminal_would_obey_is_replaced_and_what_it_lacks_is_escaped() -> None:
    ascii_only = io.TextIOWrapper(io.BytesIO(), encoding="ascii")
    assert printable("a\x1b[2Jb\tc\n\x1b[31md\x1b[0m\u202e", Screen()) == "a\ufffd[2Jb\tc\n\x1b[31md\x1b[0m\ufffd"
    assert printable("→ é", ascii_only) == "\\u2192 \\xe9"
