"""Assignment to names, attributes, items and patterns of them."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from dagcheck.evaluate import items
from dagcheck.evaluate.values import Value
from dagcheck.model.values import Unknown

if TYPE_CHECKING:
    from dagcheck.evaluate.interpreter import Interpreter


def assign(interp: Interpreter, target: ast.expr, value: Value) -> None:
    """`target = value`."""
    from dagcheck.evaluate.expressions import evaluate

    if isinstance(target, ast.Name):
        holder = interp.frames[-1].scope.target(target.id)
        interp.state.touch(holder)
        holder[target.id] = value
    elif isinstance(target, ast.Tuple | ast.List):
        _unpack(interp, target.elts, value)
    elif isinstance(target, ast.Attribute):
        owner = evaluate(interp, target.value)
        interp.node = target
        interp.set_attr(owner, target.attr, value)
    elif isinstance(target, ast.Subscript):
        container = evaluate(interp, target.value)
        key = evaluate(interp, target.slice)
        interp.node = target
        items.set_item(interp, container, key, value)
    elif isinstance(target, ast.Starred):
        assign(interp, target.value, value)


def _unpack(interp: Interpreter, targets: list[ast.expr], value: Value) -> None:
    items = interp.items(value)
    if isinstance(items, Unknown):
        for target in targets:
            assign(interp, target, items)
        return
    star = next((index for index, target in enumerate(targets) if isinstance(target, ast.Starred)), None)
    if star is None:
        if len(items) != len(targets):
            few = "not enough" if len(items) < len(targets) else "too many"
            raise interp.raises(ValueError(f"{few} values to unpack (expected {len(targets)}, got {len(items)})"))
        for target, item in zip(targets, items, strict=True):
            assign(interp, target, item)
        return
    after = len(targets) - star - 1
    if len(items) < star + after:
        raise interp.raises(ValueError(f"not enough values to unpack (expected at least {star + after}, got {len(items)})"))
    split = [*items[:star], items[star : len(items) - after], *items[len(items) - after :]]
    for target, item in zip(targets, split, strict=True):
        assign(interp, target, item)


def delete(interp: Interpreter, target: ast.expr) -> None:
    """`del target`."""
    from dagcheck.evaluate.expressions import evaluate

    if isinstance(target, ast.Name):
        holder = interp.frames[-1].scope.target(target.id)
        interp.state.touch(holder)
        if target.id not in holder:
            raise interp.raises(NameError(f"name {target.id!r} is not defined"))
        del holder[target.id]
    elif isinstance(target, ast.Subscript):
        items.delete_item(interp, evaluate(interp, target.value), evaluate(interp, target.slice))
    elif isinstance(target, ast.Tuple | ast.List):
        for element in target.elts:
            delete(interp, element)
    elif isinstance(target, ast.Attribute):
        delete_attr(interp, evaluate(interp, target.value), target.attr)


def delete_attr(interp: Interpreter, owner: Value, name: str) -> None:
    """`del owner.name`."""
    attrs = getattr(owner, "attrs", None)
    if isinstance(attrs, dict):
        interp.state.touch(attrs)
        attrs.pop(name, None)
