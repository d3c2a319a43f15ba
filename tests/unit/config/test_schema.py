"""The JSON schema of the configuration says what the program does."""

import json
import tomllib
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from dagcheck.config.keys import KEYS
from dagcheck.config.table import ConfigError, from_table
from dagcheck.engine.packs import load_packs
from dagcheck.engine.select import select_rules
from scripts.configuration_schema import PAGE, SCHEMA, page_text, schema_text

GOOD = """
dags = ["dags"]
airflow = "2.11"
airflow-settings = {"core.default_timezone" = "UTC", "scheduler.max_tis_per_query" = 16}
per-file-ignores = {"legacy/*" = ["DAG1"]}
severity = {"DAG301" = "error"}
fail-on = "info"
baseline = "known.json"
[rule.catchup-risk]
max-runs = 3
[[policy]]
code = "ORG001"
tasks = "*"
require = ["retries >= 2"]
"""


@pytest.fixture(scope="module")
def schema() -> dict[str, Any]:
    found: dict[str, Any] = json.loads(schema_text())
    return found


def accepts(schema: dict[str, Any], table: dict[str, Any]) -> bool:
    return jsonschema.Draft202012Validator(schema).is_valid(table)


def is_read(table: dict[str, Any]) -> bool:
    try:
        select_rules(load_packs(), from_table(table, Path("/nowhere")))
    except ConfigError:
        return False
    return True


def test_the_committed_schema_is_that_of_the_program() -> None:
    assert SCHEMA.read_text(encoding="utf-8") == schema_text(), "run ./dev docs"


def test_the_committed_page_is_that_of_the_program() -> None:
    assert PAGE.read_text(encoding="utf-8") == page_text(), "run ./dev docs"


def test_the_policy_on_the_page_is_read() -> None:
    text = page_text().partition("```toml\n")[2].partition("```")[0]
    assert is_read(tomllib.loads(text)["tool"]["dagcheck"])


def test_the_schema_is_a_schema_and_knows_every_key(schema: dict[str, Any]) -> None:
    jsonschema.Draft202012Validator.check_schema(schema)
    assert set(schema["properties"]) == set(KEYS)
    assert all(entry["description"] for entry in schema["properties"].values())


@pytest.mark.parametrize(
    ("text", "good"),
    [
        (GOOD, True),
        ("", True),
        ('dags = "dags"', False),
        ('dag = ["dags"]', False),
        ("airflow = 2.11", False),
        ('airflow = "newest"', False),
        ('airflow-settings = {"default_timezone" = "UTC"}', False),
        ('fail-on = "fatal"', False),
        ('severity = {"DAG301" = "fatal"}', False),
        ('per-file-ignores = {"a" = "DAG1"}', False),
        ('respect-gitignore = "yes"', False),
        ("[rule.catchup-risk]\nmax-runs = 'three'", False),
        ("[rule.catchup-risk]\nmax-run = 3", False),
        ('[[policy]]\ncode = "ORG001"\ntasks = "*"', False),
        ('[[policy]]\ncode = "DAG101"\ntasks = "*"\nrequire = "pool required"', False),
        ('[[policy]]\ncode = "DAG9051"\ntasks = "*"\nrequire = "pool required"', True),
        ('[[policy]]\ncode = "ORG001"\ntasks = "*"\ndags = "*"\nrequire = "owner required"', False),
        ('[[policy]]\ncode = "ORG001"\ntasks = "*"\nrequires = "pool required"', False),
        ('[[policy]]\ncode = "ORG001"\ntasks = "*"\nseverity = "fatal"\nrequire = "pool required"', False),
    ],
)
def test_the_schema_and_the_program_agree(schema: dict[str, Any], text: str, good: bool) -> None:
    table = tomllib.loads(text)
    assert (accepts(schema, table), is_read(table)) == (good, good)
