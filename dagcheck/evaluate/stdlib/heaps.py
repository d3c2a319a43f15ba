"""`heapq` and `bisect`: lists kept in order, of plain values that are all known."""

from __future__ import annotations

import bisect
import heapq
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from dagcheck.evaluate.operators import first_unknown, is_known
from dagcheck.evaluate.stdlib.modelling import Maker, natives
from dagcheck.evaluate.values import PYTHON_ERRORS, Arguments, Value

if TYPE_CHECKING:
    from dagcheck.evaluate.interpreter import Interpreter


def _over_list(function: Callable[..., Any], changes: bool) -> Maker:
    """A function whose first argument is a list; one that changes it journals that, and leaves it unknown where it cannot be followed."""

    def run(interp: Interpreter, arguments: Arguments) -> Value:
        held = next(iter(arguments.args), None)
        why = arguments.unknown_unpacking()
        if why is None:
            why = first_unknown(interp, [*arguments.args, *arguments.kwargs.values()])
        if why is None and not is_known([*arguments.args, *arguments.kwargs.values()]):
            why = interp.unknown(f"{function.__name__}() of objects is not followed")
        if changes and isinstance(held, list):
            interp.state.touch(held)
            if why is not None:
                interp.state.blur(held, why)
        if why is not None:
            return why
        try:
            return function(*arguments.args, **arguments.kwargs)
        except PYTHON_ERRORS as error:
            raise interp.raises(error) from None

    return run


def heapq_names(interp: Interpreter) -> dict[str, Value]:
    """The names of `heapq`."""
    changing = {name: _over_list(getattr(heapq, name), True) for name in ("heapify", "heappush", "heappop", "heappushpop", "heapreplace")}
    return natives({**changing, **{name: _over_list(getattr(heapq, name), False) for name in ("nlargest", "nsmallest")}})


def bisect_names(interp: Interpreter) -> dict[str, Value]:
    """The names of `bisect`."""
    changing = {name: _over_list(getattr(bisect, name), True) for name in ("insort", "insort_left", "insort_right")}
    return natives({**changing, **{name: _over_list(getattr(bisect, name), False) for name in ("bisect", "bisect_left", "bisect_right")}})
