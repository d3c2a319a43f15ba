"""Which files are looked at."""

from pathlib import Path
from typing import Literal

import pathspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dagcheck.source.discover import EXCLUDED, IGNORED_BY_AIRFLOW, IGNORED_BY_GIT, NO_DAG, ZIPPED, Filter, discover, may_hold_dag
from dagcheck.source.ignore import PatternList

DAG = "from airflow import DAG\n"


def lay_out(folder: Path, **texts: str) -> Path:
    for name, text in texts.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return folder


def names(files: list[Path], folder: Path) -> list[str]:
    return [path.relative_to(folder).as_posix() for path in files]


@pytest.mark.parametrize(
    ("data", "held"),
    [(b"import airflow\ndag = 1", True), (b"AIRFLOW DAG", True), (b"import airflow", False), (b"dag = 1", False), (b"", False)],
)
def test_a_file_may_hold_a_dag_if_it_holds_both_words(data: bytes, held: bool) -> None:
    assert may_hold_dag(data) is held


def test_python_files_that_may_hold_dags_are_found_and_the_rest_is_counted(tmp_path: Path) -> None:
    lay_out(
        tmp_path,
        **{
            "b.py": DAG,
            "a/c.py": DAG,
            "helper.py": "x = 1\n",
            "note.txt": DAG,
            ".venv/lib/x.py": DAG,
            "__pycache__/y.py": DAG,
            "packed.zip": "",
        },
    )
    found = discover([tmp_path], Filter(tmp_path))
    assert names(found.files, tmp_path) == ["a/c.py", "b.py"]
    assert found.skipped == {NO_DAG: 1, ZIPPED: 1}


def test_a_named_file_is_always_looked_at(tmp_path: Path) -> None:
    lay_out(tmp_path, **{"helper.py": "x = 1\n", ".airflowignore": "helper\n", ".gitignore": "helper.py\n"})
    found = discover([tmp_path / "helper.py"], Filter(tmp_path, exclude=("helper.py",)))
    assert names(found.files, tmp_path) == ["helper.py"]


def test_a_named_folder_that_is_ignored_is_looked_into(tmp_path: Path) -> None:
    lay_out(tmp_path, **{"old/dag.py": DAG, ".gitignore": "/old\n"})
    (tmp_path / ".git").mkdir()
    assert names(discover([tmp_path], Filter(tmp_path)).files, tmp_path) == []
    assert names(discover([tmp_path / "old"], Filter(tmp_path)).files, tmp_path) == ["old/dag.py"]


@pytest.mark.parametrize(
    ("pattern", "left"),
    [
        ("old", ["keep.py", "sub/keep.py"]),
        (r"^old", ["keep.py", "sub/keep.py", "sub/old.py"]),
        (r"sub/.*\.py$", ["keep.py", "old.py", "old_tools/tool.py"]),
        (r"keep\.py # comment", ["old.py", "old_tools/tool.py", "sub/old.py"]),
        ("# old", ["keep.py", "old.py", "old_tools/tool.py", "sub/keep.py", "sub/old.py"]),
    ],
)
def test_regexp_airflowignore_is_searched_in_the_path_from_the_dag_folder(tmp_path: Path, pattern: str, left: list[str]) -> None:
    dags = tmp_path / "dags"
    lay_out(
        dags,
        **{
            "keep.py": DAG,
            "old.py": DAG,
            "sub/keep.py": DAG,
            "sub/old.py": DAG,
            "old_tools/tool.py": DAG,
            ".airflowignore": f"{pattern}\n",
        },
    )
    found = discover([tmp_path], Filter(tmp_path, syntax="regexp"))
    assert names(found.files, dags) == left


@pytest.mark.parametrize(
    ("lines", "left"),
    [
        ("old.py", ["keep.py", "old_tools/tool.py", "sub/keep.py"]),
        ("/old.py", ["keep.py", "old_tools/tool.py", "sub/keep.py", "sub/old.py"]),
        ("old*", ["keep.py", "sub/keep.py"]),
        ("*.py\n!keep.py", ["keep.py", "sub/keep.py"]),
        ("sub/\nold_tools/tool.py", ["keep.py", "old.py"]),
        ("**/old.py", ["keep.py", "old_tools/tool.py", "sub/keep.py"]),
        ("keep.py/", ["keep.py", "old.py", "old_tools/tool.py", "sub/keep.py", "sub/old.py"]),
    ],
)
def test_glob_airflowignore_is_read_like_gitignore(tmp_path: Path, lines: str, left: list[str]) -> None:
    dags = tmp_path / "dags"
    lay_out(
        dags,
        **{"keep.py": DAG, "old.py": DAG, "sub/keep.py": DAG, "sub/old.py": DAG, "old_tools/tool.py": DAG, ".airflowignore": f"{lines}\n"},
    )
    found = discover([tmp_path], Filter(tmp_path, syntax="glob"))
    assert names(found.files, dags) == left
    assert found.skipped[IGNORED_BY_AIRFLOW] > 0 or len(left) == 5


def test_ignore_files_above_a_named_folder_hold(tmp_path: Path) -> None:
    lay_out(tmp_path, **{"dags/.airflowignore": "team/draft", "dags/team/draft.py": DAG, "dags/team/done.py": DAG})
    found = discover([tmp_path / "dags" / "team"], Filter(tmp_path, syntax="regexp"))
    assert names(found.files, tmp_path) == ["dags/team/done.py"]


def test_a_wrong_pattern_is_told_and_the_others_hold(tmp_path: Path) -> None:
    lay_out(tmp_path, **{".airflowignore": "[\nold\n", "old.py": DAG, "new.py": DAG})
    found = discover([tmp_path], Filter(tmp_path, syntax="regexp"))
    assert names(found.files, tmp_path) == ["new.py"]
    assert len(found.notes) == 1
    assert found.notes[0] == (tmp_path / ".airflowignore", "not a regexp pattern: [")


@pytest.mark.parametrize("pattern", [r"(\w+_?)+x$", r"(?:\S+)+(?<!y)$"])
def test_a_pattern_that_may_never_end_is_passed_over_and_told(tmp_path: Path, pattern: str) -> None:
    name = f"{'a' * 60}!.py"
    lay_out(tmp_path, **{".airflowignore": f"{pattern}\nold\n", "old.py": DAG, name: DAG})
    found = discover([tmp_path], Filter(tmp_path, syntax="regexp"))
    assert names(found.files, tmp_path) == [name]
    assert found.notes == [(tmp_path / ".airflowignore", f"may take very long to match, so it is passed over here: {pattern}")]


NAMES = st.lists(st.text("ab", min_size=1, max_size=3), min_size=1, max_size=4).map("/".join)
GLOBS = st.lists(
    st.sampled_from(["*a*b*a*b", "**/*a*a*a*b*", "a*b*a*b*/", "!*a*b*a*b*a", "/**/*a/**/b*b*", "!*a*/*b*/a*", "*b", "!a"]),
    min_size=1,
    max_size=4,
)


@given(GLOBS, NAMES, st.booleans())
def test_patterns_of_the_configuration_that_python_could_try_for_ever_say_what_pathspec_says(
    lines: list[str], name: str, folder: bool
) -> None:
    expected = pathspec.GitIgnoreSpec.from_lines(lines).check_file(f"{name}/" if folder else name).include
    assert PatternList(tuple(lines), Path("/base")).verdict(Path("/base", name), folder) == expected


def test_patterns_of_the_configuration_that_python_could_try_for_ever_are_matched_quickly() -> None:
    patterns = PatternList((f"{STARS}b", f"{STARS}*.py"), Path("/base"))
    assert patterns.verdict(Path("/base", "b", f"{'a' * 200}.py"), False) is True
    assert patterns.verdict(Path("/base", "b", "a" * 200), False) is None


STARS = "*a" * 14


@pytest.mark.parametrize(
    ("file", "syntax", "line", "left"),
    [
        (".airflowignore", "regexp", "(a+)+$", True),
        (".airflowignore", "regexp", r"(a+)+\.py$", False),
        (".airflowignore", "regexp", ".*a" * 14 + "b", True),
        (".airflowignore", "glob", f"{STARS}b", True),
        (".airflowignore", "glob", f"**/{STARS}*.py", False),
        (".gitignore", "glob", f"{STARS}b", True),
        (".gitignore", "glob", f"{STARS}*.py", False),
        (".gitignore", "glob", "**/b/" * 14 + "c", True),
    ],
)
def test_patterns_that_python_could_try_for_ever_are_matched_quickly(
    tmp_path: Path, file: str, syntax: Literal["regexp", "glob"], line: str, left: bool
) -> None:
    name = f"{'b/' * 100}{'a' * 200}.py"
    lay_out(tmp_path, **{file: f"{line}\n", name: DAG, ".git/HEAD": ""})
    found = discover([tmp_path], Filter(tmp_path, syntax=syntax))
    assert (names(found.files, tmp_path), found.notes) == ([name] if left else [], [])


@pytest.mark.parametrize("pattern", [".*/.*_old/.*", r"(\w+/)*old", "^dags/(a|b|c)+/.*old.*", "old"])
def test_patterns_as_people_write_them_are_no_trouble(tmp_path: Path, pattern: str) -> None:
    lay_out(tmp_path, **{".airflowignore": f"{pattern}\n", "dags/b/an_old/old.py": DAG})
    assert discover([tmp_path], Filter(tmp_path, syntax="regexp")).notes == []


def test_gitignore_files_hold_below_their_folder_and_the_deeper_one_decides(tmp_path: Path) -> None:
    lay_out(
        tmp_path,
        **{
            ".gitignore": "*.tmp.py\nbuild/\n",
            "a.tmp.py": DAG,
            "a.py": DAG,
            "build/b.py": DAG,
            "sub/.gitignore": "!c.tmp.py\n",
            "sub/c.tmp.py": DAG,
        },
    )
    found = discover([tmp_path], Filter(tmp_path))
    assert names(found.files, tmp_path) == ["a.py", "sub/c.tmp.py"]
    assert found.skipped == {IGNORED_BY_GIT: 2}


def test_configured_includes_and_excludes_decide(tmp_path: Path) -> None:
    lay_out(tmp_path, **{"dags/a.py": DAG, "dags/old/b.py": DAG, "other/c.py": DAG})
    found = discover([tmp_path], Filter(tmp_path, include=("dags/",), exclude=("old",)))
    assert names(found.files, tmp_path) == ["dags/a.py"]
    assert found.skipped[EXCLUDED] == 2


def test_loops_and_links_out_are_told_and_not_followed(tmp_path: Path) -> None:
    inside = lay_out(tmp_path / "in", **{"dags/a.py": DAG})
    lay_out(tmp_path / "out", **{"b.py": DAG})
    (inside / "dags" / "loop").symlink_to(inside)
    (inside / "self").symlink_to(inside / "self")
    (inside / "away").symlink_to(tmp_path / "out")
    (inside / "broken.py").symlink_to(inside / "gone.py")
    found = discover([inside], Filter(inside))
    assert names(found.files, inside) == ["dags/a.py"]
    assert sorted(path.relative_to(inside).as_posix() for path, _ in found.notes) == ["away", "dags/loop", "self"]
    assert not found.failures


def test_a_path_that_does_not_exist_is_a_failure_and_the_rest_goes_on(tmp_path: Path) -> None:
    lay_out(tmp_path, **{"a.py": DAG})
    found = discover([tmp_path / "gone", tmp_path / "a.py"], Filter(tmp_path))
    assert names(found.files, tmp_path) == ["a.py"]
    assert found.failures == [(tmp_path / "gone", "no such file or directory")]


def test_a_glob_that_is_none_is_told_whatever_it_ends_in(tmp_path: Path) -> None:
    lay_out(tmp_path, **{".airflowignore": "/di\\/\n\\/\nold.py\n", "di/new.py": DAG, "old.py": DAG})
    found = discover([tmp_path], Filter(tmp_path, syntax="glob"))
    assert names(found.files, tmp_path) == ["di/new.py"]
    assert [note for _, note in found.notes] == ["not a glob pattern: /di\\/", "not a glob pattern: \\/"]


@pytest.mark.parametrize("syntax", ["regexp", "glob"])
def test_sets_in_sets_warn_nobody(tmp_path: Path, syntax: Literal["regexp", "glob"]) -> None:
    """Python would, on standard error."""
    lay_out(tmp_path, **{".gitignore": "[[a]b\n", ".airflowignore": "[[a]c\n", "x.py": DAG, ".git/HEAD": ""})
    found = discover([tmp_path], Filter(tmp_path, syntax=syntax, exclude=("[[a]d",)))
    assert names(found.files, tmp_path) == ["x.py"]
