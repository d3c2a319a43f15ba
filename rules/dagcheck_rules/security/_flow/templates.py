"""What templates take from whoever triggers a run."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, NamedTuple

from dagcheck.patterns import late
from dagcheck.source.nodes import every
from dagcheck_rules.security._detection.text import called, literal

if TYPE_CHECKING:
    from dagcheck.rule import FileContext, Setting

_BLOCK = late(r"\{\{(?P<inside>[^{}]{1,600})\}\}")
_CONF = late(r"\bdag_run\.conf\b(?:\.get\(|\[|\.)?\s{0,2}['\"]?(?P<name>\w{1,80})?")
_PARAM = late(r"(?<![\w.])params(?:\.get\(\s{0,2}['\"]|\[\s{0,2}['\"]|\.)(?P<name>\w{1,80})")
_FILTERED = late(
    r"\|\s{0,4}(?:\w{0,20}quote\w{0,20}|shlex\w{0,20}|sh|shell_?escape|int|float|length|count|abs|round|bool|sqlsafe|escape_sql|ds|ds_nodash|ts)\b"
)
_NUMERIC = frozenset(["integer", "number", "boolean", "null"])


class Taken(NamedTuple):
    """A template's use of a caller's input: where it stands in the text, and what it takes (`params.x`, `dag_run.conf`)."""

    start: int
    end: int
    what: str


def caller_sets_params(setting: Setting) -> bool:
    """Whether the configuration of a run overrides `params`, as `core.dag_run_conf_overrides_params` says: by default from Airflow 2 on."""
    given = setting.airflow_settings.get("core.dag_run_conf_overrides_params")
    return setting.release >= (2, 0) if given is None else given.lower() in ("t", "true", "1")


def taken(text: str, checked: frozenset[str], params: bool = True) -> Iterator[Taken]:
    """The places of a text where a template puts in `dag_run.conf` or `params` as they come.

    `checked` are the params whose schema leaves nothing dangerous; without `params` no caller chooses any of them.
    """
    if "params" not in text and "dag_run" not in text:
        return
    for block in _BLOCK.finditer(text):
        inside = block.group("inside")
        if _FILTERED.search(inside):
            continue
        if _CONF.search(_before_if(inside)):
            yield Taken(block.start(), block.end(), "dag_run.conf")
        else:
            for found in _PARAM.finditer(_before_if(inside)):
                if params and found.group("name") not in checked:
                    yield Taken(block.start(), block.end(), f"params.{found.group('name')}")
                    break


def named(uses: Sequence[Taken]) -> str:
    """What a text takes, in words, with its verb: the first two by name."""
    names = list(dict.fromkeys(f"`{use.what}`" for use in uses))
    told = names if len(names) <= 2 else [*names[:2], f"{len(names) - 2} more"]
    return f"{' and '.join([', '.join(told[:-1]), told[-1]] if told[1:] else told)} {'become' if told[1:] else 'becomes'}"


def _before_if(inside: str) -> str:
    """The value of `value if condition else other`, without the condition."""
    value, found, rest = inside.partition(" if ")
    return value + (rest.partition(" else ")[2] if found else "")


def checked_params(context: FileContext) -> frozenset[str]:
    """The names of params that a schema holds to numbers, to listed values or to a pattern."""
    if context.source is None or not context.source.mentions("param"):
        return frozenset()
    held: dict[str, bool] = {}
    variables: dict[str, bool] = {}
    for name, value, is_variable in _named_values(context.tree):
        if isinstance(value, ast.Call) and _is_param(value, context):
            known = variables if is_variable else held
            known[name] = known.get(name, True) and _held(value)
    for name, value, is_variable in _named_values(context.tree):
        if isinstance(value, ast.Name) and value.id in variables and not is_variable:
            held[name] = held.get(name, True) and variables[value.id]
    return frozenset(name for name, is_held in held.items() if is_held)


def _named_values(tree: ast.Module) -> Iterator[tuple[str, ast.expr, bool]]:
    """What fills each name: an item of a dict, a keyword of `dict(…)`, an item that is set, or (True) a variable."""
    for node in every(tree, ast.Call, ast.Assign, ast.Dict):
        match node:
            case ast.Dict():
                named = [(literal(key), value) for key, value in zip(node.keys, node.values) if key is not None]
                yield from ((name, value, False) for name, value in named if name is not None)
            case ast.Call(func=ast.Name(id="dict" | "ParamsDict")):
                yield from ((keyword.arg, keyword.value, False) for keyword in node.keywords if keyword.arg is not None)
            case ast.Assign(targets=[ast.Subscript(slice=key)]):
                name = literal(key)
                if name is not None:
                    yield name, node.value, False
            case ast.Assign(targets=[ast.Name(id=name)]):
                yield name, node.value, True


def _is_param(call: ast.Call, context: FileContext) -> bool:
    return called(call).endswith("Param") or (context.dotted(call.func) or "").endswith("Param")


def _held(param: ast.Call) -> bool:
    for keyword in param.keywords:
        if keyword.arg in ("enum", "pattern", "const", "format"):
            return True
        if keyword.arg == "type":
            kinds = (
                [literal(kind) for kind in keyword.value.elts]
                if isinstance(keyword.value, ast.List | ast.Tuple)
                else [literal(keyword.value)]
            )
            return bool(kinds) and all(kind in _NUMERIC for kind in kinds)
    return False
