"""What we extract from `fixtures/constructs` is what real Airflows loaded from it (`tests/oracle/construct_answers.py` asked them)."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

import dagcheck
from dagcheck.verify.compare import compare_file

FOLDER = Path(__file__).parents[3] / "fixtures" / "constructs"


def answers(version: str) -> list[Any]:
    return [
        pytest.param(version, file, id=f"{version}-{file['path']}")
        for file in json.loads((FOLDER / f"airflow-{version}.json").read_text())["files"]
    ]


@pytest.mark.parametrize(("version", "loaded"), [*answers("2.11"), *answers("3.3")])
def test_what_is_extracted_is_what_airflow_loads(version: str, loaded: dict[str, Any]) -> None:
    config = {"roots": [str(FOLDER)]}
    shown = dagcheck.show([FOLDER / loaded["path"]], airflow=version, config=config).model_dump(mode="json")["files"][0]
    assert compare_file(shown, loaded) == ()
    assert {dag["dag_id"]: dag["doubts"] for dag in shown["dags"] if not dag["exact"]} == {}
