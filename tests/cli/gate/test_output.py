"""Where reports go: to the stream or to a file, whole or not at all."""

import json
import os
import subprocess
from pathlib import Path

import pytest

from dagcheck.commands import writing
from tests.cli.gate.project import CLEAN, CRON, WRONG_CRON, Project


def test_a_report_goes_to_its_file_and_the_summary_to_stderr(project: Project) -> None:
    project.write("dags/wrong.py", WRONG_CRON)
    ran = project.run("check", *CRON, "dags", "--format", "json", "--output", "report.json")
    assert (ran.status, ran.out) == (1, "")
    assert "Found 1 error" in ran.err
    assert [finding["code"] for finding in json.loads(project.read("report.json"))["findings"]] == ["DAG306"]


def test_a_report_that_cannot_be_written_is_status_2_and_leaves_the_old_one(project: Project) -> None:
    project.write("dags/wrong.py", WRONG_CRON)
    ran = project.run("check", *CRON, "dags", "--output", "missing/report.txt")
    assert (ran.status, ran.out) == (2, "")
    assert "missing/report.txt: cannot be written: no such file or directory" in ran.err


def test_a_folder_is_no_place_for_a_report(project: Project) -> None:
    project.write("dags/wrong.py", WRONG_CRON)
    (project.folder / "report").mkdir()
    ran = project.run("check", *CRON, "dags", "--output", "report")
    assert ran.status == 2
    assert "report: cannot be written" in ran.err
    assert project.files() == {"dags/wrong.py"}


def test_a_report_goes_to_a_device_as_it_is(project: Project) -> None:
    project.write("dags/wrong.py", WRONG_CRON)
    ran = project.run("check", *CRON, "dags", "--output", os.devnull)
    assert ran.status == 1
    assert not Path(os.devnull).is_file()


def test_a_full_disk_leaves_the_old_report(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    project.write("dags/wrong.py", WRONG_CRON)
    project.write("report.txt", "old\n")

    def full(handle: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(writing.os, "fsync", full)
    ran = project.run("check", *CRON, "dags", "--output", "report.txt")
    assert ran.status == 2
    assert "report.txt: cannot be written: no space left on device; nothing was changed" in ran.err
    assert project.read("report.txt") == "old\n"
    assert project.files() == {"dags/wrong.py", "report.txt"}


@pytest.mark.skipif(os.geteuid() != 0, reason="only root may mount")
def test_a_disk_that_is_really_full_leaves_the_old_report_and_the_files_that_were_to_be_fixed(project: Project, tmp_path: Path) -> None:
    small = tmp_path / "small"
    small.mkdir()
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=32k", "none", str(small)], capture_output=True, check=False).returncode:
        pytest.skip("no tmpfs can be mounted here")
    try:
        text = f"{WRONG_CRON}\n# {'dag ' * 2000}\n"
        (small / "wrong.py").write_text(text)
        (small / "report.txt").write_text("old\n")
        (small / "ballast").write_bytes(b"x" * 16_000)
        fixed = project.run("check", *CRON, str(small), "--fix", "--unsafe-fixes")
        assert fixed.status == 2
        assert "no space left on device" in fixed.err
        with open(small / "ballast", "ab", buffering=0) as ballast:
            try:
                while True:
                    ballast.write(b"x" * 4096)
            except OSError:
                pass
        reported = project.run("check", *CRON, str(small), "--output", str(small / "report.txt"))
        assert reported.status == 2
        assert "no space left on device" in reported.err
        assert (small / "wrong.py").read_text() == text
        assert (small / "report.txt").read_text() == "old\n"
        assert sorted(path.name for path in small.iterdir()) == ["ballast", "report.txt", "wrong.py"]
    finally:
        subprocess.run(["umount", str(small)], check=True)


def test_a_reader_that_goes_away_ends_the_run_quietly(project: Project) -> None:
    for number in range(300):
        project.write(f"dags/wrong_{number}.py", WRONG_CRON.replace("wrong", f"wrong_{number}"))
    with project.spawn("check", "dags", "--quiet", "--select", "DAG306") as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.readline()
        process.stdout.close()
        assert process.stderr.read() == b""
    assert process.returncode == 141


def test_statistics_come_with_every_format(project: Project) -> None:
    project.write("dags/wrong.py", WRONG_CRON)
    project.write("dags/clean.py", CLEAN)
    for name in ("full", "concise", "markdown"):
        assert "1  DAG306  invalid-schedule" in project.run("check", *CRON, "dags", "--statistics", "--format", name).out
    for name in ("json", "sarif", "github", "gitlab", "junit"):
        ran = project.run("check", *CRON, "dags", "--statistics", "--format", name)
        assert "1  DAG306  invalid-schedule" in ran.err
        assert "1  DAG306  invalid-schedule" not in ran.out


def test_code_hosts_get_paths_from_the_root_of_the_repository(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    project.write("airflow/dags/wrong.py", WRONG_CRON)
    project.commit()
    monkeypatch.chdir(project.folder / "airflow")
    assert project.run("check", *CRON, "dags", "--format", "json").codes == [("dags/wrong.py", "DAG306")]
    assert "file=airflow/dags/wrong.py," in project.run("check", *CRON, "dags", "--format", "github").out
    assert '"path": "airflow/dags/wrong.py"' in project.run("check", *CRON, "dags", "--format", "gitlab").out
    assert '"uri": "airflow/dags/wrong.py"' in project.run("check", *CRON, "dags", "--format", "sarif").out


@pytest.mark.parametrize("command", ["show", "graph", "simulate"])
def test_the_other_commands_write_their_files_whole_or_not_at_all_too(project: Project, command: str) -> None:
    project.write("dags/clean.py", CLEAN)
    project.write("answer.txt", "old\n")
    assert project.run(command, "dags", "--output", "answer.txt").status == 0
    assert project.read("answer.txt") != "old\n"
    ran = project.run(command, "dags", "--output", "missing/answer.txt")
    assert (ran.status, "missing/answer.txt: cannot be written" in ran.err) == (2, True)
