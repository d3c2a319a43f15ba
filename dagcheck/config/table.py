"""The `[tool.dagcheck]` table: its keys, their checks, and what each means when it is left out.

The checks are plain functions, so that a run in which nothing changed need not import pydantic for them.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

from dagcheck.config.keys import KEYS, WrongValue
from dagcheck.config.limits import LIMITS
from dagcheck.config.policy import Policy
from dagcheck.model.errors import ExplainedError
from dagcheck.records import dataclass, field

_DEEPEST = 20
"""How many keys lead to a place that a message names; ours are at most four."""
_LONGEST_LINE = 1_000


class ConfigError(ExplainedError):
    """The configuration cannot be used; the message names the file, the line and the key, and what would be right."""


@dataclass(frozen=True)
class Configuration:
    """One configuration as it holds for the files below `folder`. `path` is the file that it came from; None: there was none, or it was given as a table.

    Attribute names are the keys with underscores for dashes.
    """

    folder: Path
    path: Path | None = None
    dags: tuple[str, ...] = ()
    roots: tuple[str, ...] | None = None
    env: Mapping[str, str] = field(default_factory=dict)
    variables: Mapping[str, Any] = field(default_factory=dict)
    variable_defaults: bool = False
    working_directory: str | None = None
    connections: Mapping[str, str] = field(default_factory=dict)
    airflow: str | None = None
    airflow_also: tuple[str, ...] = ()
    airflow_settings: Mapping[str, str] = field(default_factory=dict)
    include: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    respect_gitignore: bool = True
    select: tuple[str, ...] | None = None
    extend_select: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()
    per_file_ignores: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    severity: Mapping[str, str] = field(default_factory=dict)
    fail_on: str = "warning"
    baseline: str | None = None
    rule: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    policy: tuple[Policy, ...] = ()
    cache: bool = True
    limits: Mapping[str, float] = field(default_factory=dict)
    extend: str | None = None
    origins: Mapping[str, Table] = field(default_factory=dict, compare=False)
    """The table that each key was set in; for a table, each of its keys as well, behind a dot."""

    def limit(self, name: str) -> float:
        """One of the limits of what a file may take: as configured, else its default."""
        return self.limits.get(name, LIMITS[name].default)

    def place(self, *keys: str | int) -> str:
        """Where a key was set, by the keys that lead to it: `file:line` as far as that is known."""
        table = self.origins.get(".".join(map(str, keys[:2]))) or self.origins.get(str(keys[0]))
        return "configuration" if table is None else table.place(*keys)

    @property
    def dag_folders(self) -> tuple[Path, ...]:
        """The configured DAG folders, absolute."""
        return tuple(self.folder / name for name in self.dags)

    @property
    def directory(self) -> Path | None:
        """The folder that Airflow is started in, absolute; None where it is not configured."""
        return None if self.working_directory is None else self.folder / self.working_directory


@dataclass(frozen=True)
class Table:
    """A `[tool.dagcheck]` table as it was read: `path` and `text` of its file, where there is one, and the keys that lead to it."""

    values: Mapping[str, Any]
    path: Path | None = None
    text: str = ""
    prefix: tuple[str, ...] = ()

    def checked(self) -> dict[str, Any]:
        """Every value as the program uses it. Raises `ConfigError` for an unknown key or a wrong value, with the line where there is a text."""
        found = {}
        for key, value in self.values.items():
            if key not in KEYS:
                raise ConfigError(f"{self.place(key)}: unknown key {key!r}{nearest(key, KEYS)}")
            try:
                found[key] = KEYS[key].check(value)
            except WrongValue as error:
                named = ".".join(str(part) for part in (key, *error.keys))
                raise ConfigError(f"{self.place(key, *error.keys)}: {named} {error}") from error
        return found

    def place(self, *keys: str | int) -> str:
        """Where a key is set: `file:line` as far as that is known."""
        if self.path is None:
            return "configuration"
        line = line_of(self.text, (*self.prefix, *keys))
        return str(self.path) if line is None else f"{self.path}:{line}"


def from_table(
    table: Mapping[str, Any], folder: Path, path: Path | None = None, text: str = "", prefix: tuple[str, ...] = ()
) -> Configuration:
    """The configuration that a table gives. Raises `ConfigError` for an unknown key or a wrong value, with the line in `text` where there is a text."""
    return from_tables([Table(table, path, text, prefix)], folder)


def from_tables(tables: Iterable[Table], folder: Path) -> Configuration:
    """The configuration that a table gives together with those that it extends, the nearest first. What is nearer wins, in tables key by key; policies add up."""
    values: dict[str, Any] = {}
    origins: dict[str, Table] = {}
    nearest_path: Path | None = None
    for number, table in enumerate(tables):
        if number == 0:
            nearest_path = table.path
        for key, value in table.checked().items():
            if number and not KEYS[key].inherited:
                continue
            values[key] = _merged(values[key], value) if key in values else value
            inner = [f"{key}.{name}" for name in value] if isinstance(value, dict) else []
            for name in (key, *inner):
                origins.setdefault(name, table)
    _refuse_twins(values.get("policy", ()))
    return Configuration(
        folder=folder, path=nearest_path, origins=origins, **{key.replace("-", "_"): value for key, value in values.items()}
    )


def _merged(near: Any, far: Any) -> Any:
    if isinstance(near, dict):
        return {**far, **near}
    if near and isinstance(near, tuple) and isinstance(near[0], Policy):
        return (*near, *(policy for policy in far if policy.code not in {other.code for other in near}))
    return near


def _refuse_twins(policies: tuple[Policy, ...]) -> None:
    names: dict[str, Policy] = {}
    for policy in policies:
        if names.setdefault(policy.name, policy) is not policy:
            raise ConfigError(f"configuration: two policies are called {policy.name}: {names[policy.name].code} and {policy.code}")


def nearest(word: str, known: Iterable[str]) -> str:
    """`; did you mean "…"?` for the nearest known word, or the known words where none is near."""
    import difflib

    known = list(known)
    close = difflib.get_close_matches(word, known, n=5, cutoff=0.6)
    alike = {name: (difflib.SequenceMatcher(None, name, word).ratio(), _common_start(name, word)) for name in close}
    return f"; did you mean {max(close, key=alike.__getitem__)!r}?" if close else f"; known are {', '.join(sorted(known))}"


def _common_start(one: str, other: str) -> int:
    return next((index for index, (a, b) in enumerate(zip(one, other)) if a != b), min(len(one), len(other)))


def line_of(text: str, keys: tuple[str | int, ...]) -> int | None:
    """The line of a TOML text on which a key is set, or its table is opened; None where it can't be told. A number in `keys` counts the tables of an array from 0."""
    at, below = _lines(text)
    found = below.get(keys)
    for depth in range(len(keys) - 1, 0, -1):
        found = at.get(keys[:depth]) if found is None else found
    return found


@lru_cache(4)
def _lines(text: str) -> tuple[dict[tuple[str | int, ...], int], dict[tuple[str | int, ...], int]]:
    """The first line that sets each key or opens its table, and the first that does so for the key or one below it."""
    header: tuple[str | int, ...] = ()
    at: dict[tuple[str | int, ...], int] = {}
    below: dict[tuple[str | int, ...], int] = {}
    arrays: dict[tuple[str, ...], int] = {}
    for number, whole in enumerate(text.splitlines(), 1):
        line = whole[:_LONGEST_LINE]
        opened = re.match(r"\s*(\[\[?)([^\[\]]+)\]\]?\s*(#.*)?$", line)
        here: tuple[str | int, ...] = ()
        if opened:
            name = _split(opened.group(2))
            header = name
            if opened.group(1) == "[[":
                arrays[name] = arrays.get(name, -1) + 1
                header = (*name, arrays[name])
            here = header
        else:
            assigned = re.match(r"""\s*((?:"[^"]*"|'[^']*'|[\w.-]+)(?:\s*\.\s*(?:"[^"]*"|'[^']*'|[\w-]+))*)\s*=""", line)
            here = (*header, *_split(assigned.group(1))) if assigned else ()
        at.setdefault(here, number)
        for depth in range(1, min(len(here), _DEEPEST) + 1):
            below.setdefault(here[:depth], number)
    return at, below


def _split(dotted: str) -> tuple[str, ...]:
    parts = re.findall(r"""\s*(?:"([^"]*)"|'([^']*)'|([\w-]+))\s*""", dotted)
    return tuple(next(filter(None, part), "") for part in parts)
