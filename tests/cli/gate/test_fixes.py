"""Fixes: made in rounds, only where nothing else changes, and written so that nobody's work is lost."""

import os
import signal
import stat

import pytest

from dagcheck.commands import choosing, fixing, writing
from dagcheck.model.dag import Dag, File
from dagcheck.model.values import Span
from dagcheck.report.formats import FORMATS
from dagcheck.rule import Edit, FileContext, Finding, Fix, Meta, Rule
from dagcheck.rule.edits import replace_value
from tests.cli.gate.project import CLEAN, CRON, WRONG_CRON, Project
from tests.unit.report.outcomes import password

FIX = ("check", "dags", *CRON, "--fix", "--unsafe-fixes")


def test_a_fix_keeps_comments_and_line_ends_and_mode(project: Project) -> None:
    path = project.folder / "dags" / "wrong.py"
    path.parent.mkdir()
    text = WRONG_CRON.replace("with", "# kept \u00e4\nwith").replace("\n", "\r\n")
    path.write_bytes(b"\xef\xbb\xbf" + text.encode())
    path.chmod(0o750)
    ran = project.run(*FIX)
    assert ran.status == 0
    assert "1 fix was made in 1 file." in ran.err
    changed = b"".join(path.read_bytes().split(text.encode().split(b"22 45")[0]))
    assert path.read_bytes().startswith(b"\xef\xbb\xbf" + text.encode().split(b"22 45")[0])
    assert b"22 45" not in changed
    assert path.read_bytes().count(b"\n") == path.read_bytes().count(b"\r\n") == text.count("\n")
    assert stat.S_IMODE(path.stat().st_mode) == 0o750


def test_a_link_stays_a_link(project: Project) -> None:
    target = project.write("real/wrong.py", WRONG_CRON)
    link = project.folder / "dags" / "wrong.py"
    link.parent.mkdir()
    link.symlink_to(target)
    assert project.run(*FIX).status == 0
    assert link.is_symlink()
    assert "22 45" not in target.read_text()


def test_a_read_only_file_is_left_and_told(project: Project) -> None:
    path = project.write("dags/wrong.py", WRONG_CRON)
    project.write("dags/other.py", WRONG_CRON.replace("wrong", "other"))
    path.chmod(0o444)
    ran = project.run(*FIX)
    assert ran.status == 2
    assert "dags/wrong.py: is read-only; it was left as it is" in ran.err
    assert "22 45" in project.read("dags/wrong.py")
    assert "22 45" not in project.read("dags/other.py")
    assert "1 fix was made in 1 file." in ran.err
    assert "dags/wrong.py:4" in ran.out


def test_a_file_that_someone_else_changes_meanwhile_is_left_and_told(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    path = project.write("dags/wrong.py", WRONG_CRON)
    original = fixing.write_fixed

    def after_an_edit(made: fixing.Fixing) -> list[str]:
        path.write_text("# mine\n" + WRONG_CRON)
        return original(made)

    monkeypatch.setattr(fixing, "write_fixed", after_an_edit)
    ran = project.run(*FIX)
    assert ran.status == 2
    assert "dags/wrong.py: was changed by someone else while it was fixed; it was left as it is" in ran.err
    assert path.read_text() == "# mine\n" + WRONG_CRON


def test_a_folder_that_takes_no_file_is_told(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    project.write("dags/wrong.py", WRONG_CRON)
    monkeypatch.setattr("tempfile.mkstemp", _refuse)
    ran = project.run(*FIX)
    assert ran.status == 2
    assert "dags/wrong.py: cannot be written: permission denied; nothing was changed" in ran.err
    assert "22 45" in project.read("dags/wrong.py")


def _refuse(**options: object) -> tuple[int, str]:
    raise PermissionError(13, "Permission denied")


def test_a_diff_shows_fixes_and_changes_nothing(project: Project) -> None:
    project.write("dags/wrong.py", WRONG_CRON)
    ran = project.run("check", "dags", *CRON, "--diff", "--unsafe-fixes")
    assert ran.status == 1
    assert ran.out.splitlines()[:2] == ["--- a/dags/wrong.py", "+++ b/dags/wrong.py"]
    assert project.read("dags/wrong.py") == WRONG_CRON.lstrip("\n")
    written = project.run("check", "dags", *CRON, "--diff", "--unsafe-fixes", "--output", "fixes.diff")
    assert written.out == ""
    assert project.read("fixes.diff") == ran.out


def test_a_diff_can_be_applied_by_git(project: Project) -> None:
    project.write("dags/wrong.py", WRONG_CRON)
    project.commit()
    project.run("check", "dags", *CRON, "--diff", "--unsafe-fixes", "--output", "fixes.diff")
    project.git("apply", "fixes.diff")
    assert project.run("check", "dags", *CRON).status == 0


class _Renaming(Rule):
    """Changes the id of another task than the one it speaks of"""

    meta = Meta("TST001", "renaming", "warning", "0", fix="safe")

    def check_dag(self, dag: Dag, context: FileContext) -> list[Finding]:
        last = dag.tasks[-1]
        if last.task_id != "last":
            return []
        argument = last.arguments["task_id"].span
        return [Finding("The last task.", dag.span, dag_id=dag.dag_id, fix=Fix("Rename", (replace_value(argument, '"renamed"'),)))]


class _Breaking(Rule):
    """Leaves a file that does not parse"""

    meta = Meta("TST002", "breaking", "warning", "0", fix="safe")

    def check_file(self, file: File, context: FileContext) -> list[Finding]:
        start = Span(file.path, 1, 1, 1, 1)
        return [Finding("The file.", start, fix=Fix("Break", (Edit(start, "((("),)))]


class _Endless(Rule):
    """Is never content"""

    meta = Meta("TST003", "endless", "warning", "0", fix="safe")

    def check_file(self, file: File, context: FileContext) -> list[Finding]:
        start = Span(file.path, 1, 1, 1, 1)
        return [Finding("The file.", start, fix=Fix("Add", (Edit(start, "#\n"),)))]


class _Mending(Rule):
    """Mends a comment"""

    meta = Meta("TST004", "mending", "warning", "0", fix="safe")

    def check_file(self, file: File, context: FileContext) -> list[Finding]:
        source = context.source
        assert source is not None
        return [
            Finding("A typo.", span, fix=Fix("Mend", (Edit(span, "# tidy"),)))
            for comment in source.comments
            if comment.text == "# tydi"
            for span in [Span(file.path, comment.line, comment.column, comment.line, comment.column + 6)]
        ]


TWO_TASKS = """
from airflow.sdk import DAG
from airflow.providers.standard.operators.empty import EmptyOperator

# tydi
with DAG("two", schedule=None):
    EmptyOperator(task_id="first") >> EmptyOperator(task_id="last")  # tydi
"""


@pytest.mark.parametrize(
    ("rule", "reason"),
    [
        (_Renaming, "TST001 was not made: task last of DAG two would be gone"),
        (_Breaking, "TST002 was not made: the file does not parse"),
        (_Endless, "TST003 are still asked for after they were made again and again"),
    ],
)
def test_a_bad_fix_is_not_made_and_the_others_are(project: Project, monkeypatch: pytest.MonkeyPatch, rule: type[Rule], reason: str) -> None:
    monkeypatch.setattr(choosing, "load_packs", lambda: (rule, _Mending))
    project.write("dags/two.py", TWO_TASKS)
    ran = project.run("check", "dags", "--fix")
    assert ran.status == 2
    assert reason in ran.err
    text = project.read("dags/two.py")
    assert text.count("# tidy") == 2
    assert '"last"' in text
    assert "(((" not in text


def test_ctrl_c_while_writing_leaves_every_file_as_it_was(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(3):
        project.write(f"dags/wrong_{number}.py", WRONG_CRON.replace("wrong", f"wrong_{number}"))
    before = {path: project.read(path) for path in project.files()}
    calls = []

    def interrupted(handle: int) -> None:
        calls.append(handle)
        if len(calls) == 2:
            raise KeyboardInterrupt

    monkeypatch.setattr(writing.os, "fsync", interrupted)
    ran = project.run(*FIX)
    assert (ran.status, ran.out, ran.err) == (130, "", "error: interrupted\n")
    assert {path: project.read(path) for path in project.files()} == before


def test_ctrl_c_between_the_moves_waits_for_the_last_one(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(3):
        project.write(f"dags/wrong_{number}.py", WRONG_CRON.replace("wrong", f"wrong_{number}"))
    move = os.replace

    def interrupted(source: str, target: str) -> None:
        os.kill(os.getpid(), signal.SIGINT)
        move(source, target)

    monkeypatch.setattr(writing.os, "replace", interrupted)
    assert project.run(*FIX).status == 130
    assert not any("22 45" in project.read(path) for path in project.files())


def test_fixing_again_changes_nothing(project: Project) -> None:
    project.write("dags/wrong.py", WRONG_CRON)
    project.run(*FIX)
    once = project.read("dags/wrong.py")
    assert "0 fixes were made in 0 files." in project.run(*FIX).err
    assert project.read("dags/wrong.py") == once


def test_files_without_anything_to_fix_are_not_touched(project: Project) -> None:
    path = project.write("dags/clean.py", CLEAN)
    os.utime(path, (1, 1))
    assert project.run(*FIX).status == 0
    assert path.stat().st_mtime == 1


SECRET_IN_SCRIPT = """
from airflow.providers.standard.operators.bash import BashOperator
from airflow.sdk import DAG

with DAG("leaky", schedule=None):
    BashOperator(task_id="t", bash_command="mysql --user=app --password=SECRET < load.sh")
"""


@pytest.mark.parametrize("form", FORMATS)
def test_the_text_of_a_fix_on_a_line_with_a_secret_is_shown_nowhere(project: Project, form: str) -> None:
    project.write("dags/leaky.py", SECRET_IN_SCRIPT.replace("SECRET", password()))
    options = ("check", "dags", "--select", "DAG404,DAG709")
    ran = project.run(*options, "--format", form)
    assert "DAG404" in ran.out
    assert "DAG709" in ran.out
    assert password() not in ran.out + ran.err
    diff = project.run(*options, "--diff", "--unsafe-fixes")
    assert "+# (a line that holds a secret)" in diff.out
    assert password() not in diff.out + diff.err
    project.run(*options, "--fix", "--unsafe-fixes")
    assert f'{password()} < load.sh "' in project.read("dags/leaky.py")
