"""The pre-commit hooks on the states that a work tree can be in. The hooks are ours; they run from the environment of the tests."""

import sys
from pathlib import Path

import pytest
import yaml

from tests.packaging.conftest import REPOSITORY, Programs

GOOD = """
from airflow.providers.standard.operators.empty import EmptyOperator
from airflow.sdk import DAG

with DAG("NAME", schedule=None):
    EmptyOperator(task_id="only")
"""
BAD = GOOD.replace("schedule=None", 'schedule="22 45 * * *"')


class Checkout:
    """A git repository with our hooks."""

    def __init__(self, folder: Path, programs: Programs) -> None:
        self.folder, self.programs = folder, programs
        (folder / "dags").mkdir(parents=True)
        (hook,) = (hook for hook in yaml.safe_load((REPOSITORY / ".pre-commit-hooks.yaml").read_text()) if hook["id"] == "dagcheck")
        program, _, words = hook["entry"].partition(" ")
        entry = f"{Path(sys.executable).parent / program} {words} --select DAG201,DAG306"
        local = [{**hook, "language": "system", "entry": entry}]
        (folder / ".pre-commit-config.yaml").write_text(yaml.safe_dump({"repos": [{"repo": "local", "hooks": local}]}))
        self.git("init", "--quiet")
        self.run(sys.executable, "-m", "pre_commit", "install")

    def run(self, *command: str, status: int = 0) -> str:
        return self.programs.run(*command, cwd=self.folder, status=status)

    def git(self, *words: str, status: int = 0) -> str:
        return self.run("git", *words, status=status)

    def write(self, name: str, text: str) -> None:
        (self.folder / "dags" / f"{name}.py").write_text(text.replace("NAME", name))


@pytest.fixture
def checkout(tmp_path: Path, programs: Programs) -> Checkout:
    return Checkout(tmp_path / "checkout", programs)


def test_what_is_staged_counts_not_what_is_in_the_work_tree(checkout: Checkout) -> None:
    checkout.write("a", BAD)
    checkout.git("add", ".")
    checkout.write("a", GOOD)
    assert "DAG306" in checkout.git("commit", "--message", "Bad", status=1)
    checkout.git("add", ".")
    checkout.write("a", BAD)
    checkout.git("commit", "--message", "Good")
    assert "22 45" in (checkout.folder / "dags" / "a.py").read_text()


def test_deleted_and_renamed_files_are_no_trouble(checkout: Checkout) -> None:
    for name in ("a", "b", "c"):
        checkout.write(name, GOOD)
    checkout.git("add", ".")
    checkout.git("commit", "--message", "Begin")
    checkout.git("rm", "--quiet", "dags/a.py")
    checkout.git("mv", "dags/b.py", "dags/renamed.py")
    checkout.git("commit", "--message", "Delete and rename")
    checkout.write("copy", GOOD.replace("NAME", "c"))
    checkout.git("add", ".")
    assert "DAG201" in checkout.git("commit", "--message", "Take an id twice", status=1)


def test_many_files_are_checked_in_one_go(checkout: Checkout) -> None:
    for number in range(120):
        checkout.write(f"dag_{number}", GOOD)
    checkout.git("add", ".")
    checkout.git("commit", "--message", "Many")
    checkout.write("dag_7", BAD)
    checkout.write("with blanks", GOOD.replace("NAME", "with_blanks"))
    checkout.git("add", ".")
    said = checkout.git("commit", "--message", "One of them bad", status=1)
    assert "dags/dag_7.py:5" in said


def test_a_commit_without_dags_is_not_held_up(checkout: Checkout) -> None:
    (checkout.folder / "README.md").write_text("# DAGs\n")
    (checkout.folder / "helper.py").write_text("X = 1\n")
    checkout.git("add", ".")
    checkout.git("commit", "--message", "No DAG")
