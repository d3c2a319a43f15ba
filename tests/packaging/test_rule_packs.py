"""A rule pack of somebody else, installed beside dagcheck in a fresh environment."""

import json
import sys
from pathlib import Path

import pytest

from tests.packaging.conftest import REPOSITORY, Programs

PACK = REPOSITORY / "fixtures" / "packs" / "house_rules"
NIGHTLY = """
from airflow.providers.standard.operators.bash import BashOperator
from airflow.sdk import DAG

with DAG("count", schedule=None, tags=["nightly"]):
    BashOperator(task_id="count", bash_command="count")
"""


@pytest.fixture
def fresh(tmp_path: Path, programs: Programs) -> Path:
    """The programs of a fresh environment with the wheels of dagcheck and of the example pack, and pytest."""
    for folder in (REPOSITORY, PACK):
        programs.run(sys.executable, "-m", "build", "--no-isolation", "--wheel", "--outdir", tmp_path, folder, cwd=tmp_path)
    programs.run(sys.executable, "-m", "venv", tmp_path / "fresh", cwd=tmp_path)
    tools = tmp_path / "fresh" / "bin"
    programs.run(tools / "python", "-m", "pip", "install", "--quiet", "pytest", *tmp_path.glob("*.whl"), cwd=tmp_path)
    return tools


def test_the_example_pack_works_like_the_built_in_one_and_tests_itself(fresh: Path, programs: Programs, tmp_path: Path) -> None:
    project = tmp_path / "project"
    (project / "dags").mkdir(parents=True)
    (project / "dags" / "count.py").write_text(NIGHTLY)
    assert "HOUSE001  error    nightly-without-owner" in programs.run(fresh / "dagcheck", "rules", cwd=project)
    command = (fresh / "dagcheck", "check", "dags", "--select", "HOUSE", "--quiet")
    (finding,) = json.loads(programs.run(*command, "--format", "json", cwd=project, status=1))["findings"]
    assert (finding["code"], finding["severity"], finding["task_id"], finding["line"]) == ("HOUSE001", "error", "count", 6)
    (project / "dagcheck.toml").write_text('[rule.nightly-without-owner]\non-call = "stock"\n')
    programs.run(*command, "--fix", cwd=project)
    assert 'owner="stock"' in (project / "dags" / "count.py").read_text()
    assert "3 passed" in programs.run(fresh / "python", "-m", "pytest", "-q", "-p", "no:cacheprovider", PACK / "tests", cwd=tmp_path)

    (tmp_path / "fresh" / "lib").joinpath(*_site(fresh), "house_rules", "broken.py").write_text("import nothing_of_this_name\n")
    assert "rule pack 'house': importing house_rules.broken failed" in programs.run(*command, cwd=project, status=2)


def _site(tools: Path) -> tuple[str, str]:
    """The folder of installed packages below `lib`."""
    (python,) = (tools.parent / "lib").iterdir()
    return python.name, "site-packages"
