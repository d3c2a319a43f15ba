"""Plays `LatestOnlyOperator`: it lets go on only what is the latest run at that time."""

from __future__ import annotations

import datetime
from collections.abc import Sequence

from dagcheck.harness.history import Run
from dagcheck.harness.world import Situation, State, Trace


def is_latest(clock: datetime.datetime, later: Sequence[Run]) -> bool:
    """Whether a run is the latest one at that time, where these runs come after it: until the next is due."""
    return not later or clock <= later[0].run_after


class LatestOnlyActor:
    """Source: `LatestOnlyOperator.choose_branch` of the standard provider for Airflow 3: everything goes on until the next run is due, and always in runs started by hand."""

    def attempt(self, situation: Situation, state: State, first: int = 0) -> Trace:
        """See `Actor`."""
        goes_on = situation.latest or situation.run.run_id.startswith("manual__")
        return Trace((state,), followed=None if goes_on else ())

    def can_hold(self) -> bool:
        return False
