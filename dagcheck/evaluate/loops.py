"""`for` and `while`, with known rounds and with rounds that nobody can count."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import partial
from typing import TYPE_CHECKING

from dagcheck.evaluate.assignment import assign
from dagcheck.evaluate.branches import go_on, play_maybe
from dagcheck.evaluate.budget import Exhausted
from dagcheck.evaluate.expressions import evaluate
from dagcheck.evaluate.state import BREAK, CONTINUE, Fork, Return, Signal
from dagcheck.evaluate.statements import run_block
from dagcheck.evaluate.values import Lost, Value
from dagcheck.model.values import Unknown
from dagcheck.source.nodes import walk

if TYPE_CHECKING:
    from dagcheck.evaluate.interpreter import Interpreter

ENDLESS = 2_000
"""After so many rounds a loop that nothing ends is not followed further: whatever it makes, Airflow never gets to see it."""


def run_for(interp: Interpreter, node: ast.For) -> Signal:
    """A `for` loop: a round for each known item; once, as something that may happen, for items that are not known."""
    items = interp.iterate(evaluate(interp, node.iter))
    if isinstance(items, Unknown):
        return _unknown_loop(interp, node, items)
    try:
        return _rounds(interp, node, items)
    except Lost as lost:
        return _unknown_loop(interp, node, lost.why)


def _rounds(interp: Interpreter, node: ast.For, items: Iterator[Value]) -> Signal:
    uncertain = len(interp.state.uncertain)
    for rounds, item in enumerate(items, 1):
        if rounds > interp.budget.loop_rounds:
            return _cut_loop(interp, node)
        assign(interp, node.target, item)
        signal = run_block(interp, node.body)
        if isinstance(signal, Fork):
            return go_on(interp, signal, (None, CONTINUE), partial(_rounds, interp, node, items), {BREAK: None})
        if signal is BREAK:
            return None
        if isinstance(signal, Return):
            return signal
    del interp.state.uncertain[uncertain:]
    return run_block(interp, node.orelse)


def run_while(interp: Interpreter, node: ast.While) -> Signal:
    """A `while` loop, as far as its test is known."""
    rounds = 0
    while True:
        test = interp.truth(evaluate(interp, node.test))
        if isinstance(test, Unknown):
            return _unknown_loop(interp, node, test)
        if not test:
            return run_block(interp, node.orelse)
        rounds += 1
        interp.budget.step()
        if rounds > interp.budget.loop_rounds:
            return _cut_loop(interp, node)
        if rounds == ENDLESS and _never_ends(node):
            raise Exhausted("a loop that nothing ends")
        signal = run_block(interp, node.body)
        if isinstance(signal, Fork):
            return go_on(interp, signal, (None, CONTINUE), partial(run_while, interp, node), {BREAK: None})
        if signal is BREAK:
            return None
        if isinstance(signal, Return):
            return signal


def _never_ends(node: ast.While) -> bool:
    """Whether only an error that a call raises could end the loop."""
    ends = (ast.Break, ast.Return, ast.Raise, ast.Yield, ast.YieldFrom)
    return isinstance(node.test, ast.Constant) and not any(isinstance(inner, ends) for inner in walk(node))


def _unknown_loop(interp: Interpreter, node: ast.For | ast.While, why: Unknown) -> Signal:
    """A loop of unknown length: its body is played once as something that may happen, and what it assigns is not known afterwards."""

    def run() -> Signal:
        if isinstance(node, ast.For):
            assign(interp, node.target, why)
        else:
            _forget_assigned(interp, node, why)
        signal = run_block(interp, node.body)
        if isinstance(signal, Fork):
            signal = go_on(interp, signal, (None,), lambda: None, {BREAK: None, CONTINUE: None})
        return signal if isinstance(signal, Return | Fork) else None

    def rest() -> Signal:
        _forget_assigned(interp, node, why)
        return run_block(interp, node.orelse)

    signal = play_maybe(interp, why, run)
    if isinstance(signal, Fork):
        return go_on(interp, signal, (None,), rest)
    return signal if signal is not None else rest()


def _cut_loop(interp: Interpreter, node: ast.For | ast.While) -> Signal:
    why = Unknown(f"a loop of more than {interp.budget.loop_rounds:,} rounds", "budget", interp.place(node))
    interp.doubt(why)
    _forget_assigned(interp, node, why)
    return None


def _forget_assigned(interp: Interpreter, node: ast.For | ast.While, why: Unknown) -> None:
    """Names that the loop assigns, and containers that it changes, are not known."""
    for inner in walk(node):
        if isinstance(inner, ast.Name) and isinstance(inner.ctx, ast.Store):
            assign(interp, ast.copy_location(ast.Name(inner.id, ast.Store()), inner), why)
        elif isinstance(inner, ast.Call) and isinstance(inner.func, ast.Attribute) and isinstance(inner.func.value, ast.Name):
            _forget_content(interp, inner.func.value.id, why)
        elif isinstance(inner, ast.Subscript) and isinstance(inner.ctx, ast.Store) and isinstance(inner.value, ast.Name):
            _forget_content(interp, inner.value.id, why)


def _forget_content(interp: Interpreter, name: str, why: Unknown) -> None:
    holder = interp.scope.holder(name)
    value = holder.get(name) if holder is not None else None
    if isinstance(value, list | dict | set):
        interp.state.touch(value)
        interp.state.blur(value, why)
