"""The entries of the tables in `data/` as values: classes, their parameters, task decorators."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from dagcheck.records import dataclass, field


@dataclass(frozen=True, slots=True)
class Parameter:
    """One parameter of a constructor. `default` counts only where `known`: a literal default, lists for tuples and sets, durations as `{"seconds": n}`."""

    name: str
    annotation: str | None = None
    required: bool = True
    known: bool = False
    default: Any = None
    keyword_only: bool = False


@dataclass(frozen=True, slots=True)
class ClassFacts:
    """One class of Airflow or of a provider.

    `kind` is `operator`, `sensor`, `hook`, `notifier`, `trigger`, `timetable`, `link`, `task-group`, `dag`, `xcom`, `secrets` or `executor`.
    `renderers` tells the language of a templated field (`sql`, `bash`, `json`, …).
    `own_parameters` is None where the class has no constructor of its own. `overrides` says what its constructor fixes of the arguments that every task
    has: `{"value": literal}` or `{"is": source}`, with `"how"` (`super`, `kwargs`, `setdefault`, `self`, `pop`, `get`).
    """

    module: str
    name: str
    kind: str
    bases: tuple[str, ...]
    own_parameters: Mapping[str, Parameter] | None = None
    takes_rest: bool = True
    template_fields: tuple[str, ...] | None = ()
    template_ext: tuple[str, ...] = ()
    renderers: Mapping[str, str] = field(default_factory=dict)
    decorated: bool = False
    empty: bool = False
    skips: bool = False
    custom_operator_name: str | None = None
    overrides: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    defines: tuple[str, ...] = ()

    @property
    def dotted(self) -> str:
        """Where the class is defined: `module.name`."""
        return f"{self.module}.{self.name}"

    @property
    def is_task(self) -> bool:
        """Whether making an instance makes a task."""
        return self.kind in ("operator", "sensor", "mapped")

    @property
    def is_sensor(self) -> bool:
        """Whether the class is a sensor."""
        return self.kind == "sensor"


@dataclass(frozen=True, slots=True)
class DecoratorFacts:
    """One `@task.<kind>`: the function behind it, and the operator class that it makes (None: it changes a task that another decorator makes)."""

    kind: str
    function: str
    operator: str | None


def told_parameters(table: Mapping[str, Mapping[str, Any]]) -> dict[str, Parameter]:
    """Parameters from a core table's form; `*args` and `**kwargs` are left out."""
    found = {}
    for name, entry in table.items():
        if entry.get("kind", "").startswith("var_"):
            continue
        default = entry.get("default")
        known = "default" in entry and not (isinstance(default, dict) and set(default) == {"type"})
        found[name] = Parameter(
            name, entry.get("type"), "default" not in entry, known, default if known else None, entry.get("kind") == "keyword_only"
        )
    return found


def parse_parameters(table: Mapping[str, list[Any]]) -> tuple[dict[str, Parameter], bool]:
    """Parameters from a class entry's form, and whether it takes any further keyword."""
    found: dict[str, Parameter] = {}
    keyword_only = False
    rest = False
    for name, entry in table.items():
        if name.startswith("*"):
            keyword_only = True
            rest = rest or name.startswith("**")
            continue
        default = entry[1] if len(entry) > 1 else None
        known = len(entry) > 1 and not (isinstance(default, dict) and set(default) == {"is"})
        found[name] = Parameter(name, entry[0], len(entry) == 1, known, default if known else None, keyword_only)
    return found, rest


def parse_class(place: str, entry: Mapping[str, Any]) -> ClassFacts:
    """One class from its entry."""
    module, _, name = place.rpartition(".")
    own, rest = parse_parameters(entry["parameters"]) if "parameters" in entry else (None, True)
    fields = entry.get("template_fields", ())
    return ClassFacts(
        module,
        name,
        entry["kind"],
        tuple(entry["bases"]),
        own,
        rest,
        None if fields is None else tuple(fields),
        tuple(entry.get("template_ext", ())),
        entry.get("template_fields_renderers", {}),
        entry.get("decorated", False),
        entry.get("empty", False),
        entry.get("skips", False),
        entry.get("custom_operator_name"),
        entry.get("overrides", {}),
        tuple(entry.get("defines", ())),
    )
