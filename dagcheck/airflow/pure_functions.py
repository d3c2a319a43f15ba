"""The small functions of `airflow.utils` that DAG files call while they are parsed: on truth, texts and containers.

Source, read on 2026-11-22: `airflow/utils/helpers.py` and `airflow/utils/strings.py` of Airflow 2.11.2 and 3.3.2.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from dagcheck.evaluate.calls import call_pure
from dagcheck.evaluate.values import Arguments, Value
from dagcheck.model.values import Unknown

if TYPE_CHECKING:
    from dagcheck.evaluate.interpreter import Interpreter


def _number_true(interp: Interpreter, arguments: Arguments) -> int | Unknown:
    """How many of the arguments are true; the program's own objects may be among them."""
    why = arguments.unknown_unpacking()
    if why is not None:
        return why
    if arguments.args and isinstance(arguments.args[0], list | tuple | set | dict):
        raise interp.raises(ValueError("Not supported for iterable args"))
    truths = [interp.truth(argument) for argument in arguments.args]
    return next((truth for truth in truths if isinstance(truth, Unknown)), sum(truth is True for truth in truths))


def exactly_one(interp: Interpreter, arguments: Arguments) -> Value:
    """Whether exactly one argument is true."""
    number = _number_true(interp, arguments)
    return number if isinstance(number, Unknown) else number == 1


def at_most_one(interp: Interpreter, arguments: Arguments) -> Value:
    """Whether no argument or one is true."""
    number = _number_true(interp, arguments)
    return number if isinstance(number, Unknown) else number <= 1


def _pruned(value: Any, mode: str = "strict") -> Any:
    def is_empty(item: Any) -> bool:
        return item is None if mode == "strict" else not item

    if not isinstance(value, list | dict):
        return value
    pairs = list(value.items()) if isinstance(value, dict) else list(enumerate(value))
    kept = []
    for key, item in pairs:
        if is_empty(item):
            continue
        inner = _pruned(item, mode)
        if inner is item or not is_empty(inner):
            kept.append((key, inner))
    return dict(kept) if isinstance(value, dict) else [item for _, item in kept]


def _merged(first: dict[Any, Any], second: dict[Any, Any]) -> dict[Any, Any]:
    merged = dict(first)
    for key, value in second.items():
        inner = merged.get(key)
        merged[key] = _merged(inner, value) if isinstance(inner, dict) and isinstance(value, dict) else value
    return merged


def _is_container(value: Any) -> bool:
    return hasattr(value, "__iter__") and not isinstance(value, str)


PURE: dict[str, Callable[..., Any]] = {
    "prune_dict": _pruned,
    "merge_dicts": _merged,
    "is_container": _is_container,
    "as_tuple": lambda value: tuple(value) if _is_container(value) else (value,),
    "as_flattened_list": lambda items: [item for part in items for item in part],
    "chunks": lambda items, size: [items[start : start + size] for start in range(0, len(items), size)],
    "convert_camel_to_snake": lambda text: re.sub("(?!^)([A-Z]+)", r"_\1", text).lower(),
    "to_boolean": lambda text: text is not None and text.strip().lower() in ("true", "t", "1", "yes", "y", "on"),
}


def pure_function(name: str) -> Callable[[Any, Arguments], Value]:
    """The model of one of them."""
    return lambda interp, arguments: call_pure(interp, PURE[name], arguments)
