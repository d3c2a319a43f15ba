"""What we extract from our own repositories is what real Airflows load from them, and nothing there is left in doubt without a reason."""

from __future__ import annotations

import pytest

import dagcheck
from dagcheck.verify.ask import ask
from dagcheck.verify.compare import compare_file
from tests.oracle.environments import python_of, variables_of
from tests.oracle.projects import PROJECTS, Project, has_library

CASES = [pytest.param(project, version, id=f"{project.dags}-{version}") for project in PROJECTS for version in project.versions]


@pytest.mark.parametrize(("project", "version"), CASES)
def test_what_is_extracted_is_what_airflow_loads(project: Project, version: str) -> None:
    python = python_of(version)
    if python is None:
        pytest.skip(f"no environment with Airflow {version}; `python tests/oracle/environments.py {version}` makes one")
    if not has_library(python, project.needs):
        pytest.skip(f"the environment with Airflow {version} has no {project.needs}")
    files = project.files
    answer = ask(python, files, project.roots, variables_of(version))
    config = {"roots": [str(root) for root in project.roots]}
    shown = dagcheck.show(files, airflow=version.rpartition(".")[0], config=config).model_dump(mode="json")["files"]
    assert [file["errors"] for file in answer.files] == [[] for _ in files]
    assert {ours["path"]: compare_file(ours, theirs) for ours, theirs in zip(shown, answer.files, strict=True)} == {
        ours["path"]: () for ours in shown
    }
    inexact = {dag["dag_id"]: dag["doubts"] for file in shown for dag in file["dags"] if not dag["exact"]}
    assert inexact == {}
