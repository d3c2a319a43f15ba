"""No secret shows in what the whole program says, whichever rule says it."""

from __future__ import annotations

import base64
import json
from urllib.parse import quote

import dagcheck
from dagcheck_rules.security._detection.samples import machine_made
from tests.rules.security.made_up import Snippet, snippets

SNIPPETS = list(snippets("ways_to_write_secrets.txt", 21))[::12]
DAG = """
from airflow import DAG
from airflow.operators.bash import BashOperator
from airflow.operators.python import PythonOperator

with DAG("example", schedule="@daily"):
    pass
"""


def forms_of(value: str) -> set[str]:
    """A value as outputs could carry it."""
    return {value, quote(value, safe=""), json.dumps(value)[1:-1], base64.b64encode(value.encode()).decode().rstrip("=")}


def shown_of(snippet: Snippet, said: str) -> list[tuple[int, ...]]:
    """The lines of a snippet's secrets, if one of them stands in a text."""
    return [snippet.lines for value in snippet.values for form in forms_of(value) if form in said]


def test_no_finding_of_any_rule_shows_a_secret() -> None:
    for snippet in SNIPPETS:
        said = json.dumps(dagcheck.check(source=DAG + snippet.source, select=["DAG"], config={}).model_dump(mode="json"))
        assert shown_of(snippet, said) == []


def test_an_error_that_quotes_a_secret_shows_no_secret() -> None:
    value = "AK" + "IA" + machine_made(16, letters="ABCDEFGHJKLMNPQRSTUVWXYZ234567")
    for raised in (f'raise ValueError("wrong key {value}")', f'DAG("x", schedule="{value}")', f'DAG("x", params={{"api_key": "{value}"}})'):
        source = f"{DAG}\n{raised}\n"
        assert value not in json.dumps(dagcheck.check(source=source, select=["DAG"], config={}).model_dump(mode="json"))
        assert value not in json.dumps(dagcheck.show(source=source, config={}).model_dump(mode="json"))
