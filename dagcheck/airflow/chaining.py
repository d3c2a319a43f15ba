"""`chain`, `chain_linear`, `cross_downstream`, and their older homes."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

from dagcheck.airflow.nodes import Node
from dagcheck.airflow.world import world
from dagcheck.evaluate.values import Arguments, Value
from dagcheck.model.values import Unknown

if TYPE_CHECKING:
    from dagcheck.evaluate.interpreter import Interpreter


def _given(interp: Interpreter, arguments: Arguments) -> list[Value]:
    if arguments.star is not None:
        world(interp).doubt_tasks([], arguments.star)
        for value in arguments.args:
            interp.escape(Arguments([value]), "chain(*…)")
    return list(arguments.args)


def chain(interp: Interpreter, arguments: Arguments) -> Value:
    """Each argument comes before the next; two lists of one length are linked pair by pair."""
    elements = _given(interp, arguments)
    with world(interp).declaring("call"):
        for before, after in itertools.pairwise(elements):
            if isinstance(before, Node):
                before.relate(interp, after, upstream=False)
            elif isinstance(after, Node):
                after.relate(interp, before, upstream=True)
            else:
                _pairwise(interp, before, after)
    return None


def _pairwise(interp: Interpreter, before: Value, after: Value) -> None:
    if isinstance(before, Unknown) or isinstance(after, Unknown):
        _doubt(interp, before, after)
        return
    fronts, backs = interp.items(before), interp.items(after)
    if isinstance(fronts, Unknown) or isinstance(backs, Unknown):
        _doubt(interp, fronts, backs)
        return
    if len(fronts) != len(backs):
        world(interp).misuse(
            interp, "chain-length", f"chain() got lists of {len(fronts)} and {len(backs)} tasks side by side", refused=True
        )
        return
    for front, back in zip(fronts, backs, strict=True):
        if isinstance(front, Node):
            front.relate(interp, back, upstream=False)
        else:
            _doubt(interp, front, back)


def _doubt(interp: Interpreter, *values: Value) -> None:
    """The DAGs of whatever is known among the values are inexact."""
    unknown = [value for value in values if isinstance(value, Unknown)]
    why = unknown[0] if unknown else interp.unknown("a dependency that is not followed")
    around = []
    for value in values:
        for node in value if isinstance(value, list | tuple) else [value]:
            if isinstance(node, Node):
                around += node.roots(interp)
    world(interp).doubt_tasks(around, why)


def chain_linear(interp: Interpreter, arguments: Arguments) -> Value:
    """Every task of an element comes before every task of the next."""
    previous: list[Value] | None = None
    with world(interp).declaring("call"):
        for element in _given(interp, arguments):
            if isinstance(element, Unknown):
                _doubt(interp, element, previous)
                previous = None
                continue
            for task in previous or []:
                if isinstance(task, Node):
                    task.relate(interp, element, upstream=False)
            found = [element] if isinstance(element, Node) else interp.items(element)
            previous = None if isinstance(found, Unknown) else found
    return None


def cross_downstream(interp: Interpreter, arguments: Arguments) -> Value:
    """Every task of the first list comes before every task of the second."""
    fronts, backs = arguments.get(0, "from_tasks"), arguments.get(1, "to_tasks")
    items = [fronts] if isinstance(fronts, Node) else interp.items(fronts)
    if isinstance(items, Unknown):
        _doubt(interp, items, backs)
        return None
    with world(interp).declaring("call"):
        for task in items:
            if isinstance(task, Node):
                task.relate(interp, backs, upstream=False)
            else:
                _doubt(interp, task, backs)
    return None
