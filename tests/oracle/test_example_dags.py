"""Airflow's own example DAGs, as each Airflow itself loads them."""

import json
from pathlib import Path

import pytest

from dagcheck.cli.main import main
from tests.oracle.environments import python_of, variables_of

EXAMPLES = [
    ("2.11.2", "airflow/example_dags", 70),
    ("3.3.2", "airflow/example_dags", 85),
    ("3.3.2", "airflow/providers/standard/example_dags", 15),
]


@pytest.mark.parametrize(("version", "folder", "at_least"), EXAMPLES)
def test_airflow_agrees_on_every_example_that_we_call_exact(
    version: str, folder: str, at_least: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    python = python_of(version)
    if python is None:
        pytest.skip(f"no environment for Airflow {version}; make it with tests/oracle/environments.py")
    examples = next(python.parents[1].glob(f"lib/python3.*/site-packages/{folder}"))
    (tmp_path / "dagcheck.toml").write_text(f"roots = [{json.dumps(str(examples))}]\n")
    for name, value in variables_of(version).items():
        monkeypatch.setenv(name, value)
    status = main(["verify", str(examples), "--python", str(python), "--config", str(tmp_path / "dagcheck.toml"), "--format", "json"])
    told = json.loads(capsys.readouterr().out)
    assert [difference for difference in told["differences"] if difference["exact"]] == []
    assert status == 0
    assert told["agreeing"] >= at_least, told["differences"]
