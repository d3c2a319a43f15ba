"""`--changed-since`: what a change touches, and what it breaks elsewhere."""

import shutil
import subprocess

import pytest

from tests.cli.gate.project import CLEAN, CRON, WRONG_CRON, Project

OTHER = WRONG_CRON.replace("wrong", "other")
PRODUCER = CLEAN.replace("clean", "raw")
WAITER = """
from airflow.sdk import DAG
from airflow.providers.standard.sensors.external_task import ExternalTaskSensor

with DAG("mart", schedule=None):
    ExternalTaskSensor(task_id="wait", external_dag_id="raw")
"""
HELPER_USER = """
from airflow.sdk import DAG
from airflow.providers.standard.operators.empty import EmptyOperator
from shared import HOURLY

with DAG("helped", schedule=HOURLY):
    EmptyOperator(task_id="only")
"""


def since(project: Project, revision: str = "HEAD", *more: str) -> list[tuple[str, str]]:
    return project.run("check", "dags", *(more or CRON), "--format", "json", "--changed-since", revision).codes


def test_only_changed_files_are_told_whether_committed_staged_or_new(project: Project) -> None:
    project.write("dags/old.py", WRONG_CRON)
    first = project.commit()
    assert since(project) == []
    project.write("dags/untracked.py", OTHER)
    assert since(project) == [("dags/untracked.py", "DAG306")]
    project.git("add", "--all")
    assert since(project) == [("dags/untracked.py", "DAG306")]
    project.commit()
    assert since(project) == []
    assert since(project, first) == [("dags/untracked.py", "DAG306")]
    project.write("dags/old.py", f"# touched\n{WRONG_CRON}")
    assert since(project) == [("dags/old.py", "DAG306")]


def test_a_change_on_the_main_branch_since_is_no_change_of_ours(project: Project) -> None:
    project.write("dags/clean.py", CLEAN)
    project.commit()
    project.git("switch", "--quiet", "--create", "topic")
    project.write("dags/mine.py", WRONG_CRON)
    project.commit()
    project.git("switch", "--quiet", "main")
    project.write("dags/theirs.py", OTHER)
    project.commit()
    project.git("switch", "--quiet", "topic")
    assert since(project, "main") == [("dags/mine.py", "DAG306")]


def test_what_a_helper_breaks_in_the_files_that_import_it_is_told(project: Project) -> None:
    project.write("dags/shared.py", 'HOURLY = "0 * * * *"\n')
    project.write("dags/helped.py", HELPER_USER)
    project.write("dags/unrelated.py", WRONG_CRON)
    project.commit()
    assert since(project) == []
    project.write("dags/shared.py", 'HOURLY = "0 * * 99 *"\n')
    assert since(project) == [("dags/helped.py", "DAG306")]


TRIGGERING = """
from airflow.sdk import DAG
from airflow.providers.standard.operators.trigger_dagrun import TriggerDagRunOperator

with DAG("starter", schedule=None):
    TriggerDagRunOperator(task_id="start", trigger_dag_id="raw")
"""


def test_a_deleted_dag_that_other_files_need_is_told_there(project: Project) -> None:
    project.write("dagcheck.toml", 'dags = ["dags"]\n')
    project.write("dags/raw.py", PRODUCER)
    project.write("dags/mart.py", WAITER)
    project.write("dags/starter.py", TRIGGERING)
    project.write("dags/abroad.py", WAITER.replace("raw", "of_another_repository").replace("mart", "abroad"))
    project.commit()
    assert since(project, "HEAD", "--select", "DAG821,DAG822") == []
    (project.folder / "dags" / "raw.py").unlink()
    ran = project.run("check", "dags", "--select", "DAG821,DAG822,DAG004", "--format", "json", "--changed-since", "HEAD")
    assert ran.codes == [("dags/mart.py", "DAG821"), ("dags/starter.py", "DAG822")]
    assert ran.findings[0]["message"] == "The change removes the DAG raw, and the task wait still waits for it."
    assert since(project, "HEAD", "--select", "DAG822") == [("dags/starter.py", "DAG822")]
    project.write("dags/mart.py", WAITER.replace('external_dag_id="raw")', 'external_dag_id="raw")  # dagcheck: ignore[DAG821] -- agreed'))
    assert since(project, "HEAD", "--select", "DAG821") == []


def test_a_renamed_dag_that_another_file_needs_is_told_there(project: Project) -> None:
    project.write("dags/raw.py", PRODUCER)
    project.write("dags/mart.py", WAITER)
    project.commit()
    project.write("dags/raw.py", PRODUCER.replace('"raw"', '"raw_v2"'))
    assert since(project, "HEAD", "--select", "DAG821") == [("dags/mart.py", "DAG821")]


def test_a_new_dag_that_takes_the_id_of_another_is_told(project: Project) -> None:
    project.write("dags/a.py", CLEAN)
    project.commit()
    project.write("dags/b.py", CLEAN)
    assert since(project, "HEAD", "--select", "DAG201") == [("dags/b.py", "DAG201")]


def test_a_renamed_file_counts_as_changed(project: Project) -> None:
    project.write("dags/wrong.py", WRONG_CRON)
    project.commit()
    project.git("mv", "dags/wrong.py", "dags/renamed.py")
    assert since(project) == [("dags/renamed.py", "DAG306")]


def test_it_works_from_a_folder_below_the_root_and_with_odd_names(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    project.write("airflow/dags/old.py", WRONG_CRON)
    project.commit()
    project.write("airflow/dags/n\u00e9w one.py", OTHER)
    monkeypatch.chdir(project.folder / "airflow")
    assert since(project) == [("dags/n\u00e9w one.py", "DAG306")]


def test_the_repository_is_not_changed(project: Project) -> None:
    project.write("dags/old.py", WRONG_CRON)
    project.commit()
    project.write("dags/new.py", OTHER)
    before = project.git("status", "--porcelain"), project.git("worktree", "list"), project.git("stash", "list")
    since(project)
    assert (project.git("status", "--porcelain"), project.git("worktree", "list"), project.git("stash", "list")) == before


@pytest.fixture
def shallow(project: Project) -> Project:
    """A clone of depth 1 of a repository whose main branch went on after a topic branch left it."""
    project.write("dags/old.py", WRONG_CRON)
    project.commit()
    project.git("switch", "--quiet", "--create", "topic")
    project.write("dags/mine.py", OTHER)
    project.commit()
    project.git("switch", "--quiet", "main")
    project.write("dags/theirs.py", CLEAN)
    project.commit()
    origin = project.folder.with_name("origin")
    shutil.move(project.folder, origin)
    subprocess.run(
        ["git", "clone", "--quiet", "--depth=1", "--branch=topic", f"file://{origin}", str(project.folder)], check=True, cwd=origin.parent
    )
    return project


def test_a_shallow_clone_without_the_revision_says_what_to_fetch(shallow: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(shallow.folder)
    ran = shallow.run("check", "dags", *CRON, "--changed-since", "origin/main")
    assert (ran.status, ran.out) == (2, "")
    assert "git knows no revision 'origin/main'; this clone is shallow" in ran.err
    assert "git fetch --depth=1 origin main:refs/remotes/origin/main" in ran.err


def test_a_shallow_clone_with_the_revision_compares_with_it_and_says_so(shallow: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(shallow.folder)
    shallow.git("fetch", "--quiet", "--depth=1", "origin", "main:refs/remotes/origin/main")
    ran = shallow.run("check", "dags", *CRON, "--format", "json", "--changed-since", "origin/main")
    assert ran.codes == [("dags/mine.py", "DAG306")]
    assert "compared with origin/main itself" in ran.err


@pytest.mark.parametrize("revision", ["nowhere", "--output=x", "HEAD~99", ""])
def test_an_unknown_revision_is_status_2(project: Project, revision: str) -> None:
    project.write("dags/old.py", WRONG_CRON)
    project.commit()
    ran = project.run("check", "dags", f"--changed-since={revision}")
    assert (ran.status, ran.out) == (2, "")
    assert "git knows no revision" in ran.err


def test_outside_of_a_repository_it_says_what_it_needs(project: Project) -> None:
    project.write("dags/old.py", WRONG_CRON)
    ran = project.run("check", "dags", "--changed-since", "HEAD")
    assert (ran.status, ran.out) == (2, "")
    assert "this needs a git repository" in ran.err


def test_without_git_it_says_so(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    project.write("dags/old.py", WRONG_CRON)
    monkeypatch.setenv("PATH", str(project.folder))
    ran = project.run("check", "dags", "--changed-since", "HEAD")
    assert ran.status == 2
    assert "git is not installed" in ran.err
