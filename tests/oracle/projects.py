"""Our own repositories in `fixtures/projects`, in the styles of real data teams: which Airflows they are for, and what is on their path."""

from __future__ import annotations

import subprocess
from dataclasses import dataclass
from functools import cache
from pathlib import Path

FOLDER = Path(__file__).parents[2] / "fixtures" / "projects"
BOTH = ("2.11.2", "3.3.2")


@dataclass(frozen=True)
class Project:
    """One DAG folder of a repository. `roots` are the folders that imports look in; `needs` is what it wants beside Airflow."""

    dags: str
    versions: tuple[str, ...] = BOTH
    more_roots: tuple[str, ...] = ()
    needs: str | None = None

    @property
    def files(self) -> list[Path]:
        """Every Python file below the DAG folder."""
        return sorted((FOLDER / self.dags).rglob("*.py"))

    @property
    def roots(self) -> list[Path]:
        """The folders that imports look in, and data is read from."""
        return [FOLDER / self.dags, *(FOLDER / root for root in self.more_roots)]


PROJECTS = (
    Project("yaml_factory/dags"),
    Project("class_registry/dags"),
    Project("operator_package/dags", more_roots=("operator_package/plugins",)),
    Project("sql_files/dags"),
    Project("monorepo/growth/dags"),
    Project("monorepo/risk/dags"),
    Project("airflow_1_era/dags", ("2.11.2",)),
    Project("airflow_3_assets/dags", ("3.3.2",)),
    Project("dag_factory/dags", needs="dagfactory"),
    Project("cosmos_dbt/dags", more_roots=("cosmos_dbt/shop",), needs="cosmos"),
)


@cache
def has_library(python: Path, library: str | None) -> bool:
    """Whether an environment has what a project needs beside Airflow."""
    if library is None:
        return True
    code = f"import importlib.util, sys; sys.exit(importlib.util.find_spec({library!r}) is None)"
    return subprocess.run([python, "-c", code], check=False).returncode == 0
