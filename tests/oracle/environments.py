"""Real Airflow environments, one a version, for the tests that hold dagcheck against the real thing.

Usage: python tests/oracle/environments.py [VERSION ...] [--folder DIR]

Each version gets a virtual environment of its own in `DIR/airflow-VERSION` (default: the environment variable DAGCHECK_ORACLE, else
`~/.cache/dagcheck`), with its AIRFLOW_HOME and an initialised SQLite database in `home/` inside it. What is there already is left alone.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import venv
from dataclasses import dataclass
from pathlib import Path

DEFAULT_VERSIONS = ("2.11.2", "3.3.2")
READY = "dagcheck-ready"  # written last, so that a half-made environment is made again


@dataclass(frozen=True)
class Recipe:
    """What one Airflow version needs beside itself: the packages that its own example DAGs import, pins, and a Python that it runs on."""

    packages: tuple[str, ...] = ()
    python: str | None = None  # None: the Python that runs this script
    initialise: tuple[str, ...] = ("db", "migrate")


GENERATORS = ("dag-factory", "astronomer-cosmos")
"""Libraries that make DAGs out of something else, which `fixtures/projects` use."""

RECIPES = {
    "1.10.15": Recipe(
        packages=(
            "flask<2",
            "itsdangerous<2",
            "jinja2<3",
            "markupsafe<2",
            "pendulum<2",
            "setuptools<66",
            "sqlalchemy<1.4",
            "werkzeug<1",
            "wtforms<3",
        ),
        python="3.8",
        initialise=("initdb",),
    ),
    "2.2.5": Recipe(
        packages=("flask<2", "jinja2<3.1", "markupsafe<2.1", "pendulum<3", "sqlalchemy<1.4", "werkzeug<2", "wtforms<3", "setuptools<66"),
        python="3.9",
        initialise=("db", "init"),
    ),
    "2.7.3": Recipe(
        packages=("connexion<3", "flask-session<0.6", "flask<2.3", "pendulum<3", "pydantic<2.6", "sqlalchemy<2", "virtualenv", "werkzeug<3")
    ),
    "2.11.2": Recipe(packages=("pandas", "virtualenv", "apache-airflow-providers-cncf-kubernetes<10.9", *GENERATORS)),
    "3.3.2": Recipe(
        packages=("pandas", "virtualenv", "apache-airflow-providers-standard", "apache-airflow-providers-cncf-kubernetes", *GENERATORS)
    ),
}


def cache_folder(folder: Path | None = None) -> Path:
    """The folder that holds all environments."""
    return folder or Path(os.environ.get("DAGCHECK_ORACLE") or Path.home() / ".cache" / "dagcheck")


def python_of(version: str, folder: Path | None = None) -> Path | None:
    """The interpreter of a ready environment, or None when it has not been made."""
    place = cache_folder(folder) / f"airflow-{version}"
    return place / "bin" / "python" if (place / READY).exists() else None


def variables_of(version: str, folder: Path | None = None) -> dict[str, str]:
    """The process environment in which that Airflow runs: its own home, no examples, nothing asked of any network."""
    home = cache_folder(folder) / f"airflow-{version}" / "home"
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("AIRFLOW", "PYTHON"))}
    ours = {"AIRFLOW_HOME": str(home), "AIRFLOW__CORE__LOAD_EXAMPLES": "False", "AIRFLOW__CORE__UNIT_TEST_MODE": "False", "NO_COLOR": "1"}
    return {**kept, **ours}


def make(version: str, folder: Path | None = None) -> Path:
    """Make the environment of `apache-airflow==VERSION` unless it is there, and return its interpreter.

    Raises:
        subprocess.CalledProcessError: an installation step failed; what it printed is on stderr.
    """
    ready = python_of(version, folder)
    if ready is not None:
        return ready
    recipe = RECIPES.get(version, Recipe())
    place = cache_folder(folder) / f"airflow-{version}"
    python = create_environment(place, recipe)
    install(python, [f"apache-airflow=={version}", *recipe.packages])
    subprocess.run(
        [python.with_name("airflow"), *recipe.initialise], env=variables_of(version, folder), check=True, stdout=subprocess.DEVNULL
    )
    (place / READY).write_text(f"apache-airflow=={version}\n")
    return python


def find_uv() -> str | None:
    """The uv beside this Python, or on the path: it installs in seconds what takes pip minutes."""
    beside = Path(sys.executable).with_name("uv")
    return str(beside) if beside.exists() else shutil.which("uv")


def find_python(version: str | None) -> str:
    """An interpreter of that version: one that pyenv installed, else whatever the environment's maker finds by the number; without a version, our own."""
    if version is None:
        return sys.executable
    installed = sorted(Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv")).glob(f"versions/{version}.*/bin/python"))
    return str(installed[-1]) if installed else version


def create_environment(place: Path, recipe: Recipe) -> Path:
    """An empty virtual environment at `place`; an unfinished one that is there is emptied."""
    uv = find_uv()
    if uv:
        subprocess.run([uv, "venv", "-q", "--clear", "-p", find_python(recipe.python), place], check=True)
    elif recipe.python:
        raise SystemExit(f"Airflow at {place.name} needs Python {recipe.python}; install uv to have it found")
    else:
        venv.create(place, clear=True, with_pip=True)
    return place / "bin" / "python"


def install(python: Path, requirements: list[str]) -> None:
    """Install into the environment of `python` with uv, or with its own pip where there is no uv."""
    uv = find_uv()
    if not uv:
        subprocess.run([python, "-m", "pip", "install", "-q", *requirements], check=True)
        return
    subprocess.run([uv, "pip", "install", "-q", "-p", python, *requirements], check=True)


def main() -> None:
    """Make the named environments and print their interpreters."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("versions", nargs="*", default=DEFAULT_VERSIONS, metavar="VERSION")
    parser.add_argument("--folder", type=Path)
    options = parser.parse_args()
    for version in options.versions:
        print(make(version, options.folder))


if __name__ == "__main__":
    main()
