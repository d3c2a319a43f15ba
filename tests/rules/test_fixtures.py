"""The DAG files that the repository ships: clean ones without findings, broken ones with the findings that stand beside them."""

import datetime
from pathlib import Path

import pytest

from dagcheck.commands.choosing import Choice
from dagcheck.commands.judging import judge
from dagcheck.commands.workspace import Workspace
from scripts.fixture_outputs import REPOSITORY, cases, expected_file, output_of

CLEAN = REPOSITORY / "fixtures" / "clean"


@pytest.mark.parametrize("case", list(cases()), ids=lambda case: case.stem)
def test_a_broken_fixture_gives_the_output_beside_it(case: Path) -> None:
    assert output_of(case) == expected_file(case).read_text(encoding="utf-8")


@pytest.mark.parametrize("case", list(cases()), ids=lambda case: case.stem)
def test_a_broken_fixture_has_a_finding_of_its_own_name(case: Path) -> None:
    outcome = judge(Workspace(base=case.parent, config={}), [case], Choice())
    assert outcome.findings
    assert not outcome.crashes


def test_clean_fixtures_have_no_finding_and_are_exact() -> None:
    workspace = Workspace(base=CLEAN, config={"dags": ["dags"]}, now=datetime.datetime(2026, 1, 1, tzinfo=datetime.UTC))
    outcome = judge(workspace, [CLEAN], Choice())
    assert [(told.finding.code, told.finding.span) for told in outcome.findings] == []
    assert (outcome.files, outcome.dags, outcome.inexact) == (11, 14, 0)
