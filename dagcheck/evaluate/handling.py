"""`try` and `with`: what happens when something raises, or when it is not known whether it does."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import TYPE_CHECKING

from dagcheck.evaluate.assignment import assign
from dagcheck.evaluate.branches import collapse, go_on, play_sides
from dagcheck.evaluate.classes import matches_exception
from dagcheck.evaluate.expressions import evaluate
from dagcheck.evaluate.state import Fork, Frame, Scope, Signal
from dagcheck.evaluate.statements import run_block
from dagcheck.evaluate.values import MISSING, Arguments, Class, Instance, Object, Raised, Value
from dagcheck.model.values import Unknown

if TYPE_CHECKING:
    from dagcheck.evaluate.interpreter import Interpreter


def run_with(interp: Interpreter, node: ast.With | ast.AsyncWith) -> Signal:
    """A `with` block; what it raises goes through each manager."""
    return _with_item(interp, node, 0)


def _with_item(interp: Interpreter, node: ast.With | ast.AsyncWith, index: int) -> Signal:
    if index == len(node.items):
        return run_block(interp, node.body)
    item = node.items[index]
    manager = evaluate(interp, item.context_expr)
    interp.node = item.context_expr
    manager = awaiting(interp, manager) if isinstance(node, ast.AsyncWith) else manager
    value = enter_context(interp, manager)
    frames, scope, uncertain = len(interp.frames), interp.scope, len(interp.state.uncertain)
    raised = False
    try:
        if item.optional_vars is not None:
            assign(interp, item.optional_vars, value)
        frame, catches = interp.frame, may_suppress(manager)
        frame.trying += catches
        try:
            return collapse(interp, _with_item(interp, node, index + 1))
        finally:
            frame.trying -= catches
    except Raised as error:
        raised = True
        unwind(interp, frames, scope, uncertain)
        if isinstance(manager, Object) and manager.leave_raising(interp, error) is True:
            return None
        raise
    finally:
        if not raised and isinstance(manager, Object):
            manager.leave(interp)


@contextmanager
def catching(frame: Frame, catches: bool) -> Iterator[None]:
    """While the block runs, what it raises may go no further than this frame."""
    frame.trying += catches
    try:
        yield
    finally:
        frame.trying -= catches


def may_suppress(manager: Value) -> bool:
    """Whether a context may keep an error from going further."""
    return isinstance(manager, Unknown) or (isinstance(manager, Object) and type(manager).leave_raising is not Object.leave_raising)


def unwind(interp: Interpreter, frames: int, scope: Scope, uncertain: int) -> None:
    """Make the interpreter stand where it stood before something raised."""
    del interp.frames[frames:]
    interp.frame.scope = scope
    del interp.state.uncertain[uncertain:]


def awaiting(interp: Interpreter, manager: Value) -> Value:
    """The context of an `async with`: an object with `__aenter__` of its own is not followed."""
    if isinstance(manager, Instance) and isinstance(manager.cls, Class) and manager.cls.find(interp, "__aenter__") is not MISSING:
        return interp.unknown(f"{manager.describe()} as an asynchronous context is not followed")
    return manager


def enter_context(interp: Interpreter, manager: Value) -> Value:
    """The value of entering a `with` block."""
    if isinstance(manager, Object):
        return manager.enter(interp)
    if isinstance(manager, Unknown):
        interp.escape_unknown(manager, Arguments(span=interp.here))
        return manager
    raise interp.raises(TypeError(f"{type(manager).__name__!r} object does not support the context manager protocol"))


def run_try(interp: Interpreter, node: ast.Try) -> Signal:
    """A `try` statement: its body, the handler of what it raises, `else` and `finally`."""
    try:
        signal = _try_body(interp, node)
    except Raised:
        signal = run_block(interp, node.finalbody)
        if signal is not None:
            return signal
        raise
    if not node.finalbody:
        return signal
    signal = collapse(interp, signal)
    final = run_block(interp, node.finalbody)
    return final if final is not None else signal


def _try_body(interp: Interpreter, node: ast.Try) -> Signal:
    before = interp.unknowns
    frames, scope = len(interp.frames), interp.scope
    uncertain = len(interp.state.uncertain)
    try:
        with catching(interp.frame, bool(node.handlers)):
            signal = run_block(interp, node.body)
    except Raised as error:
        unwind(interp, frames, scope, uncertain)
        return handle(interp, node, error)
    uncertain_body = interp.unknowns > before and bool(node.handlers)
    rest = partial(_maybe_handled, interp, node) if uncertain_body else partial(run_block, interp, node.orelse)
    if isinstance(signal, Fork):
        return go_on(interp, signal, (None,), rest)
    return signal if signal is not None else rest()


def handle(interp: Interpreter, node: ast.Try, error: Raised) -> Signal:
    """Run the handler of a `try` for an error. Raises the error again when none matches."""
    return _run_handler(interp, matching_handler(interp, node, error), error)


def matching_handler(interp: Interpreter, node: ast.Try, error: Raised) -> ast.ExceptHandler:
    """The handler of a `try` that catches an error. Raises the error again when none does."""
    for handler in node.handlers:
        kind = evaluate(interp, handler.type) if handler.type is not None else BaseException
        caught = kind is BaseException or matches_exception(error, kind)
        if isinstance(caught, Unknown):
            interp.doubt(caught)
        if caught is not False:
            return handler
    raise error


def bind_error(interp: Interpreter, handler: ast.ExceptHandler, error: Raised) -> None:
    """Give the error to the name that the handler has for it."""
    if handler.name:
        assign(interp, ast.copy_location(ast.Name(handler.name, ast.Store()), handler), error.value)


def _run_handler(interp: Interpreter, handler: ast.ExceptHandler, error: Raised) -> Signal:
    bind_error(interp, handler, error)
    interp.handling.append(error)
    try:
        return run_block(interp, handler.body)
    finally:
        interp.handling.pop()


def _maybe_handled(interp: Interpreter, node: ast.Try) -> Signal:
    """The body did something unknown, so each handler may run instead of what follows the body."""
    doubts = len(interp.doubts)
    test = interp.unknown("whether the body of this `try` raises", "condition")
    runs: list[Callable[[], Signal]] = [lambda: run_block(interp, node.orelse)]
    for handler in node.handlers:
        runs.append(_handler_run(interp, handler, test))
    signal = play_sides(interp, test, runs)
    del interp.doubts[doubts:]
    return signal


def _handler_run(interp: Interpreter, handler: ast.ExceptHandler, test: Unknown) -> Callable[[], Signal]:
    def run() -> Signal:
        return _run_handler(interp, handler, Raised(test if handler.name else RuntimeError(), interp.place(handler)))

    return run
