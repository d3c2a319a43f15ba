"""Generator functions, run lazily: statements that hold a `yield` are stepped through here, all others by the ordinary statements.

A `yield` inside of an expression is taken before the rest of its statement is evaluated. What follows a test that is not known is lost to whoever walks the
generator (`Lost`).
"""

from __future__ import annotations

import ast
from collections.abc import Generator, Iterator
from functools import lru_cache
from typing import TYPE_CHECKING

from dagcheck.evaluate.assignment import assign
from dagcheck.evaluate.expressions import evaluate
from dagcheck.evaluate.iteration import sure
from dagcheck.evaluate.state import BREAK, Fork, Frame, Return, Signal, condition
from dagcheck.evaluate.values import MISSING, Lazy, Lost, Object, Raised, Value
from dagcheck.model.values import Unknown
from dagcheck.source.nodes import children, walk

if TYPE_CHECKING:
    from dagcheck.evaluate.interpreter import Interpreter

Steps = Generator[Value, Value, Signal]
_YIELDS = (ast.Yield, ast.YieldFrom)
FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda, ast.ClassDef)


@lru_cache(maxsize=4096)
def is_generator(node: ast.AST) -> bool:
    """True if a function's own body (not that of functions inside it) yields."""
    if isinstance(node, ast.Lambda):
        return holds_yield(node.body)
    return any(holds_yield(statement) for statement in node.body) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) else False


@lru_cache(maxsize=16384)
def holds_yield(node: ast.AST) -> bool:
    """True if a statement or expression yields, functions inside of it left aside."""
    if not any(isinstance(inner, _YIELDS) for inner in walk(node)):  # as good as always
        return False
    return next(yields(node), None) is not None


def yields(node: ast.AST) -> Iterator[ast.Yield | ast.YieldFrom]:
    """The yields of a statement or expression, those inside of another first."""
    if isinstance(node, FUNCTIONS):
        return
    for child in children(node):
        yield from yields(child)
    if isinstance(node, ast.Yield | ast.YieldFrom):
        yield node


def run_generator(interp: Interpreter, frame: Frame, node: ast.AST) -> Generator[Value, Value, Value]:
    """The values that a generator function yields, one at a time; its frame is on the stack only while it runs. Gives what it returns."""
    steps = _block(interp, node.body) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) else _lambda(interp, node)
    sent: Value = None
    thrown: Raised | None = None
    while True:
        before = interp.node
        interp.frames.append(frame)
        try:
            value = steps.send(sent) if thrown is None else steps.throw(thrown)
        except StopIteration as stop:
            return stop.value.value if isinstance(stop.value, Return) else None
        finally:
            interp.frames.pop()
            interp.node = before
        interp.budget.step()
        sent, thrown = None, None
        try:
            sent = yield value
        except Raised as error:
            thrown = error


def _lambda(interp: Interpreter, node: ast.AST) -> Steps:
    assert isinstance(node, ast.Lambda)
    yield from _taken(interp, node.body)
    return Return(evaluate(interp, node.body))


def _block(interp: Interpreter, body: list[ast.stmt]) -> Steps:
    from dagcheck.evaluate.statements import run_block

    for statement in body:
        if not holds_yield(statement):
            signal = known(run_block(interp, [statement]))
        else:
            interp.node = statement
            signal = yield from _statement(interp, statement)
        if signal is not None:
            return signal
    return None


def _statement(interp: Interpreter, node: ast.stmt) -> Steps:
    from dagcheck.evaluate.statements import run_block

    match node:
        case ast.Expr(value=ast.Yield() | ast.YieldFrom()):
            yield from _taken(interp, node.value)
            return None
        case ast.If():
            test = yield from _value(interp, node.test)
            return (yield from _block(interp, node.body if sure(interp.truth(test)) else node.orelse))
        case ast.For() | ast.AsyncFor():
            return (yield from _for(interp, node))
        case ast.While():
            return (yield from _while(interp, node))
        case ast.With():
            return (yield from _with(interp, node, 0))
        case ast.Try():
            return (yield from _try(interp, node))
        case ast.Match():
            return (yield from _match(interp, node))
    yield from _taken(interp, node)
    return known(run_block(interp, [node]))


def known(signal: Signal) -> Signal:
    """The signal itself; what follows a fork is lost."""
    if isinstance(signal, Fork):
        raise Lost(condition(signal.test))
    return signal


def _value(interp: Interpreter, node: ast.expr) -> Generator[Value, Value, Value]:
    yield from _taken(interp, node)
    return evaluate(interp, node)


def _taken(interp: Interpreter, node: ast.AST) -> Generator[Value, Value, None]:
    """Take each yield of a statement or expression; what it gives is kept for the evaluation of the rest."""
    for one in yields(node) if holds_yield(node) else ():
        value = evaluate(interp, one.value) if one.value is not None else None
        result = (yield value) if isinstance(one, ast.Yield) else (yield from _delegate(interp, value))
        interp.frame.yielded[id(one)] = result


def _delegate(interp: Interpreter, value: Value) -> Generator[Value, Value, Value]:
    items = interp.iterate(value)
    if isinstance(items, Unknown):
        raise Lost(items)
    return (yield from items)


def _for(interp: Interpreter, node: ast.For | ast.AsyncFor) -> Steps:
    items = interp.iterate((yield from _value(interp, node.iter)))
    if isinstance(items, Unknown):
        raise Lost(items)
    for item in items:
        assign(interp, node.target, item)
        signal = yield from _block(interp, node.body)
        if signal is BREAK:
            return None
        if isinstance(signal, Return):
            return signal
    return (yield from _block(interp, node.orelse))


def _while(interp: Interpreter, node: ast.While) -> Steps:
    while True:
        if not sure(interp.truth((yield from _value(interp, node.test)))):
            return (yield from _block(interp, node.orelse))
        interp.budget.step()
        signal = yield from _block(interp, node.body)
        if signal is BREAK:
            return None
        if isinstance(signal, Return):
            return signal


def _with(interp: Interpreter, node: ast.With, index: int) -> Steps:
    if index == len(node.items):
        return (yield from _block(interp, node.body))
    from dagcheck.evaluate.handling import catching, enter_context, may_suppress

    item = node.items[index]
    manager = yield from _value(interp, item.context_expr)
    value = enter_context(interp, manager)
    if item.optional_vars is not None:
        assign(interp, item.optional_vars, value)
    try:
        with catching(interp.frame, may_suppress(manager)):
            signal = yield from _with(interp, node, index + 1)
    except Raised as error:
        if isinstance(manager, Object) and manager.leave_raising(interp, error) is True:
            return None
        raise
    if isinstance(manager, Object):
        manager.leave(interp)
    return signal


def _try(interp: Interpreter, node: ast.Try) -> Steps:
    try:
        signal = yield from _handled(interp, node)
    except Raised:
        signal = yield from _block(interp, node.finalbody)
        if signal is not None:
            return signal
        raise
    final = yield from _block(interp, node.finalbody)
    return final if final is not None else signal


def _handled(interp: Interpreter, node: ast.Try) -> Steps:
    from dagcheck.evaluate.handling import bind_error, catching, matching_handler

    try:
        with catching(interp.frame, bool(node.handlers)):
            signal = yield from _block(interp, node.body)
    except Raised as error:
        handler = matching_handler(interp, node, error)
        bind_error(interp, handler, error)
        interp.handling.append(error)
        try:
            return (yield from _block(interp, handler.body))
        finally:
            interp.handling.pop()
    return signal if signal is not None else (yield from _block(interp, node.orelse))


def _match(interp: Interpreter, node: ast.Match) -> Steps:
    from dagcheck.evaluate.patterns import chosen_case

    subject = yield from _value(interp, node.subject)
    case = chosen_case(interp, subject, node.cases)
    return None if case is None else (yield from _block(interp, case.body))


def send(interp: Interpreter, generator: Lazy, value: Value) -> Value:
    """`generator.send(value)`."""
    if not isinstance(generator.items, Generator):
        return interp.next_item(generator, MISSING)
    try:
        return generator.items.send(value)
    except StopIteration:
        raise Raised(StopIteration(), interp.here) from None
    except Lost as lost:
        return lost.why


def throw(interp: Interpreter, generator: Lazy, error: Raised) -> bool:
    """Raise an error inside of a generator where it stands; True if it goes on or ends without raising."""
    if not isinstance(generator.items, Generator):
        return False
    try:
        generator.items.throw(error)
    except (StopIteration, Lost):
        return True
    return True
