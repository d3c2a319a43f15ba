"""`dagcheck graph` on the command line."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from dagcheck.cli.main import main

DAGS = """
from airflow.sdk import DAG
from airflow.providers.standard.operators.empty import EmptyOperator

for name in ("one", "two"):
    with DAG(name, schedule=None):
        EmptyOperator(task_id="a") >> EmptyOperator(task_id="b")
"""


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "dag.py").write_text(DAGS)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_json_tells_nodes_groups_and_edges(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["graph", "dag.py", "--format", "json", "--dag", "two"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["version"], told["across"], [graph["title"] for graph in told["graphs"]]) == (1, False, ["two"])
    assert told["graphs"][0]["edges"] == [{"upstream": "a", "downstream": "b", "label": ""}]


def test_a_dag_that_is_not_there_is_status_2_with_the_nearest_name(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["graph", "dag.py", "--dag", "twoo"]) == 2
    streams = capsys.readouterr()
    assert streams.out == ""
    assert "did you mean 'two'?" in streams.err


def test_the_picture_goes_to_the_file_that_is_named(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["graph", "dag.py", "--format", "svg", "--output", "out.svg", "--quiet"]) == 0
    assert capsys.readouterr().out == ""
    assert (project / "out.svg").read_text().startswith("<svg ")


def test_a_path_without_dags_is_status_2(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "empty.py").write_text("")
    assert main(["graph", "empty.py"]) == 2
    assert "no DAG" in capsys.readouterr().err
