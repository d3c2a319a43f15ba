"""What the arguments of a call fill."""

from __future__ import annotations

import ast
import functools
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from dagcheck.patterns import late
from dagcheck_rules.security._detection.around import NOTHING, Around, beside
from dagcheck_rules.security._detection.facts import table, words
from dagcheck_rules.security._detection.names import reading
from dagcheck_rules.security._detection.scope import Scope, dotted
from dagcheck_rules.security._detection.text import folding, literal

_SETTER = late(r"(?:set|with|use|update|put)_?([A-Za-z]\w{2,40})$")
_LOGS = frozenset(
    [
        "log",
        "logger",
        "logging",
        "_log",
        "_logger",
        "stdout",
        "stderr",
        "warnings",
        "console",
        "click",
        "typer",
        "self",
        "ti",
        "rich",
        "pprint",
    ]
)
_WRAPPERS = frozenset(
    [
        "dumps",
        "loads",
        "load",
        "safe_load",
        "safe_dump",
        "dump",
        "Param",
        "literal_eval",
        "Jsonb",
        "Json",
        "deepcopy",
        "field",
        "Field",
        "Option",
        "Argument",
        "attrib",
    ]
)


_SHELLS = frozenset(["os", "subprocess", "sp", "ssh", "client", "ssh_client", "commands", "asyncio", "sh", "c", "run", "conn"])
_DEFAULTS = frozenset(["Param", "field", "Field", "Option", "Argument", "attrib"])
"""Wrappers whose first argument is what holds where nothing else is given."""


class Callee(NamedTuple):
    """What is known of a callable by the names that lead to it: its last name, whether it prints, what its arguments fill (`clean`), which of them are
    secrets, whether its result may be a text that is made of theirs (`folds`), whether the first passes through, what it sets (`set_token`), and what surrounds its
    first argument and the others where nothing else does."""

    name: str
    path: str
    prints: bool
    clean: Around
    secret_at: Sequence[int]
    folds: bool
    passes: bool
    setter: str
    first: Around
    others: Around


def callee_of(node: ast.Call) -> Callee:
    """What is known of the callable of a call."""
    return _callee(dotted(node.func))


@functools.lru_cache(maxsize=4096)
def _callee(path: str) -> Callee:
    name = path.rpartition(".")[2]
    prose = _prints(name, path)
    clean = Around(callee=name, prose=prose, reference=not prose and name in words("calls", "references", "callables"))
    setter = _SETTER.match(name)
    environment = "environ" in path
    shell = name in words("calls", "shell", "functions") and (path.partition(".")[0] in _SHELLS or path.partition(".")[0] == name)
    return Callee(
        name,
        path,
        prose,
        clean,
        secret_places(path),
        name in folding(),
        name in words("calls", "passing", "functions") or name in _WRAPPERS,
        setter.group(1) if setter and reading(setter.group(1)).secret else "",
        clean.but(shell=shell, environment=environment) if shell or environment else clean,
        clean.but(environment=True) if environment else clean,
    )


def arguments_of(node: ast.Call, callee: Callee, around: Around, scope: Scope) -> Iterator[tuple[ast.expr, Around]]:
    """Each argument of a call that may give a text, with what it fills there."""
    if node.args:
        parameters = scope.parameters_of(callee.path) if callee.path and not callee.prints else ()
        for place, value in enumerate(node.args):
            if not _is_number(value):
                inner = _positional(node, place, around, callee, parameters)
                if type(value) is not ast.Name or inner.secret or inner.shell:
                    yield value, inner
    for keyword in node.keywords:
        value = keyword.value
        if not _is_number(value):
            inner = _keyword(node, keyword.arg, around, callee)
            if type(value) is not ast.Name or inner.secret or inner.shell:
                yield value, inner


def _is_number(value: ast.expr) -> bool:
    """Whether an expression is a constant, but no text."""
    return type(value) is ast.Constant and not isinstance(value.value, str | bytes)


def prints(node: ast.Call) -> bool:
    """Whether a call prints or logs what it is given, or raises an error with it."""
    return callee_of(node).prints


def _prints(name: str, path: str) -> bool:
    if name.endswith(("Error", "Exception", "Warning")):
        return True
    if name not in words("calls", "printing", "functions"):
        return False
    owners = path.lower().split(".")[:-1]
    return (not owners and name in ("print", "pprint", "pp")) or any(owner in _LOGS for owner in owners)


def _positional(node: ast.Call, place: int, around: Around, callee: Callee, parameters: Sequence[str]) -> Around:
    clean = callee.clean
    if callee.prints:
        return clean
    if place in callee.secret_at:
        return clean.named("password" if place else "token")
    if place < len(parameters):
        return clean.named(parameters[place])
    if place == 0 and callee.passes:
        return around.but(default=True) if callee.name in _DEFAULTS else around
    if callee.setter and len(node.args) == 1:
        return clean.named(callee.setter)
    before = literal(node.args[place - 1]) if place else None
    if before is not None and len(before) < 200:
        return _after_name(before, place, callee, around)
    return callee.others if place else callee.first


def _after_name(name: str, place: int, callee: Callee, around: Around) -> Around:
    """The argument after a name: the name's value, or what holds where the name has none."""
    clean = callee.clean
    gets = callee.name in words("calls", "name_then_default", "methods") and callee.name not in ("option", "config", "setting")
    if gets and (place == 1 or callee.name in ("get", "getattr")):
        outer = clean.named(around.name) if around.secret else clean
        return outer.named(name).but(default=True)
    if callee.name in words("calls", "name_then_value", "methods") and (
        place == 1 or callee.name in ("setattr", "__setattr__", "hset", "set", "put")
    ):
        return clean.named(name).but(environment="environ" in callee.path or "env" in callee.name.lower())
    return clean


def secret_places(path: str) -> list[int]:
    """Which positional arguments of a well-known callable are secrets."""
    known: dict[str, list[int]] = table("calls")["secret_at"]
    last = path.rpartition(".")[2]
    two = ".".join(path.split(".")[-2:])
    return known.get(two, known.get(last, []))


def _pair_name(node: ast.Call) -> str | None:
    """The name in `EnvVar(name="…", value="…")`, `get("…", default="…")`, `config.get("section", "…", fallback="…")`."""
    given = [keyword.value for keyword in node.keywords if keyword.arg in words("names", "pairs", "name")] or node.args[-1:]
    return literal(given[0]) if given else None


def _keyword(node: ast.Call, name: str | None, around: Around, callee: Callee) -> Around:
    if name is None:
        return NOTHING
    wraps = callee.name in _WRAPPERS
    clean = callee.clean
    outer = (
        clean.but(names=around.names, environment=around.environment, default=around.default) if wraps or callee.name == "dict" else clean
    )
    if name in words("calls", "name_then_default", "default_keywords"):
        named = _pair_name(node)
        base = outer.named(around.name) if around.secret and not wraps else outer
        base = base.named(named) if named and not wraps else base
        return base.named(name).but(default=True)
    if name in words("names", "pairs", "value") and (named := _pair_name(node)) is not None and len(named) < 200:
        return clean.named(named).but(environment="env" in callee.name.lower())
    if name.lower() == "key":
        return beside(name, [other.arg for other in node.keywords], outer)
    return _usual(outer, name)


@functools.lru_cache(maxsize=4096)
def _usual(outer: Around, name: str) -> Around:
    """What a keyword fills whatever stands beside it."""
    inner, lower = outer.named(name), name.lower()
    shell, sql = lower in words("calls", "shell", "arguments"), lower in words("calls", "sql", "arguments")
    return inner.but(shell=shell, sql=sql) if shell or sql else inner
