"""The libraries on top of Airflow that make DAGs out of something else: dag-factory."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dagcheck.airflow.dagfactory import dagfactory_module

if TYPE_CHECKING:
    from dagcheck.airflow.world import AirflowWorld
    from dagcheck.evaluate.interpreter import Interpreter
    from dagcheck.evaluate.values import Module


def generator_module(known: AirflowWorld, interp: Interpreter, dotted: str) -> Module | None:
    """The modelled module of that name, or None."""
    return dagfactory_module(known, interp, dotted)
