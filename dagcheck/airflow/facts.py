"""What one Airflow version is made of: modules, names, classes, arguments and defaults, looked up in the tables of `data/`.

The tables are made by `scripts/airflow_facts/make.py` from real installations; each says its source and date. A core table is loaded on first use, and a
provider's table when one of its modules is asked about. Provider tables hold the newest release, and the classes that it no longer has as an older release
had them: that a name is not in one proves nothing.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import cache, cached_property, lru_cache
from pathlib import Path
from typing import Any, Literal, TypeVar

from dagcheck.airflow.entries import ClassFacts, DecoratorFacts, Parameter, parse_class, told_parameters
from dagcheck.airflow.signature import Signature

__all__ = [
    "ClassFacts",
    "DecoratorFacts",
    "Facts",
    "Parameter",
    "facts",
    "index",
    "is_installed",
    "is_library",
    "libraries",
    "load",
    "versions",
]

DATA = Path(__file__).with_name("data")
PROVIDERS = "airflow.providers."
KNOWN_PROVIDERS_SINCE = (2, 11)
"""The oldest Airflow that the newest releases of the providers run on (their `Requires-Dist`, 2026-11)."""
LONGEST_REDIRECT = 20
# Provider tables name the bases of their classes as Airflow 3 has them; under an older core the same bases are found here.
OLDER_PLACES = {
    "airflow.sdk.bases.branch.BaseBranchOperator": "airflow.operators.branch.BaseBranchOperator",
    "airflow.sdk.bases.decorator.DecoratedOperator": "airflow.decorators.base.DecoratedOperator",
    "airflow.sdk.bases.hook.BaseHook": "airflow.hooks.base.BaseHook",
    "airflow.sdk.bases.notifier.BaseNotifier": "airflow.notifications.basenotifier.BaseNotifier",
    "airflow.sdk.bases.operator.BaseOperator": "airflow.models.baseoperator.BaseOperator",
    "airflow.sdk.bases.sensor.BaseSensorOperator": "airflow.sensors.base.BaseSensorOperator",
    "airflow.sdk.definitions.taskgroup.TaskGroup": "airflow.utils.task_group.TaskGroup",
}


Key = TypeVar("Key")
Answer = TypeVar("Answer")
MOST_KEPT = 8192
"""How many answers of each kind are kept: more than the tables hold, though not all that files may ask for in a long life."""


def kept(memo: dict[Key, Answer], key: Key, answer: Answer) -> Answer:
    """Keep an answer for the next time, and give it."""
    if len(memo) >= MOST_KEPT:
        memo.clear()
    memo[key] = answer
    return answer


class Facts:
    """The tables of one Airflow version, `version` being `major.minor`.

    For a version between two tables `later` is the next one of the same major version: what either has may be there, and only what neither has is surely absent.
    """

    def __init__(self, version: str, later: str | None = None) -> None:
        self.version = version
        self._later = later
        self._exists: dict[str, bool | None] = {}
        self._places: dict[tuple[str, str], str | None] = {}
        self._lineages: dict[str, tuple[ClassFacts, ...]] = {}
        self._operators: dict[str, ClassFacts | None] = {}
        self._signatures: dict[str, Signature] = {}
        self._decorators: dict[str, DecoratorFacts | None] = {}

    @cached_property
    def core(self) -> Any:
        """The core's whole table."""
        table = load(f"core-{self.version}.json")
        return table if self._later is None else merged(table, load(f"core-{self._later}.json"))

    def module_exists(self, name: str) -> bool | None:
        """Whether `import name` finds a module of this Airflow; None for a provider's module that the newest release does not have."""
        if name not in self._exists:
            table, certain = self._modules(name)
            there = name in table or any(known.startswith(name + ".") for known in table)
            kept(self._exists, name, True if there else False if certain else None)
        return self._exists[name]

    def has(self, module: str, name: str) -> bool | None:
        """Whether `from module import name` works, a submodule included; None when that can't be told."""
        table, certain = self._modules(module)
        entry = table.get(module, {})
        place = f"{module}.{name}"
        if (
            name in entry.get("own", ())
            or name in entry.get("leads", ())
            or name in entry.get("other", ())
            or place in table
            or place in self._classes(place)
        ):
            return True
        wildcard = entry.get("leads", {}).get("*")
        if wildcard:
            return self.has(wildcard, name)
        told = certain and module in table and bool(entry)
        return False if told or (certain and module not in table and not self.module_exists(module)) else None

    def resolve(self, module: str, name: str) -> str | None:
        """The dotted place that `from module import name` leads to through re-exports and redirects; None when the name is not known there."""
        if (module, name) in self._places:
            return self._places[module, name]
        return kept(self._places, (module, name), self._follow(module, name))

    def _follow(self, module: str, name: str) -> str | None:
        followed = False
        for _ in range(LONGEST_REDIRECT):
            leads = self._leads(module)
            lead = leads.get(name) or (f"{leads['*']}.{name}" if "*" in leads else None)
            if lead is None:
                break
            if lead in self._modules(lead)[0]:
                return str(lead)
            module, _, name = lead.rpartition(".")
            followed = True
        return f"{module}.{name}" if followed or self.has(module, name) else None

    def canonical(self, dotted: str) -> str:
        """`resolve` for a dotted place; the place itself when nothing is known of it."""
        module, _, name = dotted.rpartition(".")
        return (self.resolve(module, name) if module else None) or dotted

    def operator(self, dotted: str) -> ClassFacts | None:
        """The facts of a class by any place that it can be imported from; None when it is unknown or of no kind that Airflow knows."""
        if dotted in self._operators:
            return self._operators[dotted]
        return kept(self._operators, dotted, self._read_operator(dotted))

    def _read_operator(self, dotted: str) -> ClassFacts | None:
        place = self.canonical(dotted)
        if place in OLDER_PLACES and place not in self.core["classes"]:
            place = OLDER_PLACES[place]
        entry = self._classes(place).get(place)
        if entry is None and place.startswith(PROVIDERS):
            entry = older(place, "older_classes").get(place)
        return None if entry is None else parse_class(place, entry)

    def lineage(self, dotted: str) -> tuple[ClassFacts, ...]:
        """The class and its known ancestors, nearest first, each once."""
        if dotted in self._lineages:
            return self._lineages[dotted]
        return kept(self._lineages, dotted, tuple(self._walk_lineage(dotted)))

    def _walk_lineage(self, dotted: str) -> Iterator[ClassFacts]:
        seen: set[str] = set()
        waiting = [dotted]
        while waiting:
            known = self.operator(waiting.pop(0))
            if known is None or known.dotted in seen:
                continue
            seen.add(known.dotted)
            yield known
            waiting = [*known.bases, *waiting]

    def parameters(self, dotted: str) -> dict[str, Parameter] | None:
        """Every argument that an operator's constructor takes, its own and those handed on to its ancestors; None when that can't be told."""
        found: dict[str, Parameter] = {}
        for known in self.lineage(dotted):
            if known.name in ROOT_PARAMETERS and known.kind in ("operator", "sensor"):
                found = {**getattr(self, ROOT_PARAMETERS[known.name]), **found}
            elif known.own_parameters is not None:
                found = {**known.own_parameters, **found}
                if not known.takes_rest:
                    return found
        return found if "task_id" in found else None

    def signature(self, known: ClassFacts) -> Signature:
        """What calling a class means."""
        dotted = known.dotted
        if dotted not in self._signatures:
            self._signatures[dotted] = Signature(self, dotted)
        return self._signatures[dotted]

    def decorator(self, kind: str) -> DecoratorFacts | None:
        """What `@task.<kind>` is, in the core or in any provider."""
        return self._decorators[kind] if kind in self._decorators else kept(self._decorators, kind, self._read_decorator(kind))

    def _read_decorator(self, kind: str) -> DecoratorFacts | None:
        entry = self.core["decorators"].get(kind) or index()["decorators"].get(kind)
        return None if entry is None else DecoratorFacts(kind, entry["function"], entry["operator"])

    @cached_property
    def decorator_kinds(self) -> frozenset[str]:
        """All names that can follow `@task.`."""
        return frozenset({*self.core["decorators"], *index()["decorators"]})

    @cached_property
    def base_operator_parameters(self) -> dict[str, Parameter]:
        """Parameters of BaseOperator."""
        return told_parameters(self.core["base_operator"])

    @cached_property
    def base_operator_defaults(self) -> dict[str, Any]:
        """The literal defaults of BaseOperator's arguments (durations as `{"seconds": n}`)."""
        return {name: parameter.default for name, parameter in self.base_operator_parameters.items() if parameter.known}

    @cached_property
    def base_sensor_parameters(self) -> dict[str, Parameter]:
        """Parameters that BaseSensorOperator adds to BaseOperator's."""
        return told_parameters(self.core["base_sensor"])

    @cached_property
    def common_parameters(self) -> frozenset[str]:
        """The arguments that an operator of which nothing is told may take."""
        return frozenset({**self.base_operator_parameters, **self.base_sensor_parameters})

    @cached_property
    def partial_parameters(self) -> dict[str, Parameter]:
        """Parameters that `BaseOperator.partial` names; empty in a version without mapping."""
        return told_parameters(self.core["partial"])

    @cached_property
    def dag_parameters(self) -> dict[str, Parameter]:
        """Parameters of DAG."""
        return told_parameters(self.core["dag"])

    @cached_property
    def dag_names(self) -> tuple[str, ...]:
        """The names of DAG's parameters, in order."""
        return tuple(self.dag_parameters) or ("dag_id",)

    @cached_property
    def dag_decorator_parameters(self) -> dict[str, Parameter]:
        """Parameters of the `@dag` decorator."""
        return told_parameters(self.core.get("dag_decorator", {}))

    @cached_property
    def task_group_parameters(self) -> dict[str, Parameter]:
        """Parameters of TaskGroup; empty in a version without groups."""
        return told_parameters(self.core.get("task_group", {}))

    @cached_property
    def configuration(self) -> dict[str, str]:
        """Defaults of configuration keys that change DAGs, as `section.key`."""
        return dict(self.core["configuration"])

    @cached_property
    def trigger_rules(self) -> frozenset[str]:
        """Values that `trigger_rule` takes."""
        return frozenset(self.core["trigger_rules"])

    @cached_property
    def weight_rules(self) -> frozenset[str]:
        """Values that `weight_rule` takes as a string."""
        return frozenset(self.core["weight_rules"])

    @cached_property
    def context(self) -> frozenset[str]:
        """Names in the context of templates and callables."""
        return frozenset(self.core["context"])

    @cached_property
    def macros(self) -> frozenset[str]:
        """Names under `macros` in templates."""
        return frozenset(self.core["macros"])

    @cached_property
    def timetables(self) -> tuple[str, ...]:
        """Dotted places of the core's timetable classes."""
        return tuple(self.core["timetables"])

    def has_attribute(self, kind: Literal["dag", "task"], name: str) -> bool | None:
        """Whether a plain DAG or a plain task has a public attribute; None where the tables around this version differ, and for names that begin with `_`."""
        tables = [load(f"core-{version}.json") for version in (self.version, self._later) if version is not None]
        found = {name in table[f"{kind}_attributes"] for table in tables}
        return found.pop() if len(found) == 1 and not name.startswith("_") else None

    def provider(self, name: str) -> Any:
        """The whole table of a provider such as `cncf.kubernetes`.

        Raises:
            FileNotFoundError: there is no table of that provider.
        """
        return load(f"providers/{name}.json")

    def _modules(self, module: str) -> tuple[dict[str, dict[str, Any]], bool]:
        """The table of modules that a module belongs to, and whether absence from it is certain."""
        if not (module + ".").startswith(PROVIDERS):
            return self.core["modules"], not f"{module}.".startswith(UNTOLD)
        provider = provider_of(module)
        if provider is None:
            return provider_folders(), False
        return load(f"providers/{provider}.json")["modules"], False

    def _leads(self, module: str) -> Any:
        """The names of a module that lead elsewhere, also of a provider's module that only an older release had."""
        table, certain = self._modules(module)
        if module in table or certain:
            return table.get(module, {}).get("leads", {})
        return older(module, "older_modules").get(module, {}).get("leads", {})

    def _classes(self, dotted: str) -> Any:
        """The table of classes that a place belongs to."""
        if not dotted.startswith(PROVIDERS):
            return self.core["classes"]
        provider = provider_of(dotted)
        return {} if provider is None else load(f"providers/{provider}.json")["classes"]


UNTOLD = tuple(
    f"airflow.{name}." for name in ("alembic", "config_templates", "contrib.example_dags", "example_dags", "migrations", "providers", "ui")
)
"""Parts of Airflow that the tables leave out, so that absence from a table says nothing of them."""
ROOT_PARAMETERS = {"BaseOperator": "base_operator_parameters", "BaseSensorOperator": "base_sensor_parameters"}


@cache
def load(name: str) -> Any:
    """One file of `data/`."""
    return json.loads((DATA / name).read_bytes())


def index() -> Any:
    """The providers that there are tables for, and the decorators that they bring."""
    return load("providers/index.json")


@lru_cache(maxsize=4096)
def provider_of(module: str) -> str | None:
    """The provider that a module below `airflow.providers` belongs to, as `cncf.kubernetes`; None for one without a table."""
    parts = module.removeprefix(PROVIDERS).split(".")
    known = index()["providers"]
    return next((name for name in (".".join(parts[:count]) for count in (3, 2, 1)) if name in known), None)


@cache
def in_image(provider: str) -> bool:
    """True for a provider that Airflow's own container image has."""
    return provider in load("image.json")["providers"]


def provider_of_file(path: Path) -> str | None:
    """The provider whose package or system tests a file is a part of, as `common.ai`; None for other files."""
    text = path.as_posix()
    for first, second in (("airflow", "providers"), ("tests", "system")):
        parts = path.parent.parts if f"{first}/{second}/" in text else ()
        for index in range(len(parts) - 2, 0, -1):
            if parts[index - 1 : index + 1] == (first, second):
                return provider_of(PROVIDERS + ".".join(parts[index + 1 :]))
    return None


def older(place: str, part: str) -> Any:
    """`older_modules` or `older_classes` of the provider that a place belongs to: what its newest release no longer has."""
    provider = provider_of(place)
    return {} if provider is None else load(f"providers/{provider}.json").get(part, {})


@cache
def provider_folders() -> dict[str, dict[str, Any]]:
    """The packages above the providers, such as `airflow.providers.apache`, as a table of modules without names."""
    folders = {"airflow.providers"}
    for name in index()["providers"]:
        parts = name.split(".")
        folders |= {PROVIDERS + ".".join(parts[:count]) for count in range(1, len(parts) + 1)}
    return {folder: {} for folder in sorted(folders)}


@cache
def versions() -> tuple[str, ...]:
    """The versions that there are core tables for, oldest first."""
    found = [path.stem.removeprefix("core-") for path in DATA.glob("core-*.json")]
    return tuple(sorted(found, key=number))


def number(version: str) -> tuple[int, int]:
    """`major.minor` of a version such as `2.11`, `2.11.2` or `3`, for comparison."""
    parts = [*version.split("."), "0"]
    return int(parts[0]), int(parts[1])


@cache
def facts(version: str) -> Facts:
    """The facts of the newest table of the same major version that is not newer than the version, else of its oldest one; else of the nearest major version below.

    Between two tables of one major version, what the later one adds counts as well.

    Raises:
        ValueError: the version does not begin with numbers.
    """
    wanted = number(version)
    alike = [known for known in versions() if number(known)[0] == wanted[0]]
    fitting = [known for known in alike or versions() if number(known) <= wanted]
    if not fitting:
        return Facts((alike or versions())[0])
    later = next((known for known in alike if number(known) > wanted), None)
    return Facts(fitting[-1], None if number(fitting[-1]) == wanted else later)


JOINED = frozenset({"trigger_rules", "weight_rules", "context", "macros", "timetables", "own", "other"})
"""The lists of a core table that are sets of names; other lists are single entries."""


def merged(earlier: Any, later: Any, key: str = "") -> Any:
    """Two core tables as one: what stands in both is the earlier one's, names are joined."""
    if isinstance(earlier, dict) and isinstance(later, dict):
        common = {name: merged(value, later[name], name) for name, value in earlier.items() if name in later}
        return {**later, **earlier, **common}
    if key in JOINED:
        return [*earlier, *(item for item in later if item not in earlier)]
    return earlier


@cache
def libraries() -> frozenset[str]:
    """Top-level names of the third-party packages that Airflow itself depends on, and of those that DAG files commonly import."""
    return frozenset(load("libraries.json")["libraries"])


def is_installed(dotted: str) -> bool:
    """True for a module of one of these packages: it may be taken as installed."""
    return dotted.partition(".")[0] in libraries()


def is_library(dotted: str) -> bool:
    """True for a module of a third-party package that makes no tasks: one of those, or what a provider depends on."""
    return is_installed(dotted) or dotted.partition(".")[0] in load("libraries.json")["others"]


def needs_more(module: str) -> bool:
    """True for a provider's module that cannot be imported without a library that the provider does not require."""
    return module in load("libraries.json")["needs"]
