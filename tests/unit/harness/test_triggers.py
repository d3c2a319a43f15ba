from __future__ import annotations

import pytest

from dagcheck.harness.triggers import RULES, State, Upstream, count, decide

CASES: list[tuple[str, list[State], str]] = [
    ("all_success", ["success", "success"], "run"),
    ("all_success", ["success", "none"], "wait"),
    ("all_success", ["failed", "none"], "upstream_failed"),
    ("all_success", ["skipped", "none"], "skipped"),
    ("all_failed", ["failed", "upstream_failed"], "run"),
    ("all_failed", ["failed", "success"], "skipped"),
    ("all_done", ["failed", "skipped"], "run"),
    ("all_done", ["failed", "running"], "wait"),
    ("one_success", ["success", "none"], "run"),
    ("one_success", ["skipped", "skipped"], "skipped"),
    ("one_success", ["failed", "skipped"], "upstream_failed"),
    ("one_failed", ["upstream_failed", "none"], "run"),
    ("one_failed", ["success", "skipped"], "skipped"),
    ("one_done", ["failed", "none"], "run"),
    ("one_done", ["skipped", "skipped"], "skipped"),
    ("none_failed", ["success", "skipped"], "run"),
    ("none_failed", ["failed", "none"], "upstream_failed"),
    ("none_failed_min_one_success", ["success", "skipped"], "run"),
    ("none_failed_min_one_success", ["skipped", "skipped"], "skipped"),
    ("none_skipped", ["failed", "success"], "run"),
    ("none_skipped", ["skipped", "none"], "skipped"),
    ("all_skipped", ["skipped", "skipped"], "run"),
    ("all_skipped", ["success", "none"], "skipped"),
    ("all_done_min_one_success", ["success", "failed"], "run"),
    ("all_done_min_one_success", ["failed", "failed"], "upstream_failed"),
    ("all_done_setup_success", ["failed"], "run"),
    ("always", ["none"], "run"),
]


@pytest.mark.parametrize(("rule", "states", "wanted"), CASES)
def test_a_trigger_rule_decides_by_the_states_upstream(rule: str, states: list[State], wanted: str) -> None:
    assert decide(rule, count((state, False) for state in states)) == wanted


def test_every_rule_runs_a_task_without_upstream() -> None:
    assert {decide(rule, Upstream(0)) for rule in RULES} == {"run"}


def test_a_setup_that_failed_keeps_its_teardown_from_running() -> None:
    assert decide("all_done_setup_success", count([("failed", True), ("upstream_failed", False)])) == "upstream_failed"
