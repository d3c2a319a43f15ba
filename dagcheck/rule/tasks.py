"""What rules ask of a task: what it is, and what it was given."""

from __future__ import annotations

import datetime
from collections.abc import Collection, Iterator
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from dagcheck.model.values import Unknown

if TYPE_CHECKING:
    from dagcheck.airflow.facts import ClassFacts, Facts
    from dagcheck.model.dag import Task


_HOLDING = (list, tuple, set, frozenset, dict)
"""What has other values in it."""


def is_one_of(task: Task, names: Collection[str]) -> bool:
    """True if the task's class or one of its bases has one of these names (without module)."""
    return not _names_of(task.bases).isdisjoint(names)


def class_facts(task: Task, facts: Facts) -> ClassFacts | None:
    """The facts of the nearest class of the task that Airflow or a provider defines; None for a class that nothing is known of."""
    return _nearest_facts(task.bases, facts)


def own_class_facts(task: Task, facts: Facts) -> ClassFacts | None:
    """The facts of the task's very class; None where it is derived from a class of Airflow or a provider, or where nothing is known of it."""
    return facts.operator(task.bases[0]) if task.bases and task.bases[0].startswith("airflow.") else None


@lru_cache(maxsize=1024)  # a project has many tasks of few classes
def _names_of(bases: tuple[str, ...]) -> frozenset[str]:
    """The names of classes without their modules."""
    return frozenset(base.rpartition(".")[2] for base in bases)


@lru_cache(maxsize=1024)
def _nearest_facts(bases: tuple[str, ...], facts: Facts) -> ClassFacts | None:
    return next((found for base in bases if base.startswith("airflow.") and (found := facts.operator(base)) is not None), None)


def given(task: Task, name: str, default: Any = None) -> Any:
    """The value of an argument, whatever it is; the default where it was not given."""
    return task.arguments[name].value if name in task.arguments else default


def text(task: Task, name: str) -> str | None:
    """The value of an argument that is a known text, else None."""
    value = given(task, name)
    return value if isinstance(value, str) else None


def seconds(value: Any) -> float | None:
    """A duration in seconds: of a number or a timedelta; None for anything else."""
    if isinstance(value, datetime.timedelta):
        return value.total_seconds()
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None


def is_known(value: Any, depth: int = 10) -> bool:
    """True if nothing in the value is unknown, however deep."""
    if not isinstance(value, _HOLDING):
        return not isinstance(value, Unknown)
    return not any(isinstance(part, Unknown) for part in parts(value, depth))


def parts(value: Any, depth: int = 10) -> Iterator[Any]:
    """The value and everything inside its lists, tuples, sets and dicts (their values), as deep as `depth`."""
    yield value
    if not depth or not isinstance(value, _HOLDING):
        return
    if not isinstance(value, dict):
        for item in value:
            yield from parts(item, depth - 1)
    else:
        for item in value.values():
            yield from parts(item, depth - 1)


def texts(value: Any) -> list[str]:
    """Every known text inside a value."""
    if not isinstance(value, _HOLDING):
        return [value] if isinstance(value, str) else []
    return [part for part in parts(value) if isinstance(part, str)]
