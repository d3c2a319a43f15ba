"""Calls: binding arguments to parameters, running functions of the program, and calling pure functions of Python itself."""

from __future__ import annotations

import ast
from collections.abc import Callable
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from dagcheck.evaluate.operators import first_unknown
from dagcheck.evaluate.perhaps import Perhaps, perhaps
from dagcheck.evaluate.state import Frame, Scope, condition
from dagcheck.evaluate.values import PYTHON_ERRORS, Arguments, Function, Lazy, Native, Object, Value, describe
from dagcheck.model.values import Unknown
from dagcheck.source.nodes import children

if TYPE_CHECKING:
    from dagcheck.evaluate.interpreter import Interpreter


def call(interp: Interpreter, function: Value, arguments: Arguments) -> Value:
    """The value of a call of anything."""
    interp.budget.step()
    if isinstance(function, Object):
        return function.call(interp, arguments)
    if isinstance(function, Unknown):
        interp.unknowns += 1
        interp.escape_unknown(function, arguments)
        return function
    if callable(function):
        return call_pure(interp, function, arguments)
    raise interp.raises(TypeError(f"{describe(function)!r} object is not callable"))


def call_pure(interp: Interpreter, function: Callable[..., Any], arguments: Arguments) -> Value:
    """Call a function of Python itself that is known to be pure; with an unknown argument the result is unknown."""
    why = arguments.problem()
    if why is not None:
        interp.unknowns += 1
        return why
    args: list[Value] = []
    for arg in arguments.args:
        if isinstance(arg, Lazy):
            items = interp.items(arg)
            if isinstance(items, Unknown):
                return items
            arg = items
        args.append(arg)
    for arg in (*args, *arguments.kwargs.values()):
        unknown = first_unknown(interp, arg)
        if unknown is not None:
            return unknown
        if isinstance(arg, Object):
            return arg.given_to(interp, function)
    try:
        result = function(*args, **arguments.kwargs)
        interp.budget.make(result)
        return result
    except PYTHON_ERRORS as error:
        raise interp.raises(error) from None


def pure(name: str, function: Callable[..., Any]) -> Native:
    """A Native for a pure function of Python."""
    return Native(name, lambda interp, arguments: call_pure(interp, function, arguments))


def call_function(interp: Interpreter, function: Function, arguments: Arguments) -> Value:
    """Run a function of the program with these arguments."""
    if len(interp.frames) > interp.budget.depth:
        why = interp.unknown(f"calls nested deeper than {interp.budget.depth}", "budget", name=function.name)
        interp.doubt(why)
        return why
    scope = Scope(bind(interp, function, arguments), function.closure, function.module, local_names=local_names(function.node))
    first = next(iter(scope.vars.values()), None) if function.owner is not None else None
    frame = Frame(function.module, scope, function, owner=first, site=interp.node)
    if function.is_generator:
        from dagcheck.evaluate.generators import run_generator

        return Lazy(run_generator(interp, frame, function.node), f"generator {function.name}")
    if isinstance(function.node, ast.AsyncFunctionDef):
        from dagcheck.evaluate.stdlib.coroutines import Awaitable

        body = function.node
        return Awaitable(lambda i: _run(i, frame, body))
    return _run(interp, frame, function.node)


@lru_cache(maxsize=4096)
def local_names(node: ast.AST) -> frozenset[str]:
    """The names that are local to a function because its body assigns them."""
    found: set[str] = set()
    outer: set[str] = set()
    stack: list[ast.AST] = list(node.body) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) else []
    while stack:
        item = stack.pop()
        if isinstance(item, ast.Name):
            if not isinstance(item.ctx, ast.Load):
                found.add(item.id)
        elif isinstance(item, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            found.add(item.name)
        elif not isinstance(item, BINDS_NOTHING):
            if isinstance(item, ast.Import | ast.ImportFrom):
                found.update(alias.asname or alias.name.partition(".")[0] for alias in item.names)
            elif isinstance(item, ast.Global | ast.Nonlocal):
                outer.update(item.names)
            elif isinstance(item, ast.ExceptHandler) and item.name is not None:
                found.add(item.name)
            stack += children(item)
    return frozenset(found - outer)


BINDS_NOTHING = (ast.Constant, ast.Lambda, ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)
"""Expressions in which no name of the function is assigned, or none that counts."""


def _run(interp: Interpreter, frame: Frame, node: ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda) -> Value:
    from dagcheck.evaluate.branches import result_of
    from dagcheck.evaluate.expressions import evaluate
    from dagcheck.evaluate.statements import run_block

    before, uncertain = interp.node, len(interp.state.uncertain)
    interp.frames.append(frame)
    try:
        if isinstance(node, ast.Lambda):
            return evaluate(interp, node.body)
        signal = run_block(interp, node.body)
    finally:
        interp.frames.pop()
        interp.node = before
        del interp.state.uncertain[uncertain:]
    result = result_of(interp, signal)
    if interp.state.changed(frame.scope.vars) and not keeps_scope(node):
        interp.state.forget(frame.scope.vars)
    return result if frame.pending is None else condition(frame.pending)


@lru_cache(maxsize=4096)
def keeps_scope(node: ast.AST) -> bool:
    """True for a function whose names something may still ask for after it has ended: functions, classes and generators inside it, or whoever got `locals()`."""
    waiting = list(getattr(node, "body", []))
    while waiting:
        inner = waiting.pop()
        if isinstance(inner, KEEP_SCOPES) or (isinstance(inner, ast.Name) and inner.id in GIVE_SCOPES):
            return True
        waiting += children(inner)
    return False


KEEP_SCOPES = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda, ast.ClassDef, ast.GeneratorExp, ast.Yield, ast.YieldFrom, ast.Await)
GIVE_SCOPES = frozenset({"locals", "vars", "eval", "exec"})


def bind(interp: Interpreter, function: Function, arguments: Arguments) -> dict[str, Value]:
    """Parameter names with their values. Raises Raised(TypeError) as Python would."""
    spec = function.node.args
    positional = [*spec.posonlyargs, *spec.args] if spec.posonlyargs else spec.args
    bound: dict[str, Value] = {}
    for parameter, value in zip(positional, arguments.args):
        bound[parameter.arg] = value
    extra = arguments.args[len(positional) :]
    if spec.vararg is not None:
        bound[spec.vararg.arg] = arguments.star if arguments.star is not None else tuple(extra)
    elif extra:
        raise interp.raises(
            TypeError(f"{function.name}() takes {len(positional)} positional arguments but {len(arguments.args)} were given")
        )
    rest = _bind_keywords(interp, function, arguments, bound)
    _fill(interp, function, arguments, bound)
    if spec.kwarg is not None:
        bound[spec.kwarg.arg] = rest
        if arguments.star_star is not None:
            _blur_rest(interp, rest, arguments.star_star, bound)
    return bound


def _blur_rest(interp: Interpreter, rest: dict[str, Value], why: Unknown, bound: dict[str, Value]) -> None:
    """What is not known of a call's `**` parameter."""
    if isinstance(why, Perhaps):
        why = perhaps(why, why.keys - bound.keys())
        rest.update(dict.fromkeys(why.keys, why.plain()))
    interp.state.blur(rest, why)


def _bind_keywords(interp: Interpreter, function: Function, arguments: Arguments, bound: dict[str, Value]) -> dict[str, Value]:
    spec = function.node.args
    names = {parameter.arg for parameter in (*spec.args, *spec.kwonlyargs)}
    rest: dict[str, Value] = {}
    for name, value in arguments.kwargs.items():
        if name in names:
            if name in bound:
                raise interp.raises(TypeError(f"{function.name}() got multiple values for argument {name!r}"))
            bound[name] = value
        elif spec.kwarg is not None:
            rest[name] = value
        else:
            raise interp.raises(TypeError(f"{function.name}() got an unexpected keyword argument {name!r}"))
    return rest


def _fill(interp: Interpreter, function: Function, arguments: Arguments, bound: dict[str, Value]) -> None:
    """Parameters that were not given: the unknown unpacking, else the default."""
    spec = function.node.args
    positional = [*spec.posonlyargs, *spec.args]
    first_default = len(positional) - len(function.defaults)
    for index, parameter in enumerate(positional):
        if parameter.arg in bound:
            continue
        unknown = arguments.star if arguments.star is not None else arguments.unknown_keyword(parameter.arg)
        if unknown is not None:
            bound[parameter.arg] = unknown
        elif index >= first_default:
            bound[parameter.arg] = function.defaults[index - first_default]
        else:
            raise interp.raises(TypeError(f"{function.name}() missing a required argument: {parameter.arg!r}"))
    for parameter in spec.kwonlyargs:
        if parameter.arg in bound:
            continue
        unknown = arguments.unknown_keyword(parameter.arg)
        if unknown is not None:
            bound[parameter.arg] = unknown
        elif parameter.arg in function.kw_defaults:
            bound[parameter.arg] = function.kw_defaults[parameter.arg]
        else:
            raise interp.raises(TypeError(f"{function.name}() missing a required keyword-only argument: {parameter.arg!r}"))
