"""Trigger rules: what the states of the upstream tasks decide for a task that waits.

Source: the behaviour of Airflow 3.3's trigger rule dependency (`airflow.ti_deps.deps.trigger_rule_dep`), held against `dag.test()` by tests/oracle.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Literal, NamedTuple

State = Literal["none", "running", "up_for_retry", "success", "failed", "upstream_failed", "skipped", "removed"]
Decision = Literal["run", "wait", "skipped", "upstream_failed"]

FINISHED: frozenset[State] = frozenset({"success", "failed", "upstream_failed", "skipped", "removed"})
FAILED: frozenset[State] = frozenset({"failed", "upstream_failed"})
SUCCEEDED: frozenset[State] = frozenset({"success", "skipped"})


class Upstream(NamedTuple):
    """How many upstream task instances there are, and how many of them are in which final state. `*_setup` count setup tasks alone."""

    total: int
    success: int = 0
    skipped: int = 0
    failed: int = 0
    upstream_failed: int = 0
    removed: int = 0
    setups: int = 0
    success_setup: int = 0
    skipped_setup: int = 0

    @property
    def done(self) -> int:
        return self.success + self.skipped + self.failed + self.upstream_failed + self.removed

    @property
    def all_done(self) -> bool:
        return self.done >= self.total

    @property
    def broken(self) -> int:
        return self.failed + self.upstream_failed


def count(states: Iterable[tuple[State, bool]]) -> Upstream:
    """Count the (state, whether it is a setup task) pairs of all upstream task instances."""
    tally: dict[str, int] = {}
    total = setups = success_setup = skipped_setup = 0
    for state, setup in states:
        total += 1
        tally[state] = tally.get(state, 0) + 1
        if setup:
            setups += 1
            success_setup += state == "success"
            skipped_setup += state == "skipped"
    of = tally.get
    ends = (of("success", 0), of("skipped", 0), of("failed", 0), of("upstream_failed", 0), of("removed", 0))
    return Upstream(total, *ends, setups, success_setup, skipped_setup)


def _all_success(up: Upstream) -> Decision:
    if up.broken:
        return "upstream_failed"
    if up.skipped:
        return "skipped"
    return "run" if up.success + up.removed >= up.total else "wait"


def _all_failed(up: Upstream) -> Decision:
    if up.success or up.skipped:
        return "skipped"
    return "run" if up.broken + up.removed >= up.total else "wait"


def _all_done(up: Upstream) -> Decision:
    return "run" if up.all_done else "wait"


def _one_success(up: Upstream) -> Decision:
    if up.success:
        return "run"
    if not up.all_done:
        return "wait"
    return "skipped" if up.done == up.skipped else "upstream_failed"


def _one_failed(up: Upstream) -> Decision:
    if up.broken:
        return "run"
    return "skipped" if up.all_done else "wait"


def _one_done(up: Upstream) -> Decision:
    if up.success or up.failed:
        return "run"
    return "skipped" if up.all_done else "wait"


def _none_failed(up: Upstream) -> Decision:
    if up.broken:
        return "upstream_failed"
    return "run" if up.success + up.skipped + up.removed >= up.total else "wait"


def _none_failed_min_one_success(up: Upstream) -> Decision:
    if up.broken:
        return "upstream_failed"
    if up.skipped == up.total:
        return "skipped"
    if up.all_done:
        return "run" if up.success else "upstream_failed"
    return "wait"


def _none_skipped(up: Upstream) -> Decision:
    if up.skipped:
        return "skipped"
    return "run" if up.all_done else "wait"


def _all_skipped(up: Upstream) -> Decision:
    if up.success or up.broken:
        return "skipped"
    return "run" if up.skipped >= up.total else "wait"


def _all_done_min_one_success(up: Upstream) -> Decision:
    if up.skipped:
        return "skipped"
    if not up.all_done:
        return "wait"
    return "run" if up.success else "upstream_failed"


def _all_done_setup_success(up: Upstream) -> Decision:
    if not up.all_done:
        return "wait"
    if not up.setups or up.success_setup:
        return "run"
    return "skipped" if up.skipped_setup >= up.setups else "upstream_failed"


RULES: dict[str, Callable[[Upstream], Decision]] = {
    "all_success": _all_success,
    "all_failed": _all_failed,
    "all_done": _all_done,
    "one_success": _one_success,
    "one_failed": _one_failed,
    "one_done": _one_done,
    "none_failed": _none_failed,
    "none_failed_or_skipped": _none_failed_min_one_success,
    "none_failed_min_one_success": _none_failed_min_one_success,
    "none_skipped": _none_skipped,
    "all_skipped": _all_skipped,
    "all_done_min_one_success": _all_done_min_one_success,
    "all_done_setup_success": _all_done_setup_success,
    "always": lambda up: "run",
    "dummy": lambda up: "run",
}
"""Every trigger rule of Airflow 3.3, and the two old names `dummy` and `none_failed_or_skipped`."""


def decide(rule: str, upstream: Upstream) -> Decision:
    """What Airflow does with a task whose upstream looks like this: run it, wait, or settle it without running.

    Raises:
        KeyError: Airflow knows no such trigger rule.
    """
    return "run" if not upstream.total else RULES[rule](upstream)


def decide_after_setups(indirect: Upstream) -> Decision:
    """What the setup tasks that are upstream of a task, but not directly, decide before its own trigger rule is asked."""
    return _all_success(indirect)
