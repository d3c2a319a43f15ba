"""The libraries on top of Airflow that make DAGs out of something else: dag-factory and Cosmos."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dagcheck.airflow.cosmos import cosmos_module
from dagcheck.airflow.dagfactory import dagfactory_module

if TYPE_CHECKING:
    from dagcheck.airflow.world import AirflowWorld
    from dagcheck.evaluate.interpreter import Interpreter
    from dagcheck.evaluate.values import Module


def generator_module(known: AirflowWorld, interp: Interpreter, dotted: str) -> Module | None:
    """The modelled module of that name, or None."""
    return cosmos_module(known, interp, dotted) if dotted.startswith("cosmos") else dagfactory_module(known, interp, dotted)
