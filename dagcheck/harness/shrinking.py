"""Makes a history that corrupts as small as it goes."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace

from dagcheck.harness.corruption import Corruption
from dagcheck.harness.history import Attempt, Clear, Elapse, History, Step
from dagcheck.harness.world import OutOfTime

Check = Callable[[History], Corruption | None]


def shrunk(corruption: Corruption, check: Check, simple: Iterable[History] = ()) -> Corruption:
    """The smallest history near this one that still corrupts in the same way (a difference stays a difference, an error an error); `simple` ones are tried first."""
    best = corruption
    with contextlib.suppress(OutOfTime):
        best = next((found for history in simple if (found := check(history)) is not None and _alike(found, best)), best)
        for _ in range(12):
            smaller = next(
                (found for history in _smaller(best.history) if (found := check(history)) is not None and _alike(found, best)),
                None,
            )
            if smaller is None:
                break
            best = smaller
    return best


def _alike(one: Corruption, other: Corruption) -> bool:
    """Whether both are errors, or what differs in the one differs in the other, too."""
    if one.error is not None or other.error is not None:
        return (one.error is None) == (other.error is None)
    return bool({difference.thing for difference in one.differences} & {difference.thing for difference in other.differences})


def _smaller(history: History) -> Iterator[History]:
    """Simpler histories, each by one change, the greatest first."""
    steps = history.steps
    if history.runs > 1:
        yield replace(history, runs=history.runs - 1, steps=tuple(step for step in steps if getattr(step, "run", 0) < history.runs - 1))
    for half in (steps[len(steps) // 2 :], steps[: len(steps) // 2]):
        if len(steps) > 3:
            yield replace(history, steps=half)
    for position in range(len(steps)):
        yield replace(history, steps=steps[:position] + steps[position + 1 :])
    for position, step in enumerate(steps):
        for simpler in _simpler(step):
            yield replace(history, steps=(*steps[:position], simpler, *steps[position + 1 :]))
    if history.world:
        yield replace(history, world=0)


def _simpler(step: Step) -> Iterator[Step]:
    match step:
        case Attempt(crash=int()) | Attempt(hold=int()):
            yield replace(step, crash=None, hold=None)
        case Elapse(minutes=minutes) if minutes > 1440:
            yield Elapse(1440)
        case Clear(task=str()):
            return
