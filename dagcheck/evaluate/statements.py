"""Statements, one function a kind of node. Each gives None, or the signal that leaves the block."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator
from functools import partial
from typing import TYPE_CHECKING, Any

from dagcheck.evaluate import operators
from dagcheck.evaluate.assignment import assign, delete
from dagcheck.evaluate.branches import collapse, go_on, play_maybe, play_sides
from dagcheck.evaluate.classes import make_class, matches_exception
from dagcheck.evaluate.expressions import SYMBOLS, evaluate, evaluate_test, make_function
from dagcheck.evaluate.imports import run_import, run_import_from
from dagcheck.evaluate.state import BREAK, CONTINUE, Fork, Return, Scope, Signal
from dagcheck.evaluate.values import Arguments, Class, Instance, Lost, Object, Raised, Value
from dagcheck.model.values import Unknown

if TYPE_CHECKING:
    from dagcheck.evaluate.interpreter import Interpreter


def run_block(interp: Interpreter, body: list[ast.stmt]) -> Signal:
    """Run statements in order until one leaves the block."""
    for index, statement in enumerate(body):
        interp.budget.step()
        interp.node = statement
        handler = HANDLERS.get(type(statement))
        if handler is None:
            interp.doubt(interp.unknown(f"the statement {type(statement).__name__} is not followed"))
            continue
        signal = handler(interp, statement)
        if isinstance(signal, Fork):
            return go_on(interp, signal, (None,), partial(run_block, interp, body[index + 1 :]))
        if signal is not None:
            return signal
    return None


def _expression(interp: Interpreter, node: ast.Expr) -> Signal:
    if not isinstance(node.value, ast.Constant):
        value = evaluate(interp, node.value)
        interp.note_statement(node, value)
    return None


def _assign(interp: Interpreter, node: ast.Assign) -> Signal:
    value = evaluate(interp, node.value)
    for target in node.targets:
        assign(interp, target, value)
    return None


def _annotated(interp: Interpreter, node: ast.AnnAssign) -> Signal:
    if isinstance(node.target, ast.Name) and interp.scope.kind in ("class", "module"):
        annotations = interp.scope.vars.setdefault("__annotations__", {})
        if isinstance(annotations, dict):
            annotations[node.target.id] = ast.unparse(node.annotation) if len(interp.frames) < 50 else ""
    if node.value is not None:
        assign(interp, node.target, evaluate(interp, node.value))
    return None


def _augmented(interp: Interpreter, node: ast.AugAssign) -> Signal:
    load = _as_load(node.target)
    left = evaluate(interp, load)
    right = evaluate(interp, node.value)
    interp.node = node
    if isinstance(left, list) and SYMBOLS[type(node.op)] == "+" and isinstance(right, Object):
        items = interp.items(right)
        if isinstance(items, Unknown):
            interp.state.touch(left)
            interp.state.blur(left, items)
            return None
        right = items
    value = operators.binary(interp, SYMBOLS[type(node.op)], left, right, in_place=True)
    if isinstance(value, Unknown) and isinstance(left, list | set | dict):
        interp.state.touch(left)
        interp.state.blur(left, value)
        return None
    assign(interp, node.target, value)
    return None


def _as_load(target: ast.expr) -> ast.expr:
    if isinstance(target, ast.Name):
        return ast.copy_location(ast.Name(target.id, ast.Load()), target)
    return target


def _return(interp: Interpreter, node: ast.Return) -> Signal:
    return Return(evaluate(interp, node.value) if node.value is not None else None)


def _if(interp: Interpreter, node: ast.If) -> Signal:
    """The branch whose test holds; with tests that are not known, all that may be taken."""
    unknown: Unknown | None = None
    runs: list[Callable[[], Signal]] = []
    while True:
        test = evaluate_test(interp, node.test)
        if isinstance(test, Unknown):
            unknown = test if unknown is None else unknown
            runs.append(partial(run_block, interp, node.body))
        elif test:
            last = node.body
            break
        if len(node.orelse) != 1 or not isinstance(node.orelse[0], ast.If):
            last = node.orelse
            break
        node = node.orelse[0]
        interp.node = node
    if unknown is None:
        return run_block(interp, last)
    return play_sides(interp, unknown, [*runs, partial(run_block, interp, last)])


def _for(interp: Interpreter, node: ast.For) -> Signal:
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


def _while(interp: Interpreter, node: ast.While) -> Signal:
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
        signal = run_block(interp, node.body)
        if isinstance(signal, Fork):
            return go_on(interp, signal, (None, CONTINUE), partial(_while, interp, node), {BREAK: None})
        if signal is BREAK:
            return None
        if isinstance(signal, Return):
            return signal


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
    for inner in ast.walk(node):
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


def _function(interp: Interpreter, node: ast.FunctionDef | ast.AsyncFunctionDef) -> Signal:
    value: Value = make_function(interp, node, node.name)
    _decorate(interp, node, value)
    return None


def _class(interp: Interpreter, node: ast.ClassDef) -> Signal:
    _decorate(interp, node, make_class(interp, node))
    return None


def _decorate(interp: Interpreter, node: ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef, value: Value) -> None:
    decorators = [evaluate(interp, decorator) for decorator in node.decorator_list]
    for decorator, place in zip(reversed(decorators), reversed(node.decorator_list), strict=True):
        interp.node = place
        value = interp.call(decorator, Arguments([value], span=interp.spot))
    target = interp.scope.target(node.name)
    interp.state.touch(target)
    target[node.name] = value


def _with(interp: Interpreter, node: ast.With | ast.AsyncWith) -> Signal:
    return _with_item(interp, node, 0)


def _with_item(interp: Interpreter, node: ast.With | ast.AsyncWith, index: int) -> Signal:
    if index == len(node.items):
        return run_block(interp, node.body)
    item = node.items[index]
    manager = evaluate(interp, item.context_expr)
    interp.node = item.context_expr
    value = enter_context(interp, manager)
    frames, scope, uncertain = len(interp.frames), interp.scope, len(interp.state.uncertain)
    raised = False
    try:
        if item.optional_vars is not None:
            assign(interp, item.optional_vars, value)
        return collapse(interp, _with_item(interp, node, index + 1))
    except Raised as error:
        raised = True
        unwind(interp, frames, scope, uncertain)
        if isinstance(manager, Object) and manager.leave_raising(interp, error) is True:
            return None
        raise
    finally:
        if not raised and isinstance(manager, Object):
            manager.leave(interp)


def unwind(interp: Interpreter, frames: int, scope: Scope, uncertain: int) -> None:
    """Make the interpreter stand where it stood before something raised."""
    del interp.frames[frames:]
    interp.frame.scope = scope
    del interp.state.uncertain[uncertain:]


def enter_context(interp: Interpreter, manager: Value) -> Value:
    """The value of entering a `with` block."""
    if isinstance(manager, Object):
        return manager.enter(interp)
    if isinstance(manager, Unknown):
        interp.escape_unknown(manager, Arguments(span=interp.here))
        return manager
    raise interp.raises(TypeError(f"{type(manager).__name__!r} object does not support the context manager protocol"))


def _raise(interp: Interpreter, node: ast.Raise) -> Signal:
    if node.exc is None:
        current = interp.handling[-1] if interp.handling else None
        raise current if current is not None else interp.raises(RuntimeError("No active exception to reraise"))
    value = evaluate(interp, node.exc)
    if isinstance(value, type) and issubclass(value, BaseException):
        value = value()
    elif isinstance(value, Class):
        value = interp.instantiate(value, Arguments(span=interp.spot))
    if not isinstance(value, BaseException | Instance):
        value = RuntimeError("an exception that is not followed")
    raise Raised(value, interp.place(node))


def _try(interp: Interpreter, node: ast.Try) -> Signal:
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
    interp.trying += bool(node.handlers)
    try:
        signal = run_block(interp, node.body)
    except Raised as error:
        del interp.frames[frames:]
        interp.frame.scope = scope
        del interp.state.uncertain[uncertain:]
        interp.trying -= bool(node.handlers)
        return handle(interp, node, error)
    interp.trying -= bool(node.handlers)
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
        if kind is BaseException or matches_exception(error, kind) is not False:
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


def _global(interp: Interpreter, node: ast.Global) -> Signal:
    interp.scope.global_names.update(node.names)
    return None


def _nonlocal(interp: Interpreter, node: ast.Nonlocal) -> Signal:
    interp.scope.nonlocal_names.update(node.names)
    return None


def _assert(interp: Interpreter, node: ast.Assert) -> Signal:
    if evaluate_test(interp, node.test) is False:
        raise interp.raises(AssertionError())
    return None


def _delete(interp: Interpreter, node: ast.Delete) -> Signal:
    for target in node.targets:
        delete(interp, target)
    return None


def _import(interp: Interpreter, node: ast.Import) -> Signal:
    run_import(interp, node)
    return None


def _import_from(interp: Interpreter, node: ast.ImportFrom) -> Signal:
    run_import_from(interp, node)
    return None


def _match(interp: Interpreter, node: ast.Match) -> Signal:
    from dagcheck.evaluate.patterns import run_match

    return run_match(interp, node)


def _async_for(interp: Interpreter, node: ast.AsyncFor) -> Signal:
    interp.doubt(interp.unknown("an asynchronous loop is not followed"))
    return None


def _type_alias(interp: Interpreter, node: Any) -> Signal:
    assign(interp, node.name, interp.unknown("a type alias"))
    return None


HANDLERS: dict[type[ast.stmt], Callable[[Interpreter, Any], Signal]] = {
    ast.Expr: _expression, ast.Assign: _assign, ast.AnnAssign: _annotated, ast.AugAssign: _augmented, ast.Return: _return, ast.If: _if, ast.For: _for,
    ast.While: _while, ast.FunctionDef: _function, ast.AsyncFunctionDef: _function, ast.ClassDef: _class, ast.With: _with, ast.AsyncWith: _with,
    ast.Raise: _raise, ast.Try: _try, ast.Global: _global, ast.Nonlocal: _nonlocal, ast.Assert: _assert, ast.Delete: _delete, ast.Import: _import,
    ast.ImportFrom: _import_from, ast.Match: _match, ast.AsyncFor: _async_for, ast.Pass: lambda interp, node: None, ast.Break: lambda interp, node: BREAK,
    ast.Continue: lambda interp, node: CONTINUE,
}  # fmt: skip
if hasattr(ast, "TypeAlias"):
    HANDLERS[ast.TypeAlias] = _type_alias
