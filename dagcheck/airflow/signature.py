"""What calling an operator class means, worked out of the tables once for each class and version: its arguments, their defaults, its templated fields."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from dagcheck.airflow.entries import ClassFacts

if TYPE_CHECKING:
    from dagcheck.airflow.facts import Facts

ARGUMENTS_OF_AIRFLOW = frozenset({"dag", "task_group", "default_args"})
"""Arguments of every operator that say where a task belongs, and are no attributes of it."""
STRUCTURAL = ("retries", "trigger_rule", "pool", "owner")
REACHES_BASE = frozenset({"super", "kwargs", "self"})
"""How a constructor must set what it fixes for it to be the task's."""


class Signature:
    """The constructor of an operator class and of all that it derives from."""

    __slots__ = ("bases", "fields", "parameters", "settings", "taken")

    def __init__(self, facts: Facts, dotted: str) -> None:
        lineage = facts.lineage(dotted)
        told = facts.parameters(dotted)
        self.parameters = frozenset(told) if told is not None else facts.common_parameters
        """The names of all arguments that it takes, as far as known."""
        taken_out = [name for known in lineage for name in known.overrides]
        self.taken = None if told is None else frozenset([*told, *taken_out, *ARGUMENTS_OF_AIRFLOW, "task_id"])
        """The names of all arguments that Airflow does not refuse; None where that is not told."""
        self.fields: tuple[str, ...] = next((known.template_fields for known in lineage if known.template_fields), ())
        """Its templated fields."""
        self.settings = tuple(_settings(facts, lineage))
        """Name and value of what the constructors set of BaseOperator's arguments, in order, and whether they do so even where it was given."""
        self.bases = tuple(dict.fromkeys(known.dotted for known in lineage))
        """The dotted names of its classes, nearest first."""


def _settings(facts: Facts, lineage: tuple[ClassFacts, ...]) -> Iterator[tuple[str, Any, bool]]:
    base = facts.base_operator_parameters
    for known in lineage:
        if known.name == "BaseOperator":
            return
        for name, parameter in (known.own_parameters or {}).items():
            if name in base and parameter.known and parameter.default is not None:
                yield name, parameter.default, False
        for name, fixed in known.overrides.items():
            if name in STRUCTURAL and fixed.get("how") in REACHES_BASE and "value" in fixed:
                yield name, fixed["value"], True
