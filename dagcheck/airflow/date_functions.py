"""What an `execution_date_fn` of a sensor gives for a logical date, by evaluating its file once more and calling it in the abstract."""

from __future__ import annotations

import contextlib
import datetime
from typing import TYPE_CHECKING, Any

from dagcheck.airflow.extract import module_name
from dagcheck.airflow.world import AirflowWorld
from dagcheck.evaluate.budget import Exhausted
from dagcheck.evaluate.interpreter import Interpreter
from dagcheck.evaluate.values import Function, Raised, describe
from dagcheck.model.values import FunctionRef, Unknown

if TYPE_CHECKING:
    from dagcheck.airflow.target import Target
    from dagcheck.source.project import ProjectFiles
    from dagcheck.source.text import Source

_ARGUMENTS = ("execution_date_fn", "logical_date_fn")


class DateFunctions:
    """The date functions of the sensors of one file. Nothing is executed."""

    def __init__(self, source: Source, project: ProjectFiles, target: Target) -> None:
        world = AirflowWorld(target)
        self._interp = Interpreter(project, world, dict(target.env))
        self._functions: dict[tuple[str, int], Function] = {}
        self._interp.budget.start()
        with contextlib.suppress(Raised, Exhausted, RecursionError):  # what was found up to there may still serve
            self._interp.run_module(source, module_name(source))
        for dag in world.dags:
            for task in dag.tasks:
                for name in _ARGUMENTS:
                    value = task.given[name][0] if name in task.given else None
                    if isinstance(value, Function):
                        self._functions[value.name, value.node.lineno] = value

    def evaluate(self, ref: FunctionRef, date: datetime.datetime) -> Any:
        """The date, or list of dates, that the function gives for a logical date; an Unknown that says why where that can't be told."""
        function = self._functions.get((ref.name, ref.line))
        if function is None:
            return Unknown("the function was not found again")
        positional = [name for name, kind, default in ref.parameters if kind in ("positional", "either") and not default]
        if len(positional) > 1:
            return Unknown("the function asks for the run's context, too", "runtime")
        try:
            return self._interp.call_values(function, date)
        except Raised as error:
            return Unknown(f"it raises: {describe(error.value)}", "error")
        except (Exhausted, RecursionError):
            return Unknown("the evaluation was cut short", "budget")
