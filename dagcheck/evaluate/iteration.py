"""Iteration over known, lazy and unknown values, counted against the budget."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from dagcheck.evaluate.values import MISSING, Lost, Object, Raised, Value, describe
from dagcheck.model.values import Unknown

if TYPE_CHECKING:
    from dagcheck.evaluate.interpreter import Interpreter


def iterate(interp: Interpreter, value: Value) -> Iterator[Value] | Unknown:
    """The items of a value one by one; Unknown when they are not known."""
    if isinstance(value, Unknown):
        interp.unknowns += 1
        return value
    if isinstance(value, Object):
        return value.iterate(interp)
    blurred = interp.state.blurry(value)
    if blurred is not None:
        return blurred
    try:
        found = iter(ordered(value) if isinstance(value, set | frozenset) else value)
    except TypeError as error:
        raise interp.raises(error) from None
    return _counted(interp, found)


def ordered(value: set[Value] | frozenset[Value]) -> list[Value]:
    """The members of a set in an order that is the same at each evaluation: Python's own for numbers, sorted for others, whose order Python draws anew
    in each process."""
    if all(type(item) in (int, bool, float) for item in value):
        return list(value)
    try:
        return sorted(value)
    except TypeError:
        return sorted(value, key=lambda item: (type(item).__name__, describe(item) if isinstance(item, Object) else repr(item)))


def _counted(interp: Interpreter, found: Iterator[Value]) -> Iterator[Value]:
    while True:
        interp.budget.step()
        try:
            item = next(found)
        except StopIteration:
            return
        except RuntimeError as error:  # a container that changes while it is walked
            raise interp.raises(error) from None
        yield item


def items(interp: Interpreter, value: Value) -> list[Value] | Unknown:
    """All items at once; Unknown when they are not known or too many."""
    found = iterate(interp, value)
    if isinstance(found, Unknown):
        return found
    taken: list[Value] = []
    try:
        for item in found:
            taken.append(item)
            if len(taken) > interp.budget.loop_rounds:
                return interp.unknown(f"more than {interp.budget.loop_rounds:,} items of {describe(value)}", "budget")
    except Lost as lost:
        return lost.why
    return taken


def sure(verdict: bool | Unknown) -> bool:
    """A truth inside of a lazy iterator; what follows an unknown one is lost."""
    if isinstance(verdict, Unknown):
        raise Lost(verdict)
    return verdict


def walk(interp: Interpreter, value: Value) -> Iterator[Value]:
    """The items of a value inside of a lazy iterator; raises Lost where they are not known."""
    found = iterate(interp, value)
    if isinstance(found, Unknown):
        raise Lost(found)
    return found


def next_item(interp: Interpreter, iterator: Value, default: Value) -> Value:
    """`next(iterator)`, or the default at its end; raises Raised(StopIteration) without one."""
    found = iterate(interp, iterator)
    if isinstance(found, Unknown):
        return found
    interp.budget.step()
    try:
        item = next(found, MISSING)
    except Lost as lost:
        return lost.why
    if item is not MISSING:
        return item
    if default is MISSING:
        raise Raised(StopIteration(), interp.here)
    return default
