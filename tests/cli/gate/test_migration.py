"""Ruff's AIR rules: the same report, selection, suppression, baseline and fixes as ours."""

import json
import os
from pathlib import Path

import pytest

from dagcheck.engine.migration import air_rules
from tests.cli.gate.project import CLEAN, Project

OLD = """
from airflow.operators.bash_operator import BashOperator
from airflow.sdk import DAG

with DAG("old", schedule=None):
    BashOperator(task_id="only", bash_command="x")
"""

AIR = ("check", "dags", "--select", "AIR", "--format", "json")


def test_ruffs_findings_stand_beside_ours(project: Project) -> None:
    project.write("dags/old.py", OLD)
    ran = project.run("check", "dags", "--format", "json")
    assert ("dags/old.py", "AIR302") in ran.codes
    finding = next(finding for finding in ran.findings if finding["code"] == "AIR302")
    assert (finding["name"], finding["severity"], finding["line"], finding["column"]) == ("airflow3-moved-to-provider", "error", 5, 5)
    assert finding["fix"]["safety"] == "unsafe"
    assert finding["fingerprint"]


def test_they_follow_the_target_airflow(project: Project) -> None:
    project.write("dags/old.py", OLD.replace("airflow.sdk", "airflow"))
    assert "AIR302" not in [code for _, code in project.run("check", "dags", "--format", "json", "--airflow", "2.11").codes]
    assert "AIR302" in [code for _, code in project.run("check", "dags", "--format", "json", "--airflow", "3.0").codes]
    assert "AIR302" in [code for _, code in project.run(*AIR, "--airflow", "2.11").codes]


def test_they_are_selected_ignored_and_weighted_like_ours(project: Project) -> None:
    project.write("dags/old.py", OLD)
    assert project.run(*AIR).codes == [("dags/old.py", "AIR302")]
    assert project.run("check", "dags", "--select", "airflow3-moved-to-provider", "--format", "json").codes == [("dags/old.py", "AIR302")]
    assert "AIR302" not in [code for _, code in project.run("check", "dags", "--ignore", "AIR", "--format", "json").codes]
    project.write("dagcheck.toml", 'severity = {AIR302 = "info"}\nper-file-ignores = {"dags/legacy/*" = ["AIR3"]}\n')
    project.write("dags/legacy/older.py", OLD.replace('"old"', '"older"'))
    (finding,) = project.run(*AIR).findings
    assert (finding["path"], finding["severity"]) == ("dags/old.py", "info")


@pytest.mark.parametrize(
    "comment", ["# noqa: AIR302", "# noqa", "# dagcheck: ignore[AIR302] -- soon", "# dagcheck: ignore[airflow3-moved-to-provider]"]
)
def test_both_kinds_of_comment_suppress_them(project: Project, comment: str) -> None:
    project.write("dags/old.py", OLD.replace('"x")', f'"x")  {comment}'))
    assert project.run("check", "dags", "--select", "AIR,DAG004", "--format", "json").codes == []


def test_a_comment_for_ruff_that_suppresses_nothing_is_told(project: Project) -> None:
    project.write("dags/clean.py", CLEAN.replace('"only")', '"only")  # dagcheck: ignore[AIR302]'))
    assert project.run("check", "dags", "--select", "AIR,DAG004", "--format", "json").codes == [("dags/clean.py", "DAG004")]


def test_they_go_into_baselines_and_formats(project: Project) -> None:
    project.write("dags/old.py", OLD)
    project.run("check", "dags", "--select", "AIR", "--write-baseline", "known.json")
    assert project.run(*AIR, "--baseline", "known.json").codes == []
    project.write("dags/old.py", f"# moved\n{OLD}")
    assert project.run(*AIR, "--baseline", "known.json").codes == []
    sarif = json.loads(project.run("check", "dags", "--select", "AIR", "--format", "sarif").out)["runs"][0]
    assert {rule["id"] for rule in sarif["tool"]["driver"]["rules"]} == {rule.meta.code for rule in air_rules()}
    assert "AIR302" in project.run("check", "dags", "--select", "AIR", "--format", "github").out


def test_their_fixes_are_made_in_rounds_with_ours(project: Project) -> None:
    path = project.folder / "dags" / "old.py"
    path.parent.mkdir()
    text = OLD.replace("airflow.sdk", "airflow").replace("schedule=None", "schedule_interval=None")
    path.write_bytes(text.replace("\n", "\r\n").encode())
    ran = project.run("check", "dags", "--select", "AIR", "--fix", "--unsafe-fixes")
    fixed = path.read_bytes().decode()
    assert ran.status == 0
    assert "from airflow.providers.standard.operators.bash import BashOperator\r\n" in fixed
    assert "from airflow.sdk import DAG\r\n" in fixed
    assert 'DAG("old", schedule=None)' in fixed
    assert fixed.count("\n") == fixed.count("\r\n")


def test_a_fix_of_ruff_that_mends_nothing_is_not_offered(project: Project) -> None:
    project.write("dags/old.py", OLD.replace("from airflow.sdk import DAG", "import airflow").replace("DAG(", "airflow.DAG("))
    fixes = {finding["code"]: finding["fix"] for finding in project.run(*AIR).findings}
    assert fixes["AIR311"] is None
    assert fixes["AIR302"] is not None
    assert project.run("check", "dags", "--select", "AIR", "--fix", "--unsafe-fixes").status == 0
    assert "airflow.sdk" not in project.read("dags/old.py")


def test_what_both_see_is_told_once(project: Project) -> None:
    project.write("dags/old.py", OLD)
    codes = [code for _, code in project.run("check", "dags", "--format", "json").codes]
    names = {finding["name"] for finding in project.run("check", "dags", "--format", "json").findings}
    assert codes.count("AIR302") == 1
    assert "broken-import" not in names
    assert "broken-import" in {finding["name"] for finding in project.run("check", "dags", "--ignore", "AIR", "--format", "json").findings}


def test_standard_input_is_looked_at_too(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    import io
    import sys

    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(OLD.encode())))
    ran = project.run("check", "-", "--stdin-filename", "dags/old.py", "--select", "AIR", "--format", "json")
    assert ran.codes == [("dags/old.py", "AIR302")]


@pytest.mark.parametrize("more", [0, 20])
def test_a_file_that_kills_ruff_does_not_keep_it_from_the_others(
    project: Project, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, more: int
) -> None:
    """Ruff's place is taken by a program that dies of one file and asks ruff about the others."""
    from ruff.__main__ import find_ruff_bin

    program = tmp_path / "ruff"
    died = 'for word; do case "$word" in */deadly.py) kill -9 $$;; @*) grep -q deadly "${word#@}" && kill -9 $$;; esac; done'
    program.write_text(f'#!/bin/sh\n{died}\nexec {find_ruff_bin()} "$@"\n')
    program.chmod(0o755)
    monkeypatch.setattr("ruff.__main__.find_ruff_bin", lambda: str(program))
    names = ["a", "b", "deadly", *(f"more_{number:02d}" for number in range(more)), "z"]
    for name in names:
        project.write(f"dags/{name}.py", OLD.replace('"old"', f'"{name}"'))
    assert [path for path, _ in project.run(*AIR).codes] == [f"dags/{name}.py" for name in names if name != "deadly"]


def test_without_ruff_the_run_says_so_and_how_to_do_without(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ruff.__main__.find_ruff_bin", lambda: "/nowhere/ruff")
    project.write("dags/clean.py", CLEAN)
    ran = project.run(*AIR)
    assert (ran.status, ran.out) == (2, "")
    assert "ruff can't be started" in ran.err
    assert "--ignore AIR" in ran.err
    assert project.run("check", "dags", "--ignore", "AIR", "--select", "DAG306").status == 0


def test_ruff_is_not_started_where_none_of_its_rules_runs(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("subprocess.Popen", None)
    project.write("dags/clean.py", CLEAN)
    assert project.run("check", "dags", "--select", "DAG306").status == 0


def test_nothing_is_left_behind(project: Project, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "temp"))
    os.mkdir(tmp_path / "temp")
    project.write("dags/old.py", OLD)
    project.run(*AIR)
    assert os.listdir(tmp_path / "temp") == []
    assert project.files() == {"dags/old.py"}


def test_the_table_of_rules_is_ruffs(project: Project) -> None:
    import subprocess

    from ruff.__main__ import find_ruff_bin

    listed = subprocess.run([find_ruff_bin(), "rule", "--all", "--output-format", "json"], capture_output=True, check=True)
    ruffs = {rule["code"]: rule for rule in json.loads(listed.stdout) if str(rule["code"]).startswith("AIR")}
    assert {rule.meta.code: rule.meta.name for rule in air_rules()} == {code: rule["name"] for code, rule in ruffs.items()}
    assert {rule.meta.code for rule in air_rules() if rule.meta.fix} == {
        code for code, rule in ruffs.items() if rule["fix"] != "Fix is not available."
    }


def test_a_fix_that_would_leave_nothing_behind_a_colon_is_not_offered(project: Project) -> None:
    lines = (
        "import airflow\n\nif airflow.DAG: from airflow.sdk import DAG\nelse: from airflow.operators.bash_operator import BashOperator\n"
    )
    project.write("dags/old.py", f'{lines}\nwith DAG("old", schedule=None):\n    BashOperator(task_id="only", bash_command="x")\n')
    (moved,) = (finding for finding in project.run(*AIR).findings if finding["code"] == "AIR302")
    assert moved["fix"] is None
    assert project.run(*AIR, "--fix", "--unsafe-fixes").status == 1
