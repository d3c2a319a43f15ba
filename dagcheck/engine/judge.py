"""Rules over models: findings, and the rules that crashed. Nothing here reads a file that the model did not name."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from dagcheck.engine.select import Selected
from dagcheck.records import dataclass
from dagcheck.rule import FileContext, Finding, ProjectContext, Rule
from dagcheck.rule.suppression import Suppression

if TYPE_CHECKING:
    from dagcheck.model.dag import Dag, File, Task


@dataclass(frozen=True, slots=True)
class Crash:
    """A rule, or the extraction, that raised on a file (or on the project, where `path` is empty). `rule` says which, as in `rule DAG101 cyclic-dependency`."""

    rule: str
    path: str
    error: str
    trace: str


@dataclass(frozen=True, slots=True)
class Judged:
    """What the rules said. `hidden` are findings of rules that run only so that their lines are not shown."""

    findings: tuple[Finding, ...] = ()
    hidden: tuple[Finding, ...] = ()
    crashes: tuple[Crash, ...] = ()

    def plus(self, other: Judged) -> Judged:
        """Both together."""
        return Judged(self.findings + other.findings, self.hidden + other.hidden, self.crashes + other.crashes)


def judge_file(file: File, context: FileContext, rules: Sequence[Selected]) -> Judged:
    """The findings of all file, DAG and task rules on one file."""
    tasks = [(task, dag) for dag in file.dags for task in dag.tasks]
    return _judge(rules, file.path, lambda selected: _file_findings(selected, file, tasks, context))


def judge_project(context: ProjectContext, rules: Sequence[Selected]) -> Judged:
    """The findings of all project rules."""
    return _judge(rules, "", lambda selected: list(selected.rule.check_project(context)))


def judge_suppressions(unused: Sequence[Suppression], context: FileContext, rules: Sequence[Selected]) -> Judged:
    """The findings on suppressions of one file that suppressed nothing."""
    return _judge(rules, context.file.path, lambda selected: list(selected.rule.check_suppressions(unused, context)))


def has_project_hook(selected: Selected) -> bool:
    """True if the rule judges the project as a whole."""
    return "check_project" in selected.hooks


def _file_findings(selected: Selected, file: File, tasks: Sequence[tuple[Task, Dag]], context: FileContext) -> list[Finding]:
    rule, hooks = selected.rule, selected.hooks
    found: list[Finding] = []
    if "check_file" in hooks:
        found += rule.check_file(file, context)
    if "check_dag" in hooks:
        for dag in file.dags:
            found += rule.check_dag(dag, context)
    if "check_task" in hooks:
        asked = rule.arguments
        for task, dag in tasks:
            if not asked or not asked.isdisjoint(task.arguments):
                found += rule.check_task(task, dag, context)
    return found


def _judge(rules: Sequence[Selected], path: str, ask: Callable[[Selected], list[Finding]]) -> Judged:
    told: list[Finding] = []
    hidden: list[Finding] = []
    crashes: list[Crash] = []
    for selected in rules:
        try:
            found = ask(selected)
        except Exception as error:  # noqa: BLE001 - a rule is foreign code; its crash is reported, ends in exit status 2, and must not stop the others
            crashes.append(_crash(selected.rule, path, error))
            continue
        if not found:
            continue
        meta = selected.rule.meta
        into = hidden if selected.hidden else told
        into += [finding.told_by(meta.code, meta.name, selected.severity or finding.severity or meta.severity) for finding in found]
    return Judged(tuple(told), tuple(hidden), tuple(crashes))


def _crash(rule: Rule, path: str, error: Exception) -> Crash:
    """The crash of a rule. Of one that looks for secrets it holds no message: that may quote what the rule was looking at."""
    import traceback

    kind = type(error).__name__
    if rule.meta.secret:
        trace = "".join(traceback.format_tb(error.__traceback__)) + kind
        return Crash(f"rule {rule.meta.code} {rule.meta.name}", path, kind, trace)
    return Crash(f"rule {rule.meta.code} {rule.meta.name}", path, f"{kind}: {error}", "".join(traceback.format_exception(error)))
