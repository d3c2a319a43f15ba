"""Laws of fixes and suppressions, on the broken fixtures and on calls made by chance."""

import ast
import datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dagcheck.commands.choosing import Choice
from dagcheck.commands.fixing import fix_files
from dagcheck.commands.judging import judge
from dagcheck.commands.workspace import Workspace
from dagcheck.engine.outcome import Outcome
from dagcheck.rule.edits import add_keyword, apply_edits, call_at, remove_keyword
from dagcheck.source.text import Source, SourceError, decode, parse
from scripts.fixture_outputs import BROKEN

NOW = datetime.datetime(2026, 1, 1, tzinfo=datetime.UTC)
READABLE = sorted(path for path in BROKEN.rglob("*.py") if path.stem not in ("python_2", "not_utf_8"))


def outcome_of(workspace: Workspace) -> Outcome:
    return judge(workspace, [BROKEN], Choice())


def workspace_with(texts: dict[Path, bytes]) -> Workspace:
    return Workspace(base=BROKEN, config={}, now=NOW, texts=texts)


@pytest.mark.parametrize("path", READABLE, ids=lambda path: path.stem)
def test_suppressing_every_finding_leaves_none(path: Path) -> None:
    def found(text: str) -> Outcome:
        return judge(workspace_with({path: text.encode()}), [path.parent if path.parent != BROKEN else path], Choice())

    lines = path.read_text().splitlines()
    codes: dict[int, set[str]] = {}
    for told in found("\n".join(lines)).findings:
        if told.finding.span.path == path.relative_to(BROKEN).as_posix() and told.finding.code != "DAG004":
            codes.setdefault(told.finding.span.line, set()).add(told.finding.code)
    for number, names in codes.items():
        lines[number - 1] += f"  # dagcheck: ignore[{', '.join(sorted(names))}]"
    left = [told.finding for told in found("\n".join(lines)).findings if told.finding.span.path == path.relative_to(BROKEN).as_posix()]
    assert [finding.code for finding in left if finding.code != "DAG004"] == []
    assert [finding.code for finding in left if finding.span.line in codes] == [], "no suppression that was put in is unused"


def test_all_fixes_leave_files_that_parse_and_nothing_to_fix() -> None:
    workspace = workspace_with({})
    fixing = fix_files(workspace, outcome_of(workspace), lambda: outcome_of(workspace), unsafe=True)
    assert fixing.fixed > 0
    assert fixing.problems == []
    for path, data in fixing.changed.items():
        parse(data, str(path))
    assert not any(told.finding.fix for told in fixing.outcome.findings)
    again = workspace_with(dict(fixing.changed))
    assert fix_files(again, outcome_of(again), lambda: outcome_of(again), unsafe=True).changed == {}


VALUES = st.sampled_from(
    ["1", "x", "'é'", '"a, b"', "(1)", "[1, 2]", "{'a': 1}", "f(2)", "lambda: 0", "x if y else z", "'''a\n b'''", "(  # why\n  1)"]
)
NAMES = st.lists(st.sampled_from(["a", "b", "c", "d"]), unique=True, max_size=4)
SEPARATORS = st.sampled_from([", ", ",", ",\n    ", ",  # note, with a comma\n    ", " ,\n\n  "])


@st.composite
def calls(draw: st.DrawFn) -> str:
    """A call of `f` with arguments in some layout."""
    arguments = draw(st.lists(VALUES, max_size=2)) + [f"{name}={draw(VALUES)}" for name in draw(NAMES)]
    separator = draw(SEPARATORS)
    opening = draw(st.sampled_from(["", "\n    ", "  # first\n    "])) if arguments else ""
    closing = draw(st.sampled_from(["", ",", ",\n", "\n", ",  # last\n", "  # last\n"])) if arguments else ""
    return f"result = f({opening}{separator.join(arguments)}{closing})\nafter = 1\n"


def edited(source: Source, name: str, remove: bool) -> str:
    value = source.tree.body[0]
    assert isinstance(value, ast.Assign)
    span = source.span(value.value)
    edit = remove_keyword(source, span, name) if remove else add_keyword(source, span, name, "new")
    assert edit is not None
    return apply_edits(source.text, [(source.offset(*edit.span[1:3]), source.offset(*edit.span[3:5]), edit.text)])


@given(calls())
def test_an_added_argument_is_there_and_taken_away_again_nothing_has_changed(text: str) -> None:
    try:
        source = parse(text.encode(), "dag.py")
    except SourceError:  # the layout put a comment where Python wants none
        return
    added = parse(edited(source, "added", remove=False).encode(), "dag.py")
    call = added.tree.body[0]
    assert isinstance(call, ast.Assign)
    found = call_at(added, added.span(call.value))
    assert found is not None
    assert ast.unparse(found.keywords[-1]) == "added=new"
    removed = parse(edited(added, "added", remove=True).encode(), "dag.py")
    assert ast.dump(removed.tree) == ast.dump(source.tree)


@given(st.binary(max_size=200))
def test_any_bytes_are_decoded_and_parsed_or_refused_with_a_reason_and_a_place(data: bytes) -> None:
    read, refused = _read(data)
    assert (read is None) is not (refused is None)
    assert read is None or read.text == decode(data)[0]
    assert refused is None or (refused.message and refused.line >= 1 and refused.column >= 1)


def _read(data: bytes) -> tuple[Source | None, SourceError | None]:
    try:
        return parse(data, "dag.py"), None
    except SourceError as error:
        return None, error
