"""`packaging.version`: versions compare as the library itself compares them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dagcheck.evaluate.calls import pure
from dagcheck.evaluate.values import Value

if TYPE_CHECKING:
    from dagcheck.evaluate.interpreter import Interpreter


def version_names(interp: Interpreter) -> dict[str, Value]:
    """The names of `packaging.version`."""
    from packaging.version import InvalidVersion, Version, parse

    return {"Version": pure("Version", Version), "parse": pure("parse", parse), "InvalidVersion": InvalidVersion}


def namespace(interp: Interpreter) -> dict[str, Value]:
    """The names of `packaging`."""
    return {"version": interp.import_module("packaging.version")}
