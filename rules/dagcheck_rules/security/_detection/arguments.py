"""What the arguments of a call fill."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from dagcheck.patterns import late
from dagcheck_rules.security._detection.around import Around, beside
from dagcheck_rules.security._detection.facts import table, words
from dagcheck_rules.security._detection.names import reading
from dagcheck_rules.security._detection.scope import dotted
from dagcheck_rules.security._detection.text import called, literal

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


def arguments_of(node: ast.Call, around: Around) -> Iterator[tuple[ast.expr, Around]]:
    """Each argument of a call with what it fills there."""
    name, path = called(node), dotted(node.func)
    prose = prints(node)
    reference = not prose and name in words("calls", "references", "callables")
    clean = Around(around.scope, callee=name, function=around.function, prose=prose, reference=reference)
    for place, value in enumerate(node.args):
        yield value, _positional(node, place, around, clean, path)
    named = _pair_name(node)
    for keyword in node.keywords:
        if isinstance(keyword.value, ast.Constant) and not isinstance(keyword.value.value, str | bytes):
            continue  # no text
        yield keyword.value, _keyword(node, keyword, around, clean, named)


def prints(node: ast.Call) -> bool:
    """Whether a call prints or logs what it is given, or raises an error with it."""
    name, path = called(node), dotted(node.func)
    if name.endswith(("Error", "Exception", "Warning")):
        return True
    if name not in words("calls", "printing", "functions"):
        return False
    owners = path.lower().split(".")[:-1]
    return (not owners and name in ("print", "pprint", "pp")) or any(owner in _LOGS for owner in owners)


def _positional(node: ast.Call, place: int, around: Around, clean: Around, path: str) -> Around:
    name = clean.callee
    if clean.prose:
        return clean
    if place in secret_places(path):
        return clean.named("password" if place else "token")
    parameters = around.scope.parameters_of(path) if path else []
    if place < len(parameters):
        return clean.named(parameters[place])
    if place == 0 and (name in words("calls", "passing", "functions") or name in _WRAPPERS):
        return around._replace(default=around.default or name in ("Param", "field", "Field", "Option", "Argument", "attrib"))
    if len(node.args) == 1 and (setter := _SETTER.match(name)) and reading(setter.group(1)).secret:
        return clean.named(setter.group(1))
    before = literal(node.args[place - 1]) if place else None
    if before is not None and len(before) < 200:
        return _after_name(before, place, path, around, clean)
    shell = (
        place == 0
        and name in words("calls", "shell", "functions")
        and path.split(".")[0]
        in ("os", "subprocess", "sp", "ssh", "client", "ssh_client", "commands", "asyncio", "sh", "c", "run", "conn", name)
    )
    environment = "environ" in path
    return clean._replace(shell=shell, environment=environment) if shell or environment else clean


def _after_name(name: str, place: int, path: str, around: Around, clean: Around) -> Around:
    """The argument after a name: the name's value, or what holds where the name has none."""
    environment = "environ" in path or "env" in clean.callee.lower()
    gets = clean.callee in words("calls", "name_then_default", "methods") and clean.callee not in ("option", "config", "setting")
    if gets and (place == 1 or clean.callee in ("get", "getattr")):
        outer = clean.named(around.name) if around.meant.secret else clean
        return outer.named(name)._replace(default=True)
    if clean.callee in words("calls", "name_then_value", "methods") and (
        place == 1 or clean.callee in ("setattr", "__setattr__", "hset", "set", "put")
    ):
        return clean.named(name)._replace(environment=environment)
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


def _keyword(node: ast.Call, keyword: ast.keyword, around: Around, clean: Around, named: str | None) -> Around:
    if keyword.arg is None:
        return around.fresh()
    lower = keyword.arg.lower()
    outer = (
        clean._replace(names=around.names, environment=around.environment, default=around.default)
        if clean.callee in _WRAPPERS or clean.callee == "dict"
        else clean
    )
    if keyword.arg in words("calls", "name_then_default", "default_keywords"):
        base = outer.named(around.name) if around.meant.secret and clean.callee not in _WRAPPERS else outer
        base = base.named(named) if named and clean.callee not in _WRAPPERS else base
        return base.named(keyword.arg)._replace(default=True)
    if named is not None and keyword.arg in words("names", "pairs", "value") and len(named) < 200:
        return clean.named(named)._replace(environment="env" in clean.callee.lower())
    inner = beside(keyword.arg, [other.arg for other in node.keywords], outer)
    shell = lower in words("calls", "shell", "arguments")
    sql = lower in words("calls", "sql", "arguments")
    return inner if (shell, sql) == (inner.shell, inner.sql) else inner._replace(shell=shell, sql=sql)
