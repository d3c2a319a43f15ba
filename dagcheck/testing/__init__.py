"""For tests: rule examples, hypothesis strategies over a DAG's life, the rerun harness, worlds and the pytest plug-in."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from dagcheck.testing.rerunning import DataCorrupted, rerun

__all__ = ["DataCorrupted", "rerun"]


def __getattr__(name: str) -> Any:
    if name in __all__:
        from dagcheck.testing import rerunning

        return getattr(rerunning, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
