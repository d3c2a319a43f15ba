"""Data that runs as code."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from dagcheck.rule import Fix
from dagcheck.rule.edits import replace_value
from dagcheck.source.nodes import every
from dagcheck_rules.security._detection.text import Folding
from dagcheck_rules.security._flow.commands import shell_text
from dagcheck_rules.security._flow.steps import Step, steps_with

if TYPE_CHECKING:
    from dagcheck.model.values import Span
    from dagcheck.rule.context import FileContext

_PICKLES = frozenset(
    f"{module}.{function}"
    for module in ("pickle", "cPickle", "_pickle", "dill", "cloudpickle")
    for function in ("load", "loads", "Unpickler")
)
_OTHER_PICKLES = frozenset(["marshal.load", "marshal.loads", "jsonpickle.decode", "pandas.read_pickle"])
_EVALUATORS = frozenset(["eval", "exec", "builtins.eval", "builtins.exec"])
_LOADS = frozenset(["yaml.load", "yaml.load_all"])
_UNSAFE_LOADS = frozenset(["yaml.unsafe_load", "yaml.unsafe_load_all"])
_RUN_DATA = frozenset([*_PICKLES, *_OTHER_PICKLES, *_EVALUATORS, *_LOADS, *_UNSAFE_LOADS, "numpy.load"])
_WORTH = ("pickle", "dill", "marshal", "yaml", "shell", "popen", "getoutput")
_WORDS = ("eval", "exec", "system", "sh")
_LOADERS = frozenset(["Loader", "UnsafeLoader", "FullLoader", "CLoader", "CUnsafeLoader", "CFullLoader"])


def unsafe_calls(context: FileContext) -> dict[Span, tuple[str, str, Fix | None]]:
    """The calls that run data, by place: the finding's message, its help, and the fix where there is one."""
    if context.source is None or not (context.source.mentions(*_WORTH) or context.source.says(*_WORDS)):
        return {}
    doubtful = {call for call in every(context.tree, ast.Call) if _may_run_data(call, context)}
    walked = steps_with(doubtful, context.tree, context.imports) if doubtful else ()
    found = ((call, _unsafe(call, step, context)) for step, calls in walked for call in calls)
    return {context.span(call): (*told, _fix(call, context)) for call, told in found if told is not None}


def _may_run_data(call: ast.Call, context: FileContext) -> bool:
    path = context.dotted(call.func) or ""
    return path in _RUN_DATA or shell_text(call, path) is not None


def _unsafe(call: ast.Call, step: Step, context: FileContext) -> tuple[str, str] | None:
    path = context.dotted(call.func) or ""
    if path in _EVALUATORS and call.args and not _fixed(call.args[0], step):
        return f"`{path}` runs data as Python code", "Use `ast.literal_eval`, `json.loads`, or a table of functions."
    allows = any(
        keyword.arg == "allow_pickle" and isinstance(keyword.value, ast.Constant) and keyword.value.value is True
        for keyword in call.keywords
    )
    if path in _PICKLES or path in _OTHER_PICKLES or (path == "numpy.load" and allows):
        return f"`{path}` runs code that the data may hold", "Use JSON, Parquet or the library's own format, or check a signature before."
    if path in _UNSAFE_LOADS or (path in _LOADS and _unsafe_loader(call, context)):
        return f"`{path}` can make any Python object, and so run code", "Use `yaml.safe_load`."
    command = shell_text(call, path)
    labels = step.names.of(command)
    if command is not None and "runtime" in labels and "caller" not in labels:
        return (
            f"`{path}` hands a run-time value to a shell",
            "Give the arguments as a list without a shell, or quote the value with `shlex.quote`.",
        )
    return None


def _fixed(node: ast.expr, step: Step) -> bool:
    text = Folding(step.scope.lookup).text(node)
    return text is not None and text.known


def _unsafe_loader(call: ast.Call, context: FileContext) -> bool:
    given = call.args[1] if len(call.args) > 1 else next((keyword.value for keyword in call.keywords if keyword.arg == "Loader"), None)
    return given is None or (context.dotted(given) or "").rpartition(".")[2] in _LOADERS


def _fix(call: ast.Call, context: FileContext) -> Fix | None:
    """`yaml.safe_load(…)`, where the call stands on one line and gives the loader, if any, last."""
    if context.dotted(call.func) not in _LOADS or len(call.args) != 1 or len(call.keywords) > 1 or context.source is None:
        return None
    if not isinstance(call.func, ast.Attribute) or context.source.lowered:
        return None
    owner, given = context.text(context.span(call.func.value)), context.text(context.span(call.args[0]))
    return Fix("Load with the safe loader", (replace_value(context.span(call), f"{owner}.safe_{call.func.attr}({given})"),), "unsafe")
