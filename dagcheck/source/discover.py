"""Which files may hold DAGs: what Airflow would look at, less what git and the configuration leave out, and why the rest is skipped."""

from __future__ import annotations

import codecs
import os
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path

from dagcheck import witness
from dagcheck.records import dataclass, field
from dagcheck.source.ignore import AirflowRule, IgnoreSyntax, PatternList, is_git_ignored, is_ignored, read_airflowignore
from dagcheck.source.text import MAX_BYTES, SourceError, read_regular

_NEVER = frozenset({"__pycache__", "node_modules", "site-packages", ".git", ".hg", ".svn", ".venv", "venv", ".tox", ".nox", ".eggs"})
"""Folders that hold no DAG of the project."""

IGNORED_BY_AIRFLOW = "ignored by .airflowignore"
IGNORED_BY_GIT = "ignored by .gitignore"
EXCLUDED = "excluded by the configuration"
NO_DAG = 'without the words "dag" and "airflow", which Airflow skips'
ZIPPED = "packed in a zip file"

_DEEPEST = 100


@dataclass(frozen=True)
class Filter:
    """What decides about files that are found in folders (files that are named are always looked at).

    `syntax` is how `.airflowignore` is read, and `second` that it is read as Airflow 2 does; `safe_mode` is Airflow's `core.dag_discovery_safe_mode`; `dag_folders` are the
    configured DAG folders; `include` and `exclude` are patterns in gitignore's syntax relative to `base`.
    """

    base: Path
    syntax: IgnoreSyntax = "glob"
    second: bool = False
    safe_mode: bool = True
    dag_folders: tuple[Path, ...] = ()
    include: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    respect_gitignore: bool = True


@dataclass
class Discovery:
    """What was found: files to look at in order, how many files and folders were skipped by reason, places that could not be looked at, and what is worth telling.

    `helpers` are the skipped files that Airflow does not take for DAG files; DAG files may import them.
    """

    files: list[Path] = field(default_factory=list)
    skipped: Counter[str] = field(default_factory=Counter)
    helpers: list[Path] = field(default_factory=list)
    failures: list[tuple[Path, str]] = field(default_factory=list)
    notes: list[tuple[Path, str]] = field(default_factory=list)


def discover(paths: Sequence[Path], filter_of: Filter) -> Discovery:
    """The files below the given files and folders. A path that does not exist, or a folder that cannot be listed, is among the failures; the rest goes on."""
    found = Discovery()
    walk = _Walk(filter_of, found)
    for path in paths:
        path = Path(os.path.abspath(path))
        if witness.is_folder(path):
            walk.start(path)
        elif os.path.lexists(path):
            found.files.append(path)
        else:
            found.failures.append((path, "no such file or directory"))
    found.files = sorted(dict.fromkeys(found.files))
    return found


def may_hold_dag(data: bytes) -> bool:
    """Airflow's own test before it parses a file (`core.might_contain_dag_callable`): both words, in any case, anywhere."""
    lowered = data.lower()
    return b"dag" in lowered and b"airflow" in lowered


@dataclass(frozen=True)
class _Scope:
    """The ignore rules that hold in a folder, and the DAG folder that regular expressions are relative to."""

    airflow: tuple[AirflowRule, ...] = ()
    git: tuple[PatternList, ...] = ()
    dag_folder: Path | None = None


class _Walk:
    def __init__(self, filter_of: Filter, found: Discovery) -> None:
        self.filter = filter_of
        self.found = found
        self.seen: set[str] = set()
        self.include = PatternList(filter_of.include, filter_of.base)
        self.exclude = PatternList(filter_of.exclude, filter_of.base)

    def start(self, folder: Path) -> None:
        """Walk a folder that was named: the ignore files of the folders above it hold, but never against the folder itself."""
        scope = _Scope()
        for parent in reversed(_parents(folder, self.filter.base)):
            scope = self._enter(parent, scope)
        self._walk(folder, scope)

    def _walk(self, folder: Path, scope: _Scope, depth: int = 0) -> None:
        if depth > _DEEPEST:
            self.found.failures.append((folder, f"lies more than {_DEEPEST} folders deep, so it is not looked into"))
            return
        real = _real(folder)
        if real in self.seen:
            if folder.is_symlink():
                self.found.notes.append(
                    (folder, "a symbolic link back to a folder that was looked at; not followed (Airflow stops at such a loop)")
                )
            return
        self.seen.add(real)
        scope = self._enter(folder, scope)
        for entry, is_folder in self._entries(folder):
            path = Path(entry.path)
            reason = self._reason(entry, path, is_folder, scope)
            if reason == "":
                continue
            if reason is not None:
                self.found.skipped[reason] += 1
            elif is_folder:
                self._walk(path, scope, depth + 1)
            else:
                self._take(path)

    def _entries(self, folder: Path) -> Iterator[tuple[os.DirEntry[str], bool]]:
        """The folders and Python files in a folder, by name."""
        try:
            status = os.stat(folder)
            with os.scandir(folder) as entries:
                listed = sorted(entries, key=lambda entry: entry.name)
        except OSError as error:
            self.found.failures.append((folder, f"cannot be listed: {(error.strerror or str(error)).lower()}"))
            return
        seen = witness.current()
        if seen is not None:
            seen.listed(os.fspath(folder), status, ((entry.name, witness.entry_kind(entry)) for entry in listed))
        for entry in listed:
            try:
                is_folder, is_file = entry.is_dir(), entry.is_file()
            except OSError as error:
                self.found.notes.append((Path(entry.path), f"{(error.strerror or str(error)).lower()}; not followed"))
                continue
            if is_folder or (is_file and entry.name.endswith(".py")):
                yield entry, is_folder
            elif is_file and entry.name.endswith(".zip"):
                self.found.skipped[ZIPPED] += 1

    def _reason(self, entry: os.DirEntry[str], path: Path, is_folder: bool, scope: _Scope) -> str | None:
        """Why an entry is skipped; an empty text where nobody asks, None where it is not skipped."""
        if is_folder and path.name in _NEVER:
            return ""
        if entry.is_symlink() and not self._stays_inside(path):
            return ""
        if self.exclude.verdict(path, is_folder):
            return EXCLUDED
        if not is_folder and self.filter.include and not self.include.verdict(path, False):
            return EXCLUDED
        if scope.git and is_git_ignored(path, is_folder, scope.git):
            return IGNORED_BY_GIT
        if scope.airflow and is_ignored(path, is_folder, scope.airflow):
            return IGNORED_BY_AIRFLOW
        return None

    def _stays_inside(self, path: Path) -> bool:
        real = Path(_real(path))
        if real.is_relative_to(os.path.realpath(self.filter.base)) or any(real.is_relative_to(seen) for seen in self.seen):
            return True
        self.found.notes.append((path, "a symbolic link out of the project; not followed"))
        return False

    def _take(self, path: Path) -> None:
        if self.filter.safe_mode:
            try:
                data = read_regular(path, MAX_BYTES)
                if not may_hold_dag(data) and not data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
                    self.found.skipped[NO_DAG] += 1
                    self.found.helpers.append(path)
                    return
            except SourceError:  # told when the file is parsed
                pass
        self.found.files.append(path)

    def _enter(self, folder: Path, scope: _Scope) -> _Scope:
        """The scope inside a folder: that of its parent and its own ignore files."""
        airflow, git, dag_folder = scope.airflow, scope.git, scope.dag_folder
        if folder in self.filter.dag_folders:
            airflow, dag_folder = (), folder
        text = self._text(folder / ".airflowignore")
        if text is not None:
            dag_folder = dag_folder or folder
            rules, refused = read_airflowignore(text, self.filter.syntax, folder, dag_folder, second=self.filter.second)
            airflow += tuple(rules)
            airflow = tuple(dict.fromkeys(airflow)) if self.filter.second else airflow  # Airflow 2 counts a repeated line once
            self.found.notes.extend((folder / ".airflowignore", note) for note in refused)
        text = self._text(folder / ".gitignore") if self.filter.respect_gitignore else None
        if text is not None:
            git += (PatternList(tuple(text.splitlines()), folder),)
        return _Scope(airflow, git, dag_folder)

    def _text(self, path: Path) -> str | None:
        if not os.path.lexists(path):
            witness.is_there(path)
            return None
        try:
            return read_regular(path).decode("utf-8", "replace")
        except SourceError as error:
            self.found.notes.append((path, error.message))
            return None


def _real(path: Path) -> str:
    """Where a path leads to, witnessed."""
    real = os.path.realpath(path)
    seen = witness.current()
    if seen is not None:
        seen.led(os.fspath(path), real)
    return real


def _parents(folder: Path, base: Path) -> list[Path]:
    """The folders above a folder up to the project's base, or to the repository's root, nearest first."""
    parents: list[Path] = []
    for parent in folder.parents if not witness.is_there(folder / ".git") and folder != base else ():
        parents.append(parent)
        if parent == base or witness.is_there(parent / ".git"):
            return parents
    return []
