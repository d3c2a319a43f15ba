"""`re`, with patterns that would backtrack without end left alone.

Python's `re` has no time limit, so a pattern is run only over texts for which it has not too many ways to match.
"""

from __future__ import annotations

import re
import warnings
from typing import TYPE_CHECKING, Any

from dagcheck.evaluate import plain
from dagcheck.evaluate.calls import call_pure
from dagcheck.evaluate.stdlib.builtin_types import BuiltinType
from dagcheck.evaluate.stdlib.modelling import Maker, first_problem, natives
from dagcheck.evaluate.values import PYTHON_ERRORS, Arguments, Lazy, Native, Object, Value
from dagcheck.model.values import Unknown
from dagcheck.regex_cost import QUICK, Measured, ways

if TYPE_CHECKING:
    from dagcheck.evaluate.interpreter import Interpreter

MAX_TEXT = 1_000_000
SEEN_WHOLE = 50_000
"""Texts up to this length are looked at before a pattern is taken for slow."""


def too_slow(pattern: str | bytes, texts: list[str | bytes], dot_is_any: bool = True) -> bool:
    """True if matching the pattern against one of the texts could take very long."""
    longest = max(map(len, texts), default=0)
    if len(pattern) > 10_000 or longest > MAX_TEXT:
        return True
    if ways(pattern, Measured(longest)) <= QUICK:
        return False
    known = tuple(text if isinstance(text, str) else text.decode("latin-1") for text in texts)
    return longest > SEEN_WHOLE or ways(pattern, Measured(longest, known, dot_is_any)) > QUICK


def _run(interp: Interpreter, function: Any, pattern: Value, args: list[Value], kwargs: dict[str, Value]) -> Value:
    """Call a function of `re` (or a method of a pattern) if that is harmless."""
    arguments = Arguments([pattern, *args], kwargs)
    problem = first_problem(arguments)
    if problem is not None:
        return problem
    expression = pattern.pattern if isinstance(pattern, re.Pattern) else pattern
    texts = [arg for arg in (*args, *kwargs.values()) if isinstance(arg, str | bytes)]
    if not isinstance(expression, str | bytes) or any(isinstance(arg, Object) for arg in (*args, *kwargs.values())):
        return interp.unknown("a regular expression with objects is not followed")
    flags = [pattern.flags] if isinstance(pattern, re.Pattern) else [arg for arg in (*args, *kwargs.values()) if isinstance(arg, int)]
    text = expression if isinstance(expression, str) else expression.decode("latin-1")
    dot_is_any = any(flag & re.DOTALL for flag in flags) or re.search(r"\(\?[a-zA-Z]*s", text) is not None
    try:
        if too_slow(expression, texts, dot_is_any):
            return interp.unknown(f"the regular expression {expression[:40]!r} may take very long", "budget")
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of a set in a set, for instance
            found = function(*args, **kwargs)
    except PYTHON_ERRORS as error:
        raise interp.raises(error) from None
    return Lazy(iter(list(found)), "matches") if getattr(function, "__name__", "") == "finditer" else found


def _function(name: str) -> Maker:
    function = getattr(re, name)
    substitutes = name in ("sub", "subn")

    def run(interp: Interpreter, arguments: Arguments) -> Value:
        pattern = arguments.get(0, "pattern")
        rest = {key: value for key, value in arguments.kwargs.items() if key != "pattern"}
        args = arguments.args[1:]
        if substitutes and len(args) >= 2 and isinstance(args[0], Object):
            options = {**dict(zip(("count", "flags"), args[2:])), **rest}
            return _replace(interp, pattern, args[0], args[1], options, name == "subn")
        return _run(interp, lambda *given, **options: function(pattern, *given, **options), pattern, args, rest)

    return run


def _finditer(interp: Interpreter, arguments: Arguments) -> Value:
    found = _function("finditer")(interp, arguments)
    return found if isinstance(found, Unknown) else Lazy(iter(list(found)), "matches")


def _replace(interp: Interpreter, pattern: Value, function: Value, text: Value, options: dict[str, Value], counted: bool) -> Value:
    """`re.sub` or `re.subn` with a function of the program."""
    count, flags = options.get("count", 0), options.get("flags", 0)
    problem = first_problem(Arguments([], options))
    if problem is not None:
        return problem
    matches = _run(interp, lambda given: list(re.finditer(pattern, given, flags)), pattern, [text], {})
    if isinstance(matches, Unknown):
        return matches
    matches = matches[:count] if count else matches
    parts, end = [], 0
    for match in matches:
        piece = interp.text(interp.call_values(function, match))
        if isinstance(piece, Unknown):
            return piece
        parts += [text[end : match.start()], piece]
        end = match.end()
    result = text[:0].join([*parts, text[end:]])
    return (result, len(matches)) if counted else result


def _pattern_method(interp: Interpreter, value: Any, name: str, args: list[Value], kwargs: dict[str, Value]) -> Value:
    if name in ("sub", "subn") and len(args) >= 2 and isinstance(args[0], Object):
        return _replace(interp, value, args[0], args[1], {**dict(zip(("count",), args[2:])), **kwargs}, name == "subn")
    return _run(interp, getattr(value, name), value, args, kwargs)


plain.METHODS[re.Pattern] = _pattern_method
FUNCTIONS = ("match", "fullmatch", "search", "sub", "subn", "split", "findall")
FLAGS = ("IGNORECASE", "I", "MULTILINE", "M", "DOTALL", "S", "VERBOSE", "X", "ASCII", "A", "UNICODE", "U", "LOCALE", "L", "NOFLAG")


def _compile(interp: Interpreter, arguments: Arguments) -> Value:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return call_pure(interp, re.compile, arguments)


def re_names(interp: Interpreter) -> dict[str, Value]:
    """The names of `re`."""
    return {
        **natives({name: _function(name) for name in FUNCTIONS}),
        **natives(
            {"finditer": _finditer, "compile": _compile, "escape": lambda interp, arguments: call_pure(interp, re.escape, arguments)}
        ),
        **{name: getattr(re, name) for name in FLAGS},
        "purge": Native("purge", lambda i, _: None),
        "error": re.error,
        "Pattern": BuiltinType(re.Pattern),
        "Match": BuiltinType(re.Match),
    }
