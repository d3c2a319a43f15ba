"""Tests whose outcome is unknown: every side is played from the same state, and the states are joined where the sides meet again.

Sides that leave a block (return, break, continue) meet the others later than those that go on: until then they travel as a `Fork`. The rest of the block is
played as the side that goes on, and the fork ends where all of its sides have come to the same place: the next round of a loop, its end, the end of a call.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from dagcheck.evaluate.state import BREAK, CONTINUE, Fork, Return, Side, Signal, agree, condition, either
from dagcheck.evaluate.values import Raised, Value
from dagcheck.model.values import Unknown

if TYPE_CHECKING:
    from dagcheck.evaluate.interpreter import Interpreter

Run = Callable[[], Signal]
OF_THE_DEPLOYMENT = frozenset({"variable", "connection", "environment"})
"""Causes of what is not known because the deployment gives it."""
MAX_FORKS = 25
"""Forks within forks that are followed; beyond, the file is inexact from there on."""


def play_sides(interp: Interpreter, test: Unknown, runs: list[Run]) -> Signal:
    """Play every side and join them, or give the fork that they make.

    A side that raises is taken as not happening, with a doubt for the file where that can be more than a refusal, unless all raise.
    """
    return settle(interp, Fork(test, [side for run in runs for side in interp.state.play(run, test)]))


def settle(interp: Interpreter, fork: Fork) -> Signal:
    """Join the sides of a fork if they all go to the same place, else give the fork without those that raise."""
    alive = [side for side in fork.sides if side.raised is None]
    if not alive:
        assert fork.sides[0].raised is not None
        raise fork.sides[0].raised
    raised = [side.raised for side in fork.sides if side.raised is not None]
    if raised and not _refuses(interp, fork.test, raised):
        interp.doubt(condition(fork.test))
    if len({_kind(side.signal) for side in alive}) > 1:
        return Fork(fork.test, alive)
    signal = Return(_returned(alive, fork.test)) if isinstance(alive[0].signal, Return) else alive[0].signal
    merge(interp, alive, fork.test)
    return signal


def _refuses(interp: Interpreter, test: Unknown, raised: list[Raised]) -> bool:
    """Whether the program itself refuses, for good, what its deployment gave it: then no DAG of the file is loaded at all.

    What we say of a file is what Airflow loads where the deployment gives what the file asks for, so that side does not count.
    """
    return test.cause in OF_THE_DEPLOYMENT and not interp.trying and all(error.deliberate for error in raised)


def _returned(sides: list[Side], test: Unknown) -> Value:
    """The value that all sides return, or that it depends on the test; to be asked before the sides are merged."""
    values = [side.signal.value if isinstance(side.signal, Return) else None for side in sides]
    return values[0] if agree(values, sides) else either(values, test)


def _kind(signal: Signal) -> object:
    return Return if isinstance(signal, Return) else signal


def merge(interp: Interpreter, sides: list[Side], test: Unknown) -> None:
    """Make the state what all of these sides agree on."""

    def is_scope(container: object) -> bool:
        return any(frame.scope.vars is container for frame in interp.frames) or any(
            module.namespace is container for module in interp.modules.values()
        )

    interp.state.merge(sides, test, is_scope)


def go_on(interp: Interpreter, fork: Fork, going: tuple[Signal, ...], rest: Run, arrived: dict[Signal, Signal] | None = None) -> Signal:
    """Play `rest` as what follows the sides whose signal is one of `going`; the others travel on, with their signal as `arrived` says.

    Where forks nest too deeply, all sides are joined at once and the file is in doubt.
    """
    ahead = [side for side in fork.sides if side.signal in going]
    others = [
        Side(arrived.get(side.signal, side.signal) if arrived and not isinstance(side.signal, Return) else side.signal, None, side.after)
        for side in fork.sides
        if side.signal not in going
    ]
    if not ahead:
        return settle(interp, Fork(fork.test, others))
    if not others or interp.state.forks >= MAX_FORKS:
        if others:
            interp.doubt(condition(fork.test))
        merge(interp, fork.sides, fork.test)
        return rest()

    def follow() -> Signal:
        merge(interp, ahead, fork.test)
        return rest()

    interp.state.forks += 1
    try:
        played = interp.state.play(follow, fork.test)
    finally:
        interp.state.forks -= 1
    return settle(interp, Fork(fork.test, [*others, *played]))


def collapse(interp: Interpreter, signal: Signal) -> Signal:
    """Join all sides of a fork here and now, where something must happen once for all of them; which signal wins is in doubt."""
    if not isinstance(signal, Fork):
        return signal
    interp.doubt(condition(signal.test))
    value = _returned(signal.sides, signal.test)
    returned = any(isinstance(side.signal, Return) for side in signal.sides)
    merge(interp, signal.sides, signal.test)
    if any(side.signal is None for side in signal.sides):
        interp.frame.pending = signal.test if returned else interp.frame.pending
        return None
    if returned:
        return Return(value if all(isinstance(side.signal, Return) for side in signal.sides) else condition(signal.test))
    return CONTINUE if any(side.signal is CONTINUE for side in signal.sides) else BREAK


def result_of(interp: Interpreter, signal: Signal) -> Value:
    """The value of a call whose body ended with this signal."""
    if isinstance(signal, Fork):
        value = _returned(signal.sides, signal.test)
        merge(interp, signal.sides, signal.test)
        return value
    return signal.value if isinstance(signal, Return) else None


def play_values(interp: Interpreter, test: Unknown, choices: list[Callable[[], Value]]) -> Value:
    """The value of a conditional expression whose test is unknown."""
    return result_of(interp, play_sides(interp, test, [partial(_chosen, choice) for choice in choices]))


def _chosen(choice: Callable[[], Value]) -> Signal:
    return Return(choice())


def play_maybe(interp: Interpreter, test: Unknown, run: Run) -> Signal:
    """A block that runs or does not."""
    return play_sides(interp, test, [run, lambda: None])
