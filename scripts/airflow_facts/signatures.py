"""What a constructor takes and fixes, read from its source."""

from __future__ import annotations

import ast
from typing import Any

TASK_ARGUMENTS = {
    "default_args",
    "depends_on_past",
    "do_xcom_push",
    "end_date",
    "execution_timeout",
    "inlets",
    "mode",
    "multiple_outputs",
    "outlets",
    "owner",
    "params",
    "poke_interval",
    "pool",
    "pool_slots",
    "priority_weight",
    "queue",
    "retries",
    "retry_delay",
    "soft_fail",
    "start_date",
    "task_id",
    "timeout",
    "trigger_rule",
    "weight_rule",
}


def default_of(node: ast.expr | None) -> list[Any]:
    """`[]` without a default, `[value]` for a literal one, `[{"is": source}]` for any other."""
    if node is None:
        return []
    try:
        value = ast.literal_eval(node)
    except ValueError:
        return [{"is": ast.unparse(node)[:60]}]
    if isinstance(value, (set, frozenset)):
        value = sorted(value, key=str)
    if isinstance(value, (bytes, complex)) or value is Ellipsis:
        return [{"is": ast.unparse(node)[:60]}]
    return [value if not isinstance(value, dict) or all(isinstance(key, str) for key in value) else {"is": ast.unparse(node)[:60]}]


def annotation_of(argument: ast.arg) -> str | None:
    """The annotation as written, when it is short enough to be of use."""
    text = ast.unparse(argument.annotation) if argument.annotation is not None else None
    return text if text is None or len(text) <= 80 else None


def parameters_of(function: ast.FunctionDef) -> dict[str, list[Any]]:
    """Parameters in order without self: name to [annotation, default…]; `*` starts the keyword-only ones, `*name` and `**name` take the rest."""
    arguments = function.args
    ordinary = [*arguments.posonlyargs, *arguments.args]
    defaults: list[ast.expr | None] = [None] * (len(ordinary) - len(arguments.defaults)) + list(arguments.defaults)
    found: dict[str, list[Any]] = {
        argument.arg: [annotation_of(argument), *default_of(default)] for argument, default in list(zip(ordinary, defaults))[1:]
    }
    if arguments.vararg:
        found["*" + arguments.vararg.arg] = []
    elif arguments.kwonlyargs:
        found["*"] = []
    found.update(
        {
            argument.arg: [annotation_of(argument), *default_of(default)]
            for argument, default in zip(arguments.kwonlyargs, arguments.kw_defaults)
        }
    )
    if arguments.kwarg:
        found["**" + arguments.kwarg.arg] = []
    return found


def overrides_of(function: ast.FunctionDef) -> dict[str, Any]:
    """What a constructor sets of the arguments that every task has: fixed keywords to `super().__init__`, writes to kwargs and to self.

    Each is `{"value": literal}` or `{"is": source}`; `"how"` says by what: `super`, `kwargs`, `setdefault` or `self`.
    """
    rest = function.args.kwarg.arg if function.args.kwarg else None
    found: dict[str, Any] = {}
    for node in ast.walk(function):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            target = ast.unparse(node.func)
            if target.endswith(".__init__"):
                for keyword in node.keywords:
                    if keyword.arg in TASK_ARGUMENTS and not (isinstance(keyword.value, ast.Name) and keyword.value.id == keyword.arg):
                        found[keyword.arg] = {**described(keyword.value), "how": "super"}
            elif (
                rest
                and target == f"{rest}.setdefault"
                and len(node.args) == 2
                and isinstance(node.args[0], ast.Constant)
                and node.args[0].value in TASK_ARGUMENTS
            ):
                found[str(node.args[0].value)] = {**described(node.args[1]), "how": "setdefault"}
            elif (
                rest
                and target in (f"{rest}.pop", f"{rest}.get")
                and isinstance(node.args[0], ast.Constant)
                and node.args[0].value in TASK_ARGUMENTS
            ):
                found.setdefault(str(node.args[0].value), {"is": ast.unparse(node)[:60], "how": target.rpartition(".")[2]})
        if isinstance(node, ast.Assign):
            for goal in node.targets:
                if (
                    rest
                    and isinstance(goal, ast.Subscript)
                    and ast.unparse(goal.value) == rest
                    and isinstance(goal.slice, ast.Constant)
                    and goal.slice.value in TASK_ARGUMENTS
                ):
                    found[str(goal.slice.value)] = {**described(node.value), "how": "kwargs"}
                own = (
                    isinstance(goal, ast.Attribute)
                    and isinstance(goal.value, ast.Name)
                    and goal.value.id == "self"
                    and goal.attr in TASK_ARGUMENTS
                )
                if own and not (isinstance(node.value, ast.Name) and node.value.id == goal.attr):
                    found.setdefault(goal.attr, {**described(node.value), "how": "self"})
    return found


def described(node: ast.expr) -> dict[str, Any]:
    """A value as a literal or as its source."""
    value = default_of(node)[0]
    return value if isinstance(value, dict) and "is" in value else {"value": value}
