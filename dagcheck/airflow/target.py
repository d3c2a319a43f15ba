"""Which Airflow an evaluation is for, and what of its surroundings may be taken as known."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path

from dagcheck.records import dataclass, field

NEWEST = "3.3"


@dataclass(frozen=True, slots=True)
class Target:
    """The Airflow version (`major.minor`), Airflow's own settings by `section.key`, and the environment that evaluation may take as known.

    `variables` are Airflow Variables with their values; `variable_defaults` says that a Variable that is not listed may be taken as the default that the call gives.
    `directory` is the absolute folder that Airflow is started in, where that is known. `seconds` (of the processor) and `depth` (of calls) bound the evaluation of one file.
    """

    version: str = NEWEST
    settings: Mapping[str, str] = field(default_factory=dict)
    env: Mapping[str, str] = field(default_factory=dict)
    variables: Mapping[str, object] = field(default_factory=dict)
    variable_defaults: bool = False
    directory: Path | None = None
    seconds: float = 1.0
    depth: int = 120

    @property
    def release(self) -> tuple[int, int]:
        """(major, minor) as numbers."""
        return _release(self.version)


@lru_cache(maxsize=64)
def _release(version: str) -> tuple[int, int]:
    major, _, minor = version.partition(".")
    return int(major), int(minor.partition(".")[0] or 0)
