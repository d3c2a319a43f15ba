"""The hooks that the project offers, run by the real pre-commit on real commits."""

import sys
from pathlib import Path

import pytest

from tests.packaging.conftest import REPOSITORY, Programs

pytestmark = pytest.mark.skipif(not (REPOSITORY / ".git").exists(), reason="the hooks are installed from a clone, and this is none")

GOOD = """\
import pendulum

from airflow.sdk import DAG, task

with DAG(
    "orders",
    schedule="0 5 * * *",
    start_date=pendulum.datetime(2025, 1, 1, tz="UTC"),
    catchup=False,
    default_args={"owner": "orders", "retries": 2},
    tags=["orders"],
    doc_md="Orders of the day.",
):

    @task
    def load(ds=None):
        print(ds)

    load()
"""
WRONG_CRON = GOOD.replace('"0 5 * * *"', '"0 25 * * *"').replace('"orders",', '"invoices",', 1)
SAME_ID = GOOD.replace("0 5", "0 6")
UNUSED = GOOD.replace("load()\n", "load()  # dagcheck: ignore[DAG101]\n", 1).replace('"orders",', '"returns",', 1)

CONFIGURATION = """\
repos:
  - repo: {clone}
    rev: {revision}
    hooks:
      - id: {hook}
"""


class Repository:
    """A git repository with DAGs, and pre-commit in it."""

    def __init__(self, folder: Path, programs: Programs) -> None:
        self.folder, self.programs = folder, programs
        (folder / "dags").mkdir(parents=True)
        self.git("init", "--quiet")
        (folder / "pyproject.toml").write_text('[tool.dagcheck]\ndags = ["dags"]\nairflow = "3.3"\n')

    def git(self, *words: str, status: int = 0) -> str:
        cache = self.programs.home / "pre-commit"
        return self.programs.run("git", *words, cwd=self.folder, status=status, env={"PRE_COMMIT_HOME": str(cache)})

    def use(self, hook: str, clone: Path, revision: str) -> None:
        (self.folder / ".pre-commit-config.yaml").write_text(CONFIGURATION.format(clone=clone, revision=revision, hook=hook))
        self.programs.run(sys.executable, "-m", "pre_commit", "install", cwd=self.folder)
        self.git("add", ".pre-commit-config.yaml", "pyproject.toml")

    def commit(self, name: str, text: str, status: int = 0) -> str:
        (self.folder / "dags" / name).write_text(text)
        self.git("add", f"dags/{name}")
        return self.git("commit", "--message", name, status=status)

    def commits(self) -> list[str]:
        return self.git("log", "--format=%s").split()


def test_pre_commit_stops_a_broken_dag_and_lets_a_good_one_pass(tmp_path: Path, programs: Programs) -> None:
    clone = tmp_path / "clone"
    programs.run("git", "clone", "--quiet", REPOSITORY, clone, cwd=tmp_path)
    revision = programs.run("git", "rev-parse", "HEAD", cwd=clone).strip()
    repository = Repository(tmp_path / "repository", programs)

    repository.use("dagcheck", clone, revision)
    repository.commit("orders.py", GOOD)
    stopped = repository.commit("invoices.py", WRONG_CRON, status=1)
    assert "dags/invoices.py:7:14: error DAG306 invalid-schedule" in stopped
    repository.git("rm", "--quiet", "--cached", "dags/invoices.py")
    (repository.folder / "dags" / "invoices.py").unlink()

    doubled = repository.commit("more_orders.py", SAME_ID, status=1)
    assert "DAG201" in doubled
    assert "dags/orders.py:5" in doubled
    assert repository.commits() == ["orders.py"]
    repository.git("rm", "--quiet", "--cached", "dags/more_orders.py")
    (repository.folder / "dags" / "more_orders.py").unlink()

    repository.use("dagcheck-fix", clone, revision)
    repository.commit("returns.py", UNUSED, status=1)
    assert "# dagcheck" not in (repository.folder / "dags" / "returns.py").read_text()
    repository.git("add", "dags/returns.py")
    repository.git("commit", "--message", "returns.py")
    assert repository.commits() == ["returns.py", "orders.py"]
