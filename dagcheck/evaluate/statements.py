"""Statements, one function a kind of node. Each gives None, or the signal that leaves the block."""

from __future__ import annotations

import ast
from collections.abc import Callable
from functools import partial
from importlib import import_module
from typing import TYPE_CHECKING, Any

from dagcheck.evaluate import operators
from dagcheck.evaluate.assignment import assign, delete
from dagcheck.evaluate.branches import go_on, play_sides
from dagcheck.evaluate.classes import make_class
from dagcheck.evaluate.expressions import SYMBOLS, evaluate, evaluate_test, make_function
from dagcheck.evaluate.imports import run_import, run_import_from
from dagcheck.evaluate.state import BREAK, CONTINUE, Fork, Return, Signal
from dagcheck.evaluate.values import Arguments, Class, External, Instance, Object, Opaque, Raised, Value
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


def _raise(interp: Interpreter, node: ast.Raise) -> Signal:
    if node.exc is None:
        current = interp.handling[-1] if interp.handling else None
        raise current if current is not None else interp.raises(RuntimeError("No active exception to reraise"))
    value = evaluate(interp, node.exc)
    if isinstance(value, type) and issubclass(value, BaseException):
        value = value()
    elif isinstance(value, Class):
        value = interp.instantiate(value, Arguments(span=interp.spot))
    elif isinstance(value, External):
        value = interp.call(value, Arguments(span=interp.spot))
    if not isinstance(value, BaseException | Instance | Opaque):
        value = RuntimeError("an exception that is not followed")
    raise Raised(value, interp.place(node), deliberate=True)


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


def _type_alias(interp: Interpreter, node: Any) -> Signal:
    assign(interp, node.name, interp.unknown("a type alias"))
    return None


HANDLERS: dict[type[ast.stmt], Callable[[Interpreter, Any], Signal]] = {
    ast.Expr: _expression, ast.Assign: _assign, ast.AnnAssign: _annotated, ast.AugAssign: _augmented, ast.Return: _return, ast.If: _if,
     ast.FunctionDef: _function, ast.AsyncFunctionDef: _function, ast.ClassDef: _class,
    ast.Raise: _raise,  ast.Global: _global, ast.Nonlocal: _nonlocal, ast.Assert: _assert, ast.Delete: _delete, ast.Import: _import,
    ast.ImportFrom: _import_from,  ast.Pass: lambda interp, node: None, ast.Break: lambda interp, node: BREAK,
    ast.Continue: lambda interp, node: CONTINUE,
}  # fmt: skip
if hasattr(ast, "TypeAlias"):
    HANDLERS[ast.TypeAlias] = _type_alias


def _elsewhere(module: str, name: str) -> Callable[[Interpreter, Any], Signal]:
    """The handler of a statement that has a module of its own, which needs this one."""

    def run(interp: Interpreter, node: Any) -> Signal:
        handler: Callable[[Interpreter, Any], Signal] = getattr(import_module(f"dagcheck.evaluate.{module}"), name)
        HANDLERS[type(node)] = handler
        return handler(interp, node)

    return run


HANDLERS |= {
    ast.For: _elsewhere("loops", "run_for"),
    ast.AsyncFor: _elsewhere("loops", "run_for"),
    ast.While: _elsewhere("loops", "run_while"),
    ast.With: _elsewhere("handling", "run_with"),
    ast.AsyncWith: _elsewhere("handling", "run_with"),
    ast.Try: _elsewhere("handling", "run_try"),
    ast.Match: _elsewhere("patterns", "run_match"),
}
