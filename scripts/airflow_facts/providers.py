"""Tables of Airflow's providers, read from their wheels."""

from __future__ import annotations

import ast
import re
from functools import cached_property
from pathlib import Path
from typing import Any

from classes import Universe, class_facts, decorators_of
from source import ModuleSource, files_of, final, read_core, read_modules

WHEEL = re.compile(r"(apache_airflow_providers_\w+?)-([\w.]+?)-")


class Generation:
    """Provider wheels of one time, above the core that they are for: `told` is what that core says of itself."""

    def __init__(self, folder: Path, told: dict[str, Any], site_packages: Path) -> None:
        self.folder = folder
        self.told: dict[str, dict[str, str | None]] = told["modules"]
        self.site_packages = site_packages

    @cached_property
    def providers(self) -> dict[str, tuple[str, dict[str, ModuleSource]]]:
        """Each provider by its name in `airflow.providers.<name>`: distribution with version, and modules."""
        found = {}
        for wheel in sorted(self.folder.glob("apache_airflow_providers_*.whl")):
            files = files_of(wheel, "airflow/providers/")
            modules = read_modules((path, text) for path, text in files if "/example_dags/" not in path and "/tests/" not in path)
            info = next((name for name in modules if name.endswith(".get_provider_info")), None)
            match = WHEEL.match(wheel.name)
            if info is not None and match is not None:
                name = info.removeprefix("airflow.providers.").removesuffix(".get_provider_info")
                found[name] = (f"{match[1].replace('_', '-')} {match[2]}", modules)
        return found

    @cached_property
    def universe(self) -> Universe:
        """The core and all providers together."""
        everything = read_core(self.site_packages)
        for _, modules in self.providers.values():
            everything.update(modules)
        return Universe(everything, self.told)


def provider_tables(newest: Generation, date: str) -> dict[str, dict[str, Any]]:
    """The table of every provider by its name, and `index`."""
    tables = {}
    for name, (distribution, modules) in newest.providers.items():
        kinds = {entry["name"]: entry["class-name"] for entry in provider_info(modules[f"airflow.providers.{name}.get_provider_info"])}
        tables[name] = {
            "source": f"{distribution}, read from its wheel",
            "date": date,
            "decorators": decorators_of(newest.universe, kinds),
            "modules": {place: provider_module(module, newest) for place, module in sorted(modules.items())},
            "classes": class_facts(newest.universe, modules),
        }
    tables["index"] = {
        "source": "the other files of this folder",
        "date": date,
        "providers": {name: table["source"] for name, table in sorted(tables.items())},
        "decorators": {kind: entry for name in sorted(tables) for kind, entry in tables[name].pop("decorators").items()},
    }
    return tables


def add_older(tables: dict[str, dict[str, Any]], older: Generation) -> None:
    """Add to each provider's table the modules and classes of its older release that the newest no longer has."""
    for name, (distribution, modules) in older.providers.items():
        if name not in tables:
            continue
        known = tables[name]
        known["older_source"] = f"{distribution}, read from its wheel"
        known["older_modules"] = {
            place: provider_module(module, older) for place, module in sorted(modules.items()) if place not in known["modules"]
        }
        known["older_classes"] = {
            place: entry for place, entry in class_facts(older.universe, modules).items() if place not in known["classes"]
        }


def provider_info(module: ModuleSource) -> list[dict[str, str]]:
    """The task decorators in what `get_provider_info` of a provider returns."""
    function = module.functions.get("get_provider_info")
    for node in ast.walk(function) if function else ():
        if isinstance(node, ast.Return) and node.value is not None:
            decorators: list[dict[str, str]] = ast.literal_eval(node.value).get("task-decorators", [])
            return decorators
    return []


def provider_module(module: ModuleSource, generation: Generation) -> dict[str, Any]:
    """A provider's module as a core's table has it; names of other packages, of the core and of the listed classes are left out."""
    leads = {}
    for name, places in module.imports.items():
        if name in module.classes or name in module.functions:
            continue
        known = next((found.dotted for found in map(generation.universe.find, places) if found is not None), None)
        place = known or final(places[0], generation.told)
        inside = place is not None and (
            place.startswith("airflow.providers.") or (".compat" in module.name and place.startswith("airflow."))
        )
        if inside and place != f"{module.name}.{name}":
            leads[name] = place
    if module.stars:
        leads["*"] = module.stars[0]
    listed = {cls.name for cls in module.classes.values() if generation.universe.kind(cls)}
    own = sorted(name for name in module.own if name not in leads and name not in listed and not name.startswith("_"))
    return {part: value for part, value in (("own", own), ("leads", dict(sorted(leads.items())))) if value}
