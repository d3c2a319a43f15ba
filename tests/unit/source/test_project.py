"""Imports from the roots, and reads that stay inside."""

import os
from pathlib import Path

import pytest

from dagcheck.source.project import OutsideRoots, ProjectFiles
from dagcheck.source.text import SourceError


def lay_out(folder: Path, *names: str) -> None:
    for name in names:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"# {name}\n")


@pytest.mark.parametrize(
    ("dotted", "found"),
    [
        ("helper", "a/helper.py"),
        ("shared", "b/shared/__init__.py"),
        ("shared.dates", "b/shared/dates.py"),
        ("space", "a/space"),
        ("space.one", "a/space/one.py"),
        ("space.two", "b/space/two.py"),
        ("both", "a/both/__init__.py"),
        ("late", "b/late.py"),
        ("helper.inner", None),
        ("nothing", None),
        ("shared.nothing", None),
        ("", None),
        ("no-name", None),
    ],
)
def test_modules_are_found_as_python_finds_them(tmp_path: Path, dotted: str, found: str | None) -> None:
    lay_out(
        tmp_path,
        "a/helper.py",
        "b/helper.py",
        "b/shared/__init__.py",
        "b/shared/dates.py",
        "a/space/one.py",
        "b/space/two.py",
        "a/both.py",
        "a/both/__init__.py",
        "a/late/data.txt",
        "b/late.py",
    )
    project = ProjectFiles([tmp_path / "a", tmp_path / "b"])
    assert project.find_module(dotted) == (None if found is None else tmp_path / found)


def test_a_file_is_parsed_once_and_counts_as_read(tmp_path: Path) -> None:
    lay_out(tmp_path, "dag.py")
    project = ProjectFiles([tmp_path], base=tmp_path)
    first = project.source(tmp_path / "dag.py")
    assert project.source(tmp_path / "." / "dag.py") is first
    assert first.path == "dag.py"
    assert project.reads == {tmp_path / "dag.py"}


def test_a_broken_file_is_refused_each_time(tmp_path: Path) -> None:
    (tmp_path / "dag.py").write_text("def")
    project = ProjectFiles([tmp_path])
    for _ in range(2):
        with pytest.raises(SourceError):
            project.source(tmp_path / "dag.py")


def test_what_was_looked_for_and_is_not_there_is_remembered(tmp_path: Path) -> None:
    project = ProjectFiles([tmp_path])
    assert project.find_module("helper") is None
    assert tmp_path / "helper.py" in project.missed
    with pytest.raises(SourceError, match="no such file"):
        project.read_bytes(tmp_path / "settings.yaml")
    assert tmp_path / "settings.yaml" in project.missed


def test_no_read_leads_out_of_the_roots(tmp_path: Path) -> None:
    lay_out(tmp_path, "in/data.yaml", "out/data.yaml")
    (tmp_path / "in" / "link.yaml").symlink_to(tmp_path / "out" / "data.yaml")
    (tmp_path / "in" / "folder").symlink_to(tmp_path / "out")
    project = ProjectFiles([tmp_path / "in"])
    assert project.read_bytes(tmp_path / "in" / "data.yaml") == b"# in/data.yaml\n"
    for name in ("out/data.yaml", "in/../out/data.yaml", "in/link.yaml", "in/folder/data.yaml"):
        with pytest.raises(OutsideRoots):
            project.read_bytes(tmp_path / name)


def test_texts_in_memory_win_over_the_disk(tmp_path: Path) -> None:
    lay_out(tmp_path, "helper.py")
    project = ProjectFiles([tmp_path], texts={tmp_path / "helper.py": b"x = 2\n", tmp_path / "pack" / "inner.py": b"y = 1\n"})
    assert project.source(tmp_path / "helper.py").text == "x = 2\n"
    assert project.find_module("pack.inner") == tmp_path / "pack" / "inner.py"
    assert project.list_folder(tmp_path / "pack") == [tmp_path / "pack" / "inner.py"]
    assert (project.kind(tmp_path / "pack"), project.kind(tmp_path / "gone")) == ("folder", "none")


def test_each_watch_sees_what_was_read_and_missed_in_it_even_where_that_was_known_before(tmp_path: Path) -> None:
    lay_out(tmp_path, "a.py", "b.py")
    project = ProjectFiles([tmp_path])
    seen = []
    for name in ("a", "b", "a"):
        with project.watched():
            project.source(tmp_path / f"{name}.py")
            project.find_module("gone.deeper")
            seen.append((set(project.reads), tmp_path / "gone.py" in project.missed))
    assert seen == [({tmp_path / f"{name}.py"}, True) for name in ("a", "b", "a")]
    assert project.reads == {tmp_path / "a.py", tmp_path / "b.py"}


def test_a_shown_path_leads_back_to_the_file(tmp_path: Path) -> None:
    name = os.fsdecode(b"w\xff.py")
    (tmp_path / name).write_text("x = 1\n")
    project = ProjectFiles([tmp_path], base=tmp_path)
    shown = project.show(tmp_path / name)
    assert shown == "w\\xff.py"
    assert project.source(project.locate(shown)).text == "x = 1\n"
    assert project.locate("other.py") == tmp_path / "other.py"
