"""Labels of expressions inside one function: what a value carries with it."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Mapping
from typing import Literal

from dagcheck.patterns import late
from dagcheck.source.nodes import children, every
from dagcheck.source.text import Source
from dagcheck_rules.security._detection.facts import words
from dagcheck_rules.security._detection.names import Kind, parts, reading
from dagcheck_rules.security._detection.scope import dotted
from dagcheck_rules.security._detection.text import called, literal

Label = Literal["conf", "params", "context", "caller", "runtime", "secret", "connection"]
"""`caller`: whoever triggers a run chooses it; `runtime`: it exists only when a task runs (an upstream task's result, a parameter, a response);
`secret`: it is a password, token or key; `connection`: an Airflow connection; `context`, `params`, `conf`: these objects themselves."""

Labels = frozenset[Label]
NONE: Labels = frozenset()
_STORES = late(
    r"(?i)(?:get|fetch|read|load|access|retrieve|lookup|resolve)_?(?:\w+_)?(?:password|secret|secret_value|credential|credentials|token|api_?key)(?:_version|_value|_string)?$"
)
_CLEANS = late(r"(?i)redact|mask|sanitiz|quote|escape|hash")
_SAFE_NOTES = frozenset(
    ["int", "float", "bool", "date", "datetime", "datetime.date", "datetime.datetime", "pendulum.DateTime", "DateTime", "UUID", "timedelta"]
)


class Names:
    """The labels of the variables of one function, as far as its statements were read."""

    def __init__(self, imports: Mapping[str, str]) -> None:
        self.labels: dict[str, Labels] = {}
        self.imports = imports

    def path(self, node: ast.expr) -> str:
        """The dotted path that a name or attribute stands for by the file's imports."""
        first, dot, rest = dotted(node).partition(".")
        return f"{self.imports.get(first, first)}{dot}{rest}"

    def of(self, node: ast.expr | None, depth: int = 40) -> Labels:
        """What an expression carries."""
        if node is None or depth == 0:
            return NONE
        match node:
            case ast.Name(id=name):
                return self.labels.get(name, NONE)
            case ast.Attribute():
                return self._attribute(node, depth - 1)
            case ast.Subscript(value=value, slice=key):
                return self._item(self.of(value, depth - 1), self.path(value), literal(key))
            case ast.Call():
                return self._call(node, depth - 1)
            case ast.Compare() | ast.Constant() | ast.Lambda():
                return NONE
            case ast.IfExp(body=body, orelse=orelse):
                return self.of(body, depth - 1) | self.of(orelse, depth - 1)
            case ast.FormattedValue(value=value, format_spec=spec):
                return NONE if _numeric(spec) else self.of(value, depth - 1)
        return self._union((child for child in children(node) if isinstance(child, ast.expr)), depth - 1)

    def _union(self, nodes: Iterable[ast.expr], depth: int) -> Labels:
        found: Labels = NONE
        for node in nodes:
            found |= self.of(node, depth)
        return found & VALUES

    def _attribute(self, node: ast.Attribute, depth: int) -> Labels:
        base = self.of(node.value, depth)
        if "connection" in base:
            secret = node.attr in ("password", "extra", "uri", "_password") or reading(node.attr).kind is Kind.PASSWORD
            return frozenset(["secret"]) if secret else NONE
        if node.attr == "conf" and (dotted(node.value).endswith("dag_run") or "context" in base):
            return frozenset(["conf"])
        if "context" in base and node.attr == "params":
            return frozenset(["params"])
        return base & VALUES

    def _item(self, base: Labels, owner: str, key: str | None) -> Labels:
        if "context" in base:
            return {"params": frozenset[Label](["params"]), "dag_run": frozenset[Label](["context"])}.get(key or "", NONE)
        if base & {"conf", "params"}:
            return frozenset(["caller"])
        if owner.endswith("environ") and key is not None and reading(key).secret and reading(key).firm:
            return frozenset(["secret"])
        return base & VALUES

    def _call(self, node: ast.Call, depth: int) -> Labels:
        name = called(node)
        if name in words("flows", "cleaning") or _CLEANS.search(name):
            return NONE
        owner = node.func.value if isinstance(node.func, ast.Attribute) else None
        base = self.of(owner, depth)
        first = literal(node.args[0]) if node.args else None
        if name in ("get", "pop") and (base & {"context", "conf", "params"} or self.path(owner or node).endswith("environ")):
            return self._item(base, self.path(owner or node), first)
        if name in ("get_current_context",):
            return frozenset(["context"])
        if _gives_connection(self.path(node.func), name):
            return frozenset(["connection"])
        if "connection" in base and name in ("get_password", "get_uri"):
            return frozenset(["secret"])
        if _gives_secret(self.path(node.func), name, first):
            return frozenset(["secret"])
        if name in words("flows", "responses"):
            return frozenset(["runtime"])
        if name in ("get_conn", "connect"):
            return NONE
        given = self._union([*node.args, *(keyword.value for keyword in node.keywords)], depth)
        if name in words("calls", "passing", "methods") or name in words("calls", "passing", "functions") or name == "dumps":
            return (base | given) & VALUES
        return frozenset(["runtime"]) if (base | given) & {"caller", "runtime"} else NONE

    def assign(self, target: ast.expr, labels: Labels) -> None:
        """Give a target its labels."""
        match target:
            case ast.Name(id=name):
                self.labels[name] = labels
            case ast.Tuple(elts=targets) | ast.List(elts=targets):
                for inner in targets:
                    self.assign(inner, labels)
            case ast.Starred(value=value):
                self.assign(value, labels)

    def parameters(self, arguments: ast.arguments) -> None:
        """Give the parameters of a task's callable their labels."""
        for parameter in [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs]:
            known: dict[str, Label] = {"params": "params", "dag_run": "context", "context": "context", "ti": "context", "kwargs": "context"}
            note = dotted(parameter.annotation) if parameter.annotation is not None else ""
            if parameter.arg in known:
                self.labels[parameter.arg] = frozenset([known[parameter.arg]])
            elif parameter.arg not in ("self", "cls") and note not in _SAFE_NOTES and not about_time(parameter.arg):
                self.labels[parameter.arg] = frozenset(["runtime"])
        if arguments.kwarg is not None:
            self.labels[arguments.kwarg.arg] = frozenset(["context"])


VALUES: Labels = frozenset(["caller", "runtime", "secret", "connection"])


def may_hold_secrets(source: Source, imports: Mapping[str, str]) -> bool:
    """Whether any expression of a file may carry a secret: whether it asks for a connection, a secret, or a variable of the environment."""
    if source.mentions("environ"):
        return True
    names = Names(imports)
    for call in every(source.tree, ast.Call):
        path, name = names.path(call.func), called(call)
        if _gives_connection(path, name) or _gives_secret(path, name, literal(call.args[0]) if call.args else None):
            return True
    return False


def about_time(name: str) -> bool:
    """Whether a name speaks of dates, times or counts, which Airflow or the code makes."""
    return bool(words("flows", "times") & set(parts(name))) or name.endswith("date")


def _numeric(spec: ast.expr | None) -> bool:
    if not isinstance(spec, ast.JoinedStr) or len(spec.values) != 1:
        return False
    text = literal(spec.values[0])
    return text is not None and (text[-1:] in "dfeEgGxXobn%" or "%" in text)


def _gives_connection(path: str, name: str) -> bool:
    return name in ("get_connection", "get_connection_from_secrets") or path.endswith("Connection.get")


def _gives_secret(path: str, name: str, first: str | None) -> bool:
    if _STORES.fullmatch(name):
        return True
    if first is None or not path.endswith(("Variable.get", "getenv", "environ.get")):
        return False
    meant = reading(first)
    return meant.secret and meant.firm
