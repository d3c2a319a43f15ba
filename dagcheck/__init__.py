"""dagcheck reads Airflow DAG files, never runs them, and knows what Airflow would make of them.

`show`, `check` and `simulate` give the answers of the commands of these names as pydantic models. Importing this package loads nothing else.
"""

from __future__ import annotations

import importlib

from dagcheck.version import __version__

TYPE_CHECKING = False  # as in typing, which takes longer to load than the rest of this file
if TYPE_CHECKING:
    from typing import Any

    from dagcheck.commands.api import check, show
    from dagcheck.commands.simulating import simulate

_API = {"check": "dagcheck.commands.api", "show": "dagcheck.commands.api", "simulate": "dagcheck.commands.simulating"}

__all__ = ["__version__", "check", "show", "simulate"]


def __getattr__(name: str) -> Any:
    """The API's functions, loaded on first use."""
    if name not in _API:
        raise AttributeError(f"module 'dagcheck' has no attribute {name!r}")
    value = getattr(importlib.import_module(_API[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(__all__)
