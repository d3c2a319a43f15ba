"""The `[tool.dagcheck]` table: its keys, their checks, and what each means when it is left out.

The checks are plain functions, so that a run in which nothing changed need not import pydantic for them.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from dagcheck.model.errors import ExplainedError


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
    connections: Mapping[str, str] = field(default_factory=dict)
    airflow: str | None = None
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

    @property
    def dag_folders(self) -> tuple[Path, ...]:
        """The configured DAG folders, absolute."""
        return tuple(self.folder / name for name in self.dags)


class _WrongValue(ValueError):
    """What a value should have been; `key` is the inner key at fault, where there is one."""

    def __init__(self, message: str, *keys: str) -> None:
        super().__init__(message)
        self.keys = keys


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise _WrongValue("must be a text")
    return value


def _texts(value: object) -> tuple[str, ...]:
    if not isinstance(value, list | tuple) or not all(isinstance(item, str) for item in value):
        raise _WrongValue("must be a list of texts")
    return tuple(value)


def _truth(value: object) -> bool:
    if not isinstance(value, bool):
        raise _WrongValue("must be true or false")
    return value


def _table(value: object) -> dict[str, Any]:
    if not isinstance(value, dict) or not all(isinstance(key, str) for key in value):
        raise _WrongValue("must be a table")
    return dict(value)


def _table_of(check: Callable[[object], Any]) -> Callable[[object], dict[str, Any]]:
    def checked(value: object) -> dict[str, Any]:
        result = {}
        for key, item in _table(value).items():
            try:
                result[key] = check(item)
            except _WrongValue as error:
                raise _WrongValue(str(error), key, *error.keys) from error
        return result

    return checked


def _one_of(*allowed: str) -> Callable[[object], str]:
    def checked(value: object) -> str:
        if value not in allowed:
            raise _WrongValue(f"must be one of {', '.join(allowed)}")
        return str(value)

    return checked


def _airflow(value: object) -> str:
    if not isinstance(value, str) or not re.fullmatch(r"\d+\.\d+(\.\w+)*", value):
        raise _WrongValue('must be an Airflow version as a text, such as "2.11" or "3.3"')
    return value


def _settings(value: object) -> dict[str, str]:
    """Airflow's own settings by `section.key`; TOML's numbers and booleans become the texts that Airflow would read."""
    result = {}
    for key, item in _table(value).items():
        if not re.fullmatch(r"\w+\.\w+", key):
            raise _WrongValue('must be named "section.key", such as "core.default_timezone"', key)
        if not isinstance(item, str | int | float | bool):
            raise _WrongValue("must be a text, a number or a boolean", key)
        result[key] = str(item)
    return result


KEYS: dict[str, Callable[[object], Any]] = {
    "dags": _texts,
    "roots": _texts,
    "env": _table_of(_text),
    "variables": _table,
    "variable-defaults": _truth,
    "connections": _table_of(_text),
    "airflow": _airflow,
    "airflow-settings": _settings,
    "include": _texts,
    "exclude": _texts,
    "respect-gitignore": _truth,
    "select": _texts,
    "extend-select": _texts,
    "ignore": _texts,
    "per-file-ignores": _table_of(_texts),
    "severity": _table_of(_one_of("error", "warning", "info")),
    "fail-on": _one_of("error", "warning", "info"),
    "baseline": _text,
    "rule": _table_of(_table),
}
"""Every key with the check of its value."""


def from_table(
    table: Mapping[str, Any], folder: Path, path: Path | None = None, text: str = "", prefix: tuple[str, ...] = ()
) -> Configuration:
    """The configuration that a table gives. Raises `ConfigError` for an unknown key or a wrong value, with the line in `text` where there is a text."""
    values = {}
    for key, value in table.items():
        if key not in KEYS:
            raise ConfigError(f"{_place(path, text, (*prefix, key))}unknown key {key!r}{nearest(key, KEYS)}")
        try:
            values[key.replace("-", "_")] = KEYS[key](value)
        except _WrongValue as error:
            where = _place(path, text, (*prefix, key, *error.keys))
            raise ConfigError(f"{where}{'.'.join((key, *error.keys))} {error}") from error
    return Configuration(folder=folder, path=path, **values)


def nearest(word: str, known: Mapping[str, Any] | list[str]) -> str:
    """`; did you mean "…"?` for the nearest known word, or the known words where none is near."""
    close = difflib.get_close_matches(word, list(known), n=1, cutoff=0.6)
    return f"; did you mean {close[0]!r}?" if close else f"; known are {', '.join(sorted(known))}"


def _place(path: Path | None, text: str, keys: tuple[str, ...]) -> str:
    if path is None:
        return "configuration: "
    line = line_of(text, keys)
    return f"{path}: " if line is None else f"{path}:{line}: "


def line_of(text: str, keys: tuple[str, ...]) -> int | None:
    """The line of a TOML text on which a key is set, or its table is opened; None where it can't be told."""
    header: tuple[str, ...] = ()
    best: tuple[int, int] | None = None
    for number, line in enumerate(text.splitlines(), 1):
        opened = re.match(r"\s*\[([^\[\]]+)\]\s*(#.*)?$", line)
        if opened:
            header = _split(opened.group(1))
            here = header
        else:
            assigned = re.match(r"""\s*((?:"[^"]*"|'[^']*'|[\w.-]+)(?:\s*\.\s*(?:"[^"]*"|'[^']*'|[\w-]+))*)\s*=""", line)
            here = (*header, *_split(assigned.group(1))) if assigned else ()
        depth = len(here)
        if here and here[: len(keys)] == keys[:depth] and (best is None or min(depth, len(keys)) > best[0]):
            best = (min(depth, len(keys)), number)
    return None if best is None else best[1]


def _split(dotted: str) -> tuple[str, ...]:
    parts = re.findall(r"""\s*(?:"([^"]*)"|'([^']*)'|([\w-]+))\s*""", dotted)
    return tuple(next(filter(None, part), "") for part in parts)
