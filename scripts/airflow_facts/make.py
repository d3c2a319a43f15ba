"""Make the tables in `dagcheck/airflow/data/` from real Airflow installations and from the wheels of its providers.

Usage: python scripts/airflow_facts/make.py core PYTHON ... --date DAY
       python scripts/airflow_facts/make.py providers FOLDER --core PYTHON --date DAY

`core` asks the interpreter of each environment (see tests/oracle/environments.py) and reads the classes of its Airflow from source;
`providers` reads every provider wheel in FOLDER (`pip download --no-deps -d FOLDER …`), above the newest core that PYTHON has.
"""

from __future__ import annotations

import argparse
import ast
import json
import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from classes import Universe, facts_of
from source import ModuleSource, files_of, read_modules

DATA = Path(__file__).parents[2] / "dagcheck" / "airflow" / "data"
SECTIONS = ("base_operator", "base_sensor", "partial", "dag", "dag_decorator", "task_group", "configuration")
LISTS = ("template_fields", "trigger_rules", "weight_rules", "context", "macros", "timetables")


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


def final(place: str | None, modules: dict[str, dict[str, str | None]], depth: int = 0) -> str | None:
    """Where a place leads at last, following the names of the core."""
    if place is None or depth > 12:
        return place
    module, _, name = place.rpartition(".")
    names = modules.get(module, {})
    lead = names.get(name)
    if lead is None and name not in names and "*" in names:
        lead = f"{names['*']}.{name}"
    return place if lead is None or lead == place else final(lead, modules, depth + 1)


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


def class_facts(universe: Universe, modules: dict[str, ModuleSource]) -> dict[str, Any]:
    """Entries of all classes that are of a kind Airflow knows."""
    found = {}
    for module in modules.values():
        for cls in module.classes.values():
            kind = universe.kind(cls)
            if kind:
                found[cls.dotted] = facts_of(universe, cls, kind)
    return dict(sorted(found.items()))


def decorators_of(universe: Universe, places: dict[str, str]) -> dict[str, Any]:
    """Each `@task.<kind>` with its function and the operator class that it makes."""
    return {kind: {"function": place, "operator": universe.decorated_class(place)} for kind, place in sorted(places.items())}


def core_file(python: Path, date: str) -> tuple[str, dict[str, Any]]:
    """The table of one core, with its version."""
    told = ask(python)
    modules = told["modules"]
    sources = read_modules(
        (path, text)
        for path, text in files_of(site_packages(python))
        if not path.startswith(("airflow/providers/", "airflow/example_dags/", "airflow/migrations/"))
    )
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


def provider_info(module: ModuleSource) -> dict[str, Any]:
    """What `get_provider_info` of a provider returns, when it is a literal."""
    function = module.functions.get("get_provider_info")
    for node in ast.walk(function) if function else ():
        if isinstance(node, ast.Return) and node.value is not None:
            value = ast.literal_eval(node.value)
            return value if isinstance(value, dict) else {}
    return {}


def provider_module(module: ModuleSource, universe: Universe, told: dict[str, dict[str, str | None]]) -> dict[str, Any]:
    """A provider's module as `compact` has it; names of other packages, of the core and of the listed classes are left out."""
    leads = {}
    for name, places in module.imports.items():
        if name in module.classes or name in module.functions:
            continue
        known = next((found.dotted for found in map(universe.find, places) if found is not None), None)
        place = known or final(places[0], told)
        if (
            place
            and place.startswith("airflow.")
            and place != f"{module.name}.{name}"
            and (place.startswith("airflow.providers.") or ".compat" in module.name)
        ):
            leads[name] = place
    listed = {cls.name for cls in module.classes.values() if universe.kind(cls)}
    own = sorted(name for name in module.own if name not in leads and name not in listed and not name.startswith("_"))
    return {part: value for part, value in (("own", own), ("leads", dict(sorted(leads.items())))) if value}


def provider_files(folder: Path, core: Path, date: str) -> dict[str, dict[str, Any]]:
    """The table of every provider, by its name in `airflow.providers.<name>`."""
    told = ask(core)["modules"]
    sources = read_modules(
        (path, text)
        for path, text in files_of(site_packages(core))
        if not path.startswith(("airflow/providers/", "airflow/example_dags/", "airflow/migrations/"))
    )
    wheels: dict[Path, dict[str, ModuleSource]] = {}
    for wheel in sorted(folder.glob("apache_airflow_providers_*.whl")):
        wheels[wheel] = read_modules(
            (path, text) for path, text in files_of(wheel, "airflow/providers/") if "/example_dags/" not in path and "/tests/" not in path
        )
    everything = dict(sources)
    for modules in wheels.values():
        everything.update(modules)
    universe = Universe(everything, told)
    tables = {}
    for wheel, modules in wheels.items():
        info = next((name for name in modules if name.endswith(".get_provider_info")), None)
        if info is None:
            continue
        name = info.removeprefix("airflow.providers.").removesuffix(".get_provider_info")
        kinds = {entry["name"]: entry["class-name"] for entry in provider_info(modules[info]).get("task-decorators", ())}
        match = re.match(r"(apache_airflow_providers_\w+?)-([\w.]+?)-", wheel.name)
        tables[name] = {
            "source": f"{match[1].replace('_', '-')} {match[2]}, read from its wheel" if match else wheel.name,
            "date": date,
            "decorators": decorators_of(universe, kinds),
            "modules": {place: provider_module(module, universe, told) for place, module in sorted(modules.items())},
            "classes": class_facts(universe, modules),
        }
    tables["index"] = {
        "source": "the other files of this folder",
        "date": date,
        "providers": {name: table["source"] for name, table in sorted(tables.items())},
        "decorators": {kind: entry for name in sorted(tables) for kind, entry in tables[name].pop("decorators").items()},
    }
    return tables


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
    parser.add_argument("--date", required=True, help="the day on which the packages were fetched")
    options = parser.parse_args()
    if options.what == "core":
        files = {f"core-{version}.json": table for version, table in (core_file(python, options.date) for python in options.place)}
    else:
        files = {f"providers/{name}.json": table for name, table in provider_files(options.place[0], options.core, options.date).items()}
    for name, table in files.items():
        target = DATA / name
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(written(table), encoding="utf-8")
        sys.stderr.write(f"{name}: {target.stat().st_size:,} bytes, {len(table.get('classes', ()))} classes\n")


if __name__ == "__main__":
    main()
