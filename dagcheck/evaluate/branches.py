"""Both sides of an unknown test: played one after the other from the same state, and joined."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from dagcheck.evaluate.state import BREAK, CONTINUE, Return, Side, Signal, condition, join
from dagcheck.evaluate.values import Value
from dagcheck.model.values import Unknown

if TYPE_CHECKING:
    from dagcheck.evaluate.interpreter import Interpreter

Run = Callable[[], Signal]


def play_sides(interp: Interpreter, test: Unknown, runs: list[Run]) -> Signal:
    """Play every side, keep what they agree on, and say how it goes on.

    A side that raises is taken as not happening (with a doubt for the file, unless all raise). When some sides leave the block (return, break, continue) and
    others go on, the rest of the block is uncertain and a returned value is kept as pending in the frame.
    """
    scope_vars = interp.scope.vars
    sides = [interp.state.play(run, test) for run in runs]
    alive = [side for side in sides if side.raised is None]
    if not alive:
        assert sides[0].raised is not None
        raise sides[0].raised
    if len(alive) < len(sides):
        interp.doubt(condition(test))
    going_on = [side for side in alive if side.signal is None]
    _merge(interp, alive, going_on or alive, test, scope_vars)
    return _leave(interp, alive, going_on, test)


def _merge(interp: Interpreter, alive: list[Side], going_on: list[Side], test: Unknown, scope_vars: dict[str, Value]) -> None:
    """Names of the present scope come from the sides that go on; everything else from all that did not raise."""
    local = id(scope_vars)
    returned = [side for side in alive if isinstance(side.signal, Return)]
    inner = [
        Side(side.signal, None, {key: item for key, item in side.after.items() if key == local})
        for side in alive
        if side in going_on or side not in returned
    ]
    outer = [Side(side.signal, None, {key: item for key, item in side.after.items() if key != local}) for side in alive]
    scopes = {id(frame.scope.vars) for frame in interp.frames} | {id(module.namespace) for module in interp.modules.values()}
    interp.state.merge(inner, test, lambda container: True)
    interp.state.merge(outer, test, lambda container: id(container) in scopes)


def _leave(interp: Interpreter, alive: list[Side], going_on: list[Side], test: Unknown) -> Signal:
    returned = [side.signal.value for side in alive if isinstance(side.signal, Return)]
    if len(returned) == len(alive):
        return Return(join(returned, test))
    interp.frame.pending += [(value, test) for value in returned]
    if len(going_on) < len(alive):
        interp.state.uncertain.append(test)
    if going_on:
        return None
    return CONTINUE if any(side.signal is CONTINUE for side in alive) else BREAK


def play_values(interp: Interpreter, test: Unknown, choices: list[Callable[[], Value]]) -> Value:
    """The value of a conditional expression whose test is unknown."""
    sides = [interp.state.play(lambda choice=choice: Return(choice()), test) for choice in choices]  # type: ignore[misc]
    alive = [side for side in sides if side.raised is None]
    if not alive:
        assert sides[0].raised is not None
        raise sides[0].raised
    _merge(interp, alive, alive, test, interp.scope.vars)
    return join([side.signal.value for side in alive if isinstance(side.signal, Return)], test)


def play_maybe(interp: Interpreter, test: Unknown, run: Run) -> Signal:
    """A block that runs or does not."""
    return play_sides(interp, test, [run, lambda: None])
