"""Comprehensions and generator expressions, each in a scope of its own."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from dagcheck.evaluate.assignment import assign
from dagcheck.evaluate.branches import play_maybe
from dagcheck.evaluate.expressions import evaluate, make_set, put
from dagcheck.evaluate.state import Frame, Scope, Signal
from dagcheck.evaluate.values import MISSING, Lazy, Lost, Value
from dagcheck.model.values import Unknown
from dagcheck.source.nodes import walk

if TYPE_CHECKING:
    from dagcheck.evaluate.interpreter import Interpreter


def list_of(interp: Interpreter, node: ast.ListComp) -> Value:
    """`[… for …]`."""
    found = _comprehend(interp, node.generators, lambda: evaluate(interp, node.elt))
    return found if isinstance(found, Unknown) else list(found)


def set_of(interp: Interpreter, node: ast.SetComp) -> Value:
    """`{… for …}`."""
    found = _comprehend(interp, node.generators, lambda: evaluate(interp, node.elt))
    return found if isinstance(found, Unknown) else make_set(interp, found)


def dict_of(interp: Interpreter, node: ast.DictComp) -> Value:
    """`{…: … for …}`."""
    pairs = _comprehend(interp, node.generators, lambda: (evaluate(interp, node.key), evaluate(interp, node.value)))
    if isinstance(pairs, Unknown):
        return pairs
    found: dict[Value, Value] = {}
    for key, value in pairs:
        put(interp, found, key, value)
    return found


def generator_of(interp: Interpreter, node: ast.GeneratorExp) -> Value:
    """`(… for …)`: one that calls something is stepped as it is asked, the items of others are computed at once."""
    if _calls(node):
        first = interp.iterate(evaluate(interp, node.generators[0].iter))
        if not isinstance(first, Unknown):
            scope = Scope({}, interp.frame.scope, interp.frame.scope.module, kind="comprehension")
            return Lazy(_stepped(interp, interp.frame, scope, _lazy_rounds(interp, node, 0, first)), "a generator")
    found = _comprehend(interp, node.generators, lambda: evaluate(interp, node.elt))
    return found if isinstance(found, Unknown) else Lazy(iter(found), "a generator")


@lru_cache(maxsize=16384)
def _calls(node: ast.GeneratorExp) -> bool:
    """True where an item, or a test, may do something beyond being computed."""
    tests = [test for generator in node.generators for test in generator.ifs]
    return any(isinstance(inner, ast.Call | ast.NamedExpr) for part in (node.elt, *tests) for inner in walk(part))


def _stepped(interp: Interpreter, frame: Frame, scope: Scope, rounds: Iterator[Value]) -> Iterator[Value]:
    """The items of a generator expression; its frame is on the stack, and its scope is the frame's, only while it runs."""
    number = 0
    while True:
        before, outer = interp.node, frame.scope
        interp.frames.append(frame)
        frame.scope = scope
        try:
            value = next(rounds, MISSING)
        finally:
            frame.scope = outer
            interp.frames.pop()
            interp.node = before
        if value is MISSING:
            return
        number += 1
        if number > interp.budget.loop_rounds:
            raise Lost(interp.unknown(f"a comprehension of more than {interp.budget.loop_rounds:,} rounds", "budget"))
        yield value


def _lazy_rounds(interp: Interpreter, node: ast.GeneratorExp, depth: int, items: Iterator[Value]) -> Iterator[Value]:
    generator = node.generators[depth]
    for item in items:
        assign(interp, generator.target, item)
        tests = [interp.truth(evaluate(interp, test)) for test in generator.ifs]
        if any(test is False for test in tests):
            continue
        why = next((test for test in tests if isinstance(test, Unknown)), None)
        if why is None and depth + 1 < len(node.generators):
            inner = interp.iterate(evaluate(interp, node.generators[depth + 1].iter))
            if not isinstance(inner, Unknown):
                yield from _lazy_rounds(interp, node, depth + 1, inner)
                continue
            why = inner
        if why is not None:
            raise Lost(_unknown_round(interp, node.generators, depth, lambda: evaluate(interp, node.elt), why))
        yield evaluate(interp, node.elt)


def _comprehend(interp: Interpreter, generators: list[ast.comprehension], element: Callable[[], Any]) -> list[Any] | Unknown:
    """The elements that a comprehension gives, in order; Unknown when an iterable or a test is not known."""
    first = interp.iterate(evaluate(interp, generators[0].iter))
    frame = interp.frame
    outer = frame.scope
    frame.scope = Scope({}, outer, outer.module, kind="comprehension")
    found: list[Any] = []
    try:
        why = _rounds(interp, generators, 0, element, found, first)
    except Lost as lost:
        return _unknown_round(interp, generators, 0, element, lost.why)
    finally:
        frame.scope = outer
    return found if why is None else why


def _rounds(
    interp: Interpreter,
    generators: list[ast.comprehension],
    depth: int,
    element: Callable[[], Any],
    found: list[Any],
    items: Iterator[Value] | Unknown,
) -> Unknown | None:
    generator = generators[depth]
    if isinstance(items, Unknown):
        return _unknown_round(interp, generators, depth, element, items)
    for item in items:
        assign(interp, generator.target, item)
        tests = [interp.truth(evaluate(interp, test)) for test in generator.ifs]
        if any(test is False for test in tests):
            continue
        unknown = next((test for test in tests if isinstance(test, Unknown)), None)
        if unknown is not None:
            return _unknown_round(interp, generators, depth, element, unknown)
        if depth + 1 < len(generators):
            why = _rounds(interp, generators, depth + 1, element, found, interp.iterate(evaluate(interp, generators[depth + 1].iter)))
            if why is not None:
                return why
        else:
            found.append(element())
            if len(found) > interp.budget.loop_rounds:
                return interp.unknown(f"a comprehension of more than {interp.budget.loop_rounds:,} rounds", "budget")
    return None


def _unknown_round(
    interp: Interpreter, generators: list[ast.comprehension], depth: int, element: Callable[[], Any], why: Unknown
) -> Unknown:
    """Play the element once with unknown targets, so that what it makes (tasks) is seen as uncertain."""
    from dagcheck.evaluate.assignment import assign

    def run() -> Signal:
        for generator in generators[depth:]:
            assign(interp, generator.target, why)
        element()
        return None

    play_maybe(interp, why, run)
    return why
