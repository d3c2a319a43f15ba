"""Make the tables in `dagcheck/airflow/data/` from real Airflow installations and from the wheels of its providers.

Usage: python scripts/airflow_facts/make.py core PYTHON ... --date DAY
       python scripts/airflow_facts/make.py providers FOLDER OLDER_FOLDER --core PYTHON --older-core PYTHON --date DAY

`core` asks the interpreter of each environment (see tests/oracle/environments.py) and reads the classes of its Airflow from source;
`providers` reads every provider wheel in FOLDER (`pip download --no-deps -d FOLDER …`), above the newest core that PYTHON has; of the older releases in
OLDER_FOLDER, above their own core, it keeps the classes that the newest releases no longer have.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from classes import Universe, class_facts, decorators_of
from providers import Generation, add_older, provider_tables
from source import final, read_core

DATA = Path(__file__).parents[2] / "dagcheck" / "airflow" / "data"
SECTIONS = ("base_operator", "base_sensor", "partial", "dag", "dag_decorator", "task_group", "configuration")
LISTS = ("template_fields", "trigger_rules", "weight_rules", "context", "macros", "timetables", "dag_attributes", "task_attributes")


def ask(python: Path) -> dict[str, Any]:
    """What the Airflow of that interpreter says of itself."""
    with tempfile.TemporaryDirectory() as home:
        environment = {**os.environ, "AIRFLOW_HOME": home, "AIRFLOW__CORE__LOAD_EXAMPLES": "False"}
        run = subprocess.run([python, Path(__file__).with_name("core.py")], env=environment, capture_output=True, text=True, check=False)
    if run.returncode:
        raise SystemExit(f"{python}: {run.stderr[-2000:]}")
    facts: dict[str, Any] = json.loads(run.stdout)
    return facts


def site_packages(python: Path) -> Path:
    """The folder in which that interpreter's Airflow lies."""
    run = subprocess.run(
        [python, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))"], capture_output=True, text=True, check=True
    )
    return Path(run.stdout.strip())


def compact(name: str, names: dict[str, str | None], modules: dict[str, dict[str, str | None]]) -> dict[str, Any]:
    """A module's names in three parts: its own, those that lead to elsewhere in Airflow, and those of other packages."""
    own, leads, other = [], {}, []
    for key, place in sorted(names.items()):
        goal = final(place, modules) or f"{name}.{key}"
        if goal == f"{name}.{key}":
            own.append(key)
        elif goal.startswith("airflow.") or goal == "airflow":
            leads[key] = goal
        else:
            other.append(key)
    return {part: value for part, value in (("own", own), ("leads", leads), ("other", other)) if value}


def core_file(python: Path, date: str) -> tuple[str, dict[str, Any]]:
    """The table of one core, with its version."""
    told = ask(python)
    modules = told["modules"]
    sources = read_core(site_packages(python))
    for (
        name,
        source,
    ) in sources.items():  # what an absent optional dependency kept from being imported, or what put another object in its own place
        if not modules.get(name) and (name in told["failed"] or name not in modules):
            modules[name] = {**{key: places[0] for key, places in source.imports.items()}, **{key: f"{name}.{key}" for key in source.own}}
    universe = Universe(sources, modules)
    version = ".".join(told["airflow"].split(".")[:2])
    table = {
        "source": f"apache-airflow {told['airflow']}, imported under Python {told['python']}; classes read from its source",
        "date": date,
        **{key: told.get(key, {}) for key in SECTIONS},
        **{key: told[key] for key in LISTS},
        "decorators": decorators_of(universe, told["decorators"]),
        "modules": {name: compact(name, names, modules) for name, names in sorted(modules.items())},
        "classes": class_facts(universe, sources),
    }
    return version, table


def written(table: dict[str, Any]) -> str:
    """JSON with one line an entry in the large sections, the small ones on a line each."""
    lines = []
    for key, value in table.items():
        if isinstance(value, dict) and value:
            entries = ",\n".join(f"  {json.dumps(name)}: {json.dumps(entry, separators=(',', ':'))}" for name, entry in value.items())
            lines.append(f" {json.dumps(key)}: {{\n{entries}\n }}")
        else:
            lines.append(f" {json.dumps(key)}: {json.dumps(value)}")
    return "{\n" + ",\n".join(lines) + "\n}\n"


def main() -> None:
    """Write the tables that are asked for and say how large they are."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=("core", "providers"))
    parser.add_argument("place", nargs="+", type=Path, help="interpreters of Airflow environments, or the folder of wheels")
    parser.add_argument("--core", type=Path, help="for providers: the interpreter of the newest Airflow")
    parser.add_argument("--older-core", type=Path, help="for providers: the interpreter of the Airflow that the older releases are for")
    parser.add_argument("--date", required=True, help="the day on which the packages were fetched")
    options = parser.parse_args()
    if options.what == "core":
        files = {f"core-{version}.json": table for version, table in (core_file(python, options.date) for python in options.place)}
    else:
        newest, older = options.place
        tables = provider_tables(Generation(newest, ask(options.core), site_packages(options.core)), options.date)
        add_older(tables, Generation(older, ask(options.older_core), site_packages(options.older_core)))
        files = {f"providers/{name}.json": table for name, table in tables.items()}
    for name, table in files.items():
        target = DATA / name
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(written(table), encoding="utf-8")
        sys.stderr.write(f"{name}: {target.stat().st_size:,} bytes, {len(table.get('classes', ()))} classes\n")


if __name__ == "__main__":
    main()
