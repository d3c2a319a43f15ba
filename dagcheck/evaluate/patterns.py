"""`match` statements."""

from __future__ import annotations

import ast
from functools import partial
from typing import TYPE_CHECKING

from dagcheck.evaluate import items, operators
from dagcheck.evaluate.branches import play_sides
from dagcheck.evaluate.classes import is_instance
from dagcheck.evaluate.expressions import evaluate
from dagcheck.evaluate.iteration import sure
from dagcheck.evaluate.state import Signal
from dagcheck.evaluate.values import Class, Instance, Value
from dagcheck.model.values import Unknown

if TYPE_CHECKING:
    from dagcheck.evaluate.interpreter import Interpreter

Bindings = dict[str, Value]


def run_match(interp: Interpreter, node: ast.Match) -> Signal:
    """Run the first case that matches; when that is not known, every case that may."""
    return _cases(interp, evaluate(interp, node.subject), node.cases)


def _cases(interp: Interpreter, subject: Value, cases: list[ast.match_case]) -> Signal:
    from dagcheck.evaluate.statements import run_block

    for index, case in enumerate(cases):
        bindings: Bindings = {}
        verdict = _matches(interp, case.pattern, subject, bindings)
        if verdict is False:
            continue
        _bind(interp, bindings)
        if verdict is True and case.guard is not None:
            verdict = interp.truth(evaluate(interp, case.guard))
            if verdict is False:
                continue
        if isinstance(verdict, Unknown):
            rest = partial(_cases, interp, subject, cases[index + 1 :])
            return play_sides(interp, verdict, [partial(run_block, interp, case.body), rest])
        return run_block(interp, case.body)
    return None


def chosen_case(interp: Interpreter, subject: Value, cases: list[ast.match_case]) -> ast.match_case | None:
    """The first case that matches, its names bound, or None; raises Lost when that is not known."""
    for case in cases:
        bindings: Bindings = {}
        if not sure(_matches(interp, case.pattern, subject, bindings)):
            continue
        _bind(interp, bindings)
        if case.guard is None or sure(interp.truth(evaluate(interp, case.guard))):
            return case
    return None


def _bind(interp: Interpreter, bindings: Bindings) -> None:
    for name, value in bindings.items():
        target = interp.scope.target(name)
        interp.state.touch(target)
        target[name] = value


def _matches(interp: Interpreter, pattern: ast.pattern, subject: Value, bindings: Bindings) -> bool | Unknown:
    match pattern:
        case ast.MatchAs(pattern=inner, name=name):
            verdict = True if inner is None else _matches(interp, inner, subject, bindings)
            if name is not None and verdict is not False:
                bindings[name] = subject
            return verdict
        case ast.MatchValue(value=value):
            return interp.truth(operators.binary(interp, "==", subject, evaluate(interp, value)))
        case ast.MatchSingleton(value=value):
            return subject if isinstance(subject, Unknown) else subject is value
        case ast.MatchOr(patterns=patterns):
            return _any(interp, patterns, subject, bindings)
        case ast.MatchSequence(patterns=patterns):
            return _sequence(interp, patterns, subject, bindings)
        case ast.MatchMapping():
            return _mapping(interp, pattern, subject, bindings)
        case ast.MatchClass():
            return _class(interp, pattern, subject, bindings)
    return interp.unknown("a pattern that is not followed")


def _any(interp: Interpreter, patterns: list[ast.pattern], subject: Value, bindings: Bindings) -> bool | Unknown:
    unknown: Unknown | None = None
    for pattern in patterns:
        verdict = _matches(interp, pattern, subject, bindings)
        if verdict is True:
            return True
        unknown = verdict if isinstance(verdict, Unknown) else unknown
    return False if unknown is None else unknown


def _all(verdicts: list[bool | Unknown]) -> bool | Unknown:
    if any(verdict is False for verdict in verdicts):
        return False
    return next((verdict for verdict in verdicts if isinstance(verdict, Unknown)), True)


def _sequence(interp: Interpreter, patterns: list[ast.pattern], subject: Value, bindings: Bindings) -> bool | Unknown:
    if isinstance(subject, Unknown):
        return subject
    if not isinstance(subject, list | tuple):
        return False
    star = next((index for index, pattern in enumerate(patterns) if isinstance(pattern, ast.MatchStar)), None)
    if star is None:
        if len(subject) != len(patterns):
            return False
        return _all([_matches(interp, pattern, item, bindings) for pattern, item in zip(patterns, subject, strict=True)])
    after = len(patterns) - star - 1
    if len(subject) < star + after:
        return False
    middle = patterns[star]
    if isinstance(middle, ast.MatchStar) and middle.name is not None:
        bindings[middle.name] = list(subject[star : len(subject) - after])
    pairs = [*zip(patterns[:star], subject[:star], strict=True), *zip(patterns[star + 1 :], subject[len(subject) - after :], strict=True)]
    return _all([_matches(interp, pattern, item, bindings) for pattern, item in pairs])


def _mapping(interp: Interpreter, pattern: ast.MatchMapping, subject: Value, bindings: Bindings) -> bool | Unknown:
    if not isinstance(subject, dict):
        return subject if isinstance(subject, Unknown) else False
    blurred = interp.state.blurry(subject)
    if blurred is not None:
        return blurred
    keys = [evaluate(interp, key) for key in pattern.keys]
    if any(not isinstance(key, Unknown) and key not in subject for key in keys):
        return False
    if pattern.rest is not None:
        bindings[pattern.rest] = {key: value for key, value in subject.items() if key not in keys}
    return _all(
        [_matches(interp, inner, items.get_item(interp, subject, key), bindings) for key, inner in zip(keys, pattern.patterns, strict=True)]
    )


def _class(interp: Interpreter, pattern: ast.MatchClass, subject: Value, bindings: Bindings) -> bool | Unknown:
    cls = evaluate(interp, pattern.cls)
    verdict = is_instance(interp, subject, cls)
    if verdict is not True:
        return verdict
    names = list(pattern.kwd_attrs)
    inner = list(pattern.kwd_patterns)
    if pattern.patterns:
        listed: Value = getattr(type(subject), "__match_args__", None)
        if isinstance(subject, Instance):
            listed = cls.find(interp, "__match_args__") if isinstance(cls, Class) else ()
        elif listed is None:
            return _matches(interp, pattern.patterns[0], subject, bindings)
        if not isinstance(listed, tuple | list):
            return interp.unknown("a class pattern with positions is not followed")
        names = [*listed[: len(pattern.patterns)], *names]
        inner = [*pattern.patterns, *inner]
    return _all([_matches(interp, one, interp.get_attr(subject, name), bindings) for name, one in zip(names, inner, strict=True)])
