"""Full disks, closed streams, folders without end, caches that are not ours, and repositories whose settings name programs: the exit status says what happened."""

import json
import os
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from tests.cli.conftest import GOOD, Folder, folder

__all__ = ["folder"]

BAD = GOOD.replace("catchup=False", "catchup=True")
WRONG = GOOD.replace("0 5 * * *", "0 25 * * *")
"""Of which the same is said on each day."""
FULL = Path("/dev/full")
needs_full = pytest.mark.skipif(not FULL.exists(), reason="there is no device that is always full")


def run(folder: Folder, *words: str, shell: str = "") -> subprocess.CompletedProcess[str]:
    """One command in a process of its own, with streams as a shell makes them."""
    line = " ".join((sys.executable, "-m", "dagcheck", *words, shell))
    return subprocess.run(["sh", "-c", line], cwd=folder.path, capture_output=True, text=True, timeout=200, check=False)


@needs_full
@pytest.mark.parametrize("shell", [">/dev/full", "2>/dev/full", ">/dev/full 2>/dev/full"])
def test_a_full_disk_behind_a_stream_is_status_2(folder: Folder, shell: str) -> None:
    folder.write("dags/bad.py", BAD)
    done = run(folder, "check", "dags", "missing", "--no-cache", shell=shell)
    assert done.returncode == 2
    assert "Traceback" not in done.stderr
    if "2>" not in shell:
        assert "No space left" in done.stderr


@pytest.mark.parametrize("shell", [">&-", "2>&-", ">&- 2>&-", "<&- >&- 2>&-"])
@pytest.mark.parametrize(("text", "status"), [(GOOD, 0), (BAD, 1)])
def test_closed_streams_change_no_status_and_no_file(folder: Folder, shell: str, text: str, status: int) -> None:
    before = folder.write("dags/dag.py", text).read_bytes()
    done = run(folder, "check", "dags", "--no-cache", shell=shell)
    assert (done.returncode, done.stderr) == (status, "")
    assert (folder.path / "dags/dag.py").read_bytes() == before


def test_standard_input_that_is_closed_or_has_no_end_is_told(folder: Folder) -> None:
    done = run(folder, "check", "-", shell="<&-")
    assert (done.returncode, done.stderr) == (2, "error: - reads standard input, which is closed\n")
    if Path("/dev/zero").exists():
        done = run(folder, "check", "-", "--format", "concise", shell="</dev/zero")
        assert "files above 4,194,304 bytes are not read" in done.stdout


@needs_full
@pytest.mark.parametrize(
    "words",
    [("check", "dags", "--output"), ("check", "dags", "--write-baseline"), ("show", "dags", "--output"), ("graph", "dags", "--output")],
)
def test_a_report_that_finds_no_room_is_status_2(folder: Folder, words: tuple[str, ...]) -> None:
    folder.write("dags/bad.py", BAD)
    answer = folder.run(*words, "/dev/full")
    assert answer.status == 2
    assert "error: /dev/full: cannot be written: no space left on device; nothing was changed" in answer.err


@pytest.mark.parametrize("place", ["dags", "missing/report.txt", "dags/bad.py/report.txt"])
def test_a_report_that_can_not_be_put_anywhere_is_status_2(folder: Folder, place: str) -> None:
    before = folder.write("dags/bad.py", BAD).read_bytes()
    answer = folder.run("check", "dags", "--no-cache", "--output", place)
    assert answer.status == 2
    assert f"{place}: cannot be written: " in answer.err
    assert "Traceback" not in answer.err
    assert (folder.path / "dags/bad.py").read_bytes() == before


def test_a_report_may_go_to_a_device(folder: Folder) -> None:
    folder.write("dags/bad.py", BAD)
    answer = folder.run("check", "dags", "--no-cache", "--output", os.devnull)
    assert (answer.status, answer.out) == (1, "")


@pytest.mark.parametrize("room", [0, 1])
def test_a_full_disk_leaves_files_that_are_mended_as_they_were(folder: Folder, monkeypatch: pytest.MonkeyPatch, room: int) -> None:
    """The disk is full at once, or after the first file."""
    before = [folder.write(f"dags/bad{number}.py", BAD.replace('"good"', f'"bad{number}"')).read_bytes() for number in range(3)]
    left = [room]
    usual = os.fsync

    def fsync(handle: int) -> None:
        if not left[0]:
            raise OSError(28, "No space left on device")
        left[0] -= 1
        usual(handle)

    monkeypatch.setattr("dagcheck.commands.writing.os.fsync", fsync)
    answer = folder.run("check", "dags", "--no-cache", "--fix", "--unsafe-fixes")
    assert answer.status == 2
    assert "no space left on device; nothing was changed" in answer.err
    assert [(folder.path / f"dags/bad{number}.py").read_bytes() for number in range(3)] == before
    assert sorted(path.name for path in (folder.path / "dags").iterdir()) == ["bad0.py", "bad1.py", "bad2.py"]


def a_file(cache: Path) -> None:
    cache.write_text("mine")


def a_link_to_nowhere(cache: Path) -> None:
    cache.symlink_to(cache.parent / "nowhere" / "at" / "all")


def a_link_to_a_folder(cache: Path) -> None:
    (cache.parent / "elsewhere").mkdir()
    cache.symlink_to(cache.parent / "elsewhere")


def full_of_folders(cache: Path) -> None:
    for name in ("files.sqlite", "program.json", "runs"):
        (cache / "checks-1" / name / "in the way").mkdir(parents=True)


def full_of_links(cache: Path) -> None:
    (cache / "checks-1").mkdir(parents=True)
    for name in ("files.sqlite", "program.json", "runs"):
        (cache / "checks-1" / name).symlink_to(cache.parent / "precious")


def closed(cache: Path) -> None:
    cache.mkdir(0o500)


@pytest.mark.parametrize("deed", [a_file, a_link_to_nowhere, a_link_to_a_folder, full_of_folders, full_of_links, closed])
def test_a_cache_that_can_not_be_kept_changes_no_answer_and_nothing_else(
    folder: Folder, monkeypatch: pytest.MonkeyPatch, deed: Callable[[Path], None]
) -> None:
    folder.write("dags/wrong.py", WRONG)
    precious = folder.write("precious", "precious")
    expected = folder.run("check", "dags", "--no-cache")
    cache = folder.path / "cache"
    deed(cache)
    monkeypatch.setenv("DAGCHECK_CACHE_DIR", str(cache))
    for _ in range(2):
        assert folder.run("check", "dags") == expected
    assert precious.read_text() == "precious"
    assert folder.run("cache").status in (0, 2)
    assert not cache.is_file() or cache.read_text() == "mine"


def test_a_cache_that_finds_no_room_changes_no_answer(folder: Folder, monkeypatch: pytest.MonkeyPatch) -> None:
    folder.write("dags/wrong.py", WRONG)
    expected = folder.run("check", "dags", "--no-cache")
    monkeypatch.setenv("DAGCHECK_CACHE_DIR", str(folder.path / "cache"))
    usual = open

    def refuse(handle: object, mode: str = "r", *more: object, **options: object) -> object:
        if isinstance(handle, int) and "w" in mode:
            os.close(handle)
            raise OSError(28, "No space left on device")
        return usual(handle, mode, *more, **options)  # type: ignore[call-overload] # what was given

    monkeypatch.setattr("dagcheck.cache.folder.open", refuse, raising=False)
    monkeypatch.setattr("dagcheck.cache.store._TABLE", "CREATE TABLE entry (broken")
    for _ in range(2):
        assert folder.run("check", "dags") == expected


def test_folders_without_end_are_left_at_a_depth_that_is_told(folder: Folder) -> None:
    folder.write("dags/bad.py", BAD)
    before = Path.cwd()
    os.chdir("dags")
    try:
        for _ in range(1_500):
            os.mkdir("d")
            os.chdir("d")
    finally:
        os.chdir(before)
    answer = folder.run("check", "dags", "--no-cache", "--format", "concise")
    subprocess.run(["rm", "-rf", str(folder.path / "dags" / "d")], check=True)  # Python's own way would not get through
    assert answer.status == 2
    assert "lies more than 100 folders deep, so it is not looked into" in answer.err
    assert "Traceback" not in answer.err
    assert "dags/bad.py:" in answer.out


def test_a_file_of_one_endless_line_is_one_finding(folder: Folder) -> None:
    folder.write("dags/bad.py", BAD)
    with open(folder.write("dags/endless.py", "# airflow dag "), "ab") as file:
        file.truncate(100_000_000)
    folder.write("dags/long.py", "# airflow dag\nx = " + "1 + " * 100_000 + "1\n" + "# " + "x" * 1_000_000)
    folder.write("dags/null.py", b"# airflow dag\n\0\n" * 1_000)
    answer = folder.run("check", "dags", "--no-cache", "--format", "json", "--select", "DAG0,DAG301")
    found = [(finding["path"], finding["code"]) for finding in json.loads(answer.out)["findings"]]
    assert [code for path, code in found if path == "dags/endless.py"] == ["DAG002"]
    assert [code for path, code in found if path == "dags/long.py"] == ["DAG002"]
    assert [code for path, code in found if path == "dags/null.py"] in (["DAG001"], ["DAG002"])
    assert ("dags/bad.py", "DAG301") in found
    assert "Traceback" not in answer.err


OLD = "from airflow import DAG\nfrom airflow.operators.bash import BashOperator\nwith DAG('{}', schedule=None):\n    BashOperator(task_id='a', bash_command='echo')\n"


@pytest.mark.parametrize("others", [1, 20])
def test_a_file_of_which_ruff_has_no_end_of_things_to_say_costs_the_others_nothing(
    folder: Folder, monkeypatch: pytest.MonkeyPatch, others: int
) -> None:
    for number in range(others):
        folder.write(f"dags/old{number}.py", OLD.format(number))
    expected = [line for line in folder.run("check", "dags", "--no-cache", "--format", "concise").out.splitlines() if " AIR" in line]
    assert len(expected) >= others
    folder.write("dags/wrong.py", "# airflow dag\n" + "$ " * 20_000)
    monkeypatch.setattr("dagcheck.engine.migration.run._BYTES", 100_000)
    answer = folder.run("check", "dags", "--no-cache", "--format", "concise")
    assert [line for line in answer.out.splitlines() if " AIR" in line] == expected
    assert "dags/wrong.py:2:1: error DAG001" in answer.out


def test_ruff_is_not_waited_for_without_end(folder: Folder, monkeypatch: pytest.MonkeyPatch) -> None:
    folder.write("dags/old.py", OLD.format("old"))
    program = folder.write("slow", "#!/bin/sh\nexec sleep 3600\n")
    program.chmod(0o755)
    monkeypatch.setattr("ruff.__main__.find_ruff_bin", lambda: str(program))
    monkeypatch.setattr("dagcheck.engine.migration.run._SECONDS", 0.2)
    answer = folder.run("check", "dags", "--no-cache", "--format", "concise")
    assert "Looked at 1 file with 1 DAG" in answer.out
    assert " AIR" not in answer.out


def test_links_in_a_circle_end(folder: Folder) -> None:
    folder.write("dags/bad.py", BAD)
    (folder.path / "dags" / "one.py").symlink_to("two.py")
    (folder.path / "dags" / "two.py").symlink_to("one.py")
    (folder.path / "dags" / "again").symlink_to(".", target_is_directory=True)
    (folder.path / "dags" / "above").symlink_to("..", target_is_directory=True)
    folder.write(
        "dags/reading.py", GOOD.replace('"good"', "one.NAME").replace("import pendulum\n", "import pendulum\nimport one, again.again.bad\n")
    )
    for words in (("check", "dags", "--no-cache", "--format", "concise"), ("show", "dags"), ("check", "dags/one.py", "--no-cache")):
        answer = folder.run(*words)
        assert answer.status in (0, 1, 2)
        assert "Traceback" not in answer.err
        assert "one.py" in answer.out + answer.err


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_files_without_permission_are_findings_and_the_others_are_checked(folder: Folder) -> None:
    folder.write("dags/bad.py", BAD)
    locked = folder.write("dags/locked.py")
    locked.chmod(0)
    folder.write("dags/closed/inner.py").parent.chmod(0)
    try:
        answer = folder.run("check", "dags", "--no-cache", "--format", "concise")
    finally:
        locked.chmod(0o600)
        (folder.path / "dags/closed").chmod(0o700)
    assert answer.status == 2
    assert "dags/locked.py:1:1: error DAG002" in answer.out
    assert "dags/closed: cannot be listed" in answer.err
    assert "dags/bad.py:" in answer.out


def git(folder: Folder, *words: str) -> None:
    subprocess.run(["git", "-c", "user.name=a", "-c", "user.email=a@b", *words], cwd=folder.path, check=True, capture_output=True)


def settings_of(program: Path, outside: Path) -> list[Sequence[str]]:
    """Settings of a repository that make git run a program, or look elsewhere."""
    return [
        ("core.fsmonitor", str(program)),
        ("core.hooksPath", str(program.parent)),
        ("core.worktree", str(outside)),
        ("core.sshCommand", str(program)),
        ("core.gitProxy", str(program)),
        ("core.askPass", str(program)),
        ("core.pager", str(program)),
        ("pager.diff", str(program)),
        ("pager.ls-files", str(program)),
        ("alias.ls-files", f"!{program}"),
        ("alias.diff", f"!{program}"),
        ("diff.external", str(program)),
        ("diff.evil.command", str(program)),
        ("diff.evil.textconv", str(program)),
        ("filter.evil.clean", str(program)),
        ("filter.evil.smudge", str(program)),
        ("filter.evil.process", str(program)),
        ("filter.a.b.clean", str(program)),
        ("merge.evil.driver", str(program)),
        ("extensions.partialClone", "origin"),
        ("remote.origin.url", f"ext::{program}"),
        ("remote.origin.promisor", "true"),
        ("include.path", str(program.parent / "more")),
    ]


@pytest.mark.parametrize("number", range(23))
def test_no_setting_of_a_repository_runs_a_program_or_leads_out(
    folder: Folder, tmp_path_factory: pytest.TempPathFactory, number: int
) -> None:
    beside = tmp_path_factory.mktemp("beside")
    outside = beside / "outside"
    outside.mkdir()
    (outside / "other.py").write_text(BAD.replace('"good"', '"other"'))
    program, mark = beside / "post-index-change", beside / "ran"
    program.write_text(f"#!/bin/sh\ntouch {mark}\ncat\n")
    program.chmod(0o755)
    (beside / "more").write_text(f'[core]\n\tfsmonitor = {program}\n[filter "evil"]\n\tclean = {program}\n\tsmudge = {program}\n')
    folder.write("dags/good.py")
    folder.write(".gitattributes", "*.py filter=evil diff=evil merge=evil\n")
    git(folder, "init", "-q")
    git(folder, "add", ".")
    git(folder, "commit", "-qm", "first")
    folder.write("dags/bad.py", BAD.replace('"good"', '"bad"'))
    folder.write("dags/good.py", GOOD.replace("Orders of", "All orders of"))
    git(folder, "config", *settings_of(program, outside)[number])
    answer = folder.run("check", "--no-cache", "--changed-since", "HEAD", "--format", "concise")
    assert not mark.exists()
    assert "other.py" not in answer.out
    assert "Traceback" not in answer.err
    assert answer.status in (1, 2)
    assert answer.status == 2 or "dags/bad.py:" in answer.out
