"""What `dagcheck check` was asked for: options checked, files and rules chosen, findings narrowed to those that are to be told."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from functools import cached_property
from itertools import chain
from pathlib import Path

from dagcheck.cache.folder import cache_folder
from dagcheck.cache.program import Program
from dagcheck.cache.store import Store
from dagcheck.commands.baselines import KnownFindings
from dagcheck.commands.changing import Changed
from dagcheck.commands.choosing import Choice, known_rules
from dagcheck.commands.examining import Workers, default_jobs
from dagcheck.commands.judging import judge
from dagcheck.commands.keeping import Keeper
from dagcheck.commands.workspace import Workspace
from dagcheck.engine.outcome import Outcome
from dagcheck.model.errors import ExplainedError
from dagcheck.report.progress import Progress
from dagcheck.report.terminal import Terminal
from dagcheck.rule import Rule
from dagcheck.source.text import MAX_BYTES

STDIN = Path("-")


class UsageError(ExplainedError):
    """Options that do not go together; the message says which."""


class Checking:
    """One run of `check`. Raises `UsageError` for options that do not go together."""

    def __init__(self, options: argparse.Namespace) -> None:
        for problem in _conflicts(options):
            raise UsageError(problem)
        self.options = options
        self.terminal: Terminal = options.terminal
        self.workspace, self.paths = _workspace(options)
        self._read: dict[Path, KnownFindings] = {}
        self.choice = Choice(_joined(options.select), _joined(options.extend_select) or (), _joined(options.ignore) or ())

    @property
    def fail_on(self) -> str:
        """The least severity that fails the run: as asked for, else of the configuration that holds for the first path."""
        if self.options.fail_on is not None:
            return str(self.options.fail_on)
        return self.workspace.finder.configuration(self._first).fail_on

    def judge(self) -> Outcome:
        """The findings that are to be told, of the files as they are in the workspace's memory, else on the disk."""
        outcome = self._judge_in(self.workspace)
        if self._changed is not None:
            outcome = self._changed.narrow(outcome, lambda base: self._judge_in(self._elsewhere(base)))
        for known in self._baselines(outcome):
            outcome = known.set_aside(outcome, self.paths, whole=self._sees_all and not self.options.changed_since)
        return outcome

    def judge_disk(self) -> Outcome:
        """The same of the files as they are on the disk, whatever the memory holds."""
        self.workspace.texts.clear()
        self.workspace.forget_sources()
        return self.judge()

    def _judge_in(self, workspace: Workspace) -> Outcome:
        whole_project = self.options.with_project or (self.options.changed_since is not None and bool(self.paths))
        keeper = self._keeper if workspace is self.workspace else None
        progress = Progress(self.terminal.err, quiet=self.options.quiet)
        workers = Workers(self.options.jobs or default_jobs(), keeper, progress, guarded=True)
        try:
            outcome = judge(workspace, self.paths, self.choice, rules=self._rules, with_project=whole_project, workers=workers)
        finally:
            progress.end()
        if workers.keeper is not None:
            workers.keeper.flush()
        return outcome

    @cached_property
    def _rules(self) -> tuple[type[Rule], ...]:
        return known_rules()

    @cached_property
    def program(self) -> Program | None:
        """The program as it is, where anything is kept."""
        folder = self._cache
        return None if folder is None or not self._rules else Program(folder)

    @cached_property
    def _cache(self) -> str | None:
        """Where what is found is kept; None where nothing is: as asked for, as configured, or because what is looked at is not what is on the disk."""
        changing = self.options.fix or self.options.diff or self.options.add_ignores or self.workspace.texts
        configured = self.workspace.finder.configuration(self._first).cache
        return None if self.options.no_cache or changing or not configured else cache_folder()

    @cached_property
    def _keeper(self) -> Keeper | None:
        return None if self._cache is None or self.program is None else Keeper(Store(self._cache), self.program)

    @property
    def _sees_all(self) -> bool:
        return not self.paths or self.options.with_project

    @property
    def _first(self) -> Path:
        return self.workspace.base / self.paths[0] if self.paths else self.workspace.base

    def _baselines(self, outcome: Outcome) -> list[KnownFindings]:
        """The baseline that was asked for, else those that are configured for the files; none where one is written."""
        if self.options.write_baseline is not None:
            return []
        if self.options.baseline is not None:
            return [self._known(self.options.baseline)]
        files = [self.workspace.locate(path) for path in outcome.paths] or [self._first]
        configurations = [scope.configuration for scope in self.workspace.scopes(files)]
        return [self._known(found.folder / found.baseline) for found in configurations if found.baseline is not None]

    def _known(self, path: Path) -> KnownFindings:
        if path not in self._read:
            self._read[path] = KnownFindings(self.workspace, path)
        return self._read[path]

    @cached_property
    def _changed(self) -> Changed | None:
        return None if self.options.changed_since is None else Changed(self.workspace, self.options.changed_since)

    def _elsewhere(self, base: Path) -> Workspace:
        """The workspace as it would be with another folder in place of its base."""
        config = self.options.config
        if config is not None:
            root = self.workspace.finder.repository(self.workspace.base) or self.workspace.base
            absolute = (self.workspace.base / config).resolve()
            config = base / config if absolute.is_relative_to(root.resolve()) and not config.is_absolute() else config
        return Workspace(base=base, config_path=config, airflow=self.options.airflow, now=self.workspace.now)


def _conflicts(options: argparse.Namespace) -> Iterator[str]:
    """What does not go together in the options."""
    if options.unsafe_fixes and not (options.fix or options.diff):
        yield "--unsafe-fixes needs --fix or --diff"
    if options.reason is not None and not options.add_ignores:
        yield "--reason needs --add-ignores"
    if options.stdin_filename is not None and STDIN not in options.paths:
        yield "--stdin-filename needs - as the path"
    writing = {
        "--fix": options.fix,
        "--diff": options.diff,
        "--write-baseline": options.write_baseline,
        "--add-ignores": options.add_ignores,
    }
    given = [name for name, value in writing.items() if value]
    if len(given) > 1 and given != ["--fix", "--diff"]:
        yield f"{given[0]} and {given[1]} do not go together; do one after the other"
    if options.write_baseline is not None and options.baseline is not None:
        yield "--baseline and --write-baseline do not go together: the one leaves out the findings that the other is to write"
    if options.write_baseline is not None and options.changed_since is not None:
        yield "--write-baseline and --changed-since do not go together: a baseline holds the findings of the whole project"
    if STDIN in options.paths:
        if options.fix and not options.diff:
            yield "--fix can't change standard input; use --diff"
        names = {"--changed-since": options.changed_since, "--write-baseline": options.write_baseline, "--add-ignores": options.add_ignores}
        yield from (f"{name} does not go together with standard input" for name, value in names.items() if value)


def _workspace(options: argparse.Namespace) -> tuple[Workspace, list[Path]]:
    paths: list[Path] = list(options.paths)
    texts: dict[Path, bytes] = {}
    if STDIN in paths:
        name = options.stdin_filename or Path("stdin.py")
        if sys.stdin is None:
            raise UsageError("- reads standard input, which is closed")
        texts[name] = sys.stdin.buffer.read(MAX_BYTES + 1)
        paths = [name if path == STDIN else path for path in paths]
    return Workspace(config_path=options.config, airflow=options.airflow, texts=texts), paths


def _joined(given: list[tuple[str, ...]] | None) -> tuple[str, ...] | None:
    return None if given is None else tuple(chain.from_iterable(given))
