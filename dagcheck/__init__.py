"""dagcheck reads Airflow DAG files, never runs them, and knows what Airflow would make of them.

`show` and `check` give the answers of the commands of these names as pydantic models. Importing this package loads nothing else.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

from dagcheck.version import __version__

if TYPE_CHECKING:
    from dagcheck.commands.api import check, show

_API = {"check": "dagcheck.commands.api", "show": "dagcheck.commands.api"}

__all__ = ["__version__", "check", "show"]


def __getattr__(name: str) -> Any:
    """The API's functions, loaded on first use."""
    if name not in _API:
        raise AttributeError(f"module 'dagcheck' has no attribute {name!r}")
    value = getattr(importlib.import_module(_API[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(__all__)
