"""Generator functions, run lazily: statements that hold a `yield` are stepped through here, all others by the ordinary statements.

A `yield` is followed where it stands alone, on the right of an assignment, or in `yield from`; elsewhere its value is not known.
"""

from __future__ import annotations

import ast
from collections.abc import Generator, Iterator
from typing import TYPE_CHECKING

from dagcheck.evaluate.assignment import assign
from dagcheck.evaluate.expressions import evaluate, evaluate_test
from dagcheck.evaluate.state import BREAK, Frame, Return, Signal
from dagcheck.evaluate.values import MISSING, Object, Raised, Value
from dagcheck.model.values import Unknown

if TYPE_CHECKING:
    from dagcheck.evaluate.interpreter import Interpreter

Steps = Generator[Value, None, Signal]


def is_generator(node: ast.AST) -> bool:
    """True if a function's own body (not that of functions inside it) yields."""
    if isinstance(node, ast.Lambda):
        return False
    return any(_yields(statement) for statement in node.body) if isinstance(node, ast.FunctionDef) else False


def _yields(node: ast.AST) -> bool:
    stack: list[ast.AST] = [node]
    while stack:
        item = stack.pop()
        if isinstance(item, ast.Yield | ast.YieldFrom):
            return True
        if not isinstance(item, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda | ast.ClassDef):
            stack.extend(ast.iter_child_nodes(item))
    return False


def run_generator(interp: Interpreter, frame: Frame, node: ast.AST) -> Iterator[Value]:
    """The values that a generator function yields, one at a time; its frame is on the stack only while it runs."""
    assert isinstance(node, ast.FunctionDef)
    steps = _block(interp, node.body)
    while True:
        before = interp.node
        interp.frames.append(frame)
        try:
            value = next(steps, MISSING)
        finally:
            interp.frames.pop()
            interp.node = before
        if value is MISSING:
            return
        interp.budget.step()
        yield value


def _block(interp: Interpreter, body: list[ast.stmt]) -> Steps:
    from dagcheck.evaluate.statements import run_block

    for statement in body:
        if not _yields(statement):
            signal = run_block(interp, [statement])
        else:
            interp.node = statement
            signal = yield from _statement(interp, statement)
        if signal is not None:
            return signal
    return None


def _statement(interp: Interpreter, node: ast.stmt) -> Steps:
    match node:
        case ast.Expr(value=value) | ast.Return(value=value) if isinstance(value, ast.Yield | ast.YieldFrom):
            yield from _yield(interp, value)
            return Return(None) if isinstance(node, ast.Return) else None
        case ast.Assign(value=(ast.Yield() | ast.YieldFrom()) as value):
            yield from _yield(interp, value)
            for target in node.targets:
                assign(interp, target, None)
            return None
        case ast.If():
            test = evaluate_test(interp, node.test)
            if isinstance(test, Unknown):
                interp.doubt(test)
            return (yield from _block(interp, node.body if isinstance(test, Unknown) or test else node.orelse))
        case ast.For():
            return (yield from _for(interp, node))
        case ast.While():
            return (yield from _while(interp, node))
        case ast.With():
            return (yield from _with(interp, node))
        case ast.Try():
            return (yield from _try(interp, node))
    yield interp.unknown("a yield in this place is not followed")
    return None


def _yield(interp: Interpreter, node: ast.Yield | ast.YieldFrom) -> Steps:
    value = evaluate(interp, node.value) if node.value is not None else None
    if isinstance(node, ast.Yield):
        yield value
        return None
    items = interp.iterate(value)
    if isinstance(items, Unknown):
        yield items
        return None
    yield from items
    return None


def _for(interp: Interpreter, node: ast.For) -> Steps:
    items = interp.iterate(evaluate(interp, node.iter))
    if isinstance(items, Unknown):
        interp.doubt(items)
        items = iter([items])
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
        test = evaluate_test(interp, node.test)
        if isinstance(test, Unknown):
            interp.doubt(test)
        if isinstance(test, Unknown) or not test:
            return (yield from _block(interp, node.orelse))
        interp.budget.step()
        signal = yield from _block(interp, node.body)
        if signal is BREAK:
            return None
        if isinstance(signal, Return):
            return signal


def _with(interp: Interpreter, node: ast.With) -> Steps:
    managers: list[Value] = []
    try:
        for item in node.items:
            manager = evaluate(interp, item.context_expr)
            value = manager.enter(interp) if isinstance(manager, Object) else manager
            managers.append(manager)
            if item.optional_vars is not None:
                assign(interp, item.optional_vars, value)
        return (yield from _block(interp, node.body))
    finally:
        for manager in reversed(managers):
            if isinstance(manager, Object):
                manager.leave(interp)


def _try(interp: Interpreter, node: ast.Try) -> Steps:
    from dagcheck.evaluate.statements import run_block

    try:
        signal = yield from _block(interp, node.body)
    except Raised as error:
        from dagcheck.evaluate.statements import handle

        signal = handle(interp, node, error)
    if signal is None:
        signal = yield from _block(interp, node.orelse)
    final = run_block(interp, node.finalbody)
    return final if final is not None else signal
