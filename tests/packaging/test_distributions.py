"""The wheel and the sdist, as people install them."""

import json
import sys
import tarfile
import zipfile
from pathlib import Path

from tests.packaging.conftest import REPOSITORY, Programs


def test_the_wheel_of_the_sdist_works_in_a_fresh_environment(tmp_path: Path, programs: Programs) -> None:
    programs.run(sys.executable, "-m", "build", "--no-isolation", "--sdist", "--outdir", tmp_path, REPOSITORY, cwd=tmp_path)
    (sdist,) = tmp_path.glob("*.tar.gz")
    with tarfile.open(sdist) as packed:
        packed.extractall(tmp_path / "unpacked", filter="data")
    (unpacked,) = (tmp_path / "unpacked").iterdir()
    programs.run(sys.executable, "-m", "build", "--no-isolation", "--wheel", "--outdir", tmp_path, unpacked, cwd=tmp_path)
    (wheel,) = tmp_path.glob("*.whl")
    _assert_holds_what_it_needs(wheel)

    programs.run(sys.executable, "-m", "venv", tmp_path / "fresh", cwd=tmp_path)
    tools = tmp_path / "fresh" / "bin"
    programs.run(tools / "python", "-m", "pip", "install", "--quiet", wheel, cwd=tmp_path)

    assert "DAG101" in programs.run(tools / "dagcheck", "rules", cwd=tmp_path)
    output = programs.run(
        tools / "dagcheck", "check", "--format", "json", "--quiet", unpacked / "fixtures" / "broken", cwd=tmp_path, status=1
    )
    assert {"DAG001", "DAG101", "DAG201", "DAG306", "DAG401"} <= {finding["code"] for finding in json.loads(output)["findings"]}
    programs.run(tools / "dagcheck", "check", "--quiet", unpacked / "fixtures" / "clean", cwd=tmp_path)


def _assert_holds_what_it_needs(wheel: Path) -> None:
    """Both packages with their data and types, the licence, and nothing of the tests."""
    names = set(zipfile.ZipFile(wheel).namelist())
    assert {
        "dagcheck/py.typed",
        "dagcheck_rules/py.typed",
        "dagcheck_rules/structure/cyclic_dependency.py",
        "dagcheck/airflow/data/core-3.3.json",
    } <= names
    assert any(name.endswith("licenses/LICENSE") for name in names)
    assert not any(name.startswith(("tests/", "fixtures/", "rules/")) or "__pycache__" in name for name in names)
