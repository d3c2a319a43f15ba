"""Operators, truth, text and comparison over known and unknown values, with guards against values that explode."""

from __future__ import annotations

import collections
import operator
import re
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from dagcheck.evaluate.state import Either
from dagcheck.evaluate.values import PYTHON_ERRORS, Class, External, Instance, NativeClass, Object, Value, describe, first_of, worst
from dagcheck.model.values import Unknown

if TYPE_CHECKING:
    from dagcheck.evaluate.interpreter import Interpreter

BINARY: dict[str, tuple[Callable[[Any, Any], Any], str]] = {
    "+": (operator.add, "add"), "-": (operator.sub, "sub"), "*": (operator.mul, "mul"), "/": (operator.truediv, "truediv"), "//": (operator.floordiv, "floordiv"),
    "%": (operator.mod, "mod"), "**": (operator.pow, "pow"), "<<": (operator.lshift, "lshift"), ">>": (operator.rshift, "rshift"), "&": (operator.and_, "and"),
    "|": (operator.or_, "or"), "^": (operator.xor, "xor"), "@": (operator.matmul, "matmul"),
    "<": (operator.lt, "lt"), "<=": (operator.le, "le"), ">": (operator.gt, "gt"), ">=": (operator.ge, "ge"), "==": (operator.eq, "eq"), "!=": (operator.ne, "ne"),
}  # fmt: skip
IN_PLACE: dict[str, Callable[[Any, Any], Any]] = {
    "+": operator.iadd, "-": operator.isub, "*": operator.imul, "&": operator.iand, "|": operator.ior, "^": operator.ixor,
}  # fmt: skip
UNARY: dict[str, Callable[[Any], Any]] = {"-": operator.neg, "+": operator.pos, "~": operator.invert}
MIRRORED = {"<": ">", ">": "<", "<=": ">=", ">=": "<=", "==": "==", "!=": "!="}
MAX_PARTS, MAX_PARTS_LENGTH = 64, 20_000
MAX_WIDTH = 10_000
CONTAINERS = (list, tuple, dict, set, frozenset, collections.deque)


_SMALL = frozenset(("+", "-", "<", "<=", ">", ">=", "==", "!="))
"""Operators on whole numbers that neither fail nor grow."""


def special_name(symbol: str, reflected: bool) -> str:
    """`__add__`-style name of an operator's method; the mirrored one for a reflected comparison."""
    if symbol in MIRRORED:
        return f"__{BINARY[MIRRORED[symbol] if reflected else symbol][1]}__"
    return f"__{'r' if reflected else ''}{BINARY[symbol][1]}__"


def binary(interp: Interpreter, symbol: str, left: Value, right: Value, in_place: bool = False) -> Value:
    """The value of `left symbol right`."""
    if type(left) is int and type(right) is int and symbol in _SMALL:  # loops count a lot
        return BINARY[symbol][0](left, right)
    if symbol == "%" and isinstance(left, str) and not isinstance(right, Unknown):
        return _percent(interp, left, right)
    if isinstance(left, Object) or isinstance(right, Object):
        return _object_binary(interp, symbol, left, right, in_place)
    if isinstance(left, Unknown) or isinstance(right, Unknown):
        interp.unknowns += symbol not in MIRRORED
        return _unknown_binary(interp, symbol, left, right)
    blurred = first_of(interp.state.blurry(left), interp.state.blurry(right))
    if blurred is not None:
        return blurred
    if symbol in MIRRORED and isinstance(left, CONTAINERS):
        return _compare_containers(interp, symbol, left, right)
    if symbol == "%" and isinstance(left, str | bytes):
        return _percent(interp, left, right)
    guard = explodes(interp, symbol, left, right)
    if guard is not None:
        return guard
    return _plain_binary(interp, symbol, left, right, in_place)


def _plain_binary(interp: Interpreter, symbol: str, left: Value, right: Value, in_place: bool) -> Value:
    function = BINARY[symbol][0]
    if in_place and isinstance(left, list | dict | set) and symbol in IN_PLACE:
        interp.state.touch(left)
        function = IN_PLACE[symbol]
    try:
        result = function(left, right)
        interp.budget.make(right if result is left else result)
        return result
    except PYTHON_ERRORS as error:
        raise interp.raises(error) from None


def _object_binary(interp: Interpreter, symbol: str, left: Value, right: Value, in_place: bool) -> Value:
    if in_place and isinstance(left, Instance):
        result = left.in_place(interp, symbol, right)
        if result is not NotImplemented:
            return result
    result = left.binary(interp, symbol, right, False) if isinstance(left, Object) else NotImplemented
    if result is NotImplemented and isinstance(right, Object):
        result = right.binary(interp, symbol, left, True)
    if result is not NotImplemented:
        return result
    if symbol in ("==", "!="):
        if isinstance(left, Unknown) or isinstance(right, Unknown):
            return left if isinstance(left, Unknown) else right
        return (left is right) == (symbol == "==")
    if symbol == "|":
        return interp.unknown("a union of types")
    if isinstance(left, Unknown) or isinstance(right, Unknown):
        return left if isinstance(left, Unknown) else right
    for side in (left, right):
        if (
            isinstance(side, Instance)
            and isinstance(side.cls, Class)
            and any(isinstance(base, NativeClass) and base.name != "object" for base in side.cls.mro)
        ):
            return interp.unknown(f"the operator {symbol} of {side.describe()} is not followed")
    raise interp.raises(TypeError(f"unsupported operand type(s) for {symbol}: {describe(left)} and {describe(right)}"))


def _unknown_binary(interp: Interpreter, symbol: str, left: Value, right: Value) -> Value:
    if symbol == "+" and isinstance(left, str | Unknown) and isinstance(right, str | Unknown) and (pieces(left) or pieces(right)):
        why = worst([left, right])
        assert why is not None
        return partly_known(why, [*(pieces(left) or (None,)), *(pieces(right) or (None,))])
    if symbol == "%" and isinstance(left, str):
        return _percent(interp, left, right)
    for side in (left, right):
        if symbol in (">>", "<<") and isinstance(side, Either):
            interp.doubt(side)
    return worst([left, right])


def pieces(value: Value) -> tuple[str | None, ...]:
    """The known pieces of a text: itself, or the parts of one that is known in part."""
    return (value,) if isinstance(value, str) else value.parts


def partly_known(why: Unknown, parts: list[str | None]) -> Unknown:
    """The Unknown of a text of which these pieces are known; none of them when they are many or long."""
    merged: list[str | None] = []
    for part in parts:
        if merged and part is not None and merged[-1] is not None:
            merged[-1] += part
        elif part is not None or not merged or merged[-1] is not None:
            merged.append(part)
    short = len(merged) <= MAX_PARTS and sum(len(part) for part in merged if part is not None) <= MAX_PARTS_LENGTH
    return Unknown(why.reason, why.cause, why.span, why.name, tuple(merged) if short else ())


def _percent(interp: Interpreter, left: Value, right: Value) -> Value:
    values = list(right.values()) if isinstance(right, dict) else list(right) if isinstance(right, tuple) else [right]
    texts: list[Value] = []
    for value in values:
        shown = text(interp, value) if isinstance(value, Object | Unknown) or not is_known(value) else value
        if isinstance(shown, Unknown):
            return partly_known(shown, [left, None]) if isinstance(left, str) else shown
        texts.append(shown)
    operand = dict(zip(right, texts, strict=True)) if isinstance(right, dict) else tuple(texts) if isinstance(right, tuple) else texts[0]
    size = len(left) + sum(len(shown) for shown in texts if isinstance(shown, str | bytes))
    if too_wide(left) or size > interp.budget.value_size:
        return interp.unknown("a very long text", "budget")
    try:
        result = left % operand
        interp.budget.make(result)
        return result
    except PYTHON_ERRORS as error:
        raise interp.raises(error) from None


def too_wide(pattern: str | bytes) -> bool:
    """True if a format could pad a value beyond ten thousand characters."""
    text = pattern if isinstance(pattern, str) else pattern.decode("latin-1")
    return "%*" in text or ".*" in text or any(int(number) > MAX_WIDTH for number in re.findall(r"\d{5,}", text))


def explodes(interp: Interpreter, symbol: str, left: Value, right: Value) -> Unknown | None:
    """An Unknown when the result would be too large to compute."""
    limit = interp.budget.value_size
    if symbol == "*":
        for one, other in ((left, right), (right, left)):
            if isinstance(other, int) and hasattr(one, "__len__") and len(one) * max(other, 0) > limit:
                return interp.unknown(f"a value of more than {limit:,} items", "budget")
        if isinstance(left, int) and isinstance(right, int) and left.bit_length() + right.bit_length() > 100_000:
            return interp.unknown("a number of very many digits", "budget")
    elif symbol == "+" and hasattr(left, "__len__") and hasattr(right, "__len__"):
        if len(left) + len(right) > limit:
            return interp.unknown(f"a value of more than {limit:,} items", "budget")
        interp.budget.step((len(left) + len(right)) >> 8)
    elif symbol in ("**", "<<") and isinstance(right, int):
        return _many_digits(interp, symbol, left, right)
    return None


def _many_digits(interp: Interpreter, symbol: str, left: Value, right: int) -> Unknown | None:
    if isinstance(left, int):
        bits = left.bit_length() * max(right, 0) if symbol == "**" else left.bit_length() + right
        return interp.unknown("a number of very many digits", "budget") if bits > 100_000 else None
    refused = symbol == "**" and not isinstance(left, float) and abs(right) > 1_000
    return interp.unknown("a number of very many digits", "budget") if refused else None


def is_known(value: Value, limit: int = 20_000) -> bool:
    """True if a value is plain data all the way down: no Unknown, no object of the evaluator. Values of more than `limit` parts count as not known."""
    if not isinstance(value, CONTAINERS):
        return not isinstance(value, Object | Unknown)
    stack: list[Any] = [value]
    seen = 0
    while stack:
        item = stack.pop()
        seen += 1
        if seen > limit:
            return False
        if isinstance(item, dict):
            stack.extend(item.keys())
            stack.extend(item.values())
        elif isinstance(item, CONTAINERS):
            stack.extend(item)
        elif isinstance(item, Object | Unknown):
            return False
    return True


def first_unknown(interp: Interpreter, value: Value, limit: int = 20_000) -> Unknown | None:
    """The first Unknown in a value, all the way down; a budget Unknown beyond `limit` parts."""
    stack, seen = [value], 0
    while stack:
        item = stack.pop()
        seen += 1
        if isinstance(item, Unknown):
            return item
        if seen > limit:
            return interp.unknown("a very large value", "budget")
        blurred = interp.state.blurry(item)
        if blurred is not None:
            return blurred
        if isinstance(item, dict):
            stack.extend(item.values())
            stack.extend(item.keys())
        elif isinstance(item, CONTAINERS):
            stack.extend(item)
    return None


def _compare_containers(interp: Interpreter, symbol: str, left: Value, right: Value) -> Value:
    if symbol in ("==", "!=") and (not _alike(left, right) or len(left) != len(right)):
        return symbol == "!="
    unknown = first_of(first_unknown(interp, left), first_unknown(interp, right))
    if unknown is not None:
        return unknown
    return _plain_binary(interp, symbol, left, right, False)


def _alike(left: Value, right: Value) -> bool:
    """True if two containers are of kinds that can be equal at all."""
    return any(isinstance(left, kind) and isinstance(right, kind) for kind in (list, tuple, dict, (set, frozenset), collections.deque))


def compare(interp: Interpreter, symbol: str, left: Value, right: Value) -> Value:
    """The value of one comparison."""
    match symbol:
        case "in" | "not in":
            from dagcheck.evaluate.items import contains

            found = contains(interp, right, left)
            verdict = found if isinstance(found, Unknown) else truth(interp, found)
            return verdict if isinstance(verdict, Unknown) or symbol == "in" else not verdict
        case "is" | "is not":
            if isinstance(left, Unknown) or isinstance(right, Unknown):
                return _identity(left, right)
            return (_is(left, right)) == (symbol == "is")
    return binary(interp, symbol, left, right)


def _identity(left: Value, right: Value) -> Value:
    return left if isinstance(left, Unknown) else right


def _is(left: Value, right: Value) -> bool:
    if isinstance(left, External) and isinstance(right, External):
        return left.dotted == right.dotted
    if isinstance(left, str | int | float | bytes | tuple) and type(left) is type(right):
        return bool(left == right)
    return left is right


def unary(interp: Interpreter, symbol: str, value: Value) -> Value:
    """The value of `-x`, `+x`, `~x` or `not x`."""
    if symbol == "not":
        verdict = truth(interp, value)
        return verdict if isinstance(verdict, Unknown) else not verdict
    if isinstance(value, Unknown):
        return value
    if isinstance(value, Object):
        return value.unary(interp, symbol)
    try:
        return UNARY[symbol](value)
    except PYTHON_ERRORS as error:
        raise interp.raises(error) from None


def truth(interp: Interpreter, value: Value) -> bool | Unknown:
    """bool(value), or Unknown."""
    if isinstance(value, Unknown):
        return value
    if isinstance(value, Object):
        return value.truth(interp)
    blurred = interp.state.blurry(value)
    if blurred is not None:
        return blurred
    try:
        return bool(value)
    except PYTHON_ERRORS as error:
        raise interp.raises(error) from None


def text(interp: Interpreter, value: Value) -> str | Unknown:
    """str(value), or Unknown."""
    if type(value) is str or isinstance(value, Unknown):
        return value
    if isinstance(value, Object):
        return value.text(interp)
    if isinstance(value, CONTAINERS):
        from dagcheck.evaluate.representations import representation

        return representation(interp, value)
    try:
        return str(value)
    except PYTHON_ERRORS as error:
        raise interp.raises(error) from None
