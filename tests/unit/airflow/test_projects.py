"""What we extract from `fixtures/projects` is what real Airflows loaded from it (`tests/oracle/project_answers.py` asked them)."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

import dagcheck
from dagcheck.verify.compare import compare_file

FOLDER = Path(__file__).parents[3] / "fixtures" / "projects"


def answers(version: str) -> list[Any]:
    files = json.loads((FOLDER / f"airflow-{version}.json").read_text())["files"]
    return [pytest.param(version, file, id=f"{version}-{file['path']}") for file in files]


@pytest.mark.parametrize(("version", "loaded"), [*answers("2.11"), *answers("3.3")])
def test_what_is_extracted_is_what_airflow_loads(version: str, loaded: dict[str, Any]) -> None:
    config = {"roots": [str(FOLDER / root) for root in loaded["roots"]]}
    shown = dagcheck.show([FOLDER / loaded["path"]], airflow=version, config=config).model_dump(mode="json")["files"][0]
    assert loaded["errors"] == []
    assert compare_file(shown, loaded) == ()
    assert {dag["dag_id"]: dag["doubts"] for dag in shown["dags"] if not dag["exact"]} == {}


def test_the_answers_hold_dags_of_every_project() -> None:
    with_dags = {
        file["path"].partition("/")[0] for version in ("2.11", "3.3") for file in (p.values[1] for p in answers(version)) if file["dags"]
    }
    assert with_dags == {path.name for path in FOLDER.iterdir() if path.is_dir()}
