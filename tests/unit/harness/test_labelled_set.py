"""The labelled set gets the verdicts that it deserves: here its first part and a sample of the second; benchmarks/rerun_labels.py plays all of it with the whole budget and
three seeds."""

from __future__ import annotations

import pytest

from benchmarks.rerun_labels import labelled, wrong
from dagcheck.harness.judge import judged
from dagcheck.harness.search import Budget
from dagcheck.harness.setting import Setting
from dagcheck.model.dag import Dag

CASES = list(labelled())
SAMPLE = 5
"""One of so many DAGs of the second part is played here."""
PLAYED = [case for case in CASES if "/more/" not in case[0].path] + [case for case in CASES if "/more/" in case[0].path][::SAMPLE]


@pytest.mark.parametrize(("dag", "label", "tasks"), [pytest.param(*case, id=case[0].dag_id) for case in PLAYED])
def test_a_labelled_dag_gets_its_verdict(dag: Dag, label: str, tasks: dict[str, str]) -> None:
    verdict = judged(dag, Setting(seed=5, execute=True), Budget(examples=0, seconds=30.0))
    assert wrong(verdict, label, tasks) == []


def test_the_set_is_large_and_half_of_it_is_sound() -> None:
    held = sum(label == "held" for _, label, _ in CASES)
    assert len(CASES) >= 240
    assert 0.4 < held / len(CASES) < 0.6
