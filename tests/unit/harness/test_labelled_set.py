"""The labelled set gets the verdicts that it deserves; benchmarks/rerun_labels.py plays it with the whole budget and three seeds."""

from __future__ import annotations

import pytest

from benchmarks.rerun_labels import labelled, wrong
from dagcheck.harness.judge import judged
from dagcheck.harness.search import Budget
from dagcheck.harness.stage import Setting
from dagcheck.model.dag import Dag

CASES = list(labelled())


@pytest.mark.parametrize(("dag", "label", "tasks"), [pytest.param(*case, id=case[0].dag_id) for case in CASES])
def test_a_labelled_dag_gets_its_verdict(dag: Dag, label: str, tasks: dict[str, str]) -> None:
    verdict = judged(dag, Setting(seed=5, execute=True), Budget(examples=0, seconds=30.0))
    assert wrong(verdict, label, tasks) == []


def test_the_set_is_large_and_half_of_it_is_sound() -> None:
    held = sum(label == "held" for _, label, _ in CASES)
    assert len(CASES) >= 60
    assert 0.4 < held / len(CASES) < 0.6
