"""How many secrets are found, and what tempts without success, over many ways to write them."""

from __future__ import annotations

import base64
import json
from pathlib import Path
from urllib.parse import quote

import pytest

from dagcheck.rule import Finding
from dagcheck_rules.security._detection.values import blank
from dagcheck_rules.security.connection_string_with_password import ConnectionStringWithPassword
from dagcheck_rules.security.hardcoded_secret import HardcodedSecret
from dagcheck_rules.security.private_key_in_source import PrivateKeyInSource
from dagcheck_rules.security.secret_as_default import SecretAsDefault
from dagcheck_rules.security.secret_in_command import SecretInCommand
from tests.rules.security.examining import findings_of
from tests.rules.security.made_up import Snippet, snippets

RULES = (HardcodedSecret, ConnectionStringWithPassword, PrivateKeyInSource, SecretInCommand, SecretAsDefault)
SECRETS = [snippet for seed in (11, 12) for snippet in snippets("ways_to_write_secrets.txt", seed)]
TEMPTING = list(snippets("texts_that_tempt.txt", 11))
TOLD: dict[str, list[Finding]] = {}


def told(snippet: Snippet) -> list[Finding]:
    """What all the secret rules say of a snippet, asked once."""
    if snippet.source not in TOLD:
        TOLD[snippet.source] = findings_of(RULES, snippet.source)
    return TOLD[snippet.source]


def lines(found: list[Finding]) -> set[int]:
    return {line for finding in found for line in range(finding.span.line, finding.span.end_line + 1)}


def test_at_least_97_in_100_secrets_are_found_whatever_the_style() -> None:
    missed = [
        (snippet.source.split("\n")[line - 1][:20], line) for snippet in SECRETS for line in set(snippet.lines) - lines(told(snippet))
    ]
    assert len(missed) <= 0.03 * sum(len(snippet.lines) for snippet in SECRETS), missed


def test_findings_stand_on_the_lines_of_the_secrets_alone() -> None:
    wrong = [
        finding.message
        for snippet in SECRETS
        for finding in told(snippet)
        if not set(range(finding.span.line, finding.span.end_line + 1)) & set(snippet.lines)
    ]
    assert wrong == []


def test_one_place_gives_one_finding() -> None:
    for snippet in SECRETS:
        places = [finding.span for finding in told(snippet)]
        assert len(places) == len(set(places)), snippet.lines


@pytest.mark.parametrize("snippet", TEMPTING, ids=range(len(TEMPTING)))
def test_what_only_tempts_is_left_alone(snippet: Snippet) -> None:
    assert [finding.message for finding in told(snippet)] == []


def forms_of(value: str) -> set[str]:
    """A value as outputs could carry it."""
    return {value, quote(value, safe=""), json.dumps(value)[1:-1], repr(value)[1:-1], base64.b64encode(value.encode()).decode().rstrip("=")}


def test_no_secret_shows_in_any_finding_in_any_form() -> None:
    for snippet in SECRETS:
        for finding in told(snippet):
            said = json.dumps([finding.message, finding.help, finding.subject, str(finding.related), str(finding.fix)]) + repr(finding)
            leaked = [value for value in snippet.values for form in forms_of(value) if form in said]
            assert not leaked, finding.span
            assert finding.secret


def test_the_rules_and_their_tests_hold_nothing_that_reads_as_a_secret() -> None:
    root = Path(__file__).parents[3]
    for file in [*root.glob("rules/dagcheck_rules/security/**/*.py"), *root.glob("tests/rules/security/*.py")]:
        source = file.read_text(encoding="utf-8")
        assert [(file.name, finding.span.line) for finding in findings_of(RULES, source)] == []


@pytest.mark.parametrize("text", ["P@ssw0rd", "hunter2", "s3cr3t", "SuperSecret123", "T0pS3cret", "Welcome2024"])
def test_a_bad_password_is_one_all_the_same(text: str) -> None:
    assert not blank(text)


@pytest.mark.parametrize(
    "text", ["password", "admin123", "supersecret", "my-new-token", "airflow", "changeme", "your-password1", "testpass"]
)
def test_what_everybody_writes_for_a_password_is_none(text: str) -> None:
    assert blank(text)
