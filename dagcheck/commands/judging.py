"""From files to an outcome: examine each, judge the project, take out what comments suppress."""

from __future__ import annotations

import os
import time
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from dagcheck.commands.choosing import Choice, Chosen, choose, known_rules
from dagcheck.commands.examining import Workers, plan_of
from dagcheck.commands.migrating import Migration
from dagcheck.commands.workspace import Scope, Workspace
from dagcheck.engine.alarm import Alarms
from dagcheck.engine.examine import seen_by
from dagcheck.engine.examined import REFERENCE_RULES, Examined, Reference
from dagcheck.engine.judge import Crash, Judged, has_project_hook, judge_project, judge_suppressions
from dagcheck.engine.migration import without_twins
from dagcheck.engine.outcome import Outcome, hidden_lines, part, tell
from dagcheck.engine.redact import crash_behind, veil_of
from dagcheck.engine.select import Selected, answers
from dagcheck.engine.suppress import Suppressions
from dagcheck.engine.veil import Veil
from dagcheck.model.values import Span
from dagcheck.project.links import Project
from dagcheck.records import dataclass, field, replace
from dagcheck.rule import FileContext, Finding, ProjectContext, Rule
from dagcheck.rule.suppression import Suppression, read_suppressions
from dagcheck.source.ignore import PatternList
from dagcheck.source.project import ProjectFiles, path_below
from dagcheck.source.text import SourceError
from dagcheck.witness import Stat

_FILES_IN_TIME = 100
"""For so many files the rules for the project have the time of one."""


@dataclass
class _Sum:
    """What the scopes of a run add up to. `holding` are the files that hold a DAG or an error."""

    findings: list[Finding] = field(default_factory=list)
    suppressed: list[tuple[Finding, str]] = field(default_factory=list)
    rules: dict[str, type[Rule]] = field(default_factory=dict)
    hidden: list[Finding] = field(default_factory=list)
    crashes: list[Crash] = field(default_factory=list)
    anchors: dict[str, str] = field(default_factory=dict)
    dag_ids: set[str] = field(default_factory=set)
    references: list[Reference] = field(default_factory=list)
    holding: set[Path] = field(default_factory=set)
    notes: list[str] = field(default_factory=list)
    dags: int = 0
    inexact: int = 0
    failing: int = 0
    keepable: bool = True


def judge(
    workspace: Workspace,
    paths: Sequence[Path],
    choice: Choice,
    *,
    with_project: bool = False,
    need_dags: bool = True,
    rules: Sequence[type[Rule]] | None = None,
    workers: Workers | None = None,
) -> Outcome:
    """Check the files at and below the paths.

    `with_project`: what spans files is judged on the whole configured DAG folder, and told where it touches one of the given files. `rules` are the rules of all packs
    (default: load them). `need_dags`: to find no DAG is a failure. `workers` look at the files (default: this process). Raises `ConfigError` and `PackError`.
    """
    started = time.perf_counter()
    known = known_rules() if rules is None else tuple(rules)
    found = workspace.discover(paths)
    asked = set(found.files)
    files = sorted(asked.union(workspace.discover([]).files)) if with_project else found.files
    total = _Sum()
    scopes = workspace.scopes(files)
    choice.check(known, scopes)
    chosen = [(scope, choose(scope, known, choice)) for scope in scopes]
    workers = workers or Workers()
    helpers = {workspace.show(path) for path in found.helpers}
    with Migration(workspace, chosen, asked, workers.keeper) as migration:
        examined = workers.examine(workspace, chosen, migration.take)
        judgements = [
            _Judgement(workspace, scope, rules, asked, helpers, found, workers)
            for (scope, rules), found in zip(chosen, examined, strict=True)
        ]
        for judgement in judgements:
            judgement.add_to(total, migration.findings(judgement.asked_files, judgement.chosen))
    failures = [f"{workspace.show(path)}: {message}" for path, message in found.failures]
    if need_dags and not with_project:
        failures += _without_dags(workspace, paths, found.files, total.holding)
    counting, set_aside = part(tell([*total.findings, *(finding for finding, _ in total.suppressed)], total.anchors), total.suppressed)
    return Outcome(
        findings=counting,
        files=len(found.files),
        dags=total.dags,
        inexact=total.inexact,
        failing=total.failing,
        skipped=found.skipped,
        failures=tuple(failures),
        crashes=tuple(total.crashes),
        notes=(*(f"{workspace.show(path)}: {message}" for path, message in found.notes), *total.notes),
        hidden_lines=hidden_lines([*total.findings, *total.hidden, *(finding for finding, _ in total.suppressed)]),
        duration_ms=round((time.perf_counter() - started) * 1000),
        set_aside=set_aside,
        paths=tuple(workspace.show(path) for path in found.files),
        rules=tuple(total.rules[code] for code in sorted(total.rules)),
        anchors=total.anchors,
        dag_ids=frozenset(total.dag_ids),
        references=tuple(total.references),
        keepable=total.keepable and not workspace.veil,
    )


class _Judgement:
    """The judgement of one scope. `asked` are the files that the user wants to hear about, and `helpers` those where secrets are told if one of these reads them; the others are
    looked at for the project rules alone."""

    def __init__(
        self,
        workspace: Workspace,
        scope: Scope,
        chosen: Chosen,
        asked: set[Path],
        helpers: set[str],
        examined: Sequence[Examined],
        workers: Workers,
    ) -> None:
        self.workspace, self.scope, self.chosen = workspace, scope, chosen
        self.helpers = helpers
        self.known, self.rules = chosen
        self.workers = workers
        self.asked_files = [path for path in scope.files if path in asked]
        self.examined: dict[Path, Examined] = dict(zip(scope.files, examined, strict=True))
        self.told = [self.examined[path] for path in self.asked_files]
        self._dag_ids: set[str] | None = None
        self.shown = {examined.path for examined in self.told}
        self.untold = {examined.path: examined.summary.untold for examined in self.told if examined.summary.untold}
        """How many findings of a file are not told, by its path."""

    def add_to(self, total: _Sum, ruffs: Sequence[Finding]) -> None:
        """Add this scope's findings, with those of ruff, and its counts."""
        project = self._project()
        suppressions = Suppressions(((examined.path, examined.suppressions) for examined in self.told), self._read_suppressions)
        own = [*(finding for examined in self.told for finding in examined.findings), *self._of_helpers()]
        ours, ruffs = without_twins([*own, *project.findings], ruffs)
        findings = suppressions.let_through(self._wanted([*ours, *ruffs]))
        unused = self._unused(suppressions)
        findings += suppressions.let_through(self._wanted(unused.findings))
        total.findings += findings
        total.suppressed += suppressions.suppressed
        total.rules.update({selected.rule.meta.code: type(selected.rule) for selected in self.rules if not selected.hidden})
        total.hidden += [finding for examined in self.examined.values() for finding in examined.hidden]
        total.crashes += [*(crash for examined in self.told for crash in examined.crashes), *project.crashes, *unused.crashes]
        total.anchors.update({finding.span.path: self._anchor(self.workspace.locate(finding.span.path)) for finding in self._of_helpers()})
        total.anchors.update({examined.path: self._anchor(path) for path, examined in self.examined.items()})
        total.holding.update(
            path for path, examined in self.examined.items() if examined.summary.dag_ids or examined.findings or examined.summary.unread
        )
        total.holding.update(self.workspace.locate(finding.span.path) for finding in ruffs)
        every = [examined.summary for examined in self.examined.values()]
        total.dag_ids.update(dag_id for summary in every for dag_id in summary.dag_ids)
        total.references += [reference for summary in every for reference in summary.references]
        total.notes += [
            f"{path}: {number:,} more findings are not told; limits.findings says how many are"
            for path, number in self.untold.items()
            if number
        ]
        total.dags += sum(len(examined.summary.dag_ids) for examined in self.told)
        total.inexact += sum(examined.summary.inexact for examined in self.told)
        total.keepable = total.keepable and all(examined.keepable for examined in self.examined.values())
        total.failing += sum(examined.summary.fails for examined in self.told)

    def _of_helpers(self) -> list[Finding]:
        """The secrets in the helpers that these files read, each once, whichever of them reads it."""
        found: dict[tuple[str, Span], Finding] = {}
        for examined in self.told:
            for finding in examined.of_helpers:
                if finding.span.path in self.helpers:
                    found.setdefault((finding.code, finding.span), finding)
        return list(found.values())

    def _project(self) -> Judged:
        rules = [selected for selected in self.rules if has_project_hook(selected)]
        if not rules or not self.examined:
            return Judged()
        judged = self.workers.judge_project(
            plan_of(self.workspace, self.scope, self.chosen), list(self.examined.values()), lambda: self._judge_in_time(rules)
        )
        touching = [
            finding for finding in judged.findings if self.shown & {finding.span.path, *(related.span.path for related in finding.related)}
        ]
        return replace(judged, findings=tuple(touching))

    def _judge_in_time(self, rules: Sequence[Selected]) -> tuple[Judged, Mapping[str, str], Mapping[str, Stat]]:
        """What the rules for the project say, in the time of one file for each hundred."""
        seconds = self.scope.configuration.limit("seconds") * max(1.0, len(self.examined) / _FILES_IN_TIME)

        def given_up(reason: str) -> tuple[Judged, Mapping[str, str], Mapping[str, Stat]]:
            self.workspace.forget_sources()
            return Judged(crashes=(Crash("the rules for the project", "", reason, ""),)), {}, {}

        return Alarms.within(seconds, lambda: self._judge_project(rules), given_up)

    def _judge_project(self, rules: Sequence[Selected]) -> tuple[Judged, Mapping[str, str], Mapping[str, Stat]]:
        sources = self._sources(self.scope.files[0])
        with sources.watched():
            context = ProjectContext(Project(examined.file for examined in self.examined.values()), sources, self.scope.setting)
            judged = judge_project(context, rules)
            seen = seen_by(sources)
        return self._behind(judged, list(self.examined)), *seen

    def _behind(self, judged: Judged, paths: Sequence[Path]) -> Judged:
        """What was said, without the secrets of the files in the messages of crashes: nobody knows what a rule that crashed had looked at."""
        if not judged.crashes:
            return judged
        secrets: set[str] = set()
        for path in paths:
            file = self.examined[path].file
            secrets |= veil_of(file, FileContext(file, self._sources(path), self.scope.setting), self.rules, self.scope.target).secrets
        return replace(judged, crashes=tuple(crash_behind(Veil(secrets), crash) for crash in judged.crashes))

    def _wanted(self, findings: Iterable[Finding]) -> list[Finding]:
        """The findings less those of rules that are ignored for their file."""
        ignores = [
            (PatternList((pattern,), self.scope.configuration.folder), codes)
            for pattern, codes in self.scope.configuration.per_file_ignores.items()
        ]
        if not ignores:
            return list(findings)
        rules = {rule.meta.code: rule for rule in self.known}

        def ignored(finding: Finding) -> bool:
            path = self.workspace.locate(finding.span.path)
            return any(
                patterns.verdict(path, False) and any(answers(rules[finding.code], code) for code in codes) for patterns, codes in ignores
            )

        return [finding for finding in findings if not ignored(finding)]

    def _unused(self, suppressions: Suppressions) -> Judged:
        """What the rules say of suppressions that suppressed nothing.

        One for a rule that exists but does not run may be of use in another run; one for those rules themselves is left alone.
        """
        rules = [selected for selected in self.rules if type(selected.rule).check_suppressions is not Rule.check_suppressions]
        own = {key for selected in rules for key in (selected.rule.meta.code, selected.rule.meta.name)}
        names = {key for rule in self.known for key in (rule.meta.code, rule.meta.name)}
        running = {key for selected in self.rules if not selected.hidden for key in (selected.rule.meta.code, selected.rule.meta.name)}
        found = Judged()
        for path, examined in self.examined.items() if rules else ():
            unused = [replace(item, known=item.code in names) for item in suppressions.unused(examined.path) if item.code not in own]
            unused = [item for item in unused if not item.known or item.code in running]
            unused = [item for item in unused if not self._waits_for_a_change(item, examined)]
            most = int(self.scope.configuration.limit("findings"))
            self.untold[examined.path] = self.untold.get(examined.path, 0) + max(0, len(unused) - most)
            unused = unused[:most]
            if unused:
                context = FileContext(examined.file, self._sources(path), self.scope.setting)
                found = found.plus(self._behind(judge_suppressions(unused, context, rules), [path]))
        return found

    def _waits_for_a_change(self, suppression: Suppression, examined: Examined) -> bool:
        """True for one on a reference to a DAG that is not here: it is for `--changed-since`, where the change takes the DAG away."""
        if self._dag_ids is None:
            self._dag_ids = {dag_id for each in self.examined.values() for dag_id in each.summary.dag_ids}
        names = {rule.meta.code: rule.meta.name for rule in self.known}
        return any(
            suppression.names(code, names.get(code, code)) and suppression.covers(reference.span)
            for reference in examined.summary.references
            for code in (REFERENCE_RULES[reference.how],)
            if reference.target not in self._dag_ids
        )

    def _sources(self, path: Path) -> ProjectFiles:
        return self.workspace.sources(path, self.scope.configuration)

    def _read_suppressions(self, path: str) -> Sequence[Suppression]:
        """The suppressions of a file that was not asked for, but that a finding points into."""
        try:
            return read_suppressions(self._sources(self.scope.files[0]).source(self.workspace.locate(path)))
        except SourceError:
            return ()

    def _anchor(self, path: Path) -> str:
        return path_below(path, self.scope.configuration.folder) or path.name


def _without_dags(workspace: Workspace, paths: Sequence[Path], files: Sequence[Path], holding: set[Path]) -> list[str]:
    """What to say where no DAG was found: of each folder that was asked for and holds none, or of all that was asked for together."""
    asked = [Path(workspace.base / path) for path in paths] or workspace.finder.default_paths()
    folders = [path for path in asked if os.path.isdir(path) and not any(file.is_relative_to(path) for file in holding)]
    if folders:
        return [f"{workspace.show(folder)}: no DAG found in this folder" for folder in folders]
    return [] if holding or not files else [f"no DAG found in {', '.join(workspace.show(path) for path in asked)}"]
