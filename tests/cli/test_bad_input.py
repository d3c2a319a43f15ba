"""Whatever lies in a DAG folder: a clear message, the right exit status, and the other files are still checked."""

import os
from pathlib import Path

import pytest

from dagcheck.source.text import Source
from tests.cli.conftest import GOOD, Folder

BAD = GOOD.replace('"good"', '"bad"').replace("0 5 * * *", "0 25 * * *")

BROKEN: dict[str, tuple[bytes, str, str]] = {
    "binary": (b"\x7fELF\x02\x01\x01\x00airflow dag\x00\xff\xfe", "DAG002", "null bytes"),
    "binary without null bytes": (b"airflow dag \xff\xfe\xfd", "DAG002", "byte 0xff is not utf-8"),
    "latin-1 without a coding line": ("# airflow dag für alle\n".encode("latin-1"), "DAG002", "byte 0xfc is not utf-8"),
    "null bytes": (GOOD.encode() + b"x = '\0'\n", "DAG002", "null bytes"),
    "UTF-16": (GOOD.encode("utf-16"), "DAG002", "UTF-16"),
    "Python 2": (b"from airflow import DAG\ndag = DAG('x')\nprint 'loaded'\n", "DAG001", "written for Python 2"),
    "nested parentheses": (b"# airflow dag\nx = " + b"(" * 100_000 + b")" * 100_000, "DAG001", "too many nested parentheses"),
    "nested operators": (b"# airflow dag\nx = " + b"not " * 100_000 + b"1", "DAG002", "nested too deeply"),
    "cut off": (GOOD.encode()[:200], "DAG001", "does not parse"),
    "too large": (b"# airflow dag\n" + b"x = 1\n" * 1_000_000, "DAG002", "are not read"),
}


@pytest.mark.parametrize("name", BROKEN)
def test_a_file_that_cannot_be_read_is_a_finding_and_the_others_are_checked(folder: Folder, name: str) -> None:
    data, code, message = BROKEN[name]
    folder.write("dags/broken.py", data)
    folder.write("dags/bad.py", BAD)
    answer = folder.run("check", "dags", "--format", "concise")
    lines = [line for line in answer.out.splitlines() if line.startswith("dags/")]
    assert answer.status == 1
    assert len(lines) == 2
    assert lines[0].startswith("dags/bad.py:7:14: error DAG306")
    assert f"error {code}" in lines[1]
    assert message in lines[1]
    assert answer.err == ""


@pytest.mark.parametrize(
    "data",
    [
        "# -*- coding: latin-1 -*-\n# für alle\n".encode("latin-1") + BAD.encode("latin-1"),
        b"\xef\xbb\xbf" + BAD.encode(),
        BAD.replace("\n", "\r\n").encode(),
        BAD.replace("\n", "\r").encode(),
    ],
    ids=["latin-1 with a coding line", "BOM", "CRLF", "CR"],
)
def test_other_encodings_and_line_ends_are_read(folder: Folder, data: bytes) -> None:
    folder.write("dag.py", data)
    answer = folder.run("check", "dag.py", "--format", "concise")
    line = 9 if data.startswith(b"# -*-") else 7
    assert answer.out.startswith(f"dag.py:{line}:14: error DAG306")
    assert answer.status == 1


def test_an_empty_file_holds_no_dag(folder: Folder) -> None:
    folder.write("empty.py", "")
    answer = folder.run("check", "empty.py")
    assert (answer.status, answer.err) == (2, "error: no DAG found in empty.py\n")


def test_an_empty_file_among_others_is_skipped(folder: Folder) -> None:
    folder.write("dags/empty.py", "")
    folder.write("dags/good.py")
    answer = folder.run("check", "dags")
    assert answer.status == 0
    assert "skipped 1 without the words" in answer.out


def test_a_path_that_does_not_exist_ends_in_2_and_the_others_are_checked(folder: Folder) -> None:
    folder.write("dags/bad.py", BAD)
    answer = folder.run("check", "gone", "dags", "--format", "concise")
    assert answer.status == 2
    assert "error: gone: no such file or directory\n" in answer.err
    assert "dags/bad.py:7:14: error DAG306" in answer.out


def test_a_folder_without_dags_ends_in_2_and_never_green(folder: Folder) -> None:
    folder.write("plugins/helper.py", "x = 1\n")
    folder.write("dags/good.py")
    answer = folder.run("check", "dags", "plugins")
    assert (answer.status, answer.err) == (2, "error: plugins: no DAG found in this folder\n")


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_folder_without_permission_ends_in_2_and_the_others_are_checked(folder: Folder) -> None:
    folder.write("dags/bad.py", BAD)
    closed = folder.write("dags/closed/x.py").parent
    closed.chmod(0)
    try:
        answer = folder.run("check", "dags", "--format", "concise")
    finally:
        closed.chmod(0o755)
    assert answer.status == 2
    assert "error: dags/closed: cannot be listed: permission denied\n" in answer.err
    assert "dags/bad.py:7:14: error DAG306" in answer.out


def test_a_folder_that_cannot_be_listed_ends_in_2(folder: Folder, monkeypatch: pytest.MonkeyPatch) -> None:
    folder.write("dags/bad.py", BAD)
    folder.write("dags/closed/x.py")
    scandir = os.scandir

    def refuse(path: str | Path) -> object:
        if Path(path).name == "closed":
            raise PermissionError(13, "Permission denied")
        return scandir(path)

    monkeypatch.setattr(os, "scandir", refuse)
    answer = folder.run("check", "dags", "--format", "concise")
    assert answer.status == 2
    assert "error: dags/closed: cannot be listed: permission denied\n" in answer.err
    assert "dags/bad.py:7:14: error DAG306" in answer.out


def test_a_symlink_loop_is_told_and_does_not_stop_the_check(folder: Folder) -> None:
    folder.write("dags/bad.py", BAD)
    (folder.path / "dags" / "loop").symlink_to(folder.path / "dags")
    (folder.path / "dags" / "self.py").symlink_to(folder.path / "dags" / "self.py")
    answer = folder.run("check", "dags", "--format", "concise")
    assert answer.status == 1
    assert "note: dags/loop: a symbolic link back to a folder that was looked at; not followed" in answer.err
    assert "dags/bad.py:7:14: error DAG306" in answer.out


def test_a_pipe_and_a_device_are_never_waited_for(folder: Folder) -> None:
    folder.write("good.py")
    os.mkfifo(folder.path / "pipe.py")
    answer = folder.run("check", "good.py", "pipe.py", "/dev/zero", "--format", "concise")
    assert answer.status == 1
    assert "pipe.py:1:1: error DAG002 The file cannot be read: it is not a regular file." in answer.out
    assert "/dev/zero:1:1: error DAG002 The file cannot be read: it is not a regular file." in answer.out


def test_show_tells_errors_and_goes_on(folder: Folder) -> None:
    folder.write("dags/broken.py", b"# airflow dag\nprint 'x'\n")
    folder.write("dags/good.py")
    answer = folder.run("show", "dags")
    assert answer.status == 0
    assert "error 2:1 does not parse: it seems to be written for Python 2 (print statement)" in answer.out
    assert "  good line 5  exact" in answer.out


def test_names_and_texts_that_a_terminal_would_obey_are_shown_harmless(folder: Folder) -> None:
    folder.write("dags/\x1b[31mred.py", BAD.replace('"bad"', '"b\x1b[2Jd"'))
    answer = folder.run("check", "dags", "--format", "full")
    assert answer.status == 1
    assert "\x1b[2J" not in answer.out


def test_a_bug_of_ours_on_one_file_is_told_and_does_not_stop_the_others(folder: Folder, monkeypatch: pytest.MonkeyPatch) -> None:
    from dagcheck.airflow import extract as module

    extract = module.extract

    def fail_on_good(source: Source, *rest: object) -> object:
        if source.path == "dags/good.py":
            raise LookupError("oops")
        return extract(source, *rest)  # type: ignore[arg-type]  # what is passed is passed on

    monkeypatch.setattr(module, "extract", fail_on_good)
    folder.write("dags/good.py")
    folder.write("dags/bad.py", BAD)
    checked = folder.run("check", "dags", "--format", "concise")
    assert checked.status == 2
    assert "dags/bad.py:7:14: error DAG306" in checked.out
    assert "error: the extraction crashed on dags/good.py: LookupError: oops" in checked.err
    shown = folder.run("show", "dags")
    assert shown.status == 2
    assert "bad line 5" in shown.out
    assert "dagcheck failed on this file, which is a bug in dagcheck: LookupError: oops" in shown.out


@pytest.mark.parametrize("name", ["full", "concise", "json", "sarif", "github", "gitlab", "junit", "markdown"])
def test_names_that_are_no_utf_8_are_shown_escaped(folder: Folder, name: str) -> None:
    (folder.path / "dags").mkdir()
    with open(os.fsencode(folder.path / "dags") + b"/w\xff.py", "wb") as file:
        file.write(BAD.encode())
    answer = folder.run("check", "dags", "--format", name)
    assert answer.status == 1
    assert "w\\xff.py" in answer.out.replace("\\\\", "\\").replace("%5C", "\\")
    assert folder.run("show", "dags", "--format", "json").status == 0
    assert folder.run("check", "dags", "--format", name, "--output", "report").status == 1


def test_a_file_called_dash_is_named_with_its_folder(folder: Folder) -> None:
    folder.write("-", BAD)
    answer = folder.run("check", "./-", "--format", "concise")
    assert answer.status == 1
    assert any(line.startswith("-:7:14: error DAG306") for line in answer.out.splitlines())


def test_a_path_that_the_system_refuses_does_not_stop_the_others(folder: Folder) -> None:
    folder.write("dags/bad.py", BAD)
    answer = folder.run("check", "x" * 300, "dags/bad.py", "--format", "concise")
    assert (answer.status, answer.err) == (2, f"error: {'x' * 300}: no such file or directory\n")
    assert "dags/bad.py:7:14: error DAG306" in answer.out
