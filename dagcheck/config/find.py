"""Where the configuration of a file is, and which folders its imports are resolved from."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from dagcheck import witness
from dagcheck.config.table import ConfigError, Configuration, Table, from_table, from_tables
from dagcheck.patterns import late

_MOST_EXTENDED = 20
_LARGEST = 4 * 1024 * 1024
"""Bytes of a configuration; reading one takes about a second for each megabyte."""
_LONG_KEY = late(r"""(?<![\w-])(?:(?:[\w-]++|"[^"\n]*+"|'[^'\n]*+')[ \t]*+\.[ \t]*+){200}""")


class Finder:
    """The configuration of each file: the nearest one above it, or the given one for all.

    `fixed` is a `[tool.dagcheck]` table that holds for every file instead; `base` is the folder that it, or the lack of any configuration, is relative to.
    """

    def __init__(self, base: Path, fixed: Mapping[str, Any] | None = None, fixed_path: Path | None = None) -> None:
        self.base = Path(os.path.abspath(base))
        self._fixed = None
        if fixed_path is not None:
            self._fixed = _read(Path(os.path.abspath(fixed_path)), required=True)
        elif fixed is not None:
            self._fixed = from_table(fixed, self.base)
        self._known: dict[Path, Configuration] = {}
        self._by_folder: dict[Path, Configuration | None] = {}
        self._defaults: dict[Path, Configuration] = {}
        self._repositories: dict[Path, Path | None] = {}
        self._roots: dict[tuple[Path, int], tuple[Path, ...]] = {}

    def configuration(self, path: Path) -> Configuration:
        """What holds for a file or a folder. Raises `ConfigError` if the nearest configuration is wrong."""
        if self._fixed is not None:
            return self._fixed
        if path not in self._known:
            self._known[path] = self._in_folder(path if witness.is_folder(path) else path.parent)
        return self._known[path]

    def of_file(self, path: Path) -> Configuration:
        """What holds for a path that is known to be a file's. Raises `ConfigError` if the nearest configuration is wrong."""
        return self._fixed if self._fixed is not None else self._in_folder(path.parent)

    def _in_folder(self, folder: Path) -> Configuration:
        if folder not in self._known:
            self._known[folder] = self._nearest(folder) or self._without(self.repository(folder) or self._default_base(folder))
        return self._known[folder]

    def roots(self, path: Path, configuration: Configuration) -> tuple[Path, ...]:
        """The folders that imports of a file are resolved from, in order.

        As configured; else its DAG folder, the other configured DAG folders, `plugins` beside it and at the root, and the root of the configuration and of the repository.
        """
        if configuration.roots is not None:
            return tuple(configuration.folder / root for root in configuration.roots)
        key = (path.parent, id(configuration))
        if key not in self._roots:
            self._roots[key] = self._find_roots(self.dag_folder(path, configuration), configuration)
        return self._roots[key]

    def _find_roots(self, folder: Path, configuration: Configuration) -> tuple[Path, ...]:
        candidates = [folder, *configuration.dag_folders, folder.parent / "plugins", configuration.folder / "plugins", configuration.folder]
        repository = self.repository(folder)
        if folder.name == "dags" and repository is not None and folder.parent.is_relative_to(repository):
            candidates.append(folder.parent)
        if repository is not None:
            candidates.append(repository)
        return tuple(dict.fromkeys(root for root in candidates if root == folder or witness.is_folder(root)))

    def dag_folder(self, path: Path, configuration: Configuration) -> Path:
        """The DAG folder that a file belongs to: the configured one that holds it, else the outermost folder named `dags` above it, else its own folder."""
        for configured in configuration.dag_folders:
            if path.is_relative_to(configured):
                return configured
        top = self.repository(path.parent) or configuration.folder
        named = [parent for parent in path.parents if parent.name == "dags" and parent.is_relative_to(top)]
        return named[-1] if named else path.parent

    def default_paths(self) -> list[Path]:
        """What is looked at when no path is named: the configured DAG folders, else the base itself."""
        return list(self.configuration(self.base).dag_folders) or [self.base]

    def _without(self, base: Path) -> Configuration:
        if base not in self._defaults:
            self._defaults[base] = Configuration(folder=base)
        return self._defaults[base]

    def _default_base(self, folder: Path) -> Path:
        return self.base if folder.is_relative_to(self.base) else folder

    def _nearest(self, folder: Path) -> Configuration | None:
        if folder not in self._by_folder:
            found = _read(folder / "dagcheck.toml") or _read(folder / "pyproject.toml")
            if found is None and folder.parent != folder:
                found = self._nearest(folder.parent)
            self._by_folder[folder] = found
        return self._by_folder[folder]

    def repository(self, folder: Path) -> Path | None:
        """The root of the git repository that holds a folder."""
        if folder not in self._repositories:
            if witness.is_there(folder / ".git"):
                self._repositories[folder] = folder
            else:
                self._repositories[folder] = self.repository(folder.parent) if folder.parent != folder else None
        return self._repositories[folder]


def _read(path: Path, required: bool = False) -> Configuration | None:
    """The configuration in a file, with those that it extends; None where there is no file, or a `pyproject.toml` without our table."""
    table = _table_in(path, required)
    return None if table is None else from_tables(_with_extended(table, [path]), path.parent)


def _with_extended(table: Table, seen: list[Path]) -> list[Table]:
    """A table and those that it extends, the nearest first."""
    name = table.values.get("extend")
    if not isinstance(name, str) or table.path is None:
        return [table]
    path = Path(os.path.normpath(table.path.parent / name))
    if path in seen:
        raise ConfigError(f"{table.place('extend')}: extend leads in a circle back to {path}")
    if len(seen) > _MOST_EXTENDED:
        raise ConfigError(f"{seen[0]}: extend leads through more than {_MOST_EXTENDED} files; the last one is {table.path}")
    try:
        extended = _table_in(path, True)
    except ConfigError as error:
        raise ConfigError(f"{table.place('extend')}: extend: {error}") from error
    if extended is None:
        raise ConfigError(f"{table.place('extend')}: extend: {path} has no [tool.dagcheck] table")
    return [table, *_with_extended(extended, [*seen, path])]


def _table_in(path: Path, required: bool) -> Table | None:
    try:
        data = witness.read_bytes(path)
    except FileNotFoundError:
        if required:
            raise ConfigError(f"{path}: no such file") from None
        return None
    except OSError as error:
        if required and not isinstance(error, witness.NotRegular):
            raise ConfigError(f"{path}: cannot be read: {error.strerror}") from error
        if isinstance(error, witness.NotRegular):  # it is there, and would be taken for none
            raise ConfigError(f"{path}: cannot be read: it {error.strerror}") from error
        return None
    if path.name == "pyproject.toml" and b"dagcheck" not in data:
        return None
    if len(data) > _LARGEST:
        raise ConfigError(f"{path}: is larger than {_LARGEST:,} bytes")
    import tomllib

    try:
        text = data.decode("utf-8")
        if _LONG_KEY.search(text):  # which tomllib takes the square of its length for, in time and memory
            raise ConfigError(f"{path}: holds a key of very many parts")
        values = tomllib.loads(text)
    except UnicodeDecodeError as error:
        raise ConfigError(f"{path}: is not UTF-8") from error
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise ConfigError(f"{path}: is not valid TOML: {error}") from error
    if path.name != "pyproject.toml":
        return Table(values, path, text)
    tool = values.get("tool")
    ours = tool.get("dagcheck") if isinstance(tool, dict) else None
    return Table(ours, path, text, ("tool", "dagcheck")) if isinstance(ours, dict) else None
