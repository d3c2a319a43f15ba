"""What a command works on: files found, grouped by the configuration that holds for them, with everything that evaluating them needs."""

from __future__ import annotations

import datetime
import os
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, TypeVar

from dagcheck.airflow.target import Target
from dagcheck.cache.runs import start_of_day
from dagcheck.config.find import Finder
from dagcheck.config.table import Configuration
from dagcheck.engine.alarm import Alarms
from dagcheck.engine.redact import in_names
from dagcheck.engine.veil import Veil
from dagcheck.records import dataclass
from dagcheck.rule import Setting
from dagcheck.source.discover import Discovery, Filter, discover
from dagcheck.source.ignore import IgnoreSyntax
from dagcheck.source.project import ProjectFiles, path_of, shown_path
from dagcheck.source.text import LINE_BREAK, SourceError, decode, read_regular
from dagcheck.timetable.versions import NEWEST

Answer = TypeVar("Answer")


@dataclass(frozen=True)
class Scope:
    """The files that one configuration holds for, with the target that it chooses."""

    configuration: Configuration
    setting: Setting
    target: Target
    files: tuple[Path, ...]


class Workspace:
    """Files and configurations of one run. Paths are shown relative to `base` (default: the working directory).

    `config` is a `[tool.dagcheck]` table, or `config_path` a file, that holds for every file instead of what is found. `airflow`, `settings` and `now` win over the
    configuration's; the clock is `today` if it is not given. `texts` are files that exist only in memory.
    """

    def __init__(
        self,
        *,
        base: Path | None = None,
        config: Mapping[str, Any] | None = None,
        config_path: Path | None = None,
        airflow: str | None = None,
        settings: Mapping[str, str] | None = None,
        texts: Mapping[Path, bytes] | None = None,
        now: datetime.datetime | None = None,
    ) -> None:
        self.base = Path(os.path.abspath(base or Path.cwd()))
        self.finder = Finder(self.base, config, config_path)
        self.texts = {Path(os.path.abspath(self.base / path)): data for path, data in (texts or {}).items()}
        self.now = now or today()
        self._airflow = airflow
        self._settings = dict(settings or {})
        self.shared_sources: dict[tuple[Path, ...], ProjectFiles] = {}
        """The project files that have been looked into, by the roots of imports."""
        self.veil = Veil()
        """Hides the secrets in the names of the files that were met."""

    def discover(self, paths: Sequence[Path]) -> Discovery:
        """The files at and below the given paths; the configured DAG folders where none is given."""
        found = Discovery()
        for path in [Path(os.path.abspath(self.base / path)) for path in paths] or self.finder.default_paths():
            if path in self.texts:
                found.files.append(path)
                continue
            part = discover([path], self._filter(self.finder.configuration(path)))
            found.files += part.files
            found.skipped += part.skipped
            found.helpers += part.helpers
            found.failures += part.failures
            found.notes += part.notes
        found.files = sorted(dict.fromkeys(found.files))
        self.veil = self.veil.plus(in_names(map(str, (*found.files, *(path for path, _ in (*found.failures, *found.notes))))))
        return found

    def scopes(self, files: Sequence[Path]) -> list[Scope]:
        """The files grouped by configuration, in the order in which the configurations come up."""
        groups: dict[int, tuple[Configuration, list[Path]]] = {}
        for path in files:
            configuration = self.finder.of_file(path)
            groups.setdefault(id(configuration), (configuration, []))[1].append(path)
        return [self._scope(configuration, paths) for configuration, paths in groups.values()]

    def sources(self, path: Path, configuration: Configuration) -> ProjectFiles:
        """The project files that a file's imports are looked up in; files with the same roots share them."""
        roots = self.finder.roots(path, configuration)
        if roots not in self.shared_sources:
            self.shared_sources[roots] = ProjectFiles(roots, self.base, self.texts)
        return self.shared_sources[roots]

    def show(self, path: Path) -> str:
        """The path as people see it: relative to `base` where it is below it."""
        return shown_path(path, self.base)

    def locate(self, shown: str) -> Path:
        """The path that is shown as this text."""
        return path_of(shown, self.base)

    def lines(self, path: str) -> list[str]:
        """The lines of a file by its shown path, without their ends; empty where it can't be read as text."""
        absolute = self.locate(path)
        try:
            text, _ = decode(self.texts[absolute] if absolute in self.texts else read_regular(absolute))
        except SourceError:
            return []
        return LINE_BREAK.split(text)

    def forget_sources(self) -> None:
        """Read everything anew from now on, as `texts` say."""
        self.shared_sources.clear()

    def airflow(self, configuration: Configuration) -> str:
        """The target version under a configuration."""
        return self._airflow or configuration.airflow or NEWEST

    def _scope(self, configuration: Configuration, files: Sequence[Path]) -> Scope:
        airflow = self.airflow(configuration)
        settings = {**configuration.airflow_settings, **self._settings}
        given = dict(configuration.env), dict(configuration.variables), configuration.variable_defaults, configuration.directory
        target = Target(airflow, settings, *given, configuration.limit("evaluation-seconds"), int(configuration.limit("depth")))
        return Scope(
            configuration, Setting(airflow, settings, self.now, configuration.dag_folders, configuration.airflow_also), target, tuple(files)
        )

    def _filter(self, configuration: Configuration) -> Filter:
        settings = {**configuration.airflow_settings, **self._settings}
        return Filter(
            base=configuration.folder,
            syntax=_syntax(settings, self.airflow(configuration)),
            second=int(self.airflow(configuration).split(".")[0]) < 3,
            safe_mode=settings.get("core.dag_discovery_safe_mode", "True").lower() in ("t", "true", "1"),
            dag_folders=configuration.dag_folders,
            include=configuration.include,
            exclude=configuration.exclude,
            respect_gitignore=configuration.respect_gitignore,
        )


def today() -> datetime.datetime:
    """The clock of rules: the start of the day (UTC), so that an answer holds for a day and one that is kept is what would be found anew."""
    return datetime.datetime.fromtimestamp(start_of_day(time.time()), datetime.UTC)


def _syntax(settings: Mapping[str, str], airflow: str) -> IgnoreSyntax:
    """How `.airflowignore` is read: as `core.dag_ignore_file_syntax` says; by default regular expressions up to Airflow 2, globs from 3 on."""
    given = settings.get("core.dag_ignore_file_syntax", "").lower()
    if given in ("glob", "regexp"):
        return "glob" if given == "glob" else "regexp"
    return "regexp" if int(airflow.split(".")[0]) < 3 else "glob"


def in_time(path: Path, sources: ProjectFiles, scope: Scope, work: Callable[[], Answer]) -> Answer:
    """What the work on a file gives; where it takes longer than the limits say, what it gives of a file that can't be read."""

    def of_nothing(reason: str) -> Answer:
        sources.refuse(path, SourceError("hostile", f"could not be looked at: it {reason}"))
        return work()

    return Alarms.within(scope.configuration.limit("seconds"), work, of_nothing)


def each_file(workspace: Workspace, scope: Scope) -> Iterator[tuple[Path, ProjectFiles]]:
    """The files of a scope with what their imports are looked up in."""
    for path in scope.files:
        yield path, workspace.sources(path, scope.configuration)
