"""f-strings and `str.format`, with values that are known only in part."""

from __future__ import annotations

import datetime
import re
import string
from typing import TYPE_CHECKING

from dagcheck.evaluate.items import get_item
from dagcheck.evaluate.operators import partly_known, pieces, too_wide
from dagcheck.evaluate.values import PYTHON_ERRORS, Object, Value
from dagcheck.model.values import Unknown

if TYPE_CHECKING:
    from dagcheck.evaluate.interpreter import Interpreter


def format_value(interp: Interpreter, value: Value, spec: str, conversion: str | None = None) -> str | Unknown:
    """`format(value, spec)` after a conversion (`r`, `s`, `a` or None)."""
    if isinstance(value, Unknown):
        return value
    if too_wide(spec) and not isinstance(value, datetime.date | datetime.time):
        return interp.unknown("a very long text", "budget")
    if isinstance(value, (Object, list | tuple | dict | set)) or (conversion is None and not spec):
        shown = interp.text(value)
        if isinstance(shown, Unknown) or not spec:
            return repr(shown) if conversion in ("r", "a") and isinstance(value, str) and isinstance(shown, str) else shown
        value = shown
    try:
        if conversion in ("r", "a"):
            value = repr(value) if conversion == "r" else ascii(value)
        elif conversion == "s":
            value = str(value)
        return format(value, spec)
    except PYTHON_ERRORS as error:
        raise interp.raises(error) from None


def join_parts(interp: Interpreter, parts: list[str | Unknown]) -> str | Unknown:
    """One text of several; an Unknown with the known pieces when a part is unknown."""
    if sum(len(part) for part in parts if isinstance(part, str)) > interp.budget.value_size:
        return interp.unknown("a very long text", "budget")
    unknown = [part for part in parts if isinstance(part, Unknown)]
    if not unknown:
        text = "".join(part for part in parts if isinstance(part, str))
        interp.budget.make(text)
        return text
    why = next((part for part in unknown if part.cause != "clock"), unknown[0])
    found: list[str | None] = []
    for part in parts:
        found += pieces(part) or (None,)
    return partly_known(why, found)


def format_text(interp: Interpreter, pattern: str, args: list[Value], kwargs: dict[str, Value]) -> str | Unknown:
    """`pattern.format(*args, **kwargs)`. Raises Raised as Python would."""
    try:
        fields = list(string.Formatter().parse(pattern))
    except ValueError as error:
        raise interp.raises(error) from None
    parts: list[str | Unknown] = []
    position = 0
    for literal, name, spec, conversion in fields:
        parts.append(literal)
        if name is None:
            continue
        if name == "" or name[0] in ".[":
            name, position = f"{position}{name}", position + 1
        value = _field(interp, name, args, kwargs)
        if spec and "{" in spec:
            inner = format_text(interp, spec, args, kwargs)
            if isinstance(inner, Unknown):
                parts.append(inner)
                continue
            spec = inner
        parts.append(format_value(interp, value, spec or "", conversion))
    return join_parts(interp, parts)


def _field(interp: Interpreter, name: str, args: list[Value], kwargs: dict[str, Value]) -> Value:
    first, rest = _split(name)
    try:
        value = args[int(first)] if first.isdigit() else kwargs[first]
    except (IndexError, KeyError) as error:
        raise interp.raises(error) from None
    for is_attribute, key in rest:
        value = interp.get_attr(value, str(key)) if is_attribute else get_item(interp, value, key)
    return value


def _split(name: str) -> tuple[str, list[tuple[bool, str | int]]]:
    """`a.b[0]` as `a` and its steps."""
    first = re.match(r"[^.\[]*", name)
    assert first is not None
    steps: list[tuple[bool, str | int]] = []
    for match in re.finditer(r"\.([^.\[]+)|\[([^\]]+)\]", name[first.end() :]):
        attribute, key = match.groups()
        steps.append((True, attribute) if attribute is not None else (False, int(key) if key.isdigit() else key))
    return first.group(), steps
